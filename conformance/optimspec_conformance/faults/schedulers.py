"""Faults that any scheduler can have: in rates, times, groups and states, and in what reaches an optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..classes.definition import CompositeDefinition, PlateauDefinition, ScheduleDefinition
from ..classes.faults import overriding

# ------------------------------------------------------------------------------------ where they make a difference


def in_closed_form(definition: Any) -> bool:
    """Whether the rate is a function of the time, so that it can jump."""
    return not isinstance(definition, PlateauDefinition)


def relative(definition: Any) -> bool:
    """Whether the rates follow the base rates."""
    return definition.absolute is None


def stating(definition: Any) -> bool:
    """Whether it has a ``base_lr``."""
    return not isinstance(definition, CompositeDefinition) and (
        isinstance(definition, PlateauDefinition) or definition.base is None
    )


def stating_relative(definition: Any) -> bool:
    return stating(definition) and relative(definition)


def based(definition: Any) -> bool:
    """Whether its base rates can be given explicitly."""
    return stating(definition) or isinstance(definition, CompositeDefinition)


def composed(definition: Any) -> bool:
    return isinstance(definition, CompositeDefinition)


def with_own_time(definition: Any) -> bool:
    return not isinstance(definition, CompositeDefinition) or definition.own_time


def with_lists(definition: Any) -> bool:
    """Whether groups have their own entries of some list other than the base rates."""
    return isinstance(definition, ScheduleDefinition) and bool(definition.per_group) and definition.base is None


# ------------------------------------------------------------------------------------------ rates of any scheduler


def _time(self: Any, t: int | None) -> int:
    return int(self.t if t is None else t)


def late(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, max(_time(self, t) - 1, 0))


def early(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, _time(self, t) + 1)


def late_after_a_step(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, max(_time(self, t) - vars(self).get("walked", 0), 0))


def walking(self: Any, original: Any, n: int) -> None:
    self.walked = 1
    original(n)


def jumping(self: Any, original: Any, t: int) -> None:
    self.walked = 0
    original(t)


def base_until_touched(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, t) if "walked" in vars(self) else 1 * self.base_lrs[group]


def loading(self: Any, original: Any, state: Any) -> None:
    self.walked = 0
    original(state)


def constructed(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return vars(self).setdefault("kept", {}).setdefault(group, original(group, t))


def like_the_first(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(0, t)


def others_at_their_base(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, t) if group == 0 else 1 * self.base_lrs[group]


def in_float16(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return float(np.float16(float(original(group, t))))


def first_entries(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    kept, lists = vars(self).get("hyper", {}), getattr(vars(self).get("definition"), "per_group", ())
    self.hyper = kept | {name: kept[name][:1] for name in lists}
    try:
        return original(group, t)
    finally:
        self.hyper = kept


RATES = (
    overriding("off by one, the rate lags one step behind", "SCH-3", in_closed_form, rate=late),
    overriding("off by one, the rate is one step ahead", "SCH-2", in_closed_form, rate=early),
    overriding(
        "off by one after a step, and right after a jump",
        "SCH-3",
        in_closed_form,
        rate=late_after_a_step,
        walk=walking,
        jump=jumping,
    ),
    overriding(
        "the initial rate is not applied, the base rate holds until the first step",
        "SCH-2",
        in_closed_form,
        rate=base_until_touched,
        walk=walking,
        jump=jumping,
        adopt=loading,
    ),
    overriding("the rate of construction for ever", "SCH-3", rate=constructed),
    overriding("all groups have the rate of the first", "SCH-15", relative, rate=like_the_first),
    overriding("groups but the first stay at their base rates", "SCH-15", based, rate=others_at_their_base),
    overriding("rates in half precision", "NUM-1", rate=in_float16),
)


# ---------------------------------------------------------------------------------- times and groups of a scheduler


def not_at_all(self: Any, original: Any, *given: Any) -> None:
    """Does nothing."""


def twice(self: Any, original: Any, n: int) -> None:
    original(2 * n)


def as_a_step(self: Any, original: Any, t: int) -> None:
    self.walk(1)


def one_late(self: Any, original: Any, t: int) -> None:
    original(max(t - 1, 0))


def one_early(self: Any, original: Any, t: int) -> None:
    original(t + 1)


def never_back(self: Any, original: Any, t: int) -> None:
    original(max(t, self.t))


def from_zero(self: Any, original: Any, arguments: Any) -> None:
    original(arguments)
    self.t = 0


def one_later(self: Any, original: Any, arguments: Any) -> None:
    original(arguments)
    self.t = max(self.t - 1, 0)


def default_base_rate(self: Any, original: Any, *given: Any) -> None:
    original(*given)
    self.base_lrs = [0.001] * len(self.base_lrs)


def rate_of_the_first(self: Any, original: Any, groups: int) -> None:
    for part in (self, *self.members):
        part.joining_lr = part.base_lrs[0]
    original(groups)


TIMES = (
    overriding("a jump is ignored", "SCH-4", in_closed_form, jump=not_at_all),
    overriding("a jump counts as a step", "SCH-4", in_closed_form, jump=as_a_step),
    overriding("a jump ends one step before its time", "SCH-4", in_closed_form, jump=one_late),
    overriding("a jump ends one step after its time", "SCH-4", in_closed_form, jump=one_early),
    overriding("a jump never goes back", "SCH-4", in_closed_form, jump=never_back),
    overriding("each step counts twice", "SCH-3", in_closed_form, walk=twice),
    overriding("a step does not move the time", "SCH-3", in_closed_form, walk=not_at_all),
    overriding("last_epoch is ignored", "SCH-5", with_own_time, take_time=from_zero),
    overriding("last_epoch is taken one step before its time", "SCH-5", with_own_time, take_time=one_later),
    overriding("base_lr is ignored, the default holds", "SCH-15", stating_relative, take_arguments=default_base_rate),
    overriding("the explicit rate of a group is ignored", "OPT-31", relative, set_base_lr=not_at_all),
    overriding("a group that joins has the first base rate", "SCH-15", relative, extend=rate_of_the_first),
)


# ------------------------------------------------------------------------------------------------ states of a scheduler


def go(self: Any, t: int) -> None:
    """Move to another time, also a plateau."""
    self.t = t
    if self.members or hasattr(self, "definition"):
        self.move(t)


def at_zero(self: Any, original: Any, state: Any) -> None:
    original(state)
    go(self, 0)


def at_its_own_time(self: Any, original: Any, state: Any) -> None:
    t = self.t
    original(state)
    go(self, t)


def shifted(by: int) -> Any:
    def adopt(self: Any, original: Any, state: Any) -> None:
        original(state)
        go(self, max(self.t + by, 0))

    return adopt


def with_its_own_base_rates(self: Any, original: Any, state: Any) -> None:
    original({**state, "base_lrs": list(self.base_lrs), "joining_lr": self.joining_lr})


def rate_of_before(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, t) if not vars(self).get("before") else self.before[group]


def keeping_rates(self: Any, original: Any, *given: Any) -> None:
    self.before = None
    before = self.rates()
    original(*given)
    self.before = before


def forgetting(self: Any, original: Any, *given: Any) -> None:
    self.before = None
    original(*given)


def shown_of_before(self: Any, original: Any, group: int) -> Any:
    return original(group) if not vars(self).get("before") else self.before[group]


def shown_of_construction(self: Any, original: Any, group: int) -> Any:
    return vars(self).setdefault("shown_once", {}).setdefault(group, original(group))


def shown_one_late(self: Any, original: Any, group: int) -> Any:
    return self.rate(group, max(self.t - 1, 0))


def shown_base(self: Any, original: Any, group: int) -> Any:
    return 1 * self.base_lrs[group] if "walked" not in vars(self) else original(group)


def aliased(self: Any, original: Any) -> Any:
    return _Live(original)


def halves(self: Any, original: Any, state: Any) -> None:
    original({**state, "base_lrs": list(map(half, state["base_lrs"]))})
    if isinstance(getattr(self, "followed", None), dict):
        self.followed["lrs"] = list(map(half, self.followed["lrs"]))


def half(rate: Any) -> float:
    return float(np.float16(float(rate)))


class _Live(dict[str, Any]):
    """A state that changes with its object."""

    def __init__(self, now: Any) -> None:
        super().__init__(now())
        self.now = now

    def __getitem__(self, key: str) -> Any:
        return self.now()[key]

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        return dict(self.now())

    def keys(self) -> Any:
        return self.now().keys()


STATES = (
    overriding("a load restores nothing", "STA-7", adopt=not_at_all),
    overriding("a load does not restore the time", "STA-7", adopt=at_its_own_time),
    overriding("a load restores to the beginning", "STA-7", adopt=at_zero),
    overriding("a load restores one step late", "STA-7", adopt=shifted(-1)),
    overriding("a load restores one step early", "STA-7", adopt=shifted(1)),
    overriding("a load does not restore the base rates", "STA-10", based, adopt=with_its_own_base_rates),
    overriding(
        "the rate after a load is that of before, until the next step",
        "STA-7",
        adopt=keeping_rates,
        walk=forgetting,
        jump=forgetting,
        rate=rate_of_before,
    ),
    overriding("a state changes with the object it came from", "STA-1", state=aliased),
    overriding("a state has rates in half precision", "STA-9", adopt=halves),
)

PUSHED = (
    overriding(
        "the scheduler is not followed, the optimizer keeps the first rate", "OPT-1", shown=shown_of_construction
    ),
    overriding("the optimizer steps with the rate of one step before", "OPT-1", in_closed_form, shown=shown_one_late),
    overriding(
        "the initial rate does not reach the optimizer, the base rate holds until the first step",
        "OPT-3",
        shown=shown_base,
        walk=walking,
        jump=jumping,
        adopt=loading,
    ),
    overriding(
        "a load does not reach the optimizer until the next step",
        "STA-8",
        adopt=keeping_rates,
        walk=forgetting,
        jump=forgetting,
        shown=shown_of_before,
    ),
    overriding(
        "a jump does not reach the optimizer until the next step",
        "OPT-3",
        in_closed_form,
        jump=keeping_rates,
        walk=forgetting,
        adopt=forgetting,
        shown=shown_of_before,
    ),
)


def members_keep_the_default(self: Any, original: Any, base_lrs: list[float]) -> None:
    kept = [(member, list(member.base_lrs)) for member in self.members if not member.stated]
    original(base_lrs)
    for member, its_own in kept:
        member.take(its_own + its_own[-1:] * (len(base_lrs) - len(its_own)))


def another_default(self: Any, original: Any, base_lrs: list[float]) -> None:
    original(base_lrs if self.stated else [0.01] * len(base_lrs))


COMPOSITES = (
    overriding("members without a base rate keep the default", "CMP-1", composed, take=members_keep_the_default),
    overriding("another base rate where no member states one", "CMP-3", composed, take=another_default),
)
LISTS = (overriding("the first entry of a list for all groups", "SCH-15", with_lists, rate=first_entries),)
OF_ALL = (*LISTS, *RATES, *TIMES, *STATES, *PUSHED, *COMPOSITES)
