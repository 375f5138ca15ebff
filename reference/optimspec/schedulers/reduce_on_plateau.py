"""ReduceLROnPlateau: a cut when a metric has stopped improving."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, SupportsFloat

from ..base.math_functions import of_group
from ..base.scheduler import UNSET, Scheduler
from ..base.validation import NON_NEGATIVE, choice, integer, metric_value, optional, rates, real


class ReduceLROnPlateau(Scheduler):
    """η ← max(η·f, η_min) after more than p epochs in a row without an improvement of the metric

    base_lr         the first rate, or a list with one for each group, >= 0; default 1e-3
    mode            'min' or 'max', the direction of an improvement; default 'min'
    factor          f, in (0, 1); default 0.1
    patience        p, in epochs, an integer >= 0; default 10
    threshold       the smallest improvement that counts, >= 0; default 1e-4
    threshold_mode  'rel', relative to the best, or 'abs'; default 'rel'
    cooldown        the number of epochs after a cut that do not count as bad, an integer >= 0; default 0
    min_lr          η_min, a rate or a list with one for each group, >= 0; default 0
    eps             cuts of this size or less are not made, >= 0; default 1e-8

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: PyTorch's ``ReduceLROnPlateau``.
    """

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0.0,
        eps: float = 1e-8,
        last_epoch: int = 0,
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            sign=1 if choice(self, "mode", mode, ("min", "max"), "PLAT-20") == "min" else -1,
            factor=real(self, "factor", factor, "(0, 1)", "PLAT-18"),
            patience=integer(self, "patience", patience, 0, "PLAT-19"),
            threshold=real(self, "threshold", threshold, NON_NEGATIVE, "PLAT-19"),
            relative=choice(self, "threshold_mode", threshold_mode, ("rel", "abs"), "PLAT-20") == "rel",
            cooldown=integer(self, "cooldown", cooldown, 0, "PLAT-19"),
            min_lr=rates(self, "min_lr", min_lr, "PLAT-19"),
            eps=real(self, "eps", eps, NON_NEGATIVE, "PLAT-19"),
        )
        self._lrs = list(self._base_lrs)
        self._best: float | None = None
        self._bad_epochs = 0
        self._cooldown = 0

    def step(self, metric: SupportsFloat) -> None:
        """Move to t + 1, with the metric of the epoch: a number, or a 0-d array."""
        value = metric_value(self, "metric", metric, "PLAT-12")
        if self._improves(value):
            self._best, self._bad_epochs = value, 0
        else:
            self._bad_epochs += 1
        if self._cooldown > 0:
            self._cooldown, self._bad_epochs = self._cooldown - 1, 0
        if self._bad_epochs > self.hyper["patience"]:
            self._lrs = [self._cut(group, lr) for group, lr in enumerate(self._lrs)]
            self._cooldown, self._bad_epochs = self.hyper["cooldown"], 0
        self._t += 1

    def _improves(self, value: float) -> bool:
        if self._best is None:
            return bool(self.hyper["sign"] * value < math.inf)
        margin = self.hyper["threshold"] * (abs(self._best) if self.hyper["relative"] else 1.0)
        return bool(self.hyper["sign"] * value < self.hyper["sign"] * self._best - margin)

    def _cut(self, group: int, lr: float) -> float:
        lower: float = max(lr * self.hyper["factor"], of_group(self.hyper["min_lr"], group))
        return lower if lr - lower > self.hyper["eps"] else lr

    def get_last_lr(self) -> list[float]:
        return list(self._lrs)

    def extend_groups(self, count: int) -> None:
        super().extend_groups(count)
        self._lrs += self._base_lrs[len(self._lrs) :]

    def set_base_lr(self, group: int, base_lr: float) -> None:
        super().set_base_lr(group, base_lr)
        self._lrs[group] = base_lr

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {
            "lrs": self.get_last_lr(),
            "best": self._best,
            "bad_epochs": self._bad_epochs,
            "cooldown": self._cooldown,
        }

    def _check_state(self, state: Mapping[str, Any]) -> None:
        super()._check_state(state)
        if len(rates(self, "lrs", state["lrs"], "STA-16")) != len(self._base_lrs):
            raise ValueError("ReduceLROnPlateau: the state has rates for another number of groups [STA-17]")
        best = optional(metric_value, self, "best", state["best"], "STA-16")
        if best is not None and math.isnan(best):
            raise ValueError("ReduceLROnPlateau: best must be a number, got nan [STA-16]")
        integer(self, "bad_epochs", state["bad_epochs"], 0, "STA-16")
        integer(self, "cooldown", state["cooldown"], 0, "STA-16")

    def _take_state(self, state: Mapping[str, Any]) -> None:
        super()._take_state(state)
        self._lrs = rates(self, "lrs", state["lrs"], "STA-16")
        self._best = None if state["best"] is None else float(state["best"])
        self._bad_epochs, self._cooldown = int(state["bad_epochs"]), int(state["cooldown"])
