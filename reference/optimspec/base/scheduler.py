"""What all schedulers share: groups with their base rates, the time, and the state of both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from .validation import NON_NEGATIVE, integer, rates, real


class Unset(float):
    """The type of the default base rate, which tells it from an equal number given by a user."""


UNSET: Final = Unset(1e-3)


class Scheduler(ABC):
    """A rate for each of one or more groups, at the time t.

    A subclass says what the rates are, and what moves the time. If it sets ``ignores_base_lr``, its rates do not scale
    with the base rates.
    """

    ignores_base_lr: ClassVar[bool] = False

    def __init__(self, base_lr: float | Sequence[float], last_epoch: int, **hyper: Any) -> None:
        self.hyper: Final = hyper
        self.has_explicit_base_lr = not isinstance(base_lr, Unset)
        self._base_lrs = rates(self, "base_lr", base_lr, "SCH-20")
        self._default_base_lr = self._base_lrs[-1]
        self._t = max(integer(self, "last_epoch", last_epoch, -1, "SCH-21"), 0)

    @abstractmethod
    def get_last_lr(self) -> list[float]:
        """The current rates, one for each group."""

    @property
    def last_epoch(self) -> int:
        return self._t

    @property
    def base_lrs(self) -> list[float]:
        return list(self._base_lrs)

    @property
    def leaves(self) -> list[Scheduler]:
        """The members of a composite, and theirs, down to those that have none; any other scheduler is its own leaf."""
        return [self]

    def extend_groups(self, count: int) -> None:
        """For optimizers: make sure that there are at least ``count`` groups."""
        self._base_lrs += [self._default_base_lr] * (count - len(self._base_lrs))

    def set_base_lr(self, group: int, base_lr: float) -> None:
        """For optimizers: replace a group's base rate. The caller has checked that no leaf ignores it."""
        self._base_lrs[group] = base_lr

    def state_dict(self) -> dict[str, Any]:
        """The time and the base rates, as plain Python objects that JSON can hold."""
        return {
            "class": type(self).__name__,
            "last_epoch": self._t,
            "base_lrs": self.base_lrs,
            "default_base_lr": self._default_base_lr,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Raises KeyError, TypeError or ValueError for an invalid state, and changes nothing in that case."""
        self._check_state(state)
        self._take_state(state)

    def _check_state(self, state: Mapping[str, Any]) -> None:
        if not isinstance(state, Mapping):
            raise TypeError(f"{type(self).__name__}: a state must be a mapping, got {state!r} [STA-16]")
        if state["class"] != type(self).__name__:
            raise ValueError(f"{type(self).__name__}: the state is one of {state['class']!r} [STA-21]")
        integer(self, "last_epoch", state["last_epoch"], 0, "STA-16")
        real(self, "default_base_lr", state["default_base_lr"], NON_NEGATIVE, "STA-16")
        groups = rates(self, "base_lrs", state["base_lrs"], "STA-16")
        if len(groups) != len(self._base_lrs):
            raise ValueError(
                f"{type(self).__name__}: the state has {len(groups)} groups, not {len(self._base_lrs)} [STA-17]"
            )

    def _take_state(self, state: Mapping[str, Any]) -> None:
        self._t = int(state["last_epoch"])
        self._base_lrs = rates(self, "base_lrs", state["base_lrs"], "STA-16")
        self._default_base_lr = float(state["default_base_lr"])
