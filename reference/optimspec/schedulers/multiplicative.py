"""MultiplicativeLR: a factor at every step, from a function of the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from ..base.math_functions import NUMPY, Namespace, Real, of_group
from ..base.schedule import Schedule
from ..base.scheduler import UNSET
from ..base.validation import factor, functions


class MultiplicativeLR(Schedule):
    """η(t) = b·f(1)·f(2)·…·f(t)

    base_lr    b, a rate or a list with one for each group, >= 0; default 1e-3
    lr_lambda  f, a function of the time, or a list with one for each group; its exceptions reach the caller

    f is called with whole numbers >= 1, in any order and any number of times, and is no part of a state. Under ``jit``
    it receives a tracer. The product at the current time is kept, so that a step costs one factor; a jump back costs
    all of them again.

    Raises TypeError for an argument that is missing or of the wrong type, ValueError for one outside its domain and for
    a result of f that is negative or not finite: then a step leaves the time as it is.

    Source: PyTorch's ``MultiplicativeLR``, as a function of the time.
    """

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        *,
        lr_lambda: Callable[[Any], Real] | Sequence[Callable[[Any], Real]],
        last_epoch: int = 0,
    ) -> None:
        all_functions = functions(self, "lr_lambda", lr_lambda, "MULTIPLY-7, MULTIPLY-9")
        super().__init__(base_lr, last_epoch, lr_lambda=all_functions)
        self._kept = (0, [1.0] * len(all_functions))  # a time, and the products up to it
        self._kept = (self._t, self._products(self._t))

    def _rate(self, t: Real, group: int, xp: Namespace) -> Real:
        if xp is NUMPY:
            return self._base_lrs[group] * of_group(self._products(int(t)), group)
        function = of_group(self.hyper["lr_lambda"], group)
        product = jnp.vectorize(lambda end: jax.lax.fori_loop(1, end + 1, lambda s, p: p * function(s), 1.0))
        rate: Real = self._base_lrs[group] * product(t)
        return rate

    def _products(self, t: int) -> list[float]:
        """f(1)·…·f(t) of each function, always multiplied in this order, so that a jump gives the bits of a walk."""
        start, products = self._kept if self._kept[0] <= t else (0, [1.0] * len(self._kept[1]))
        products = list(products)
        for i, function in enumerate(self.hyper["lr_lambda"]):
            for s in range(start + 1, t + 1):
                products[i] *= factor(self, "lr_lambda", function(s), "MULTIPLY-4")
        return products

    def _move(self, t: int) -> None:
        self._kept = (t, self._products(t))
        super()._move(t)

    def _check_state(self, state: Mapping[str, Any]) -> None:
        super()._check_state(state)
        self._products(int(state["last_epoch"]))

    def _take_state(self, state: Mapping[str, Any]) -> None:
        super()._take_state(state)
        self._move(self._t)
