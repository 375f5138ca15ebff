"""StepLR: spec/schedulers/step.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.examples import SLOW
from ...scenarios.operations import jump, walk
from ..argument_faults import refusing
from ..arithmetic import mp
from ..definition import ScheduleDefinition
from ..domains import Integer, Real
from ..faults import formula, longer


def rate(t: int, b: Any, step_size: int, gamma: Any) -> Any:
    return b * gamma ** (t // step_size)


def smooth(t: int, b: Any, step_size: int, gamma: Any) -> Any:
    return b * gamma ** (mp.mpf(t) / step_size)


def one_step_late(t: int, b: Any, step_size: int, gamma: Any) -> Any:
    return rate(max(t - 1, 0), b, step_size, gamma)


def one_step_early(t: int, b: Any, step_size: int, gamma: Any) -> Any:
    return rate(t + 1, b, step_size, gamma)


def falls_once(t: int, b: Any, step_size: int, gamma: Any) -> Any:
    return b * gamma ** min(t // step_size, 1)


def cases() -> Iterator[Case]:
    yield Case("STEP-1", "three-falls", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(1, 14))})
    yield Case(
        "STEP-1", "every-step", {"scheduler": DEFINITION.config(step_size=1, gamma="0.7"), "do": walk(range(1, 11))}
    )
    yield Case(
        "STEP-1", "large", {"scheduler": DEFINITION.config(step_size=1000, gamma="0.7"), "do": walk([999, 1000, 2999])}
    )
    default = {"class": "StepLR", "base_lr": "0.3"}
    yield Case("STEP-2", "default-step_size", {"scheduler": default | {"gamma": "0.7"}, "do": walk([29, 30, 59, 60])})
    yield Case("STEP-2", "default-gamma", {"scheduler": default | {"step_size": 4}, "do": walk([3, 4, 8])})
    for s in (3, 10, 49):
        scenario = {
            "scheduler": DEFINITION.config(step_size=s, gamma="0.5"),
            "do": walk([s - 1, s, s + 1, 2 * s - 1, 2 * s]),
        }
        yield Case("STEP-3", f"around-{s}", scenario)
    backwards = [jump(t) for t in (12, 11, 8, 7, 4, 3, 0)]
    yield Case("STEP-3", "backwards", {"scheduler": DEFINITION.config(), "do": backwards})
    yield Case(
        "STEP-6", "constant", {"scheduler": DEFINITION.config(step_size=2, gamma="1.0"), "do": walk([1, 2, 3, 50])}
    )


DEFINITION = ScheduleDefinition(
    name="StepLR",
    rate=rate,
    parameters={"step_size": Integer(1, 30, "STEP-4"), "gamma": Real("(0, 1]", "0.1", "STEP-5")},
    example={"step_size": 4, "gamma": "0.6"},
    times=[0, 3, 4, 5, 8],
    long_run={"step_size": 3, "gamma": SLOW},
    cases=cases,
    defaults="STEP-2",
    faults=(
        formula("smooth instead of stairs", "STEP-1", smooth),
        formula("the old rate is still in effect at the multiples", "STEP-3", one_step_late),
        formula("falls one step before the multiples", "STEP-3", one_step_early),
        longer("stairs one step too long", "STEP-3", "step_size"),
        formula("falls once at most", "STEP-1", falls_once),
        formula("divided by gamma", "STEP-1", lambda t, b, step_size, gamma: b / gamma ** (t // step_size)),
    ),
    undiagnosed=(refusing("a gamma of 1 is refused", "STEP-6", "gamma", lambda gamma: gamma == 1),),
)
