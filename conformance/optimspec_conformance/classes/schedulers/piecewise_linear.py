"""PiecewiseLinearSchedule: spec/schedulers/piecewise_linear.md."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from operator import mul
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import jump, new_scheduler, read, scribble, step, walk
from ...scenarios.values import Json
from ..argument_faults import accepting_combination, accepting_entries, refusing
from ..arithmetic import mp
from ..definition import ScheduleDefinition
from ..domains import INF, NAN, Increasing, RateList, Refused
from ..faults import caller_list_kept, changing, defaulting, formula, overriding, wrapping


def rate(t: int, b: Any, milestones: tuple[int, ...], values: tuple[float, ...]) -> Any:
    after = bisect_right(milestones, t)
    if after in (0, len(milestones)):
        return mp.mpf(values[0 if after == 0 else -1])
    return between(t, milestones, values, after)


def between(t: int, milestones: tuple[int, ...], values: tuple[float, ...], after: int) -> Any:
    """The point at t on the line that ends at the milestone ``after``."""
    start, end = milestones[after - 1], milestones[after]
    first, last = mp.mpf(values[after - 1]), mp.mpf(values[after])
    return first + (last - first) * (t - start) / (end - start)


def check_combination(hyper: dict[str, Any]) -> None:
    if not hyper["milestones"] or len(hyper["values"]) != len(hyper["milestones"]):
        raise Refused("value")  # of two parameters, either may be named


def first_line_extended(t: int, b: Any, milestones: tuple[int, ...], values: tuple[float, ...]) -> Any:
    if t < milestones[0] and len(milestones) > 1:
        return between(t, milestones, values, 1)
    return rate(t, b, milestones, values)


def last_line_extended(t: int, b: Any, milestones: tuple[int, ...], values: tuple[float, ...]) -> Any:
    if t > milestones[-1] and len(milestones) > 1:
        return between(t, milestones, values, len(milestones) - 1)
    return rate(t, b, milestones, values)


def stairs(t: int, b: Any, milestones: tuple[int, ...], values: tuple[float, ...]) -> Any:
    return mp.mpf(values[max(bisect_right(milestones, t) - 1, 0)])


def from_zero(t: int, b: Any, milestones: tuple[int, ...], values: tuple[float, ...]) -> Any:
    """A line from 0 up to the first value."""
    if milestones[0] > t:
        return mp.mpf(values[0]) * t / milestones[0]
    return rate(t, b, milestones, values)


def values_multiplied(t: int, b: Any, milestones: tuple[int, ...], values: tuple[float, ...]) -> Any:
    return rate(t, b, milestones, tuple(accumulate(values, mul)))


def progress_in_whole_numbers(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    milestones = hyper["milestones"]
    reached = bisect_right(milestones, t)
    return original(milestones[max(reached - 1, 0)], b, **hyper)


def cases() -> Iterator[Case]:
    yield Case("PLINE-1", "whole", {"scheduler": DEFINITION.config(), "do": walk(range(1, 12))})
    to_zero = DEFINITION.config(milestones=[0, 5, 6, 12], values=["0.0", "0.7", "0.7", "0.0"])
    yield Case("PLINE-1", "from-and-to-zero", {"scheduler": to_zero, "do": walk(range(1, 14))})
    far = DEFINITION.config(milestones=[10**9, 2 * 10**9], values=["0.2", "0.8"])
    yield Case("PLINE-1", "far", {"scheduler": far, "do": [jump(t) for t in (10**9 + 1, 15 * 10**8, 2 * 10**9 - 1)]})
    at = {"scheduler": DEFINITION.config(), "do": [jump(t) for t in (3, 7, 8)]}
    yield Case("PLINE-2", "at-each", at, options=EXACTLY)
    odd = DEFINITION.config(milestones=[1, 4, 11], values=["0.1", "1e-06", "0.7"])
    yield Case("PLINE-2", "odd-values", {"scheduler": odd, "do": [jump(t) for t in (1, 4, 11)]}, options=EXACTLY)
    yield Case("PLINE-3", "before", {"scheduler": DEFINITION.config(), "do": [read(), step(), step()]}, options=EXACTLY)
    after = DEFINITION.config() | {"last_epoch": 8}
    yield Case("PLINE-4", "after", {"scheduler": after, "do": [read(), step(), jump(100000)]}, options=EXACTLY)
    one = DEFINITION.config(milestones=[4], values=["0.7"])
    yield Case("PLINE-4", "one-value", {"scheduler": one, "do": [read(), *walk([3, 4, 5])]}, options=EXACTLY)
    for base_lr in ("0.0", "7.0", ["0.1", "0.2", "0.3"]):
        yield Case("PLINE-5", str(base_lr), {"scheduler": DEFINITION.config(base_lr), "do": walk([2, 5, 8])})
    for name in ("milestones", "values"):
        config = {key: value for key, value in DEFINITION.config().items() if key != name}
        yield Case("PLINE-6", name, {"scheduler": config, "do": []})
    for values in (["0.5", "0.4"], ["0.5", "0.4", "0.3", "0.2"], []):
        config = DEFINITION.config(milestones=[3, 7, 8], values=values)
        yield Case("PLINE-7", f"{len(values)}-for-3", {"scheduler": config, "do": []})
    yield Case("PLINE-7", "empty", {"scheduler": DEFINITION.config(milestones=[], values=[]), "do": []})
    bad_entries: list[tuple[str, Json]] = [
        ("PLINE-9", "-0.1"),
        ("SCH-27", NAN),
        ("SCH-27", INF),
        ("SCH-26", {"str": "0.1"}),
    ]
    configs = [DEFINITION.config(milestones=[3, 7, 8], values=["0.5", "0.4", value]) for _, value in bad_entries]
    for (requirement, value), config in zip(bad_entries, configs, strict=True):
        yield Case(requirement, f"values-{value}", {"scheduler": config, "do": []})
    refused = [new_scheduler(config) for config in configs]
    yield Case(
        "SCH-28", "entries-of-values", {"scheduler": DEFINITION.config(), "do": refused}, options={"error": "names"}
    )
    copied = [read(), step(3), step(2)]
    yield Case("PLINE-10", "milestones", {"scheduler": DEFINITION.config(), "do": [scribble("milestones"), *copied]})
    yield Case("PLINE-10", "values", {"scheduler": DEFINITION.config(), "do": [scribble("values"), *copied]})
    for kind in ("tuple", "iterator"):
        config = DEFINITION.config(milestones={kind: [3, 7]}, values={kind: ["0.5", "0.4"]})
        yield Case("PLINE-12", kind, {"scheduler": config, "do": walk([2, 4, 7])})


DEFINITION = ScheduleDefinition(
    name="PiecewiseLinearSchedule",
    profile="field",
    rate=rate,
    parameters={"milestones": Increasing(None, "PLINE-8"), "values": RateList(None, "PLINE-9")},
    example={"milestones": [3, 7, 8], "values": ["0.5", "0.4", "0.7"]},
    times=[0, 2, 3, 4, 7, 8, 9],
    long_run={"milestones": [10, 20000, 150000], "values": ["0.5", "0.4", "0.3"]},
    cases=cases,
    check_combination=check_combination,
    with_end={"values": {"milestones": [3, 7, 8, 12]}},
    absolute="PLINE-11",
    faults=(
        formula("stairs, not lines", "PLINE-1", stairs),
        formula("the first line goes on before the first milestone", "PLINE-3", first_line_extended),
        formula("the last line goes on after the last milestone", "PLINE-4", last_line_extended),
        formula("a line from 0 to the first value", "PLINE-3", from_zero),
        changing("one step early", "PLINE-2", milestones=lambda times: tuple(time - 1 for time in times)),
        wrapping("values times the base rate", "PLINE-5", lambda original, t, b, **hyper: b * original(t, b, **hyper)),
        formula("values multiplied, each by those before it", "PLINE-1", values_multiplied),
        wrapping("an integer division, each line ends as it began", "PLINE-1", progress_in_whole_numbers),
    ),
    undiagnosed=(
        defaulting("milestones by default", "PLINE-6", milestones=[3, 7, 8]),
        defaulting("values by default", "PLINE-6", values=["0.5", "0.4", "0.7"]),
        accepting_combination("values that do not fit are accepted", "PLINE-7", milestones=(3,), values=(0.5,)),
        accepting_entries("values", "PLINE-9", "value", (0.5, 0.4, 0.7)),
        refusing("milestones must be a list", "PLINE-12", "milestones", lambda times: not isinstance(times, list)),
        caller_list_kept("the caller's milestones are kept", "PLINE-10", "milestones"),
        caller_list_kept("the caller's values are kept", "PLINE-10", "values"),
        overriding(
            "an explicit rate of a group is accepted", "PLINE-11", refuse_group_rate=lambda self, original: None
        ),
    ),
)
