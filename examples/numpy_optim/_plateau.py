"""The scheduler that follows a metric instead of the time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numpy_optim._arguments import choice, integer, rate_list, real, say, scalar
from numpy_optim._scheduler import UNSET, BaseLR, Int, RateList, Scheduler, pick


class ReduceLROnPlateau(Scheduler):
    """The rate is cut when a metric has not improved for more than `patience` steps in a row."""

    _extra = ("rates", "best", "bad", "rest")

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        mode: str = "min",
        factor: float = 0.1,
        patience: Int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: Int = 0,
        min_lr: RateList = 0.0,
        eps: float = 1e-8,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.mode = choice(self, "mode", mode, "min", "max")
        self.factor = real(self, "factor", factor, "(0, 1)")
        self.patience = integer(self, "patience", patience, 0)
        self.threshold = real(self, "threshold", threshold, "[0, inf)")
        self.threshold_mode = choice(self, "threshold_mode", threshold_mode, "rel", "abs")
        self.cooldown = integer(self, "cooldown", cooldown, 0)
        self.min_lr = rate_list(self, "min_lr", min_lr)
        self.eps = real(self, "eps", eps, "[0, inf)")
        self._lrs = self.base_lrs
        self._best: float | None = None
        self._bad = 0  # how many steps in a row have been bad
        self._rest = 0  # what is left of a cooldown

    def step(self, metric: Any) -> None:
        """Move to the next time with the metric that was measured."""
        number = scalar(self, "metric", metric)
        self._time += 1
        self._bad += 1
        if self._improves(number):
            self._best, self._bad = number, 0
        if self._rest:
            self._rest, self._bad = self._rest - 1, 0
        if self._bad > self.patience:
            self._cut()
            self._rest, self._bad = self.cooldown, 0

    def state_dict(self) -> dict[str, Any]:
        best = None if self._best is None else repr(self._best)  # as text, infinity survives JSON too
        extra = {"rates": list(self._lrs), "best": best, "bad": self._bad, "rest": self._rest}
        return super().state_dict() | extra

    def _read(self, state: Any) -> Callable[[], None]:
        restore_time = super()._read(state)
        rates = rate_list(self, "rates", state["rates"])
        if len(rates) != self._count():
            raise ValueError(say(self, f"rates must be for {self._count()} groups, got {rates}"))
        if not isinstance(state["best"], str | None):
            raise TypeError(say(self, f"best must be a text or None, got {state['best']!r}"))
        best = None if state["best"] is None else float(state["best"])
        bad, rest = integer(self, "bad", state["bad"], 0), integer(self, "rest", state["rest"], 0)
        if (best is not None and math.isnan(best)) or bad > self.patience or rest > self.cooldown or (bad and rest):
            raise ValueError(say(self, f"no run leads to best={best}, bad={bad}, rest={rest}"))

        def restore() -> None:
            restore_time()
            self._lrs, self._best, self._bad, self._rest = rates, best, bad, rest

        return restore

    def _current(self, group: int) -> float:
        return self._lrs[group]

    def _attach(self, groups: int, explicit: float | None = None) -> None:
        super()._attach(groups, explicit)
        self._lrs += self.base_lrs[len(self._lrs) :]
        if explicit is not None:
            self._lrs[groups - 1] = explicit

    def _improves(self, metric: float) -> bool:
        sign = 1 if self.mode == "min" else -1
        if self._best is None:
            return sign * metric < math.inf
        margin = self.threshold * abs(self._best) if self.threshold_mode == "rel" else self.threshold
        return sign * metric < sign * self._best - margin

    def _cut(self) -> None:
        self._lrs = [self._reduced(rate, group) for group, rate in enumerate(self._lrs)]

    def _reduced(self, rate: float, group: int) -> float:
        reduced = max(rate * self.factor, pick(self.min_lr, group))
        return reduced if rate - reduced > self.eps else rate
