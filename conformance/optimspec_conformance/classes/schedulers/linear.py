"""LinearLR: spec/schedulers/linear.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import jump, read, step, walk
from ..definition import Convention, ScheduleDefinition
from ..domains import Integer, Real
from ..faults import dividing_whole_numbers, formula, ignoring, longer, shorter, wrapping


def rate(t: int, b: Any, start_factor: Any, end_factor: Any, total_iters: int) -> Any:
    if t >= total_iters:
        return b * end_factor
    return b * (start_factor + (end_factor - start_factor) * t / total_iters)


def factor_stays(t: int, b: Any, start_factor: Any, end_factor: Any, total_iters: int) -> Any:
    return rate(t, b, start_factor, end_factor, total_iters) if total_iters else b * start_factor


def unclamped(t: int, b: Any, start_factor: Any, end_factor: Any, total_iters: int) -> Any:
    return b * (start_factor + (end_factor - start_factor) * t / total_iters) if total_iters else b * end_factor


def swapped(original: Any, t: int, b: Any, start_factor: Any, end_factor: Any, total_iters: int) -> Any:
    return original(t, b, end_factor, start_factor, total_iters)


def back_to_base(t: int, b: Any, start_factor: Any, end_factor: Any, total_iters: int) -> Any:
    return rate(t, b, start_factor, end_factor, total_iters) if t <= total_iters else b


def cases() -> Iterator[Case]:
    yield Case("LIN-1", "up", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(1, 10))})
    down = DEFINITION.config(start_factor="0.9", end_factor="0.2", total_iters=11)
    yield Case("LIN-1", "down", {"scheduler": down, "do": walk(range(1, 14))})
    braintools_example = DEFINITION.config("0.01", start_factor="0.1", end_factor="1.0", total_iters=5)
    yield Case("LIN-1", "seed", {"scheduler": braintools_example, "do": walk(range(1, 8))})
    default = {"class": "LinearLR", "base_lr": "0.3"}
    yield Case("LIN-2", "default-start_factor", {"scheduler": default | {"total_iters": 4}, "do": walk([1, 2])})
    others = default | {"start_factor": "0.5"}
    yield Case("LIN-2", "default-end_factor", {"scheduler": others | {"total_iters": 4}, "do": walk([1, 3, 4, 9])})
    yield Case("LIN-2", "default-total_iters", {"scheduler": others | {"end_factor": "0.8"}, "do": walk([1, 4, 5, 6])})
    # for the last two, b·(s + (e − s)) and b·e round to different numbers
    for b, s, e in (("0.1", "0.05", "0.3"), ("0.7", "0.05", "1.0"), ("0.3", repr(1 / 3), "0.9"), ("0.1", "0.3", "0.9")):
        end = DEFINITION.config(b, start_factor=s, end_factor=e, total_iters=7)
        do = [read(), step(), jump(100), jump(100000)]
        yield Case("LIN-3", f"{b}-{s}-{e}", {"scheduler": end | {"last_epoch": 7}, "do": do}, options=EXACTLY)
    yield Case("LIN-3", "around", {"scheduler": DEFINITION.config(), "do": walk([5, 6, 7])})
    no_length = DEFINITION.config(start_factor="0.2", end_factor="0.9", total_iters=0)
    yield Case("LIN-4", "no-length", {"scheduler": no_length, "do": walk([1, 2, 10])})
    falling = DEFINITION.config(["0.3", "0.02"], start_factor="0.8", end_factor="0.4", total_iters=0)
    yield Case("LIN-4", "no-length-falling", {"scheduler": falling, "do": [jump(3), jump(1)]})
    to_zero = DEFINITION.config(start_factor="1.0", end_factor="0.0", total_iters=3)
    yield Case("LIN-5", "to-zero", {"scheduler": to_zero, "do": walk([1, 2, 3, 4, 5, 100])}, options={"ulps": 2})
    from_zero = DEFINITION.config(start_factor="0.0", end_factor="1.0", total_iters=3)
    yield Case("LIN-1", "from-zero", {"scheduler": from_zero, "do": walk([1, 2, 3, 4])})


DEFINITION = ScheduleDefinition(
    name="LinearLR",
    rate=rate,
    parameters={
        "start_factor": Real("[0, 1]", repr(1 / 3), "LIN-6"),
        "end_factor": Real("[0, 1]", "1.0", "LIN-7"),
        "total_iters": Integer(0, 5, "LIN-8"),
    },
    example={"start_factor": "0.2", "end_factor": "0.9", "total_iters": 6},
    times=[0, 1, 5, 6, 7],
    long_run={"start_factor": "0.1", "end_factor": "0.9", "total_iters": 130001},
    cases=cases,
    defaults="LIN-2",
    conventions=(Convention("torch", "with total_iters=0 the start factor stays forever", ("LIN-4",), factor_stays),),
    faults=(
        formula("no clamp, the line goes on", "LIN-3", unclamped),
        longer("the end reached one step late", "LIN-1", "total_iters"),
        shorter("the end reached one step early", "LIN-1", "total_iters"),
        ignoring("end_factor ignored", "LIN-3", end_factor=1),
        ignoring("start_factor ignored", "LIN-1", start_factor=0),
        wrapping("start and end swapped", "LIN-1", swapped),
        formula("back to the base rate after the end", "LIN-3", back_to_base),
        *dividing_whole_numbers("LIN-1", "total_iters"),
    ),
    undiagnosed=(formula("below 0 after the end", "LIN-5", unclamped),),
)
