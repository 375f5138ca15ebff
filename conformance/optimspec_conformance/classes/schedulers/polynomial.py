"""PolynomialLR: spec/schedulers/polynomial.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import jump, read, step, walk
from ..arithmetic import mp
from ..definition import ScheduleDefinition
from ..domains import POSITIVE, Integer, Real
from ..faults import dividing_whole_numbers, formula, ignoring, longer, shorter


def rate(t: int, b: Any, total_iters: int, power: Any) -> Any:
    return b * (1 - mp.mpf(min(t, total_iters)) / total_iters) ** power


def rising_again(t: int, b: Any, total_iters: int, power: Any) -> Any:
    return b * abs(1 - mp.mpf(t) / total_iters) ** power


def periodic(t: int, b: Any, total_iters: int, power: Any) -> Any:
    return rate(t % total_iters, b, total_iters, power)


def time_alone_raised(t: int, b: Any, total_iters: int, power: Any) -> Any:
    return b * (1 - (mp.mpf(min(t, total_iters)) / total_iters) ** power)


def cases() -> Iterator[Case]:
    yield Case("POLY-1", "whole", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(1, 10))})
    for name, power in (
        ("line", "1.0"),
        ("root", "0.5"),
        ("square", "2.0"),
        ("odd", "0.9"),
        ("steep", "7.5"),
        ("steeper", "12.5"),
    ):
        scenario = {"scheduler": DEFINITION.config(total_iters=11, power=power), "do": walk(range(1, 14))}
        yield Case("POLY-1", name, scenario)
    default = {"class": "PolynomialLR", "base_lr": "0.3"}
    yield Case("POLY-2", "default-total_iters", {"scheduler": default | {"power": "0.7"}, "do": walk([1, 4, 5, 6])})
    yield Case("POLY-2", "default-power", {"scheduler": default | {"total_iters": 4}, "do": walk([1, 3, 4])})
    after = DEFINITION.config() | {"last_epoch": 8}
    yield Case("POLY-3", "rest", {"scheduler": after, "do": [read(), step(), jump(16), jump(100000)]}, options=EXACTLY)
    one_step = DEFINITION.config(total_iters=1, power="1.7")
    yield Case("POLY-3", "one-step", {"scheduler": one_step, "do": walk([1, 2])}, options=EXACTLY)
    start = {"scheduler": DEFINITION.config(["0.1", "0.7"]), "do": [read(), jump(0)]}
    yield Case("POLY-4", "start", start, options=EXACTLY)


DEFINITION = ScheduleDefinition(
    name="PolynomialLR",
    rate=rate,
    parameters={"total_iters": Integer(1, 5, "POLY-5"), "power": Real(POSITIVE, "1.0", "POLY-6")},
    example={"total_iters": 8, "power": "0.8"},
    times=[0, 1, 7, 8, 9],
    long_run={"total_iters": 130001, "power": "0.8"},
    cases=cases,
    defaults="POLY-2",
    faults=(
        ignoring("power ignored", "POLY-1", power=1),
        formula("no clamp, rises again", "POLY-3", rising_again),
        formula("periodic", "POLY-3", periodic),
        longer("the end reached one step late", "POLY-3", "total_iters"),
        shorter("the end reached one step early", "POLY-1", "total_iters"),
        formula("the time alone raised to the power", "POLY-1", time_alone_raised),
        *dividing_whole_numbers("POLY-1", "total_iters"),
    ),
    undiagnosed=(formula("the first step at the beginning", "POLY-4", lambda t, b, **hyper: rate(t + 1, b, **hyper)),),
)
