"""PiecewiseConstantSchedule: spec/schedulers/piecewise_constant.md."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import new_scheduler, read, scribble, step, walk
from ...scenarios.values import Json
from ..argument_faults import accepting_combination, accepting_entries, refusing
from ..definition import Convention, ScheduleDefinition
from ..domains import INF, NAN, Increasing, RateList, Refused
from ..faults import changing, formula, overriding, wrapping


def rate(t: int, b: Any, boundaries: tuple[int, ...], values: tuple[float, ...]) -> Any:
    return values[sum(boundary <= t for boundary in boundaries)]


def previous_value(t: int, b: Any, boundaries: tuple[int, ...], values: tuple[float, ...]) -> Any:
    return values[sum(boundary < t for boundary in boundaries)]


def check_combination(hyper: dict[str, Any]) -> None:
    if len(hyper["values"]) != len(hyper["boundaries"]) + 1:
        raise Refused("value")  # of two parameters, either may be named


def values_multiplied(t: int, b: Any, boundaries: tuple[int, ...], values: tuple[float, ...]) -> Any:
    return math.prod(values[: 1 + sum(boundary <= t for boundary in boundaries)])


def values_shifted(t: int, b: Any, boundaries: tuple[int, ...], values: tuple[float, ...]) -> Any:
    return values[min(1 + sum(boundary <= t for boundary in boundaries), len(values) - 1)]


def cases() -> Iterator[Case]:
    yield Case("PIECE-1", "whole", {"scheduler": DEFINITION.config(), "do": walk(range(1, 12))}, options=EXACTLY)
    rising = DEFINITION.config(boundaries=[2, 3], values=["0.1", "0.7", "0.0"])
    yield Case("PIECE-1", "up-and-to-zero", {"scheduler": rising, "do": walk(range(1, 6))}, options=EXACTLY)
    yield Case(
        "PIECE-1", "no-boundary", {"scheduler": DEFINITION.config(boundaries=[], values=["0.7"]), "do": walk([1, 99])}
    )
    at_zero = DEFINITION.config(boundaries=[0, 2], values=["0.1", "0.2", "0.3"])
    yield Case("PIECE-2", "at-zero", {"scheduler": at_zero, "do": walk([1, 2])})
    for at in (1, 5, 1000):
        config = DEFINITION.config(boundaries=[at], values=["0.5", "0.2"])
        yield Case("PIECE-2", f"around-{at}", {"scheduler": config, "do": walk([at - 1, at, at + 1])})
    default = {"class": "PiecewiseConstantSchedule"}
    yield Case("PIECE-3", "all", {"scheduler": default, "do": walk([999, 1000, 1999, 2000])})
    default_values = default | {"boundaries": [2, 4]}
    yield Case("PIECE-3", "default-values", {"scheduler": default_values, "do": walk([1, 2, 4])})
    default_boundaries = default | {"values": ["0.5", "0.4", "0.3"]}
    yield Case("PIECE-3", "default-boundaries", {"scheduler": default_boundaries, "do": walk([999, 1000, 2000])})
    for base_lr in ("0.0", "7.0", ["0.1", "0.2", "0.3"]):
        yield Case("PIECE-4", str(base_lr), {"scheduler": DEFINITION.config(base_lr), "do": walk([2, 3, 8])})
    for values in (["0.5", "0.4"], ["0.5", "0.4", "0.3", "0.2", "0.1"], []):
        config = DEFINITION.config(boundaries=[3, 7, 8], values=values)
        yield Case("PIECE-5", f"{len(values)}-for-3", {"scheduler": config, "do": []})
    bad_entries: list[tuple[str, Json]] = [
        ("PIECE-7", "-0.1"),
        ("SCH-27", NAN),
        ("SCH-27", INF),
        ("SCH-26", {"str": "0.1"}),
    ]
    configs = [DEFINITION.config(boundaries=[3, 7], values=["0.5", "0.4", value]) for _, value in bad_entries]
    for (requirement, value), config in zip(bad_entries, configs, strict=True):
        yield Case(requirement, f"values-{value}", {"scheduler": config, "do": []})
    refused = [new_scheduler(config) for config in configs]
    yield Case(
        "SCH-28", "entries-of-values", {"scheduler": DEFINITION.config(), "do": refused}, options={"error": "names"}
    )
    copied = [read(), step(3), step(4)]
    yield Case("PIECE-8", "boundaries", {"scheduler": DEFINITION.config(), "do": [scribble("boundaries"), *copied]})
    yield Case("PIECE-8", "values", {"scheduler": DEFINITION.config(), "do": [scribble("values"), *copied]})
    for kind in ("tuple", "iterator"):
        config = DEFINITION.config(boundaries={kind: [3, 7]}, values={kind: ["0.5", "0.4", "0.7"]})
        yield Case("PIECE-10", kind, {"scheduler": config, "do": walk([2, 3, 7])})


DEFINITION = ScheduleDefinition(
    name="PiecewiseConstantSchedule",
    rate=rate,
    parameters={
        "boundaries": Increasing([1000, 2000], "PIECE-6", none_is_open=True),
        "values": RateList(["1.0", "0.1", "0.01"], "PIECE-7"),
    },
    example={"boundaries": [3, 7, 8], "values": ["0.5", "0.4", "0.7", "0.1"]},
    times=[0, 2, 3, 4, 7, 8],
    long_run={"boundaries": [10, 20000, 99999, 100000], "values": ["0.5", "0.4", "0.3", "0.2", "0.1"]},
    cases=cases,
    defaults="PIECE-3",
    conventions=(
        Convention(
            "keras", "the old value is still in effect at the boundary itself", ("PIECE-1", "PIECE-2"), previous_value
        ),
    ),
    check_combination=check_combination,
    absolute="PIECE-9",
    faults=(
        changing("one step early at the boundary", "PIECE-2", boundaries=lambda ends: tuple(end - 1 for end in ends)),
        wrapping(
            "values times the base rate", "PIECE-4", lambda original, t, b, *_, **hyper: b * original(t, b, **hyper)
        ),
        formula("values multiplied, each by those before it", "PIECE-1", values_multiplied),
        changing("the last value is never reached", "PIECE-1", boundaries=lambda ends: ends[:-1]),
        formula("values shifted by one, the first is never used", "PIECE-1", values_shifted),
    ),
    undiagnosed=(
        accepting_combination(
            "a number of values that does not fit is accepted", "PIECE-5", boundaries=(), values=(0.5,)
        ),
        accepting_entries("values", "PIECE-7", "value", (0.5, 0.4, 0.3)),
        refusing(
            "boundaries must be a list", "PIECE-10", "boundaries", lambda boundaries: not isinstance(boundaries, list)
        ),
        overriding("an explicit rate of a group is accepted", "PIECE-9", refuse_group_rate=lambda self, original: None),
    ),
)
