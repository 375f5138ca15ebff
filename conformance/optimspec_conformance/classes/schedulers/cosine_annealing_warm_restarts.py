"""CosineAnnealingWarmRestarts: spec/schedulers/cosine_annealing_warm_restarts.md."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import jump, step, walk
from ..arithmetic import mp
from ..definition import ScheduleDefinition
from ..domains import NON_NEGATIVE, Integer, Real
from ..faults import formula, ignoring, longer

FAR = 10**9


def rate(t: int, b: Any, T_0: int, T_mult: int, eta_min: Any) -> Any:
    length, since = T_0, t
    if T_mult == 1:
        since %= T_0
    while since >= length:
        since, length = since - length, length * T_mult
    return eta_min + (b - eta_min) * (1 + mp.cos(mp.pi * since / length)) / 2


def rest_in_whole_numbers(t: int, b: Any, T_0: int, T_mult: int, eta_min: Any) -> Any:
    begins = rate(t, mp.mpf(1), T_0, T_mult, 0) == 1
    return b if begins else mp.mpf(eta_min)


def cycle_starts(T_0: int, T_mult: int, last: int = FAR) -> list[int]:
    """The times at which the cycles after the first begin."""
    starts, length = [T_0], T_0 * T_mult
    while starts[-1] + length <= last:
        starts.append(starts[-1] + length)
        length *= T_mult
    return starts


def restart_one_step_late(t: int, b: Any, T_0: int, T_mult: int, eta_min: Any) -> Any:
    """A cycle ends at the floor, at the time at which the next one should begin."""
    length, since = T_0, t
    if T_mult == 1 and since:
        since = (since - 1) % T_0 + 1
    while since > length:
        since, length = since - length, length * T_mult
    return eta_min + (b - eta_min) * (1 + mp.cos(mp.pi * since / length)) / 2


def growing_by_one(t: int, b: Any, T_0: int, T_mult: int, eta_min: Any) -> Any:
    length, since = T_0, t
    if T_mult == 1:
        return rate(t, b, T_0, T_mult, eta_min)
    for _ in range(10**4):
        if since < length:
            break
        since, length = since - length, length + T_0
    return rate(since, b, length, 1, eta_min)


def no_restarts(t: int, b: Any, T_0: int, T_mult: int, eta_min: Any) -> Any:
    return rate(t, b, T_0, 1, eta_min) if t < T_0 else mp.mpf(eta_min)


def float_logarithm(t: int, b: Any, T_0: int, T_mult: int, eta_min: Any) -> Any:
    """A restart is missed when the logarithm is rounded down."""
    if t < T_0 or T_mult == 1:
        return rate(t, b, T_0, T_mult, eta_min)
    cycle = int(math.log(t / T_0 * (T_mult - 1) + 1, T_mult))
    since = t - T_0 * (T_mult**cycle - 1) // (T_mult - 1)
    return eta_min + (b - eta_min) * (1 + mp.cos(mp.pi * since / (T_0 * T_mult**cycle))) / 2


def cases() -> Iterator[Case]:
    yield Case("RESTART-1", "whole", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(1, 24))})
    yield Case(
        "RESTART-1", "equal-cycles", {"scheduler": DEFINITION.config(T_0=4, eta_min="0.05"), "do": walk(range(1, 14))}
    )
    yield Case(
        "RESTART-1", "cycles-of-one", {"scheduler": DEFINITION.config(T_0=1, eta_min="0.05"), "do": walk([1, 2, 3])}
    )
    for T_0, T_mult in ((3, 1), (10, 1), (2, 2), (3, 3)):
        config = DEFINITION.config("0.7", T_0=T_0, T_mult=T_mult, eta_min="0.1")
        starts = cycle_starts(T_0, T_mult, 40) if T_mult > 1 else [T_0, 2 * T_0, 7 * T_0]
        scenario = {"scheduler": config, "do": [jump(t) for t in starts]}
        yield Case("RESTART-2", f"{T_0}-{T_mult}", scenario, options=EXACTLY)
        around = [jump(t + d) for t in starts for d in (-1, 1)]
        yield Case("RESTART-3", f"around-{T_0}-{T_mult}", {"scheduler": config, "do": around})
    far_below = {
        "scheduler": DEFINITION.config("0.001", T_0=3, T_mult=2, eta_min="2.1"),
        "do": [jump(t) for t in cycle_starts(3, 2, 100)],
    }
    yield Case("RESTART-2", "far-below-the-floor", far_below, options=EXACTLY)
    for T_mult in range(2, 11):
        for T_0 in (1, 3):
            config = DEFINITION.config("0.7", T_0=T_0, T_mult=T_mult, eta_min="0.1")
            scenario = {"scheduler": config, "do": [jump(t) for t in cycle_starts(T_0, T_mult)]}
            yield Case("RESTART-3", f"{T_0}-{T_mult}", scenario, options=EXACTLY)
    for T_0, T_mult in ((10, 1), (1, 1), (7, 2)):
        config = DEFINITION.config("0.7", T_0=T_0, T_mult=T_mult)
        scenario = {"scheduler": config, "do": [jump(FAR), step(), jump(FAR + 7)]}
        yield Case("RESTART-4", f"{T_0}-{T_mult}", scenario, options={"seconds": 1.0})
    default = {"class": "CosineAnnealingWarmRestarts", "base_lr": "0.3"}
    yield Case("RESTART-5", "all", {"scheduler": default, "do": walk([1, 5, 9, 10, 11, 20])})
    yield Case("RESTART-5", "default-T_0", {"scheduler": default | {"T_mult": 2}, "do": walk([1, 9, 10, 15, 29, 30])})
    yield Case("RESTART-5", "default-T_mult", {"scheduler": default | {"T_0": 3}, "do": walk([1, 3, 4, 6, 9])})


DEFINITION = ScheduleDefinition(
    name="CosineAnnealingWarmRestarts",
    rate=rate,
    parameters={
        "T_0": Integer(1, 10, "RESTART-6"),
        "T_mult": Integer(1, 1, "RESTART-7"),
        "eta_min": Real(NON_NEGATIVE, "0.0", "RESTART-8"),
    },
    example={"T_0": 3, "T_mult": 2, "eta_min": "0.01"},
    times=[0, 2, 3, 4, 8, 9],
    long_run={"T_0": 7, "T_mult": 3, "eta_min": "0.01"},
    cases=cases,
    defaults="RESTART-5",
    faults=(
        formula("restarts one step late", "RESTART-2", restart_one_step_late),
        ignoring("T_mult ignored", "RESTART-3", T_mult=1),
        formula("cycles that grow by T_0 instead of T_mult", "RESTART-3", growing_by_one),
        formula("no restarts", "RESTART-2", no_restarts),
        formula("cycles counted with a float logarithm", "RESTART-3", float_logarithm),
        longer("cycles one step too long", "RESTART-3", "T_0"),
        ignoring("eta_min ignored", "RESTART-1", eta_min=0),
        formula("an integer division, T_cur/T_i is 0", "RESTART-1", lambda t, b, **hyper: b),
        formula("an integer division, (T_i − T_cur)/T_i is 0 but at the beginning", "RESTART-1", rest_in_whole_numbers),
    ),
)
