"""Objects that are shared where they should be copies, and states that cannot be sent: the oracle has neither."""

from __future__ import annotations

from typing import Any

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
    Scheduler,
)

from .broken_class import BrokenClass, with_members

# ---------------------------------------------------------------------------------------------------- lists and arrays


def one_list_for_all_readers(self: Any) -> list[float]:
    """Made anew where the time has moved, and handed out each time."""
    if getattr(self, "_made_at", None) != self._t:
        self._made, self._made_at = Schedule.get_last_lr(self), self._t
    made: list[float] = self._made
    return made


def base_rates_kept(self: Any, **named: Any) -> None:
    LinearLR.__init__(self, **named)
    if isinstance(named.get("base_lr"), list):
        self._base_lrs = named["base_lr"]


def list_kept(base: Any, name: str, requirement: str) -> BrokenClass:
    def init(self: Any, **named: Any) -> None:
        base.__init__(self, **named)
        self.hyper[name] = named.get(name, self.hyper[name])

    return with_members(base, f"{name} kept", requirement, __init__=init)


def weights_updated_in_place(self: Any, grads: Any) -> None:
    """Writes into the array that the user holds."""
    held = {key: weight.state.value for key, weight in self._weights.items()}
    Optimizer.step(self, grads)
    for key, array in held.items():
        if isinstance(array, np.ndarray):
            array[...] = np.asarray(self._weights[key].state.value)
            self._weights[key].state.value = array


def gradients_scaled_in_place(self: Any, grads: Any) -> None:
    Optimizer.step(self, grads)
    for gradient in grads.values():
        if isinstance(gradient, np.ndarray):
            gradient *= 0.5


BROKEN = [
    with_members(ExponentialLR, "get_last_lr handed out", "SCH-10", get_last_lr=one_list_for_all_readers),
    with_members(ExponentialLR, "base_lrs handed out", "SCH-13", base_lrs=property(lambda self: self._base_lrs)),
    with_members(LinearLR, "base_lr kept", "SCH-18", __init__=base_rates_kept),
    list_kept(MultiStepLR, "milestones", "MULTI-9"),
    list_kept(PiecewiseConstantSchedule, "boundaries", "PIECE-8"),
    list_kept(PiecewiseConstantSchedule, "values", "PIECE-8"),
    with_members(SGD, "updates in place", "OPT-15", step=weights_updated_in_place),
    with_members(SGD, "gradients scaled in place", "OPT-16", step=gradients_scaled_in_place),
]


# ------------------------------------------------------------------------------------------- several of them at a time


TIME_OF_ALL: list[int] = []


def moved_with_all(self: Any, t: int) -> None:
    TIME_OF_ALL[:] = [t]
    self._t = t


def read_at_the_time_of_all(self: Any) -> list[float]:
    if self._t and TIME_OF_ALL:
        self._t = TIME_OF_ALL[0]
    return Schedule.get_last_lr(self)


def attached(self: Any, lr: Any = 1e-3, **named: Any) -> None:
    """A scheduler knows the optimizer that was attached last; the others keep its first rate."""
    SGD.__init__(self, lr, **named)
    self._scheduler._attached, self._first = self, self._scheduler.get_last_lr()


def following_where_attached(self: Any, grads: Any) -> None:
    if self._scheduler._attached is self:
        return Optimizer.step(self, grads)
    self._scheduler.get_last_lr = lambda: self._first * len(self._scheduler.base_lrs)
    try:
        return Optimizer.step(self, grads)
    finally:
        del self._scheduler.get_last_lr


BROKEN += [
    with_members(
        ExponentialLR, "time shared by all", "SCH-8", _move=moved_with_all, get_last_lr=read_at_the_time_of_all
    ),
    with_members(SGD, "the last one follows", "OPT-4", __init__=attached, step=following_where_attached),
]


# -------------------------------------------------------------------------------------------------------------- states


class NotCopied(dict[str, Any]):
    def __deepcopy__(self, memo: Any) -> Any:
        raise TypeError("cannot be copied")


def state_of(self: Any) -> dict[str, Any]:
    state: dict[str, Any] = super(type(self), self).state_dict()
    return state


def state_shared(self: Any) -> dict[str, Any]:
    return Scheduler.state_dict(self) | {"base_lrs": self._base_lrs}


def state_kept_by_a_load(self: Any, state: Any) -> None:
    Scheduler.load_state_dict(self, state)
    self._base_lrs = state["base_lrs"]


def state_emptied_by_a_load(self: Any, state: Any) -> None:
    Scheduler.load_state_dict(self, state)
    state.clear()


BROKEN += [
    with_members(ExponentialLR, "aliased state", "STA-2", state_dict=state_shared),
    with_members(LinearLR, "aliased load", "STA-12", load_state_dict=state_kept_by_a_load),
    with_members(ExponentialLR, "load empties its argument", "STA-11", load_state_dict=state_emptied_by_a_load),
    *(
        with_members(base, name, requirement, state_dict=state_dict)
        for base in (ExponentialLR, ChainedScheduler, Adam)
        for name, requirement, state_dict in (
            ("its class in the state", "STA-3", lambda self: state_of(self) | {"class": type(self)}),
            ("keys that are no strings", "STA-3", lambda self: state_of(self) | {0: "version"}),
            ("a function in the state", "STA-4", lambda self: state_of(self) | {"of": lambda: self}),
            ("a state that cannot be copied", "STA-5", lambda self: NotCopied(state_of(self))),
        )
    ),
]
