"""MultiStepLR: spec/schedulers/multi_step.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.operations import read, scribble, step, walk
from ..argument_faults import accepting_entries, refusing
from ..definition import ScheduleDefinition
from ..domains import Increasing, Real
from ..faults import changing, formula


def rate(t: int, b: Any, milestones: tuple[int, ...], gamma: Any) -> Any:
    return b * gamma ** sum(m <= t for m in milestones)


def cases() -> Iterator[Case]:
    yield Case("MULTI-1", "all-milestones", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(1, 13))})
    neighbours = DEFINITION.config(milestones=[4, 5, 6], gamma="0.5")
    yield Case("MULTI-1", "neighbours", {"scheduler": neighbours, "do": walk(range(3, 9))})
    default = {"class": "MultiStepLR", "base_lr": "0.3"}
    at_defaults = {"scheduler": default | {"gamma": "0.7"}, "do": walk([29, 30, 59, 60, 89, 90])}
    yield Case("MULTI-2", "default-milestones", at_defaults)
    yield Case("MULTI-2", "default-gamma", {"scheduler": default | {"milestones": [2, 4]}, "do": walk([1, 2, 4])})
    for m in (1, 5, 1000):
        scenario = {"scheduler": DEFINITION.config(milestones=[m], gamma="0.5"), "do": walk([m - 1, m, m + 1])}
        yield Case("MULTI-3", f"around-{m}", scenario)
    yield Case(
        "MULTI-4", "zero", {"scheduler": DEFINITION.config(milestones=[0, 3], gamma="0.5"), "do": walk([1, 2, 3])}
    )
    yield Case("MULTI-4", "zero-alone", {"scheduler": DEFINITION.config(milestones=[0], gamma="0.5"), "do": walk([1])})
    yield Case("MULTI-5", "empty", {"scheduler": DEFINITION.config(milestones=[], gamma="0.5"), "do": walk([1, 100])})
    for bad in (["1.5"], [2, "3.0"], [{"str": "2"}], [None]):
        yield Case(
            "MULTI-7", f"entry-{bad[-1]}", {"scheduler": DEFINITION.config(milestones=bad, gamma="0.5"), "do": []}
        )
    copied = [scribble("milestones"), read(), step(3), step(4)]
    yield Case("MULTI-9", "scribbled", {"scheduler": DEFINITION.config(), "do": copied})
    for kind in ("tuple", "iterator"):
        scenario = {"scheduler": DEFINITION.config(milestones={kind: [3, 7]}, gamma="0.5"), "do": walk([2, 3, 7])}
        yield Case("MULTI-10", kind, scenario)
    yield Case(
        "MULTI-11", "constant", {"scheduler": DEFINITION.config(milestones=[2, 4], gamma="1.0"), "do": walk([1, 2, 5])}
    )


DEFINITION = ScheduleDefinition(
    name="MultiStepLR",
    rate=rate,
    parameters={"milestones": Increasing([30, 60, 90], "MULTI-6"), "gamma": Real("(0, 1]", "0.1", "MULTI-8")},
    example={"milestones": [3, 7, 8], "gamma": "0.6"},
    times=[0, 2, 3, 4, 7, 8],
    long_run={"milestones": [10, 20, 50000, 99999, 100000], "gamma": "0.6"},
    cases=cases,
    defaults="MULTI-2",
    faults=(
        changing(
            "the old rate is still in effect at the milestone",
            "MULTI-3",
            milestones=lambda ms: tuple(m + 1 for m in ms),
        ),
        changing("falls one step before the milestone", "MULTI-3", milestones=lambda ms: tuple(m - 1 for m in ms)),
        changing("milestone 0 does not count", "MULTI-4", milestones=lambda ms: tuple(m for m in ms if m)),
        changing("falls once at most", "MULTI-1", milestones=lambda ms: ms[:1]),
        changing("the last milestone does not count", "MULTI-1", milestones=lambda ms: ms[:-1]),
        formula(
            "divided by gamma", "MULTI-1", lambda t, b, milestones, gamma: b / gamma ** sum(m <= t for m in milestones)
        ),
        changing("no milestones taken for the default ones", "MULTI-5", milestones=lambda ms: ms or (30, 60, 90)),
    ),
    undiagnosed=(
        refusing("a gamma of 1 is refused", "MULTI-11", "gamma", lambda gamma: gamma == 1),
        accepting_entries("milestones", "MULTI-7", "type", (3, 7)),
        refusing(
            "milestones must be a list", "MULTI-10", "milestones", lambda milestones: not isinstance(milestones, list)
        ),
    ),
)
