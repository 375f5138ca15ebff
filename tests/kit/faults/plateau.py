"""ReduceLROnPlateau, wrong in what it counts, what it compares and what it keeps."""

from __future__ import annotations

from typing import Any

from optimspec import ReduceLROnPlateau, Scheduler
from optimspec.base.math_functions import of_group

from .fault import shell

# ------------------------------------------------------------------------------------------------------- counting


def one_epoch_too_impatient(self: Any, metric: Any) -> None:
    self.hyper["patience"] -= 1
    try:
        ReduceLROnPlateau.step(self, metric)
    finally:
        self.hyper["patience"] += 1


def best_forgotten_in_a_cooldown(self: Any, metric: Any) -> None:
    best, cooling = self._best, self._cooldown > 0
    ReduceLROnPlateau.step(self, metric)
    if cooling:
        self._best = best


def bad_epochs_in_a_cooldown(self: Any, metric: Any) -> None:
    """Hides the cooldown from the step, which sets it anew where it cuts."""
    cooldown, self._cooldown = self._cooldown, 0
    ReduceLROnPlateau.step(self, metric)
    self._cooldown = self._cooldown or max(cooldown - 1, 0)


def no_cooldown_without_a_cut(self: Any, metric: Any) -> None:
    """Where a cut was due but ``eps`` forbade it, nothing begins anew."""
    counted = not self._cooldown and not self._improves(float(metric))
    lrs, bad_epochs = self.get_last_lr(), self._bad_epochs
    ReduceLROnPlateau.step(self, metric)
    if counted and lrs == self.get_last_lr():
        self._cooldown, self._bad_epochs = 0, bad_epochs + 1


def metric_optional(self: Any, metric: Any = None) -> None:
    ReduceLROnPlateau.step(self, 0.0 if metric is None else metric)


# ---------------------------------------------------------------------------------------- comparing, cutting, keeping


def pytorchs_relative_threshold(self: Any, value: float) -> bool:
    """best·(1 − threshold), which a negative best turns around."""
    if self._best is None or not self.hyper["relative"]:
        return ReduceLROnPlateau._improves(self, value)
    sign = self.hyper["sign"]
    return bool(sign * value < sign * self._best * (1 - sign * self.hyper["threshold"]))


def nan_improves(self: Any, value: float) -> bool:
    return value != value or ReduceLROnPlateau._improves(self, value)


def every_cut_made(self: Any, group: int, lr: float) -> float:
    lower: float = max(lr * self.hyper["factor"], of_group(self.hyper["min_lr"], group))
    return min(lr, lower)


def min_lr_of_the_first_group(self: Any, group: int, lr: float) -> float:
    return ReduceLROnPlateau._cut(self, 0, lr)


def a_group_for_each_floor(self: Any, *given: Any, **hyper: Any) -> None:
    ReduceLROnPlateau.__init__(self, *given, **hyper)
    self.extend_groups(len(self.hyper["min_lr"]))


def bad_epochs_lost_by_a_load(self: Any, state: Any) -> None:
    Scheduler.load_state_dict(self, state)
    self._bad_epochs = 0


FAULTS = [
    shell(ReduceLROnPlateau, "one epoch too impatient", "PLAT-1", step=one_epoch_too_impatient),
    shell(ReduceLROnPlateau, "best forgotten in a cooldown", "PLAT-8", step=best_forgotten_in_a_cooldown),
    shell(ReduceLROnPlateau, "bad epochs in a cooldown", "PLAT-8", step=bad_epochs_in_a_cooldown),
    shell(ReduceLROnPlateau, "eps ignored", "PLAT-3", _cut=every_cut_made),
    shell(ReduceLROnPlateau, "no cooldown without a cut", "PLAT-3", step=no_cooldown_without_a_cut),
    shell(ReduceLROnPlateau, "relative threshold of PyTorch", "PLAT-4", _improves=pytorchs_relative_threshold),
    shell(ReduceLROnPlateau, "nan improves", "PLAT-9", _improves=nan_improves),
    shell(ReduceLROnPlateau, "bad epochs lost by a load", "PLAT-15", load_state_dict=bad_epochs_lost_by_a_load),
    shell(ReduceLROnPlateau, "metric optional", "PLAT-14", step=metric_optional),
    shell(ReduceLROnPlateau, "min_lr of the first group", "PLAT-13", _cut=min_lr_of_the_first_group),
    shell(ReduceLROnPlateau, "a group for each floor", "PLAT-13", __init__=a_group_for_each_floor),
]
