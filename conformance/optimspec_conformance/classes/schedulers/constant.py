"""ConstantLR: spec/schedulers/constant.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import jump, read, step, walk
from ..definition import Convention, ScheduleDefinition
from ..domains import Integer, Real
from ..faults import formula, ignoring, longer, shorter


def rate(t: int, b: Any, factor: Any, total_iters: int) -> Any:
    return b * factor if t < total_iters else b


def factor_stays(t: int, b: Any, factor: Any, total_iters: int) -> Any:
    return rate(t, b, factor, total_iters) if total_iters else b * factor


def factor_never_ends(t: int, b: Any, factor: Any, total_iters: int) -> Any:
    return b * factor


def divided_by_factor(t: int, b: Any, factor: Any, total_iters: int) -> Any:
    return b / factor if t < total_iters else b


def cases() -> Iterator[Case]:
    yield Case("CONST-1", "whole", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(1, 9))})
    yield Case("CONST-1", "zero", {"scheduler": DEFINITION.config(factor="0.0", total_iters=3), "do": walk([1, 2, 3])})
    default = {"class": "ConstantLR", "base_lr": "0.3"}
    yield Case("CONST-2", "default-factor", {"scheduler": default | {"total_iters": 4}, "do": walk([1, 3, 4])})
    yield Case("CONST-2", "default-total_iters", {"scheduler": default | {"factor": "0.7"}, "do": walk([1, 4, 5])})
    for b, f in (("0.1", "0.3"), ("0.7", "0.6")):
        after = {**DEFINITION.config(b, factor=f, total_iters=7), "last_epoch": 7}
        exact = {"scheduler": after, "do": [read(), step(), jump(100), jump(100000)]}
        yield Case("CONST-3", b, exact, options=EXACTLY)
    yield Case("CONST-3", "around", {"scheduler": DEFINITION.config(), "do": walk([5, 6, 7])})
    no_length = DEFINITION.config(factor="0.2", total_iters=0)
    yield Case("CONST-4", "no-length", {"scheduler": no_length, "do": walk([1, 2, 10])})
    of_two = DEFINITION.config(["0.3", "0.02"], factor="0.6", total_iters=0)
    yield Case("CONST-4", "no-length-of-two", {"scheduler": of_two, "do": [jump(3), jump(1)]})


DEFINITION = ScheduleDefinition(
    name="ConstantLR",
    rate=rate,
    parameters={"factor": Real("[0, 1]", repr(1 / 3), "CONST-5"), "total_iters": Integer(0, 5, "CONST-6")},
    example={"factor": "0.4", "total_iters": 6},
    times=[0, 1, 5, 6, 7],
    long_run={"factor": "0.4", "total_iters": 100000},
    cases=cases,
    defaults="CONST-2",
    conventions=(Convention("torch", "with total_iters=0 the factor stays forever", ("CONST-4",), factor_stays),),
    faults=(
        longer("the factor ends one step late", "CONST-1", "total_iters"),
        shorter("the factor ends one step early", "CONST-1", "total_iters"),
        formula("the factor never ends", "CONST-3", factor_never_ends),
        formula("divided by the factor", "CONST-1", divided_by_factor),
        ignoring("factor ignored", "CONST-1", factor=1),
    ),
)
