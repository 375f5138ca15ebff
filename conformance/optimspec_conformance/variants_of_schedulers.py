"""Faults that any scheduler can have: in its rates, times, groups and states, and in what reaches an optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np

from .faults import shell
from .model import CompositeModel, MetricModel, ScheduleModel

# ------------------------------------------------------------------------------------ where they make a difference


def in_closed_form(model: Any) -> bool:
    """Its rate is a function of the time, which can jump."""
    return not isinstance(model, MetricModel)


def relative(model: Any) -> bool:
    """Its rates follow the base rates."""
    return model.absolute is None


def stating(model: Any) -> bool:
    """It has a ``base_lr`` of its own."""
    return not isinstance(model, CompositeModel) and (isinstance(model, MetricModel) or model.base is None)


def stating_relative(model: Any) -> bool:
    return stating(model) and relative(model)


def based(model: Any) -> bool:
    """It has base rates that somebody states."""
    return stating(model) or isinstance(model, CompositeModel)


def composed(model: Any) -> bool:
    return isinstance(model, CompositeModel)


def with_own_time(model: Any) -> bool:
    return not isinstance(model, CompositeModel) or model.own_time


def with_lists(model: Any) -> bool:
    """Groups have their own entries of some lists, and the base rate is not one of these."""
    return isinstance(model, ScheduleModel) and bool(model.per_group) and model.base is None


# ------------------------------------------------------------------------------------------ rates of any scheduler


def _time(own: Any, t: int | None) -> int:
    return int(own.t if t is None else t)


def late(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return right(group, max(_time(own, t) - 1, 0))


def early(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return right(group, _time(own, t) + 1)


def late_after_a_step(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return right(group, max(_time(own, t) - vars(own).get("walked", 0), 0))


def walking(own: Any, right: Any, n: int) -> None:
    own.walked = 1
    right(n)


def jumping(own: Any, right: Any, t: int) -> None:
    own.walked = 0
    right(t)


def base_until_touched(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return right(group, t) if "walked" in vars(own) else 1 * own.base_lrs[group]


def loading(own: Any, right: Any, state: Any) -> None:
    own.walked = 0
    right(state)


def constructed(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return vars(own).setdefault("kept", {}).setdefault(group, right(group, t))


def like_the_first(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return right(0, t)


def others_at_their_base(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return right(group, t) if group == 0 else 1 * own.base_lrs[group]


def in_float16(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return float(np.float16(float(right(group, t))))


def first_entries(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    kept, lists = vars(own).get("hyper", {}), getattr(vars(own).get("model"), "per_group", ())
    own.hyper = kept | {name: kept[name][:1] for name in lists}
    try:
        return right(group, t)
    finally:
        own.hyper = kept


RATES = (
    shell("off by one, the rate lags one step behind", "SCH-3", in_closed_form, rate=late),
    shell("off by one, the rate is one step ahead", "SCH-2", in_closed_form, rate=early),
    shell(
        "off by one after a step, and right after a jump",
        "SCH-3",
        in_closed_form,
        rate=late_after_a_step,
        walk=walking,
        jump=jumping,
    ),
    shell(
        "the initial rate is not applied, the base rate holds until the first step",
        "SCH-2",
        in_closed_form,
        rate=base_until_touched,
        walk=walking,
        jump=jumping,
        adopt=loading,
    ),
    shell("the rate of construction for ever", "SCH-3", rate=constructed),
    shell("all groups have the rate of the first", "SCH-15", relative, rate=like_the_first),
    shell("groups but the first stay at their base rates", "SCH-15", based, rate=others_at_their_base),
    shell("rates in half precision", "NUM-1", rate=in_float16),
)


# ---------------------------------------------------------------------------------- times and groups of a scheduler


def not_at_all(own: Any, right: Any, *given: Any) -> None:
    """What was asked for is not done."""


def twice(own: Any, right: Any, n: int) -> None:
    right(2 * n)


def as_a_step(own: Any, right: Any, t: int) -> None:
    own.walk(1)


def one_late(own: Any, right: Any, t: int) -> None:
    right(max(t - 1, 0))


def one_early(own: Any, right: Any, t: int) -> None:
    right(t + 1)


def never_back(own: Any, right: Any, t: int) -> None:
    right(max(t, own.t))


def from_zero(own: Any, right: Any, arguments: Any) -> None:
    right(arguments)
    own.t = 0


def one_later(own: Any, right: Any, arguments: Any) -> None:
    right(arguments)
    own.t = max(own.t - 1, 0)


def default_base_rate(own: Any, right: Any, *given: Any) -> None:
    right(*given)
    own.base_lrs = [0.001] * len(own.base_lrs)


def rate_of_the_first(own: Any, right: Any, groups: int) -> None:
    for part in (own, *own.members):
        part.joining_lr = part.base_lrs[0]
    right(groups)


TIMES = (
    shell("a jump is ignored", "SCH-4", in_closed_form, jump=not_at_all),
    shell("a jump counts as a step", "SCH-4", in_closed_form, jump=as_a_step),
    shell("a jump ends one step before its time", "SCH-4", in_closed_form, jump=one_late),
    shell("a jump ends one step after its time", "SCH-4", in_closed_form, jump=one_early),
    shell("a jump never goes back", "SCH-4", in_closed_form, jump=never_back),
    shell("each step counts twice", "SCH-3", in_closed_form, walk=twice),
    shell("a step does not move the time", "SCH-3", in_closed_form, walk=not_at_all),
    shell("last_epoch is ignored", "SCH-5", with_own_time, take_time=from_zero),
    shell("last_epoch is taken one step before its time", "SCH-5", with_own_time, take_time=one_later),
    shell("base_lr is ignored, the default holds", "SCH-15", stating_relative, take_arguments=default_base_rate),
    shell("the explicit rate of a group is ignored", "OPT-31", relative, set_base_lr=not_at_all),
    shell("a group that joins has the first base rate", "SCH-15", relative, extend=rate_of_the_first),
)


# ------------------------------------------------------------------------------------------------ states of a scheduler


def go(own: Any, t: int) -> None:
    """To another time; a plateau has no other way."""
    own.t = t
    if own.members or hasattr(own, "model"):
        own.move(t)


def at_zero(own: Any, right: Any, state: Any) -> None:
    right(state)
    go(own, 0)


def at_its_own_time(own: Any, right: Any, state: Any) -> None:
    t = own.t
    right(state)
    go(own, t)


def shifted(by: int) -> Any:
    def adopt(own: Any, right: Any, state: Any) -> None:
        right(state)
        go(own, max(own.t + by, 0))

    return adopt


def with_its_own_base_rates(own: Any, right: Any, state: Any) -> None:
    right({**state, "base_lrs": list(own.base_lrs), "joining_lr": own.joining_lr})


def rate_of_before(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return right(group, t) if not vars(own).get("before") else own.before[group]


def keeping_rates(own: Any, right: Any, *given: Any) -> None:
    own.before = None
    before = own.rates()
    right(*given)
    own.before = before


def forgetting(own: Any, right: Any, *given: Any) -> None:
    own.before = None
    right(*given)


def shown_of_before(own: Any, right: Any, group: int) -> Any:
    return right(group) if not vars(own).get("before") else own.before[group]


def shown_of_construction(own: Any, right: Any, group: int) -> Any:
    return vars(own).setdefault("shown_once", {}).setdefault(group, right(group))


def shown_one_late(own: Any, right: Any, group: int) -> Any:
    return own.rate(group, max(own.t - 1, 0))


def shown_base(own: Any, right: Any, group: int) -> Any:
    return 1 * own.base_lrs[group] if "walked" not in vars(own) else right(group)


def aliased(own: Any, right: Any) -> Any:
    return _Live(right)


def halves(own: Any, right: Any, state: Any) -> None:
    right({**state, "base_lrs": list(map(half, state["base_lrs"]))})
    if isinstance(getattr(own, "followed", None), dict):
        own.followed["lrs"] = list(map(half, own.followed["lrs"]))


def half(rate: Any) -> float:
    return float(np.float16(float(rate)))


class _Live(dict[str, Any]):
    """A state that is what its object has become."""

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
    shell("a load restores nothing", "STA-7", adopt=not_at_all),
    shell("a load does not restore the time", "STA-7", adopt=at_its_own_time),
    shell("a load restores to the beginning", "STA-7", adopt=at_zero),
    shell("a load restores one step late", "STA-7", adopt=shifted(-1)),
    shell("a load restores one step early", "STA-7", adopt=shifted(1)),
    shell("a load does not restore the base rates", "STA-10", based, adopt=with_its_own_base_rates),
    shell(
        "the rate after a load is that of before, until the next step",
        "STA-7",
        adopt=keeping_rates,
        walk=forgetting,
        jump=forgetting,
        rate=rate_of_before,
    ),
    shell("a state changes with the object it came from", "STA-1", state=aliased),
    shell("a state has rates in half precision", "STA-9", adopt=halves),
)

PUSHED = (
    shell("the scheduler is not followed, the optimizer keeps the first rate", "OPT-1", shown=shown_of_construction),
    shell("the optimizer steps with the rate of one step before", "OPT-1", in_closed_form, shown=shown_one_late),
    shell(
        "the initial rate does not reach the optimizer, the base rate holds until the first step",
        "OPT-3",
        shown=shown_base,
        walk=walking,
        jump=jumping,
        adopt=loading,
    ),
    shell(
        "a load does not reach the optimizer until the next step",
        "STA-8",
        adopt=keeping_rates,
        walk=forgetting,
        jump=forgetting,
        shown=shown_of_before,
    ),
    shell(
        "a jump does not reach the optimizer until the next step",
        "OPT-3",
        in_closed_form,
        jump=keeping_rates,
        walk=forgetting,
        adopt=forgetting,
        shown=shown_of_before,
    ),
)


def members_keep_the_default(own: Any, right: Any, base_lrs: list[float]) -> None:
    kept = [(member, list(member.base_lrs)) for member in own.members if not member.stated]
    right(base_lrs)
    for member, its_own in kept:
        member.take(its_own + its_own[-1:] * (len(base_lrs) - len(its_own)))


def another_default(own: Any, right: Any, base_lrs: list[float]) -> None:
    right(base_lrs if own.stated else [0.01] * len(base_lrs))


COMPOSITES = (
    shell("members without a base rate keep the default", "CMP-1", composed, take=members_keep_the_default),
    shell("another base rate where no member states one", "CMP-3", composed, take=another_default),
)
LISTS = (shell("the first entry of a list for all groups", "SCH-15", with_lists, rate=first_entries),)
OF_ALL = (*LISTS, *RATES, *TIMES, *STATES, *PUSHED, *COMPOSITES)
