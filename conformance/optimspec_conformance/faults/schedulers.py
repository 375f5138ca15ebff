"""Faults that any scheduler can have: in rates, times, groups and states, and in what reaches an optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..classes.definition import CompositeDefinition, PlateauDefinition, ScheduleDefinition
from ..classes.faults import overriding

# ------------------------------------------------------------------------------- conditions: where a fault matters


def has_closed_form(definition: Any) -> bool:
    """Whether the rate is a function of the time, so that jumps are allowed."""
    return not isinstance(definition, PlateauDefinition)


def uses_base_lrs(definition: Any) -> bool:
    """Whether the rates depend on the base rates."""
    return definition.absolute is None


def has_base_lr(definition: Any) -> bool:
    """Whether the constructor takes a ``base_lr``."""
    return not isinstance(definition, CompositeDefinition) and (
        isinstance(definition, PlateauDefinition) or definition.base is None
    )


def base_lr_matters(definition: Any) -> bool:
    return has_base_lr(definition) and uses_base_lrs(definition)


def accepts_base_lrs(definition: Any) -> bool:
    """Whether explicit base rates can be given, to it or to its members."""
    return has_base_lr(definition) or isinstance(definition, CompositeDefinition)


def base_rates_are_loaded(definition: Any) -> bool:
    return accepts_base_lrs(definition) and uses_base_lrs(definition)


def is_composite(definition: Any) -> bool:
    return isinstance(definition, CompositeDefinition)


def has_own_time(definition: Any) -> bool:
    return not isinstance(definition, CompositeDefinition) or definition.own_time


def has_group_lists(definition: Any) -> bool:
    """Whether a parameter other than the base rates has an entry for each group."""
    return isinstance(definition, ScheduleDefinition) and bool(definition.per_group) and definition.base is None


# ------------------------------------------------------------------------------------------ rates of any scheduler


def _time(self: Any, t: int | None) -> int:
    return int(self.t if t is None else t)


def late_rate(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, max(_time(self, t) - 1, 0))


def early_rate(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, _time(self, t) + 1)


def late_rate_after_step(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, max(_time(self, t) - vars(self).get("walked", 0), 0))


def mark_step(self: Any, original: Any, n: int) -> None:
    self.walked = 1
    original(n)


def mark_jump(self: Any, original: Any, t: int) -> None:
    self.walked = 0
    original(t)


def base_rate_until_moved(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, t) if "walked" in vars(self) else 1 * self.base_lrs[group]


def mark_load(self: Any, original: Any, state: Any) -> None:
    self.walked = 0
    original(state)


def keep_initial_rate(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return vars(self).setdefault("kept", {}).setdefault(group, original(group, t))


def first_group_rate(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(0, t)


def base_rates_of_other_groups(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, t) if group == 0 else 1 * self.base_lrs[group]


def round_to_float16(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return float(np.float16(float(original(group, t))))


def use_first_entries(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    hyper, names = vars(self).get("hyper", {}), getattr(vars(self).get("definition"), "per_group", ())
    self.hyper = hyper | {name: hyper[name][:1] for name in names}
    try:
        return original(group, t)
    finally:
        self.hyper = hyper


RATES = (
    overriding("off by one, the rate lags one step behind", "SCH-3", has_closed_form, rate=late_rate),
    overriding("off by one, the rate is one step ahead", "SCH-2", has_closed_form, rate=early_rate),
    overriding(
        "off by one after a step, and right after a jump",
        "SCH-3",
        has_closed_form,
        rate=late_rate_after_step,
        walk=mark_step,
        jump=mark_jump,
    ),
    overriding(
        "the initial rate is not applied, the base rate holds until the first step",
        "SCH-2",
        has_closed_form,
        rate=base_rate_until_moved,
        walk=mark_step,
        jump=mark_jump,
        load_state_dict=mark_load,
    ),
    overriding("the rate stays the one at construction", "SCH-3", rate=keep_initial_rate),
    overriding("all groups have the rate of the first", "SCH-15", uses_base_lrs, rate=first_group_rate),
    overriding(
        "groups but the first stay at their base rates", "SCH-15", accepts_base_lrs, rate=base_rates_of_other_groups
    ),
    overriding("rates in half precision", "NUM-1", rate=round_to_float16),
)


# ---------------------------------------------------------------------------------- times and groups of a scheduler


def do_nothing(self: Any, original: Any, *args: Any) -> None:
    """Does nothing."""


def double_steps(self: Any, original: Any, n: int) -> None:
    original(2 * n)


def step_instead(self: Any, original: Any, t: int) -> None:
    self.walk(1)


def jump_one_less(self: Any, original: Any, t: int) -> None:
    original(max(t - 1, 0))


def jump_one_more(self: Any, original: Any, t: int) -> None:
    original(t + 1)


def jump_forward_only(self: Any, original: Any, t: int) -> None:
    original(max(t, self.t))


def start_at_zero(self: Any, original: Any, arguments: Any) -> None:
    original(arguments)
    self.t = 0


def start_one_less(self: Any, original: Any, arguments: Any) -> None:
    original(arguments)
    self.t = max(self.t - 1, 0)


def use_default_base_lr(self: Any, original: Any, *args: Any) -> None:
    original(*args)
    self.base_lrs = [0.001] * len(self.base_lrs)


def join_at_first_base_lr(self: Any, original: Any, groups: int) -> None:
    for part in (self, *self.members):
        part.default_base_lr = part.base_lrs[0]
    original(groups)


TIMES = (
    overriding("a jump is ignored", "SCH-4", has_closed_form, jump=do_nothing),
    overriding("a jump counts as a step", "SCH-4", has_closed_form, jump=step_instead),
    overriding("a jump ends one step before its time", "SCH-4", has_closed_form, jump=jump_one_less),
    overriding("a jump ends one step after its time", "SCH-4", has_closed_form, jump=jump_one_more),
    overriding("a jump never goes back", "SCH-4", has_closed_form, jump=jump_forward_only),
    overriding("each step counts twice", "SCH-3", has_closed_form, walk=double_steps),
    overriding("a step does not move the time", "SCH-3", has_closed_form, walk=do_nothing),
    overriding("last_epoch is ignored", "SCH-5", has_own_time, read_last_epoch=start_at_zero),
    overriding("last_epoch is taken one step before its time", "SCH-5", has_own_time, read_last_epoch=start_one_less),
    overriding("base_lr is ignored, the default holds", "SCH-15", base_lr_matters, read_arguments=use_default_base_lr),
    overriding("the explicit rate of a group is ignored", "OPT-31", uses_base_lrs, set_base_lr=do_nothing),
    overriding("a group that joins has the first base rate", "SCH-15", uses_base_lrs, extend=join_at_first_base_lr),
)


# ------------------------------------------------------------------------------------------------ states of a scheduler


def move_to(self: Any, t: int) -> None:
    """Move to another time; works for a plateau, too."""
    self.t = t
    if self.members or hasattr(self, "definition"):
        self.set_time(t)


def load_at_zero(self: Any, original: Any, state: Any) -> None:
    original(state)
    move_to(self, 0)


def keep_time(self: Any, original: Any, state: Any) -> None:
    t = self.t
    original(state)
    move_to(self, t)


def shift_time(by: int) -> Any:
    def load_state_dict(self: Any, original: Any, state: Any) -> None:
        original(state)
        move_to(self, max(self.t + by, 0))

    return load_state_dict


def move_when_asked(self: Any, original: Any) -> Any:
    move_to(self, self.t + 1)
    return original()


def save_hyperparameters(self: Any, original: Any) -> Any:
    return {**original(), "kept": [leaf.hyper for leaf in self.leaves()]}


def load_hyperparameters(self: Any, original: Any, state: Any) -> None:
    original(state)
    for leaf, hyper in zip(self.leaves(), state["kept"], strict=True):
        leaf.hyper = hyper


def add_time(self: Any, original: Any, state: Any) -> None:
    before = self.t
    original(state)
    move_to(self, self.t + before)


def mark_loaded(self: Any, original: Any, state: Any) -> None:
    self.just_loaded = True
    original(state)


def lose_first_step(self: Any, original: Any, n: int) -> None:
    lost = vars(self).pop("just_loaded", False)
    if n > lost:
        original(n - lost)


def double_first_step(self: Any, original: Any, n: int) -> None:
    original(n + vars(self).pop("just_loaded", False))


def keep_base_lrs_later(self: Any, original: Any, state: Any) -> None:
    keep_base_lrs(self, original, state) if self.t else original(state)


def keep_base_lrs(self: Any, original: Any, state: Any) -> None:
    original({**state, "base_lrs": list(self.base_lrs), "default_base_lr": self.default_base_lr})


def keep_base_lr_of_new_groups(self: Any, original: Any, state: Any) -> None:
    original({**state, "default_base_lr": self.default_base_lr})


def previous_rate(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, t) if not vars(self).get("before") else self.before[group]


def remember_rates(self: Any, original: Any, *args: Any) -> None:
    self.before = None
    before = self.get_last_lr()
    original(*args)
    self.before = before


def forget_rates(self: Any, original: Any, *args: Any) -> None:
    self.before = None
    original(*args)


def previous_optimizer_rate(self: Any, original: Any, group: int) -> Any:
    return original(group) if not vars(self).get("before") else self.before[group]


def mark_restored(self: Any, original: Any, state: Any) -> None:
    self.before = None
    original(state)
    self.restored = True


def attach_at_first_rate(self: Any, original: Any, groups: int) -> None:
    original(groups)
    if vars(self).get("restored"):
        self.before = [self.rate(group, 0) for group in range(len(self.base_lrs))]


def initial_optimizer_rate(self: Any, original: Any, group: int) -> Any:
    return vars(self).setdefault("shown_once", {}).setdefault(group, original(group))


def late_optimizer_rate(self: Any, original: Any, group: int) -> Any:
    return self.rate(group, max(self.t - 1, 0))


def base_optimizer_rate(self: Any, original: Any, group: int) -> Any:
    return 1 * self.base_lrs[group] if "walked" not in vars(self) else original(group)


def save_live_state(self: Any, original: Any) -> Any:
    return _Live(original)


def load_float16_rates(self: Any, original: Any, state: Any) -> None:
    original({**state, "base_lrs": list(map(to_float16, state["base_lrs"]))})
    if isinstance(getattr(self, "metric_state", None), dict):
        self.metric_state["lrs"] = list(map(to_float16, self.metric_state["lrs"]))


def to_float16(rate: Any) -> float:
    return float(np.float16(float(rate)))


class _Live(dict[str, Any]):
    """A state that changes with its object."""

    def __init__(self, read_state: Any) -> None:
        super().__init__(read_state())
        self.read_state = read_state

    def __getitem__(self, key: str) -> Any:
        return self.read_state()[key]

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        return dict(self.read_state())

    def keys(self) -> Any:
        return self.read_state().keys()


STATES = (
    overriding("a load restores nothing", "STA-7", load_state_dict=do_nothing),
    overriding("a load does not restore the time", "STA-7", load_state_dict=keep_time),
    overriding("a load restores to the beginning", "STA-7", load_state_dict=load_at_zero),
    overriding("a load restores one step late", "STA-7", load_state_dict=shift_time(-1)),
    overriding("a load restores one step early", "STA-7", load_state_dict=shift_time(1)),
    overriding("asking for a state moves the time", "STA-19", state_dict=move_when_asked),
    overriding(
        "a load brings the saved hyperparameters",
        "STA-20",
        state_dict=save_hyperparameters,
        load_state_dict=load_hyperparameters,
    ),
    overriding("a load adds the saved time", "STA-7", load_state_dict=add_time),
    overriding(
        "the first step after a load is lost",
        "STA-9",
        has_closed_form,
        load_state_dict=mark_loaded,
        walk=lose_first_step,
    ),
    overriding(
        "the first step after a load counts twice",
        "STA-9",
        has_closed_form,
        load_state_dict=mark_loaded,
        walk=double_first_step,
    ),
    overriding(
        "a load into a scheduler that has moved keeps its base rates",
        "STA-10",
        accepts_base_lrs,
        load_state_dict=keep_base_lrs_later,
    ),
    overriding("a load does not restore the base rates", "STA-10", accepts_base_lrs, load_state_dict=keep_base_lrs),
    overriding(
        "a group that joins after a load has the base rate of construction",
        "STA-10",
        base_rates_are_loaded,
        load_state_dict=keep_base_lr_of_new_groups,
    ),
    overriding(
        "the rate after a load is that of before, until the next step",
        "STA-7",
        load_state_dict=remember_rates,
        walk=forget_rates,
        jump=forget_rates,
        rate=previous_rate,
    ),
    overriding("a state changes with the object it came from", "STA-1", state_dict=save_live_state),
    overriding("a state has rates in half precision", "STA-9", load_state_dict=load_float16_rates),
)

OPTIMIZER_RATES = (
    overriding(
        "the scheduler is not followed, the optimizer keeps the first rate",
        "OPT-1",
        optimizer_rate=initial_optimizer_rate,
    ),
    overriding(
        "the optimizer steps with the rate of one step before",
        "OPT-1",
        has_closed_form,
        optimizer_rate=late_optimizer_rate,
    ),
    overriding(
        "the initial rate does not reach the optimizer, the base rate holds until the first step",
        "OPT-3",
        optimizer_rate=base_optimizer_rate,
        walk=mark_step,
        jump=mark_jump,
        load_state_dict=mark_load,
    ),
    overriding(
        "a load does not reach the optimizer until the next step",
        "STA-8",
        load_state_dict=remember_rates,
        walk=forget_rates,
        jump=forget_rates,
        optimizer_rate=previous_optimizer_rate,
    ),
    overriding(
        "after a load, the optimizer keeps the rates from before it",
        "STA-13",
        load_state_dict=remember_rates,
        optimizer_rate=previous_optimizer_rate,
    ),
    overriding(
        "an optimizer that is built after a load begins with the first rate of the schedule",
        "STA-13",
        has_closed_form,
        load_state_dict=mark_restored,
        extend=attach_at_first_rate,
        walk=forget_rates,
        jump=forget_rates,
        optimizer_rate=previous_optimizer_rate,
    ),
    overriding(
        "a jump does not reach the optimizer until the next step",
        "OPT-3",
        has_closed_form,
        jump=remember_rates,
        walk=forget_rates,
        load_state_dict=forget_rates,
        optimizer_rate=previous_optimizer_rate,
    ),
)


def keep_member_defaults(self: Any, original: Any, base_lrs: list[float]) -> None:
    defaults = [(member, list(member.base_lrs)) for member in self.members if not member.has_explicit_base_lr]
    original(base_lrs)
    for member, base_lrs_of_member in defaults:
        member.set_base_lrs(base_lrs_of_member + base_lrs_of_member[-1:] * (len(base_lrs) - len(base_lrs_of_member)))


def use_another_default(self: Any, original: Any, base_lrs: list[float]) -> None:
    original(base_lrs if self.has_explicit_base_lr else [0.01] * len(base_lrs))


COMPOSITES = (
    overriding(
        "members without a base rate keep the default", "CMP-1", is_composite, set_base_lrs=keep_member_defaults
    ),
    overriding("another base rate where no member states one", "CMP-3", is_composite, set_base_lrs=use_another_default),
)
LISTS = (overriding("the first entry of a list for all groups", "SCH-15", has_group_lists, rate=use_first_entries),)
FAULTS = (*LISTS, *RATES, *TIMES, *STATES, *OPTIMIZER_RATES, *COMPOSITES)
