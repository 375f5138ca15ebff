"""LambdaLR: a function of the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..base.math_functions import NUMPY, Namespace, Real, of_group
from ..base.schedule import Schedule
from ..base.scheduler import UNSET
from ..base.validation import factor, functions


class LambdaLR(Schedule):
    """η(t) = b·f(t)

    base_lr    b, a rate or a list with one for each group, >= 0; default 1e-3
    lr_lambda  f, a function of the time, or a list with one for each group; its exceptions reach the caller

    f is called with whole numbers >= 0, in any order and any number of times, and is no part of a state. Under ``jit``
    it receives a tracer.

    Raises TypeError for an argument that is missing or of the wrong type, ValueError for one outside its domain and for
    a result of f that is negative or not finite: then a step leaves the time as it is.

    Source: PyTorch's ``LambdaLR``.
    """

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        *,
        lr_lambda: Callable[[Any], Real] | Sequence[Callable[[Any], Real]],
        last_epoch: int = 0,
    ) -> None:
        super().__init__(base_lr, last_epoch, lr_lambda=functions(self, "lr_lambda", lr_lambda, "LAMBDA-7, LAMBDA-9"))
        self._check_time(self._t)

    def _rate(self, t: Real, group: int, xp: Namespace) -> Real:
        result = of_group(self.hyper["lr_lambda"], group)(t)
        return self._base_lrs[group] * (factor(self, "lr_lambda", result, "LAMBDA-4") if xp is NUMPY else result)

    def _check_time(self, t: int) -> None:
        for function in self.hyper["lr_lambda"]:
            factor(self, "lr_lambda", function(t), "LAMBDA-4")

    def _move(self, t: int) -> None:
        self._check_time(t)
        super()._move(t)

    def _check_state(self, state: Mapping[str, Any]) -> None:
        super()._check_state(state)
        self._check_time(int(state["last_epoch"]))
