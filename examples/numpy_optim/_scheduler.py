"""What every scheduler does, whatever its formula."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, SupportsIndex

from numpy_optim._arguments import fields, integer, rate_list, say

Int = SupportsIndex
State = Mapping[str, Any]
RateList = float | list[float] | tuple[float, ...]


class _Unset(Enum):
    """The default of `base_lr`: a scheduler in a composite must know whether its base rate was stated."""

    UNSET = "unset"


UNSET: Final = _Unset.UNSET
DEFAULT_BASE_LR = 1e-3
BaseLR = RateList | _Unset


def pick(entries: list[float], group: int) -> float:
    """Return a group's entry. The last one is for every further group."""
    return entries[min(group, len(entries) - 1)]


@dataclass
class Rates:
    """One rate for each group, however many there are."""

    given: list[float]  # the last entry is for every further group
    groups: int = 0  # how many groups are attached
    explicit: dict[int, float] = field(default_factory=dict)  # the rates of groups that have one of their own

    def of(self, group: int) -> float:
        return self.explicit.get(group, pick(self.given, group))

    def count(self) -> int:
        return max(self.groups, len(self.given))

    def attach(self, groups: int, explicit: float | None) -> None:
        self.groups = max(self.groups, groups)
        if explicit is not None:
            self.explicit[groups - 1] = explicit

    def copy(self) -> Rates:
        return Rates(list(self.given), self.groups, dict(self.explicit))

    def save(self) -> dict[str, Any]:
        return {"given": list(self.given), "groups": [self.of(i) for i in range(self.count())]}

    def read(self, owner: object, name: str, state: Any) -> Rates:
        """Return the saved rates, which must be for as many groups as there are here."""
        given, groups = (rate_list(owner, name, rates) for rates in fields(owner, state, "given", "groups"))
        if len(groups) != self.count() or len(given) > len(groups):
            raise ValueError(say(owner, f"{name} must be for {self.count()} groups, got {groups} from {given}"))
        return Rates(given, len(groups), {i: rate for i, rate in enumerate(groups) if rate != pick(given, i)})


class Scheduler(ABC):
    """A time, a base rate for each parameter group, and a current rate for each of them."""

    _absolute = False  # whether base rates do not matter
    _extra: tuple[str, ...] = ()  # what else a state consists of

    def __init__(self, base_lr: BaseLR = UNSET, last_epoch: Int = 0) -> None:
        self._rates = Rates(rate_list(self, "base_lr", DEFAULT_BASE_LR if base_lr is UNSET else base_lr))
        self._stated = base_lr is not UNSET
        self._time = max(0, integer(self, "last_epoch", last_epoch, -1))

    @abstractmethod
    def _current(self, group: int) -> float:
        """Return a group's rate now."""

    @property
    def last_epoch(self) -> int:
        return self._time

    @property
    def base_lrs(self) -> list[float]:
        return [self._rates.of(group) for group in range(self._count())]

    def get_last_lr(self) -> list[float]:
        return [self._current(group) for group in range(self._count())]

    def state_dict(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, "last_epoch": self._time, "base_rates": self._rates.save()}

    def load_state_dict(self, state: State) -> None:
        restore = self._read(state)
        restore()

    def _read(self, state: Any) -> Callable[[], None]:
        """Check a whole state, and return what restores it."""
        kind, last_epoch, base_rates, *_ = fields(self, state, "kind", "last_epoch", "base_rates", *self._extra)
        if kind != type(self).__name__:
            raise ValueError(say(self, f"a state of the same class was expected, got one of {kind!r}"))
        time, rates = integer(self, "last_epoch", last_epoch, 0), self._rates.read(self, "base_rates", base_rates)

        def restore() -> None:
            self._time, self._rates = time, rates

        return restore

    def _count(self) -> int:
        return self._rates.count()

    def _attach(self, groups: int, explicit: float | None = None) -> None:
        """Take note of an optimizer's `groups` groups, the last of which may have a base rate of its own."""
        self._rates.attach(groups, explicit)

    def _holds_absolute(self) -> bool:
        """Tell whether there are rates here that have nothing to do with base rates."""
        return self._absolute


class Schedule(Scheduler):
    """A scheduler whose rates are a function of the time. It can jump, and be a member of a composite."""

    @abstractmethod
    def _at(self, t: int, group: int) -> float:
        """Return a group's rate at time `t`."""

    def step(self, epoch: Int | None = None) -> None:
        """Move to the next time, or to the time `epoch`."""
        self._move(self._time + 1 if epoch is None else integer(self, "epoch", epoch, 0))

    def _current(self, group: int) -> float:
        return self._at(self._time, group)

    def _move(self, time: int) -> None:
        self._time = time

    def _inherit(self, rates: Rates) -> None:
        """Take the base rates of a composite."""
        self._rates = rates.copy()


class Formula(Schedule):
    """A schedule in which only the base rate differs from group to group."""

    @abstractmethod
    def _rate(self, t: int, base: float, /) -> float:
        """Return the rate at time `t` of a group whose base rate is `base`: a pure function."""

    def _at(self, t: int, group: int) -> float:
        return self._rate(t, self._rates.of(group))
