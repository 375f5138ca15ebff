"""An optimizer around another one, and a rule for all the weights of a group at once."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np

from numpy_optim._arguments import boolean, integer, real, say
from numpy_optim._optimizer import Array, Moment, Optimizer, Part, norm
from numpy_optim._prodigy import Prodigy
from numpy_optim._scheduler import Int, Scheduler


class Lookahead(Optimizer):
    """Another optimizer, whose weights are pulled back, every few steps, towards slower ones."""

    def __init__(
        self,
        base_optimizer: Optimizer,
        sync_period: Int = 5,
        alpha: float = 0.5,
        lr: float | Scheduler | None = None,
        weight_decay: float | None = None,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        if not isinstance(base_optimizer, Optimizer):
            raise TypeError(say(self, f"base_optimizer must be an optimizer, got {base_optimizer!r}"))
        if isinstance(base_optimizer, Prodigy):
            raise TypeError(say(self, "base_optimizer must step each weight by itself, which Prodigy does not"))
        self._base = base = base_optimizer
        rate = base.current_lr if base._own_rate else base._schedule
        super().__init__(
            rate if lr is None else lr,
            base.weight_decay if weight_decay is None else weight_decay,
            base.grad_clip_norm if grad_clip_norm is None else grad_clip_norm,
            base.grad_clip_value if grad_clip_value is None else grad_clip_value,
        )
        self._relative = base._relative
        self._coupled, self._sizes, self._moves_at_zero = base._coupled, base._sizes, base._moves_at_zero
        self._slow: str = getattr(base, "_slow", "") + "slow"  # a name that no slot of the base optimizer has
        self.sync_period = integer(self, "sync_period", sync_period, 1)
        self.alpha = real(self, "alpha", alpha, "[0, 1]")

    def _layout(self, array: Array, /) -> dict[str, Array]:
        return self._base._layout(array) | {self._slow: np.zeros_like(array)}

    def _check_shape(self, key: Hashable, shape: tuple[int, ...], /) -> None:
        self._base._check_shape(key, shape)

    def _directions(self, parts: list[Part], /) -> list[Array]:
        for _, slots, at in parts:
            if at.k == 1:
                slots[self._slow] = at.theta.copy()
        return self._base._directions(parts)

    def _move(self, direction: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        theta = self._base._move(direction, slots, at)
        if at.k % self.sync_period or not at.rate:
            return theta
        slots[self._slow] = slots[self._slow] + self.alpha * (theta - slots[self._slow])
        return slots[self._slow].copy()


class LBFGS(Optimizer):
    """A quasi-Newton direction from the last few steps, without a line search."""

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        memory_size: Int = 10,
        scale_init_precond: bool = True,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, 0.0, grad_clip_norm, grad_clip_value)
        self.memory_size = integer(self, "memory_size", memory_size, 1)
        self.scale_init_precond = boolean(self, "scale_init_precond", scale_init_precond)

    def _layout(self, array: Array, /) -> dict[str, Array]:
        """Return the last weight and gradient, and pairs of 0, which are left out like any without curvature."""
        memory = np.zeros((self.memory_size, *array.shape), array.dtype)
        return {"theta": np.zeros_like(array), "g": np.zeros_like(array), "steps": memory, "changes": memory}

    def _directions(self, parts: list[Part], /) -> list[Array]:
        joint: dict[tuple[int, int], list[int]] = {}
        for index, (g, slots, at) in enumerate(parts):
            if at.k > 1:
                slots["steps"] = np.concatenate([slots["steps"][1:], (at.theta - slots["theta"])[None]])
                slots["changes"] = np.concatenate([slots["changes"][1:], (g - slots["g"])[None]])
            slots["theta"], slots["g"] = at.theta.copy(), g.copy()
            joint.setdefault((at.group, at.k), []).append(index)
        directions = {}
        for (_, k), indices in joint.items():
            vector, steps, changes = (
                np.concatenate([parts[i][1][name].reshape(rows, -1) for i in indices], axis=1, dtype=np.float64)
                for name, rows in (("g", 1), ("steps", self.memory_size), ("changes", self.memory_size))
            )
            whole = self._two_loops(vector[0], steps, changes, k)
            ends = np.cumsum([parts[i][0].size for i in indices])
            for i, piece in zip(indices, np.split(whole, ends[:-1]), strict=True):
                directions[i] = piece.reshape(parts[i][0].shape)
        return [directions[i] for i in range(len(parts))]

    def _two_loops(self, g: Array, steps: Array, changes: Array, k: int) -> Array:
        pairs = [(*_scaled(s), *_scaled(y)) for s, y in zip(steps, changes, strict=True)]
        kept = [pair for pair in pairs if pair[0] @ pair[2]]
        q, coefficients = g, []
        for s, _, y, _ in reversed(kept):
            coefficients.append(s @ q / (s @ y))
            q = q - coefficients[-1] * y
        if self.scale_init_precond and k == 1:
            q = q / max(1.0, norm([g]))
        elif self.scale_init_precond and kept and kept[-1] is pairs[-1]:
            s, i, y, j = kept[-1]
            q = np.ldexp(q * (s @ y / (y @ y)), i - j)
        for (s, i, y, j), a in zip(kept, reversed(coefficients), strict=True):
            q = q + (np.ldexp(a, i - j) - y @ q / (s @ y)) * s
        return q


def _scaled(x: Array) -> tuple[Array, int]:
    """Return x over a power of two, and its exponent, so that squares neither overflow nor vanish."""
    exponent = math.frexp(np.max(np.abs(x), initial=0))[1]
    return np.ldexp(x, -exponent), exponent
