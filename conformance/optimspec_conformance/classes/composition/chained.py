"""ChainedScheduler: spec/composition/chained.md."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

from ...scenarios import examples
from ...scenarios.case import Case
from ...scenarios.examples import SLOW, chain, exponential, fall
from ...scenarios.operations import jump, members, step, walk
from ...scenarios.values import Json, Scenario
from ..definition import CompositeDefinition
from ..faults import overriding

warm_up = partial(examples.warm_up, total_iters=5)


def cosine(**arguments: Json) -> Scenario:
    return {"class": "CosineAnnealingLR", "T_max": 6, "eta_min": "0.01", **arguments}


def last_member_wins(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return self.members[-1].rate(group, t)


def first_member_only(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return self.members[0].rate(group, t)


def sum_of_rates(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return sum(member.rate(group, t) for member in self.members)


def mean(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return sum_of_rates(self, original, group, t) / len(self.members)


def rates_multiplied(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return math.prod(member.rate(group, t) for member in self.members)


def changes_added(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return sum_of_rates(self, original, group, t) - (len(self.members) - 1) * self.base_lrs[group]


def smallest_member(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return min(member.rate(group, t) for member in self.members)


def base_rate_twice(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return self.base_lrs[group] * original(group, t)


def factors_of_the_first_rate(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    """Each factor is that of the member's rate to its own first one."""
    first = [member.rate(group, 0) for member in self.members]
    factors = [member.rate(group, t) / rate if rate else 1 for member, rate in zip(self.members, first, strict=True)]
    return self.base_lrs[group] * math.prod(factors)


def base_lr_of_first(self: Any, original: Any, base_lrs: list[float]) -> None:
    first = self.members[0]
    original(base_lrs if first.has_explicit_base_lr else [0.001] * len(base_lrs))


def default_base_lr_always(self: Any, original: Any, base_lrs: list[float]) -> None:
    original([0.001] * len(base_lrs))


def start_at_zero(self: Any, original: Any, base_lrs: list[float]) -> None:
    original(base_lrs)
    self.set_time(0)


