"""How libraries and trainers read a schedule where they differ from the specification.

A convention changes definitions of classes (the dialects of the kit, and a few of trainers), or how a warm-up and what
follows it are joined: ``WarmupCosineSchedule``, or a ``SequentialLR`` that begins with a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np

from ..classes.catalogue import DEFINITIONS, SCHEDULES, dialects, nearest
from ..classes.definition import Array, Definition, Dialect
from ..scenarios.values import Scenario, classes
from .errors import LogError

WARM_UPS = ("LinearLR", "WarmupScheduler")
SHORTEST = 2  # steps of a logarithmic warm-up


@dataclass(frozen=True)
class Joint:
    """The time s in which a warm-up of some length W and what follows are read, at the time t of the log.

    late            s = t − late, and 0 before
    rising_ahead    the warm-up has the rate of so many steps later
    logarithmic     it follows log(s + 1) / log(W)
    from_start      what follows counts its time from the first step, not from the end of the warm-up
    cosine_ahead    a cosine that follows has the rate of so many steps later
    cosine_only     a cosine must follow
    """

    late: int = 0
    rising_ahead: int = 0
    logarithmic: bool = False
    from_start: bool = False
    cosine_ahead: int = 0
    cosine_only: bool = False

    def read(self, times: Array) -> Array:
        """s at some times."""
        since: Array = np.maximum(times - self.late, 0)
        return since

    def rising(self, s: Array, length: int) -> Array:
        """The time of the warm-up."""
        if not self.logarithmic:
            return s + self.rising_ahead
        longest = max(length, SHORTEST)
        along: Array = length * np.log1p(np.minimum(s, longest)) / np.log(longest)
        return along

    def falling(self, s: Array, length: int, follower: str) -> Array:
        """The time of what follows, a member of some class."""
        ahead = self.cosine_ahead if follower == "CosineAnnealingLR" else 0
        since: Array = np.maximum(s + ahead - (0 if self.from_start else length), 0)
        return since


@dataclass(frozen=True)
class Convention:
    """The definitions of all classes under a convention, and how it joins a warm-up with what follows."""

    name: str = ""
    about: str = ""
    definitions: Mapping[str, Definition] = field(default_factory=lambda: DEFINITIONS)
    joint: Joint | None = None

    def changed(self, **definitions: Definition) -> Convention:
        """With other definitions of some classes."""
        return replace(self, definitions={**self.definitions, **definitions})

    def joined(self, other: Convention) -> Convention:
        """Both at once."""
        own = {name: changed for name, changed in other.definitions.items() if changed is not DEFINITIONS[name]}
        return replace(other, definitions={**self.definitions, **own}, joint=other.joint or self.joint)


SPECIFICATION = Convention()


def unclamped_line(t: Any, b: Any, start_factor: Any, end_factor: Any, total_iters: int) -> Any:
    """A line that goes on after its end, and so may fall below 0."""
    return b * (start_factor + (end_factor - start_factor) * t / total_iters) if total_iters else b * end_factor


def one_milestone_early(t: int, b: Any, milestones: tuple[int, ...], gamma: Any) -> Any:
    return b * gamma ** sum(m <= t + 1 for m in milestones)


OF_TRAINERS = {
    "MultiStepLR": (Dialect("timm", "each milestone is reached one step early", one_milestone_early),),
}


(IN_TORCH,) = (dialect for dialect, _ in dialects("CosineAnnealingLR") if dialect.name == "torch")
PERIODIC = SCHEDULES["CosineAnnealingLR"].with_dialect(IN_TORCH)
UNCLAMPED = SCHEDULES["LinearLR"].with_dialect(Dialect("torchtitan", "the line goes on after its end", unclamped_line))

JOINTS = (
    Convention(
        "timm",
        "what follows the warm-up counts its time from the first step, and so begins below the base rate",
        joint=Joint(from_start=True),
    ),
    Convention("transformers", "the cosine rises again after its end", joint=Joint()).changed(
        CosineAnnealingLR=PERIODIC
    ),
    Convention(
        "transformers-min-lr",
        "as cosine_warmup_with_min_lr: warm-up and cosine are one step ahead, and the cosine rises again after its end",
        joint=Joint(rising_ahead=1, cosine_ahead=1, cosine_only=True),
    ).changed(CosineAnnealingLR=PERIODIC),
    Convention(
        "torchtitan",
        "the warm-up is one step ahead, and what follows goes on after its end",
        joint=Joint(rising_ahead=1),
    ).changed(CosineAnnealingLR=PERIODIC, LinearLR=UNCLAMPED),
    Convention(
        "deepspeed",
        "one step late, the warm-up follows the logarithm of the time, and a cosine leaves the base rate out",
        joint=Joint(late=1, logarithmic=True, cosine_ahead=1),
    ),
    Convention(
        "deepspeed-linear",
        "one step late, and a cosine leaves the base rate out",
        joint=Joint(late=1, cosine_ahead=1),
    ),
)


def conventions(config: Scenario, reading: Convention = SPECIFICATION) -> Iterator[Convention]:
    """The conventions that read a schedule differently from ``reading``; one name may come once for each class."""
    for name in dict.fromkeys(classes(config)):
        spoken = [*dialects(name), *((one, SCHEDULES[name].with_dialect(one)) for one in OF_TRAINERS.get(name, ()))]
        for dialect, definition in spoken:
            yield replace(reading.changed(**{name: definition}), name=dialect.name, about=dialect.about)
    for convention in JOINTS if warm_up(config) else ():
        if convention.joint and (ends_in_cosine(config) or not convention.joint.cosine_only):
            yield reading.joined(convention)


def named(config: Scenario, name: str) -> Convention:
    """The convention of some name. Raises LogError if the schedule has none."""
    found = list(conventions(config))
    names = sorted({convention.name for convention in found})
    if name not in names:
        known = f"they have {', '.join(names)}{nearest(name, names)}" if names else "they have none"
        raise LogError(f"no class of the schedule has a convention {name}: {known}")
    return reduce(Convention.joined, _of_name(found, name), SPECIFICATION)


def _of_name(found: Iterable[Convention], name: str) -> Iterator[Convention]:
    return (convention for convention in found if convention.name == name)


def warm_up(config: Scenario) -> bool:
    """Whether a schedule is a warm-up and what follows."""
    if config["class"] != "SequentialLR":
        return bool(config["class"] == "WarmupCosineSchedule")
    members = config.get("schedulers")
    return isinstance(members, list) and len(members) > 1 and members[0].get("class") in WARM_UPS


def ends_in_cosine(config: Scenario) -> bool:
    """Whether a cosine follows a warm-up at once."""
    return [*classes(config)][:1] == ["WarmupCosineSchedule"] or config["schedulers"][1]["class"] == "CosineAnnealingLR"
