"""CosineAnnealingLR: spec/schedulers/cosine_annealing.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import jump, read, step, walk
from ..arithmetic import mp
from ..definition import Convention, ScheduleDefinition
from ..domains import NON_NEGATIVE, Integer, Real
from ..faults import changing, dividing_whole_numbers, formula, ignoring, longer, shorter, wrapping


def rate(t: int, b: Any, T_max: int, eta_min: Any) -> Any:
    if t >= T_max:
        return mp.mpf(eta_min)
    return eta_min + (b - eta_min) * (1 + mp.cos(mp.pi * t / T_max)) / 2


def periodic(t: int, b: Any, T_max: int, eta_min: Any) -> Any:
    return eta_min + (b - eta_min) * (1 + mp.cos(mp.pi * t / T_max)) / 2


def added_to_eta_min(t: int, b: Any, T_max: int, eta_min: Any) -> Any:
    return eta_min + rate(t, b, T_max, 0)


def eta_min_as_fraction(t: int, b: Any, T_max: int, eta_min: Any) -> Any:
    return rate(t, b, T_max, b * eta_min)


def linear(t: int, b: Any, T_max: int, eta_min: Any) -> Any:
    return b + (eta_min - b) * min(mp.mpf(t) / T_max, 1)


def restarting(original: Any, t: int, b: Any, T_max: int, eta_min: Any) -> Any:
    return original(t % (T_max + 1), b, T_max, eta_min)


def cases() -> Iterator[Case]:
    yield Case("COS-1", "whole", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(1, 10))})
    yield Case("COS-1", "odd", {"scheduler": DEFINITION.config(T_max=13, eta_min="0.07"), "do": walk(range(1, 16))})
    yield Case(
        "COS-1", "upwards", {"scheduler": DEFINITION.config("0.1", T_max=6, eta_min="0.4"), "do": walk(range(1, 8))}
    )
    default = {"class": "CosineAnnealingLR", "base_lr": "0.3"}
    yield Case("COS-2", "default-T_max", {"scheduler": default | {"eta_min": "0.01"}, "do": walk([1, 25, 49, 50, 51])})
    yield Case("COS-2", "default-eta_min", {"scheduler": default | {"T_max": 4}, "do": walk([1, 3, 4])})
    for b, e in (("0.1", "0.03"), ("0.7", "1e-06"), ("0.001", "2.1")):
        ends = DEFINITION.config(b, T_max=7, eta_min=e)
        yield Case("COS-3", b, {"scheduler": ends, "do": [read(), jump(0)]}, options=EXACTLY)
        yield Case("COS-4", b, {"scheduler": ends | {"last_epoch": 7}, "do": [read()]}, options=EXACTLY)
        after = {
            "scheduler": ends | {"last_epoch": 8},
            "do": [step(), step(5), jump(14), step(), jump(28), jump(100000)],
        }
        yield Case("COS-5", b, after, options=EXACTLY)
    yield Case("COS-4", "around", {"scheduler": DEFINITION.config(T_max=5, eta_min="0.01"), "do": walk([4, 5, 6])})
    yield Case("COS-4", "one-step", {"scheduler": DEFINITION.config(T_max=1, eta_min="0.01"), "do": walk([1, 2, 3])})
    long = {"scheduler": DEFINITION.config("0.1", T_max=1000000, eta_min="0.0"), "do": [jump(999900), jump(999990)]}
    far_above = {"scheduler": DEFINITION.config("0.0", T_max=1000000, eta_min="1.0"), "do": [jump(1), jump(999999)]}
    yield Case("NUM-1", "floor-far-above", far_above)
    yield Case("NUM-2", "floor", long, options={"relative": "0.001"})


DEFINITION = ScheduleDefinition(
    name="CosineAnnealingLR",
    rate=rate,
    parameters={"T_max": Integer(1, 50, "COS-6"), "eta_min": Real(NON_NEGATIVE, "0.0", "COS-7")},
    example={"T_max": 8, "eta_min": "0.01"},
    times=[0, 1, 7, 8, 9, 16],
    long_run={"T_max": 130001, "eta_min": "0.01"},
    cases=cases,
    defaults="COS-2",
    conventions=(Convention("torch", "the cosine is periodic, and rises again after T_max", ("COS-5",), periodic),),
    faults=(
        shorter("the cosine ends one step early", "COS-1", "T_max"),
        longer("the cosine ends one step late", "COS-4", "T_max"),
        ignoring("eta_min ignored", "COS-1", eta_min=0),
        formula("eta_min on top of the cosine", "COS-3", added_to_eta_min),
        formula("eta_min as a fraction of the base rate", "COS-4", eta_min_as_fraction),
        formula("a line instead of the cosine", "COS-1", linear),
        changing("twice as long", "COS-4", T_max=lambda T_max: 2 * T_max),
        wrapping("the floor back to the base rate after T_max", "COS-5", restarting),
        *dividing_whole_numbers("COS-1", "T_max"),
    ),
)
