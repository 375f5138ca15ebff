"""What surrounds a formula, wrong: time, state, groups, arguments. Any schedule would do, so these are simple ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from optimspec import CosineAnnealingLR, ExponentialLR, LinearLR, MultiStepLR, Schedule, Scheduler, StepLR
from optimspec.base.scheduler import UNSET

from .fault import shell

# ----------------------------------------------------------------------------------------------------------- time


def stepped_twice(self: Any, epoch: Any = None) -> None:
    Schedule.step(self, epoch)
    if epoch is None:
        Schedule.step(self)


def jump_ignored(self: Any, epoch: Any = None) -> None:
    Schedule.step(self)


def never_back(self: Any, epoch: Any = None) -> None:
    if epoch is None or epoch > self._t or epoch < 0:
        Schedule.step(self, epoch)


def every_second_reading_moves(self: Any) -> list[float]:
    """PyTorch's ``get_lr``, called from outside."""
    rates = Schedule.get_last_lr(self)
    self._t += getattr(self, "_read_once", 0)
    self._read_once = 1 - getattr(self, "_read_once", 0)
    return rates


TIME_OF_ALL: list[int] = []


def moved_with_all(self: Any, t: int) -> None:
    TIME_OF_ALL[:] = [t]
    self._t = t


def read_at_the_time_of_all(self: Any) -> list[float]:
    if self._t and TIME_OF_ALL:
        self._t = TIME_OF_ALL[0]
    return Schedule.get_last_lr(self)


def factor_multiplied(self: Any, t: int) -> None:
    """A float32 factor that is multiplied at every step, and so drifts."""
    if t == self._t + 1:
        self._factor = np.float32(getattr(self, "_factor", 1.0)) * np.float32(self.hyper["gamma"])
    else:
        self._factor = np.float32(self.hyper["gamma"] ** t)
    self._t = t


def rates_of_the_factor(self: Any) -> list[float]:
    return [float(np.float32(b) * getattr(self, "_factor", np.float32(1))) for b in self._base_lrs]


FAULTS = [
    shell(ExponentialLR, "stepped twice", "SCH-3", step=stepped_twice),
    shell(ExponentialLR, "jump ignored", "SCH-4", step=jump_ignored),
    shell(StepLR, "never back", "SCH-4", step=never_back),
    shell(StepLR, "reading moves", "SCH-14", get_last_lr=every_second_reading_moves),
    shell(ExponentialLR, "time shared by all", "SCH-8", _move=moved_with_all, get_last_lr=read_at_the_time_of_all),
    shell(
        ExponentialLR,
        "drift",
        "NUM-3",
        precision="float32",
        _move=factor_multiplied,
        get_last_lr=rates_of_the_factor,
    ),
]


# ---------------------------------------------------------------------------------------------------------- state


def restored_to_base(self: Any, state: Any) -> None:
    Scheduler.load_state_dict(self, {**state, "last_epoch": 0})


def restored_one_late(self: Any, state: Any) -> None:
    Scheduler.load_state_dict(self, {**state, "last_epoch": max(state["last_epoch"] - 1, 0)})


def aliased_state(self: Any) -> dict[str, Any]:
    return Scheduler.state_dict(self) | {"base_lrs": self._base_lrs}


def aliased_load(self: Any, state: Any) -> None:
    Scheduler.load_state_dict(self, state)
    self._base_lrs = state["base_lrs"]


def load_that_empties_its_argument(self: Any, state: Any) -> None:
    Scheduler.load_state_dict(self, state)
    state.clear()


def empty_state_accepted(self: Any, state: Any) -> None:
    if isinstance(state, dict) and "last_epoch" in state:
        Scheduler.load_state_dict(self, state)


def base_rates_optional(self: Any, state: Any) -> None:
    """Keeps its own where the state has none."""
    if isinstance(state, dict) and "default_base_lr" in state:
        state = {"base_lrs": self.base_lrs} | state
    Scheduler.load_state_dict(self, state)


def half_a_load(self: Any, state: Any) -> None:
    """The time is taken before the rest is checked."""
    self._t = state["last_epoch"]
    Scheduler.load_state_dict(self, state)


FAULTS += [
    shell(ExponentialLR, "restored to base", "STA-7", load_state_dict=restored_to_base),
    shell(CosineAnnealingLR, "restored one late", "STA-7", load_state_dict=restored_one_late),
    shell(ExponentialLR, "aliased state", "STA-2", state_dict=aliased_state),
    shell(LinearLR, "aliased load", "STA-12", load_state_dict=aliased_load),
    shell(ExponentialLR, "load empties its argument", "STA-11", load_state_dict=load_that_empties_its_argument),
    shell(ExponentialLR, "empty state accepted", "STA-15", load_state_dict=empty_state_accepted),
    shell(ExponentialLR, "base rates optional in a state", "STA-15", load_state_dict=base_rates_optional),
    shell(MultiStepLR, "half a load", "STA-18", load_state_dict=half_a_load),
]


# ----------------------------------------------------------------------------------------------- groups, arguments


def all_groups_like_the_first(self: Any) -> list[float]:
    return [self.lr_at(self._t, 0)] * len(self._base_lrs)


def other_groups_at_their_base(self: Any) -> list[float]:
    return [self.lr_at(self._t, 0), *self._base_lrs[1:]]


def gamma_not_checked(self: Any, base_lr: Any = UNSET, gamma: Any = 0.95, last_epoch: Any = 0) -> None:
    Scheduler.__init__(self, base_lr, last_epoch, gamma=gamma)


def minus_one_taken_literally(self: Any, base_lr: Any = UNSET, gamma: Any = 0.95, last_epoch: Any = 0) -> None:
    ExponentialLR.__init__(self, base_lr, gamma, last_epoch)
    self._t = last_epoch


FAULTS += [
    shell(ExponentialLR, "all groups like the first", "SCH-15", get_last_lr=all_groups_like_the_first),
    shell(ExponentialLR, "gamma for group 0 alone", "SCH-15", get_last_lr=other_groups_at_their_base),
    shell(ExponentialLR, "base_lrs handed out", "SCH-13", base_lrs=property(lambda self: self._base_lrs)),
    shell(ExponentialLR, "gamma not checked", "EXP-4", __init__=gamma_not_checked),
    shell(ExponentialLR, "last_epoch=-1 taken literally", "SCH-6", __init__=minus_one_taken_literally),
]