def last_factor_twice(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    b = self.base_lrs[group]
    return original(group, t) * (self.members[-1].rate(group, t) / b if b else 1)


def ignore_single_member(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, t) if len(self.members) > 1 else 1 * self.base_lrs[group]


def use_first_time(self: Any, original: Any, *args: Any) -> None:
    original(*args)
    for member in self.members:
        member.set_time(self.members[0].t)


def use_first_base_lr(self: Any, original: Any, *args: Any) -> None:
    original(*args)
    explicit = [member for member in self.members if member.has_explicit_base_lr]
    for member in explicit:
        member.set_base_lrs(explicit[0].base_lrs)


def accept_absolute(self: Any, original: Any, *args: Any) -> None:
    original(*args)
    for leaf in self.leaves():
        leaf.absolute = None


def leave_members_behind(self: Any, original: Any, t: int) -> None:
    self.t = t


def cases() -> Iterator[Case]:
    braintools_example = chain(warm_up(), exponential("0.95", base_lr="0.01"))
    yield Case("CHAIN-1", "seed", {"scheduler": braintools_example, "do": walk(range(1, 12))})
    two_members = chain(exponential(base_lr=["0.3", "0.02"]), fall())
    yield Case("CHAIN-1", "two", {"scheduler": two_members, "do": walk(range(1, 11))})
    three_members = chain(warm_up(base_lr="0.3"), exponential(), fall())
    yield Case("CHAIN-1", "three", {"scheduler": three_members, "do": walk(range(1, 11))})
    floored = chain(cosine(base_lr="0.3"), exponential())
    yield Case("CHAIN-1", "with-a-floor", {"scheduler": floored, "do": walk(range(1, 10))})
    for name, member in (("factors", warm_up()), ("with-a-floor", cosine())):
        zero = chain(exponential(base_lr=["0.0", "0.2"]), member)
        yield Case("CHAIN-2", name, {"scheduler": zero, "do": walk([1, 2, 6])})
    yield Case("CHAIN-3", "steps", {"scheduler": three_members, "do": [step(), members(), step(3), members()]})
    yield Case("CHAIN-3", "jumps", {"scheduler": three_members, "do": [jump(7), members(), jump(2), members()]})
    later = chain(exponential(base_lr="0.3", last_epoch=4), warm_up(last_epoch=4))
    yield Case("CHAIN-4", "at-4", {"scheduler": later, "do": [members(), step(), step()]})
    different_times = chain(exponential(base_lr="0.3", last_epoch=4), warm_up(last_epoch=3))
    yield Case("CHAIN-5", "apart", {"scheduler": different_times, "do": []})
    yield Case("CHAIN-5", "one-at-0", {"scheduler": chain(exponential(last_epoch=2), warm_up()), "do": []})
    for name, first, second in (
        ("numbers", "0.3", "0.2"),
        ("lists", ["0.3", "0.2"], ["0.3", "0.1"]),
        ("extended", ["0.3", "0.2"], "0.3"),
        ("against-the-default", "0.3", "0.001"),
    ):
        conflict = chain(exponential(base_lr=first), warm_up(base_lr=second))
        yield Case("CHAIN-6", name, {"scheduler": conflict, "do": []})
    agreed = chain(exponential(base_lr=["0.3", "0.2", "0.2"]), warm_up(base_lr=["0.3", "0.2"]), fall())
    yield Case("CHAIN-6", "agreed", {"scheduler": agreed, "do": walk([1, 4])})
    for name, order in (("forth", three_members["schedulers"]), ("back", three_members["schedulers"][::-1])):
        yield Case("CHAIN-7", name, {"scheduler": chain(*order), "do": walk([1, 2, 3, 6])})
    floor_last = [warm_up(), cosine(base_lr="0.3")]
    yield Case("CHAIN-7", "with-a-floor", {"scheduler": chain(*floor_last), "do": walk([1, 2, 3, 6])})
    conflict = chain(warm_up(), exponential(base_lr=["0.3", "0.2"]), fall(base_lr="0.1"))
    yield Case("CMP-7", "conflict", {"scheduler": conflict, "do": [members()]})
    yield Case("CMP-7", "apart", {"scheduler": different_times, "do": [members()]})
    one_cycle: Scenario = {"class": "OneCycleLR", "max_lr": "0.3", "total_steps": 5}
    pieces: Scenario = {
        "class": "PiecewiseConstantSchedule",
        "base_lr": "0.3",
        "boundaries": [2],
        "values": ["0.5", "0.2"],
    }
    for name, absolute in (("one-cycle", one_cycle), ("pieces", pieces)):
        yield Case("CHAIN-9", name, {"scheduler": chain(exponential(base_lr="0.3"), absolute), "do": [members()]})
        sequence = {"class": "SequentialLR", "schedulers": [exponential(base_lr="0.3"), absolute], "milestones": [3]}
        yield Case("CHAIN-9", f"{name}-at-depth", {"scheduler": chain(sequence, fall()), "do": []})
    yield Case("CHAIN-8", "one", {"scheduler": chain(cosine(base_lr=["0.3", "0.2"])), "do": walk([1, 5, 6, 7])})


DEFINITION = CompositeDefinition(
    name="ChainedScheduler",
    members=[exponential(), warm_up(), cosine()],
    times=[0, 2, 3, 5, 6],
    long_run=[exponential(SLOW), {**warm_up(), "total_iters": 130001}],
    cases=cases,
    arguments=lambda count: {},
    own_time=False,
    faults=(
        overriding("the last member wins", "CHAIN-1", rate=last_member_wins),
        overriding("the first member alone counts", "CHAIN-1", rate=first_member_only),
        overriding("a sum instead of the product", "CHAIN-1", rate=sum_of_rates),
        overriding("the mean instead of the product", "CHAIN-1", rate=mean),
        overriding("the smallest member's rate", "CHAIN-1", rate=smallest_member),
        overriding("the base rate counts twice", "CHAIN-1", rate=base_rate_twice),
        overriding("factors of the first rates, not of the base rate", "CHAIN-1", rate=factors_of_the_first_rate),
        overriding("rates multiplied instead of factors", "CHAIN-1", rate=rates_multiplied),
        overriding("changes added instead of factors multiplied", "CHAIN-1", rate=changes_added),
        overriding("the base rate of the first member, stated or not", "CMP-2", set_base_lrs=base_lr_of_first),
        overriding("the default base rate, whatever a member states", "CMP-2", set_base_lrs=default_base_lr_always),
        overriding("members left behind", "CHAIN-3", set_time=leave_members_behind),
        overriding("the chain begins at 0, wherever its members are", "CHAIN-4", set_base_lrs=start_at_zero),
        overriding("the last factor counts twice", "CHAIN-7", rate=last_factor_twice),
        overriding("a chain of one stays at its base rate", "CHAIN-8", rate=ignore_single_member),
    ),
    undiagnosed=(
        overriding(
            "members at different times are brought to that of the first", "CHAIN-5", read_members=use_first_time
        ),
        overriding("the first of different base rates wins", "CHAIN-6", read_members=use_first_base_lr),
        overriding("an absolute schedule is accepted", "CHAIN-9", read_members=accept_absolute),
    ),
)
