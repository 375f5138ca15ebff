"""SequentialLR: spec/composition/sequential.md."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from ...scenarios import examples
from ...scenarios.case import Case
from ...scenarios.examples import SGD, SLOW, chain, exponential, warm_up
from ...scenarios.operations import jump, load, members, new_scheduler, read, save, scribble, step, walk
from ...scenarios.values import Json, Scenario, decode
from ...scenarios.weights import MATRIX, VECTOR, group, training
from ..definition import CompositeDefinition
from ..domains import Refused
from ..faults import overriding

fall = partial(examples.fall, step_size=2)


def restarts(**arguments: Json) -> Scenario:
    return {"class": "CosineAnnealingWarmRestarts", "T_0": 3, "T_mult": 2, "eta_min": "0.01", **arguments}


def one_cycle() -> Scenario:
    return {"class": "OneCycleLR", "max_lr": "0.7", "total_steps": 5}


def sequence(members: list[Scenario], milestones: Json, **arguments: Json) -> Scenario:
    return {"class": "SequentialLR", "schedulers": members, "milestones": milestones, **arguments}


def member_rate(self: Any, active: int, group: int, time: int) -> Any:
    return self.members[active].rate(group, time)


def active_member(self: Any, t: int) -> int:
    return sum(start <= t for start in self.starts[1:])


def resolve_time(self: Any, t: int | None) -> int:
    return int(self.t if t is None else t)


def global_time(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return member_rate(self, active_member(self, resolve_time(self, t)), group, resolve_time(self, t))


def switch_late(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    active = active_member(self, resolve_time(self, t) - 1)
    return member_rate(self, active, group, resolve_time(self, t) - self.starts[active])


def switch_early(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    active = active_member(self, resolve_time(self, t) + 1)
    return member_rate(self, active, group, max(resolve_time(self, t) - self.starts[active], 0))


def skip_first_value(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    active = active_member(self, resolve_time(self, t))
    return member_rate(self, active, group, resolve_time(self, t) - self.starts[active] + (active > 0))


def first_member_only(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return member_rate(self, 0, group, resolve_time(self, t))


def last_member_wins(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return member_rate(self, -1, group, max(resolve_time(self, t) - self.starts[-1], 0))


def share_base_lr(self: Any, original: Any, base_lrs: list[float]) -> None:
    original(base_lrs)
    for member in self.members:
        if not member.absolute:
            member.set_base_lrs(self.base_lrs)


def default_base_lr_always(self: Any, original: Any, base_lrs: list[float]) -> None:
    original([0.001] * len(base_lrs))


def start_members_at_zero(self: Any, original: Any, arguments: Any) -> None:
    original(arguments)
    active = active_member(self, self.t)
    self.starts = (*self.starts[:active], self.t, *self.starts[active + 1 :])


def ignore_milestone_zero(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    active = sum(0 < start <= resolve_time(self, t) for start in self.starts[1:])
    return member_rate(self, active, group, resolve_time(self, t) - self.starts[active])


def repeat_sequence(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, resolve_time(self, t) % (2 * self.starts[-1]) if self.starts[-1] else t)


def scale_to_sequence_base_lr(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    b = self.members[active_member(self, resolve_time(self, t))].base_lrs[group]
    return original(group, t) * self.base_lrs[group] / b if b else original(group, t)


def fit_member_count(self: Any, original: Any, config: Any, definitions: Any) -> None:
    original(config, definitions)
    count = len(decode(config["milestones"])) + 1 if isinstance(config["milestones"], list) else len(self.built_members)
    self.built_members = (self.built_members * count)[:count]


def refuse_absolute(self: Any, original: Any, *args: Any) -> None:
    original(*args)
    if any(leaf.absolute for leaf in self.leaves()):
        raise Refused("type", "schedulers")


def accept_any_order(self: Any, original: Any, milestones: Any) -> Any:
    try:
        return original(milestones)
    except Refused as refusal:
        if refusal.kind != "value":
            raise
        return tuple(range(1, len(milestones) + 1))


def accept_floats(self: Any, original: Any, milestones: Any) -> Any:
    try:
        return original(milestones)
    except Refused as refusal:
        if refusal.kind != "type":
            raise
        return tuple(range(1, len(milestones) + 1))


def require_list(self: Any, original: Any, milestones: Any) -> Any:
    if not isinstance(milestones, list):
        raise Refused("type", "milestones")
    return original(milestones)


def leave_members_behind(self: Any, original: Any, t: int) -> None:
    self.t = t


def cumulative_milestones(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    starts = [sum(self.starts[: i + 1]) for i in range(len(self.starts))]
    active = sum(start <= resolve_time(self, t) for start in starts[1:])
    return member_rate(self, active, group, resolve_time(self, t) - starts[active])


def cases() -> Iterator[Case]:
    three_members = sequence([warm_up(base_lr="0.3"), exponential(base_lr="0.3"), fall(base_lr="0.3")], [4, 9])
    yield Case("SEQ-1", "three", {"scheduler": three_members, "do": walk(range(1, 16))})
    for m in (1, 5):
        two_members = sequence([exponential(base_lr="0.3"), fall(base_lr="0.5")], [m])
        yield Case("SEQ-1", f"around-{m}", {"scheduler": two_members, "do": walk([m - 1, m, m + 1])})
    beyond_float32 = 2**24 + 1  # not a float32 number
    late_switch = sequence([warm_up(base_lr="0.3"), exponential(base_lr="0.5")], [beyond_float32])
    yield Case(
        "SEQ-1", "around-2**24+1", {"scheduler": late_switch, "do": [jump(beyond_float32 + i) for i in (-1, 0, 1)]}
    )
    backwards = [jump(t) for t in (12, 9, 8, 4, 3, 0)]
    yield Case("SEQ-1", "backwards", {"scheduler": three_members, "do": backwards})
    with_restarts = sequence([warm_up(base_lr="0.3"), restarts(base_lr="0.3")], [4])
    yield Case("SEQ-2", "restarts", {"scheduler": with_restarts, "do": walk(range(1, 16))})
    yield Case(
        "SEQ-2",
        "warm-up-later",
        {"scheduler": sequence([fall(base_lr="0.3"), warm_up(base_lr="0.3")], [3]), "do": walk(range(1, 9))},
    )
    with_members = [members(), step(4), members(), step(), members(), step(6), members()]
    yield Case("SEQ-3", "steps", {"scheduler": three_members, "do": with_members})
    yield Case("SEQ-3", "at-a-time", {"scheduler": three_members | {"last_epoch": 7}, "do": [members()]})
    yield Case("SEQ-3", "jumps", {"scheduler": three_members, "do": [jump(10), members(), jump(2), members()]})
    at_zero = sequence([exponential(base_lr="0.3"), fall(base_lr="0.5")], [0])
    yield Case("SEQ-4", "alone", {"scheduler": at_zero, "do": walk([1, 2, 3])})
    zero_milestone_first = sequence([exponential(base_lr="0.3"), fall(base_lr="0.5"), warm_up(base_lr="0.9")], [0, 3])
    yield Case("SEQ-4", "first-of-two", {"scheduler": zero_milestone_first, "do": walk([1, 2, 3, 4])})
    yield Case("SEQ-5", "for-ever", {"scheduler": three_members, "do": [jump(t) for t in (50, 500)]})
    yield Case("SEQ-5", "no-milestone", {"scheduler": sequence([fall(base_lr="0.3")], []), "do": walk([1, 2, 9])})
    three_base_lrs = sequence([exponential(base_lr="0.3"), fall(base_lr="0.5"), warm_up(base_lr="0.9")], [2, 4])
    yield Case("SEQ-6", "three-base-rates", {"scheduler": three_base_lrs, "do": walk(range(1, 9))})
    yield Case("SEQ-7", "first-states", {"scheduler": three_base_lrs, "do": [read(), step(3), step(3)]})
    second_explicit = sequence([warm_up(), exponential(base_lr="0.3"), fall(base_lr="0.5")], [4, 6])
    yield Case("SEQ-7", "second-states", {"scheduler": second_explicit, "do": walk(range(1, 9))})
    one_explicit = sequence([warm_up(), exponential(base_lr="0.3"), fall()], [4, 6])
    yield Case("SEQ-7", "unset", {"scheduler": one_explicit, "do": walk(range(1, 9))})
    for n in (3, 4, 5, 11):
        later = {"scheduler": three_members | {"last_epoch": n}, "do": [read(), step(), step(5)]}
        yield Case("SEQ-8", f"at-{n}", later)
    yield Case("SEQ-8", "minus-one", {"scheduler": three_members | {"last_epoch": -1}, "do": [read(), step(4)]})
    for wrong in ([exponential()], [exponential(), fall(), warm_up()]):
        yield Case("SEQ-9", f"{len(wrong)}-members", {"scheduler": sequence(wrong, [3]), "do": []})
    one_too_few = sequence([exponential(), fall(base_lr="0.3"), warm_up()], [3])
    yield Case("CMP-7", "number-of-members", {"scheduler": one_too_few, "do": [members()]})
    for milestones in ([5, 2], [4, 4], [-1, 3]):
        config = sequence([exponential(base_lr="0.3"), fall(), warm_up()], milestones)
        yield Case("SEQ-10", str(milestones), {"scheduler": config, "do": [members()]})
    bad: list[Json] = [[5, 2], [-1, 3], ["3.0", 4], 5]
    refused = [new_scheduler(three_members | {"milestones": milestones}) for milestones in bad]
    yield Case("SCH-28", "milestones", {"scheduler": three_members, "do": refused}, options={"error": "names"})
    states_none = sequence([one_cycle(), exponential()], [3])
    yield Case("SEQ-7", "absolute-first", {"scheduler": states_none, "do": walk(range(1, 7))})
    absolute = sequence([warm_up(base_lr="0.3"), one_cycle()], [3])
    yield Case("SEQ-11", "one-cycle", {"scheduler": absolute, "do": walk(range(1, 10))})
    three_maxima = {**one_cycle(), "max_lr": ["0.7", "0.5", "0.2"]}
    longest = sequence([exponential(base_lr="0.3"), three_maxima], [3])
    yield Case("SCH-9", "longest-member", {"scheduler": longest, "do": walk([1, 2, 3, 4])})
    at_depth = sequence([exponential(base_lr="0.3"), sequence([three_maxima, fall()], [2])], [3])
    yield Case("SCH-9", "longest-member-at-depth", {"scheduler": at_depth, "do": walk(range(1, 7))})
    pieces = {"class": "PiecewiseConstantSchedule", "boundaries": [2], "values": ["0.5", "0.2"]}
    yield Case(
        "SEQ-11",
        "pieces-first",
        {"scheduler": sequence([pieces, exponential(base_lr="0.3")], [4]), "do": walk(range(1, 7))},
    )
    not_integers: list[Json] = ["3.0", {"str": "3"}, None]
    for bad in not_integers:
        yield Case("SEQ-12", str(bad), {"scheduler": sequence([exponential(), fall()], [bad]), "do": []})
    copied = {"scheduler": three_members, "do": [scribble("milestones"), read(), step(4), step(2), step(5)]}
    yield Case("SEQ-13", "scribbled", copied)
    for kind in ("tuple", "iterator"):
        config = three_members | {"milestones": {kind: [4, 9]}}
        yield Case("SEQ-15", kind, {"scheduler": config, "do": walk([3, 4, 8, 9])})
    in_chain = chain(sequence([warm_up(base_lr="0.3"), exponential(base_lr="0.3")], [4]), fall(base_lr="0.3"))
    yield Case("SEQ-14", "in-a-chain", {"scheduler": in_chain, "do": walk(range(1, 10))})
    base_lrs_in_chain = chain(sequence([exponential(base_lr="0.3"), fall(base_lr="0.5")], [3]), warm_up(base_lr="0.3"))
    yield Case("SEQ-14", "own-base-rates-in-a-chain", {"scheduler": base_lrs_in_chain, "do": walk(range(1, 8))})
    round_a_chain = sequence([chain(warm_up(base_lr="0.3"), exponential(base_lr="0.3")), fall(base_lr="0.5")], [5])
    yield Case("CMP-4", "round-a-chain", {"scheduler": round_a_chain, "do": walk(range(1, 10))})
    for at in (3, 4, 5):
        resumed = [step(at), save(via="pickle"), new_scheduler(), load(), read(), step(), step(5)]
        yield Case("STA-7", f"resumed-at-{at}-of-4", {"scheduler": three_members, "do": resumed})
        yield Case("STA-7", f"nested-at-{at}-of-5", {"scheduler": round_a_chain, "do": resumed})
    joining = training(SGD, [group(MATRIX, lr="0.1")], absolute, keys=[VECTOR])
    yield Case("ONE-14", "in-a-sequence", joining)


DEFINITION = CompositeDefinition(
    name="SequentialLR",
    members=[warm_up(), exponential(), fall()],
    times=[0, 3, 4, 5, 8, 9, 11, 12],
    long_run=[{**warm_up(), "total_iters": 10}, exponential(SLOW)],
    cases=cases,
    arguments=lambda count: {"milestones": [4, 8, 11][: count - 1]},
    own_time=True,
    faults=(
        overriding("members in global time", "SEQ-2", rate=global_time),
        overriding("the old member is still active at the milestone", "SEQ-1", rate=switch_late),
        overriding("the next member rules one step before its milestone", "SEQ-1", rate=switch_early),
        overriding("the first value after a milestone is skipped", "SEQ-2", rate=skip_first_value),
        overriding("the first member stays active", "SEQ-1", rate=first_member_only),
        overriding("the last member wins", "SEQ-1", rate=last_member_wins),
        overriding("one base rate for all members", "SEQ-6", set_base_lrs=share_base_lr),
        overriding("the default base rate for the sequence", "SEQ-7", set_base_lrs=default_base_lr_always),
        overriding("last_epoch does not reach the members", "SEQ-8", read_last_epoch=start_members_at_zero),
        overriding("members do not move", "SEQ-3", set_time=leave_members_behind),
        overriding("milestones measured each from the one before", "SEQ-1", rate=cumulative_milestones),
        overriding("a milestone at 0 does not count", "SEQ-4", rate=ignore_milestone_zero),
        overriding(
            "the last member rules as long as the one before, and then the first again", "SEQ-5", rate=repeat_sequence
        ),
        overriding("each member's factor on the base rate of the sequence", "SEQ-14", rate=scale_to_sequence_base_lr),
    ),
    undiagnosed=(
        overriding("the default base rate, whatever a member states", "CMP-2", set_base_lrs=default_base_lr_always),
        overriding("a number of members that does not fit is accepted", "SEQ-9", read_members=fit_member_count),
        overriding("an absolute schedule is refused", "SEQ-11", read_members=refuse_absolute),
        overriding("milestones that do not increase are accepted", "SEQ-10", read_milestones=accept_any_order),
        overriding("milestones are cut to integers", "SEQ-12", read_milestones=accept_floats),
        overriding("milestones must be a list", "SEQ-15", read_milestones=require_list),
        overriding(
            "an explicit rate beside an absolute member is accepted",
            "ONE-14",
            refuse_group_rate=lambda self, original: None,
        ),
    ),
)
