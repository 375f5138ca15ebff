"""What a log may have followed: a schedule that has a mistake, at times that have one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..classes.definition import Array
from .comparison import Rates

Time = Callable[[Array], Array]


@dataclass(frozen=True)
class Mistake:
    """A mistake: its kind, and a description of it."""

    kind: str
    text: str


@dataclass(frozen=True)
class Explanation:
    """The mistakes that explain a log together: usually one, at most two."""

    mistakes: tuple[Mistake, ...]

    @property
    def text(self) -> str:
        return ", and ".join(mistake.text for mistake in self.mistakes)


@dataclass(frozen=True)
class Model:
    """A schedule with one mistake in it, or with none. ``quick`` says whether it can be evaluated at many times."""

    curve: Rates
    mistake: Mistake | None = None
    quick: bool = True


@dataclass(frozen=True)
class Mapped:
    """A schedule at other times: ``time`` maps steps to them."""

    curve: Rates
    time: Time

    def __call__(self, times: Array) -> Array:
        return self.curve(self.time(times))

    def exact(self, times: Array) -> Array:
        return self.curve.exact(self.time(times))
