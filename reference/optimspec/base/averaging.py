"""Optimizers that give an average of each weight, beside the weight itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from .optimizer import Optimizer, Weight
from .update import Slots, compute_dtype


class AveragingOptimizer(Optimizer):
    """An optimizer with ``averaged()``. A class defines ``average``, a pure function of one array and its slots."""

    @staticmethod
    @abstractmethod
    def average(slots: Slots, p: Array, k: int, *args: Any, **hyper: Any) -> Array:
        """The average of the array p after k steps, at least one."""

    def averaged(self) -> dict[Hashable, Any]:
        """The average of each registered weight by its key, in new arrays; of one without steps, its value.

        It changes nothing: the weights keep their values, and there is no mode to return from.
        """
        with jax.enable_x64(True):
            return {key: self._average(weight) for key, weight in self._weights.items()}

    def _average(self, weight: Weight) -> Any:
        leaves, structure = jax.tree.flatten(weight.state.value)
        averages = [
            type(self).average(slots, jnp.asarray(p, compute_dtype(p)), weight.k, **self.hyper) if weight.k else p
            for p, slots in zip(leaves, weight.slots, strict=True)
        ]
        copies = [jnp.array(average, p.dtype) for average, p in zip(averages, leaves, strict=True)]
        return jax.tree.unflatten(structure, copies)
