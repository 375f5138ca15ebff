"""What all schedules share: schedulers whose rate is a function of the time, in closed form."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, overload

import jax
import jax.numpy as jnp
import numpy as np

from .math_functions import NUMPY, Namespace, Real, of_group
from .scheduler import Scheduler
from .validation import integer

MANY = 8  # groups, from which on one expression for all is faster than one for each


class Schedule(Scheduler):
    """η(t) for each group, at any time t. Only ``step`` and ``load_state_dict`` change the schedule's own time."""

    @abstractmethod
    def _rate(self, t: Real, group: int, xp: Namespace) -> Real:
        """η(t) of a group, computed with ``xp``: numpy for a Python int, jax.numpy for an array or a tracer."""

    @overload
    def lr_at(self, t: int | np.integer[Any], group: int = ...) -> float: ...
    @overload
    def lr_at(self, t: jax.Array | np.ndarray[Any, Any], group: int = ...) -> jax.Array: ...

    def lr_at(self, t: Any, group: int = 0) -> float | jax.Array:
        """η(t) of a group, independent of the current time; works under ``jit`` and ``vmap``.

        A Python int gives a Python float, computed in float64; an array or a tracer gives a ``jax.Array``.
        """
        if isinstance(t, (int, np.integer)):
            return float(self._rate(int(t), group, NUMPY))
        t = jnp.asarray(t)
        t = t.astype(jnp.promote_types(t.dtype, jnp.int32))  # narrower integers would overflow
        return jnp.broadcast_to(self._rate(t, group, jnp), t.shape)

    def get_last_lr(self) -> list[float]:
        return [self.lr_at(self._t, group) for group in range(len(self._base_lrs))]

    def step(self, epoch: int | None = None) -> None:
        """Move to t + 1, or to ``epoch``. Raises TypeError for a non-integer, ValueError for a negative one."""
        self._move(self._t + 1 if epoch is None else integer(self, "epoch", epoch, 0, "SCH-23"))

    def _move(self, t: int) -> None:
        self._t = t

    def take_base_lrs(self, base_lrs: list[float], default_base_lr: float) -> None:
        """For composites: adopt the base rates of the whole."""
        self._base_lrs, self._default_base_lr = list(base_lrs), default_base_lr


class Formula(Schedule):
    """A schedule that one formula gives, with the base rate b of each group.

    Hyperparameters named in ``per_group`` are lists of rates, from which ``rate`` receives its group's entry.
    """

    per_group: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    @abstractmethod
    def rate(t: Real, b: Real, *args: Any, **hyper: Any) -> Real:
        """η(t): a pure function of the time, a group's base rate and the hyperparameters, which are passed by name.

        It is written with ``xp``, a keyword argument too: numpy for Python numbers, else jax.numpy.
        """

    def get_last_lr(self) -> list[float]:
        count = len(self._base_lrs)
        if count < MANY:
            return super().get_last_lr()
        base: Any = np.array(self._base_lrs)  # numpy rounds as Python does, and the formula sees all groups as one
        own = {name: np.array([of_group(self.hyper[name], group) for group in range(count)]) for name in self.per_group}
        with np.errstate(all="ignore"):
            lrs = type(self).rate(self._t, base, **self.hyper | own, xp=NUMPY)
        rates: list[float] = np.broadcast_to(np.asarray(lrs, float), count).tolist()
        return rates

    def _rate(self, t: Real, group: int, xp: Namespace) -> Real:
        own = {name: of_group(self.hyper[name], group) for name in self.per_group}
        return type(self).rate(t, self._base_lrs[group], **self.hyper | own, xp=xp)
