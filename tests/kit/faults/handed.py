"""What is handed in and out: lists, states and arrays that are shared where they should be copied, or are none such."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from optimspec import (
    SGD,
    Adam,
    ChainedScheduler,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    Optimizer,
    PiecewiseConstantSchedule,
    Schedule,
    SequentialLR,
)
from optimspec.base.scheduler import UNSET

from .fault import shell

# ------------------------------------------------------------------------------------------------------- read-outs


def one_list_for_all(self: Any) -> list[float]:
    """Made anew where the time has moved, and handed out each time."""
    if getattr(self, "_made_at", None) != self._t:
        self._made, self._made_at = Schedule.get_last_lr(self), self._t
    made: list[float] = self._made
    return made


def time_in_a_text(self: Any) -> str:
    return str(self._t)


FAULTS = [
    shell(ExponentialLR, "get_last_lr handed out", "SCH-10", get_last_lr=one_list_for_all),
    shell(ExponentialLR, "time a step behind", "SCH-11", last_epoch=property(lambda self: max(self._t - 1, 0))),
    shell(LinearLR, "time as a text", "SCH-11", last_epoch=property(time_in_a_text)),
    shell(ExponentialLR, "base rate of the first", "SCH-12", base_lrs=property(lambda self: self._base_lrs[:1])),
    shell(LinearLR, "rates for base rates", "SCH-12", base_lrs=property(Schedule.get_last_lr)),
]


# --------------------------------------------------------------------------------------------- lists of the caller


def base_rates_kept(self: Any, base_lr: Any = UNSET, **given: Any) -> None:
    LinearLR.__init__(self, base_lr, **given)
    if isinstance(base_lr, list):
        self._base_lrs = base_lr


def milestones_kept(self: Any, base_lr: Any = UNSET, milestones: Any = (30, 60, 90), **given: Any) -> None:
    MultiStepLR.__init__(self, base_lr, milestones, **given)
    self.hyper["milestones"] = milestones


def kept_as_given(name: str) -> Any:
    def init(self: Any, **given: Any) -> None:
        PiecewiseConstantSchedule.__init__(self, **given)
        self.hyper[name] = given.get(name, self.hyper[name])

    return init


def members_kept(self: Any, schedulers: Any, *given: Any, **others: Any) -> None:
    super(type(self), self).__init__(schedulers, *given, **others)
    if isinstance(schedulers, list):
        self.members = schedulers


def starts_read_again(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    SequentialLR.__init__(self, schedulers, milestones, last_epoch)
    self._given = milestones if isinstance(milestones, list) else list(self._starts[1:])


def rate_by_the_list_of_now(self: Any, t: Any, group: int, xp: Any) -> Any:
    self._starts = (0, *self._given[: len(self.members) - 1])
    return SequentialLR._rate(self, t, group, xp)


def moving_before_a_refusal(self: Any, *given: Any, **others: Any) -> None:
    try:
        super(type(self), self).__init__(*given, **others)
    except (TypeError, ValueError):
        for member in getattr(self, "members", []):
            if isinstance(member, Schedule):
                member.step()
        raise


FAULTS += [
    shell(LinearLR, "base_lr kept", "SCH-18", __init__=base_rates_kept),
    shell(MultiStepLR, "milestones kept", "MULTI-9", __init__=milestones_kept),
    shell(PiecewiseConstantSchedule, "boundaries kept", "PIECE-8", __init__=kept_as_given("boundaries")),
    shell(PiecewiseConstantSchedule, "values kept", "PIECE-8", __init__=kept_as_given("values")),
    *(shell(base, "members kept", "CMP-10", __init__=members_kept) for base in (ChainedScheduler, SequentialLR)),
    shell(SequentialLR, "milestones kept", "SEQ-13", __init__=starts_read_again, _rate=rate_by_the_list_of_now),
    *(
        shell(base, "members moved by a refusal", "CMP-7", __init__=moving_before_a_refusal)
        for base in (ChainedScheduler, SequentialLR)
    ),
]


# ---------------------------------------------------------------------------------------------------------- states


class NotCopied(dict[str, Any]):
    def __deepcopy__(self, memo: Any) -> Any:
        raise TypeError("cannot be copied")


def state_of(self: Any) -> dict[str, Any]:
    made: dict[str, Any] = super(type(self), self).state_dict()
    return made


FAULTS += [
    fault
    for base in (ExponentialLR, ChainedScheduler, Adam)
    for fault in (
        shell(base, "its class in the state", "STA-3", state_dict=lambda self: state_of(self) | {"class": type(self)}),
        shell(base, "keys that are no strings", "STA-3", state_dict=lambda self: state_of(self) | {0: "version"}),
        shell(base, "a function in the state", "STA-4", state_dict=lambda self: state_of(self) | {"of": lambda: self}),
        shell(base, "a state that cannot be copied", "STA-5", state_dict=lambda self: NotCopied(state_of(self))),
    )
]


# -------------------------------------------------------------------------------------------- arrays, and who follows


def narrowed(self: Any, states: Any) -> None:
    for state in states.values():
        if getattr(getattr(state, "value", None), "dtype", None) == np.float64:
            state.value = state.value.astype(np.float32)
    Optimizer.register_trainable_weights(self, states)


def slots_narrowed(self: Any, state: Any) -> None:
    Optimizer.load_state_dict(self, state)
    for weight in self._weights.values():
        weight.slots = jax.tree.map(lambda slot: slot.astype(np.float32), weight.slots)


def gradients_scaled_in_place(self: Any, grads: Any) -> None:
    Optimizer.step(self, grads)
    for gradient in grads.values():
        if isinstance(gradient, np.ndarray):
            gradient *= 0.5


def attached(self: Any, lr: Any = 1e-3, **given: Any) -> None:
    """A scheduler knows the optimizer that was attached last; the others keep its first rate."""
    SGD.__init__(self, lr, **given)
    self._scheduler._attached, self._first = self, self._scheduler.get_last_lr()


def following_where_attached(self: Any, grads: Any) -> None:
    if self._scheduler._attached is self:
        return Optimizer.step(self, grads)
    self._scheduler.get_last_lr = lambda: self._first * len(self._scheduler.base_lrs)
    try:
        return Optimizer.step(self, grads)
    finally:
        del self._scheduler.get_last_lr


FAULTS += [
    shell(SGD, "float64 narrowed", "OPT-12", register_trainable_weights=narrowed),
    shell(Adam, "float64 narrowed", "OPT-12", register_trainable_weights=narrowed),
    shell(Adam, "float64 narrowed by a load", "STA-9", load_state_dict=slots_narrowed),
    shell(SGD, "gradients scaled in place", "OPT-16", step=gradients_scaled_in_place),
    shell(SGD, "update does nothing", "OPT-18", update=lambda self, grads: None),
    shell(SGD, "the last one follows", "OPT-4", __init__=attached, step=following_where_attached),
]
