"""A rule for matrices alone."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable

from numpy_optim._arguments import boolean, choice, integer, real, say, triple
from numpy_optim._optimizer import Array, Moment, Optimizer, norm
from numpy_optim._scheduler import Scheduler


class Muon(Optimizer):
    """A momentum of matrices, each of which is made nearly orthogonal before it is a step."""

    _slot_names = ("m",)
    _coupled = False

    def __init__(
        self,
        lr: float | Scheduler = 0.02,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_steps: int = 5,
        ns_coefficients: Iterable[float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        scale: str = "original",
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.momentum = real(self, "momentum", momentum, "[0, 1)")
        self.nesterov = boolean(self, "nesterov", nesterov)
        self.ns_steps = integer(self, "ns_steps", ns_steps, 1)
        self.ns_coefficients = triple(self, "ns_coefficients", ns_coefficients, "(-inf, inf)")
        self.eps = real(self, "eps", eps, "[0, inf)")
        self.scale = choice(self, "scale", scale, "original", "match_rms_adamw", "none")

    def _check_shape(self, key: Hashable, shape: tuple[int, ...], /) -> None:
        if len(shape) != 2:
            raise ValueError(say(self, f"the weight {key!r} must be a matrix, got the shape {shape}"))

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        rest = 1 - self.momentum
        slots["m"] = self.momentum * slots["m"] + rest * g
        ahead = rest * g + self.momentum * slots["m"] if self.nesterov else slots["m"]
        rows, columns = g.shape
        orthogonal = self._orthogonalized(ahead.T).T if rows > columns else self._orthogonalized(ahead)
        return self._factor(rows, columns) * orthogonal + at.decay * at.theta

    def _orthogonalized(self, matrix: Array) -> Array:
        """Return a matrix of no more rows than columns with its singular values near 1, and zeros as they are."""
        if (size := norm([matrix])) == 0:
            return matrix
        a, b, c = self.ns_coefficients
        x = matrix / (size + self.eps)
        for _ in range(self.ns_steps):
            square = x @ x.T
            x = a * x + (b * square + c * square @ square) @ x
        return x

    def _factor(self, rows: int, columns: int) -> float:
        match self.scale:
            case "original":
                return math.sqrt(max(1.0, rows / columns)) if columns else 1.0
            case "match_rms_adamw":
                return 0.2 * math.sqrt(max(rows, columns))
        return 1.0
