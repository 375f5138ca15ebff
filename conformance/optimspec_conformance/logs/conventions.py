"""How libraries and trainers read a schedule where they differ from the specification.

A convention changes definitions of classes, or how a warm-up and what follows it are joined:
``WarmupCosineSchedule``, or a ``SequentialLR`` that begins with a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np

from ..classes.catalogue import DEFINITIONS, SCHEDULES, conventions, nearest
from ..classes.definition import Array, Definition
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
class Reading:
    """The definitions of all classes under a convention, and how it joins a warm-up and what follows."""

    name: str = ""
    about: str = ""
    definitions: Mapping[str, Definition] = field(default_factory=lambda: DEFINITIONS)
    joint: Joint | None = None

    def changed(self, **definitions: Definition) -> Reading:
        """With other definitions of some classes."""
        return replace(self, definitions={**self.definitions, **definitions})

    def joined(self, other: Reading) -> Reading:
        """Both at once."""
        changed = {
            name: definition for name, definition in other.definitions.items() if definition is not DEFINITIONS[name]
        }
        return replace(other, definitions={**self.definitions, **changed}, joint=other.joint or self.joint)


SPECIFICATION = Reading()


def unclamped_line(t: Any, b: Any, start_factor: Any, end_factor: Any, total_iters: int) -> Any:
    """A line that goes on after its end, and so may fall below 0."""
    return b * (start_factor + (end_factor - start_factor) * t / total_iters) if total_iters else b * end_factor


(IN_TORCH,) = (one for one, _ in conventions("CosineAnnealingLR") if one.name == "torch")
PERIODIC = SCHEDULES["CosineAnnealingLR"].under(IN_TORCH)
UNCLAMPED = replace(SCHEDULES["LinearLR"], rate=unclamped_line)

JOINTS = (
    Reading(
        "timm",
        "what follows the warm-up counts its time from the first step, and so begins below the base rate",
        joint=Joint(from_start=True),
    ),
    Reading("transformers", "the cosine rises again after its end", joint=Joint()).changed(CosineAnnealingLR=PERIODIC),
    Reading(
        "transformers-min-lr",
        "as cosine_warmup_with_min_lr: warm-up and cosine are one step ahead, and the cosine rises again after its end",
        joint=Joint(rising_ahead=1, cosine_ahead=1, cosine_only=True),
    ).changed(CosineAnnealingLR=PERIODIC),
    Reading(
        "torchtitan",
        "the warm-up is one step ahead, and what follows goes on after its end",
        joint=Joint(rising_ahead=1),
    ).changed(CosineAnnealingLR=PERIODIC, LinearLR=UNCLAMPED),
    Reading(
        "deepspeed",
        "one step late, the warm-up follows the logarithm of the time, and a cosine leaves the base rate out",
        joint=Joint(late=1, logarithmic=True, cosine_ahead=1),
    ),
    Reading(
        "deepspeed-linear",
        "one step late, and a cosine leaves the base rate out",
        joint=Joint(late=1, cosine_ahead=1),
    ),
)


def readings(config: Scenario, reading: Reading = SPECIFICATION) -> Iterator[Reading]:
    """The conventions that read a schedule differently from ``reading``; one name may come once for each class."""
    for name in dict.fromkeys(classes(config)):
        for convention, definition in conventions(name) if name != "WarmupCosineSchedule" else ():  # it has a joint
            yield replace(reading.changed(**{name: definition}), name=convention.name, about=convention.about)
    for other in JOINTS if warm_up(config) else ():
        if other.joint and (ends_in_cosine(config) or not other.joint.cosine_only):
            yield reading.joined(other)


def named(config: Scenario, name: str) -> Reading:
    """The convention of some name. Raises LogError if the schedule has none."""
    candidates = list(readings(config))
    names = sorted({reading.name for reading in candidates})
    if name not in names:
        known = f"they have {', '.join(names)}{nearest(name, names)}" if names else "they have none"
        raise LogError(f"no class of the schedule has a convention {name}: {known}")
    return reduce(Reading.joined, _of_name(candidates, name), SPECIFICATION)


def _of_name(candidates: Iterable[Reading], name: str) -> Iterator[Reading]:
    return (reading for reading in candidates if reading.name == name)


def warm_up(config: Scenario) -> bool:
    """Whether a schedule is a warm-up and what follows."""
    if config["class"] != "SequentialLR":
        return bool(config["class"] == "WarmupCosineSchedule")
    members = config.get("schedulers")
    return isinstance(members, list) and len(members) > 1 and members[0].get("class") in WARM_UPS


def ends_in_cosine(config: Scenario) -> bool:
    """Whether a cosine follows a warm-up at once."""
    return [*classes(config)][:1] == ["WarmupCosineSchedule"] or config["schedulers"][1]["class"] == "CosineAnnealingLR"
