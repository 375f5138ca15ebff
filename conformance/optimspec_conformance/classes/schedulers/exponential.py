"""ExponentialLR: spec/schedulers/exponential.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.examples import SLOW
from ...scenarios.operations import walk
from ..arithmetic import mp
from ..definition import ScheduleDefinition
from ..domains import Real
from ..faults import formula

HALF_LIVES = {"0.95": 14, "0.96": 17, "0.98": 35, "0.99": 69}
NEARLY_ONE = repr(1 - 2**-23)  # exact in float32: an error of gamma would grow with t
BRAINTOOLS_EXAMPLES = [  # on the braintools page: base rate, gamma, and the times whose rates it gives
    ("0.1", "0.95", [0, 5, 10, 15]),
    ("0.001", "0.99", [100]),
    ("0.1", "0.96", [50]),
    ("0.1", "0.9", [30]),
    ("0.1", "0.95", [50]),
    ("0.001", "0.98", [1, 2, 3]),
]


def rate(t: int, b: Any, gamma: Any) -> Any:
    return b * gamma**t


def cases() -> Iterator[Case]:
    for base_lr, gamma, times in BRAINTOOLS_EXAMPLES:
        scenario = {"scheduler": DEFINITION.config(base_lr, gamma=gamma), "do": walk(times)}
        yield Case("EXP-1", f"seed-{base_lr}-{gamma}-{times[-1]}", scenario)
    yield Case("EXP-1", "twelve-steps", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(1, 13))})
    yield Case("EXP-1", "nearly-one", {"scheduler": DEFINITION.config(gamma=NEARLY_ONE), "do": walk([1, 1000, 10000])})
    yield Case("EXP-1", "nearly-zero", {"scheduler": DEFINITION.config(gamma="1e-08"), "do": walk([1, 2, 3])})
    yield Case(
        "EXP-2", "default-gamma", {"scheduler": {"class": "ExponentialLR", "base_lr": "0.3"}, "do": walk([1, 7])}
    )
    for gamma, half_life in HALF_LIVES.items():
        yield Case(
            "EXP-3", gamma, {"scheduler": DEFINITION.config("1.0", gamma=gamma), "do": walk([half_life - 1, half_life])}
        )


DEFINITION = ScheduleDefinition(
    name="ExponentialLR",
    rate=rate,
    parameters={"gamma": Real("(0, 1)", "0.95", "EXP-4")},
    example={"gamma": "0.87"},
    times=[0, 1, 2, 14],
    long_run={"gamma": SLOW},
    cases=cases,
    defaults="EXP-2",
    faults=(
        formula("divided by gamma", "EXP-1", lambda t, b, gamma: b / gamma**t),
        formula("a line instead of the power", "EXP-1", lambda t, b, gamma: b * max(1 - t * (1 - gamma), 0)),
        formula("decayed by 1 − gamma", "EXP-1", lambda t, b, gamma: b * (1 - gamma) ** t),
        formula("decayed by exp(−gamma)", "EXP-1", lambda t, b, gamma: b * mp.exp(-gamma * t)),
        formula("decayed once, not at each step", "EXP-1", lambda t, b, gamma: b * gamma ** min(t, 1)),
    ),
    undiagnosed=(formula("halved one step late", "EXP-3", lambda t, b, gamma: b * gamma ** max(t - 1, 0)),),
)
