"""The rates of a schedule: in double precision for a million steps, and exactly for a few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..classes.arithmetic import mp
from ..classes.definition import Array
from ..classes.domains import Refused
from ..oracle.schedulers import OracleChain, OracleScheduler, OracleSequence, build
from ..scenarios.values import Scenario, number
from .conventions import SPECIFICATION, Reading, warm_up
from .formulas import FORMULAS


class Curve:
    """The rates of one group of a schedule at given times, as a convention reads it; nan where it has none."""

    def __init__(self, config: Scenario, group: int = 0, reading: Reading = SPECIFICATION) -> None:
        self.config, self.reading = config, reading
        self.scheduler, self.group = build(config, reading.definitions), group
        self.parts = _parts(self) if reading.joint and warm_up(config) else None

    def __call__(self, times: Array) -> Array:
        if self.parts is None:
            return _rates(self.scheduler, self.group, np.maximum(times, 0))
        return self.joined(times, Curve.__call__)

    def exact(self, times: Array) -> Array:
        if self.parts is None:
            return _exact(self.scheduler, self.group, np.maximum(times, 0))
        return self.joined(times, Curve.exact)

    def joined(self, times: Array, rates: Callable[[Curve, Array], Array]) -> Array:
        """The rates of the warm-up and of what follows, each at its time."""
        assert self.parts is not None
        assert self.reading.joint is not None
        (first, second, length), joint = self.parts, self.reading.joint
        s = joint.read(times)
        rising = rates(first, joint.rising(s, length))
        return np.where(s < length, rising, rates(second, joint.falling(s, length, second.config["class"])))

    @property
    def groups(self) -> int:
        return len(self.scheduler.base_lrs)


def members(scheduler: OracleScheduler, config: Scenario) -> list[Scenario]:
    """The members of a sequence, each with the base rates that it has there."""
    return [
        member_config | ({"base_lr": [number(b) for b in member.base_lrs]} if member.absolute is None else {})
        for member_config, member in zip(config["schedulers"], scheduler.members, strict=True)
    ]


def _parts(curve: Curve) -> tuple[Curve, Curve, int]:
    """A warm-up, what follows it, and the length of the warm-up."""
    scheduler, reading = curve.scheduler, curve.reading
    assert reading.joint is not None
    if isinstance(scheduler, OracleSequence):
        first, *rest = members(scheduler, curve.config)
        _, length, *later = scheduler.starts
        milestones = [start - length for start in later]
        second = {"class": "SequentialLR", "schedulers": rest, "milestones": milestones} if later else rest[0]
    else:
        length, total = scheduler.hyper["warmup_steps"], scheduler.hyper["total_steps"]
        base = {"base_lr": [number(b) for b in scheduler.base_lrs]}
        start, floor = (number(float(scheduler.hyper[name])) for name in ("warmup_start_lr", "eta_min"))
        first = {"class": "WarmupScheduler", **base, "warmup_epochs": length, "warmup_start_lr": start}
        whole = total if reading.joint.from_start else total - length
        second = {"class": "CosineAnnealingLR", **base, "T_max": whole, "eta_min": floor}
    alone = replace(reading, joint=None)
    return Curve(first, curve.group, alone), Curve(second, curve.group, alone), length


def _exact(scheduler: OracleScheduler, group: int, times: Array) -> Array:
    different, where = np.unique(times, return_inverse=True)
    exact_times = [int(t) if t == int(t) else mp.mpf(t) for t in different.tolist()]

    def rate(t: Any) -> float:
        try:
            return float(scheduler.rate(group, t))
        except Refused:  # torch's OneCycleLR after its end
            return np.nan

    rates: Array = np.array([rate(t) for t in exact_times])
    return rates[where]


def _rates(scheduler: OracleScheduler, group: int, times: Array) -> Array:
    match scheduler:
        case OracleSequence() if type(scheduler) is OracleSequence:
            rates = np.empty(len(times))
            active = np.searchsorted(scheduler.starts[1:], times, side="right")
            for i, (start, member) in enumerate(zip(scheduler.starts, scheduler.members, strict=True)):
                rates[active == i] = _rates(member, group, times[active == i] - start)
            return rates
        case OracleChain() if type(scheduler) is OracleChain and scheduler.base_lrs[group]:
            b = scheduler.base_lrs[group]
            return np.asarray(b * np.prod([_rates(member, group, times) / b for member in scheduler.members], axis=0))
    formula = FORMULAS.get(scheduler.definition.rate) if type(scheduler) is OracleScheduler else None
    if formula is None or scheduler.hyper.get("scale_fn") is not None:
        return _exact(scheduler, group, times)
    return np.zeros(len(times)) + formula(times, scheduler.base_lrs[group], **scheduler.arguments_of(group))
