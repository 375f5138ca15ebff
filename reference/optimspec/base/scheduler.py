"""What all schedulers share: time, groups, state. A class adds a pure function and its hyperparameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import jax.numpy as jnp
import numpy as np

from .validation import NON_NEGATIVE, integer, rates, real


class Unset(float):
    """The default base rate, told apart from the same number given by a user."""


UNSET: Final = Unset(1e-3)


class Scheduler:
    """η(t) for one or more groups, at a time t that only ``step`` and ``load_state_dict`` change.

    A class defines ``rate(t, b, **hyper, xp)``: a pure function of the time t (an integer) and a group's base rate b,
    written with ``xp``, which is ``numpy`` for Python numbers and ``jax.numpy`` for arrays and tracers.
    Hyperparameters named in ``per_group`` are lists of rates, of which ``rate`` receives its group's. ``absolute`` says
    that the rates do not scale with the base rate, ``member`` that a composite can be made of such schedulers.
    """

    rate: ClassVar[Callable[..., Any]]
    per_group: ClassVar[tuple[str, ...]] = ()
    absolute: ClassVar[bool] = False
    member: ClassVar[bool] = True

    def __init__(self, base_lr: Any, last_epoch: Any, **hyper: Any) -> None:
        self.hyper: Final = hyper
        self._stated = not isinstance(base_lr, Unset)
        self._base_lrs = rates(self, "base_lr", base_lr, "SCH-20")
        self._joining_lr = self._base_lrs[-1]
        self._t = max(integer(self, "last_epoch", last_epoch, -1, "SCH-21"), 0)

    def lr_at(self, t: Any, group: int = 0) -> Any:
        """η(t) of a group, whatever the current time is; works under ``jit`` and ``vmap``.

        A Python int gives a float64 Python float; an array or a tracer gives a ``jax.Array``.
        """
        if isinstance(t, (int, np.integer)):
            return float(self._rate(int(t), group, np))
        t = jnp.asarray(t)
        t = t.astype(jnp.promote_types(t.dtype, jnp.int32))  # narrower integers would wrap
        return jnp.broadcast_to(self._rate(t, group, jnp), t.shape)

    def _rate(self, t: Any, group: int, xp: Any) -> Any:
        own = {name: of_group(self.hyper[name], group) for name in self.per_group}
        return type(self).rate(t, self._base_lrs[group], **self.hyper | own, xp=xp)

    def step(self, epoch: Any = None) -> None:
        """To t + 1, or to ``epoch``. Raises TypeError for no integer, ValueError for a negative one."""
        self._move(self._t + 1 if epoch is None else integer(self, "epoch", epoch, 0, "SCH-23"))

    def _move(self, t: int) -> None:
        self._t = t

    def get_last_lr(self) -> list[float]:
        """The current rates, one for each group."""
        return [self.lr_at(self._t, group) for group in range(len(self._base_lrs))]

    @property
    def last_epoch(self) -> int:
        return self._t

    @property
    def base_lrs(self) -> list[float]:
        return list(self._base_lrs)

    @property
    def parts(self) -> list[Scheduler]:
        """The schedulers that this one is made of: its members at every depth, or itself."""
        return [self]

    def extend_groups(self, count: int) -> None:
        """For optimizers: have at least ``count`` groups."""
        self._base_lrs += [self._joining_lr] * (count - len(self._base_lrs))

    def set_base_lr(self, group: int, base_lr: float) -> None:
        """For optimizers: replace a group's base rate. They have made sure that no part is absolute."""
        self._base_lrs[group] = base_lr

    def take_base_lrs(self, base_lrs: list[float], joining_lr: float) -> None:
        """For composites: the base rates of the whole."""
        self._base_lrs, self._joining_lr = list(base_lrs), joining_lr

    def state_dict(self) -> dict[str, Any]:
        """The time and the base rates: plain, and JSON."""
        return {"last_epoch": self._t, "base_lrs": self.base_lrs, "joining_lr": self._joining_lr}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Raises KeyError, TypeError or ValueError, and then nothing has changed."""
        self._check_state(state)
        self._take_state(state)

    def _check_state(self, state: Mapping[str, Any]) -> None:
        if not isinstance(state, Mapping):
            raise TypeError(f"{type(self).__name__}: a state must be a mapping, got {state!r} [STA-16]")
        integer(self, "last_epoch", state["last_epoch"], 0, "STA-16")
        real(self, "joining_lr", state["joining_lr"], NON_NEGATIVE, "STA-16")
        groups = rates(self, "base_lrs", state["base_lrs"], "STA-16")
        if len(groups) != len(self._base_lrs):
            raise ValueError(
                f"{type(self).__name__}: the state has {len(groups)} groups, not {len(self._base_lrs)} [STA-17]"
            )

    def _take_state(self, state: Mapping[str, Any]) -> None:
        self._t = int(state["last_epoch"])
        self._base_lrs = rates(self, "base_lrs", state["base_lrs"], "STA-16")
        self._joining_lr = float(state["joining_lr"])


def of_group(values: list[float], group: int) -> float:
    return values[min(group, len(values) - 1)]


def at_most(t: Any, end: int, xp: Any) -> Any:
    """min(t, end). A Python number stays one, since numpy's scalars would make the rest of a rate slower."""
    return min(t, end) if xp is np else xp.minimum(t, end)


def power(base: Any, exponent: Any, xp: Any) -> Any:
    """base ** exponent for 0 < base, infinite beyond the range of floats.

    In float32 it goes through a float64 logarithm, since a rounded base would err t times over.
    """
    if xp is jnp:
        return jnp.exp(exponent * math.log(base)) if isinstance(base, float) else base**exponent
    try:
        exponent = float(exponent)
    except OverflowError:
        exponent = math.inf
    try:
        return float(base) ** exponent
    except OverflowError:
        return math.inf


def half_cosine(done: Any, length: Any, xp: Any) -> Any:
    """(1 + cos(π·done/length))/2 as sin²: exactly 1 at the beginning and 0 at the end, with no cancellation."""
    angle = math.pi / 2 * ((length - done) / length)
    return (math.sin(angle) if xp is np else xp.sin(angle)) ** 2
