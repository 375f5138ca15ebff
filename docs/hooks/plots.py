"""The plot of a class: the rate of a scheduler over time, the path of an optimizer down a valley.

Both are computed by the kit's oracle when the site is built.
"""

from __future__ import annotations

import re
from html import escape

import numpy as np
from drawing import Point, curve, path
from optimspec_conformance.classes.catalogue import DEFINITIONS
from optimspec_conformance.classes.definition import CompositeDefinition, OptimizerDefinition, SchedulerDefinition
from optimspec_conformance.implementations.snippet import literal
from optimspec_conformance.oracle.arithmetic import plain
from optimspec_conformance.oracle.optimizers import OracleOptimizer
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.values import Scenario

STEPS = 40
START: Point = (-0.6, 2.4)
REACH = (-1.4, 2.8)  # of y
RATES = [digit * 10.0**power for power in range(-3, 2) for digit in (1, 2, 5)]
VALLEY = "f(x, y) = x² + 1.6·x·y + y²"
PLAIN = plain("float64")[1]


def plot(name: str) -> str:
    """The drawing with its caption."""
    definition = DEFINITIONS[name]
    drawing, caption = _way(definition) if isinstance(definition, OptimizerDefinition) else _rate(definition)
    return f'<figure class="plot">{drawing}<figcaption>{caption}</figcaption></figure>'


def _rate(definition: SchedulerDefinition) -> tuple[str, str]:
    """The rate of the first group, for twice as long as the class's example changes."""
    made = _of_one_group(definition)
    scenario = {"scheduler": made, "do": [row for _ in range(2 * max(definition.times)) for row in definition.steps()]}
    rates = [float(row["lr"][0]) for row in exact_trace(scenario)]
    low, high = min(rates), max(rates)
    description = (
        f"The rate is {rates[0]:.4g} at t = 0 and {rates[-1]:.4g} at t = {len(rates) - 1}. It is largest, {high:.4g}, "
        f"at t = {rates.index(high)}, and smallest, {low:.4g}, at t = {rates.index(low)}."
    )
    metric = next(
        (f", with the metric {row['metric']} at every step" for row in definition.steps() if "metric" in row), ""
    )
    caption = f"The rate of <code>{escape(_call(made))}</code>{metric}."
    return curve(f"The rate of {definition.name} over time", description, rates, "rate"), caption


def _of_one_group(definition: SchedulerDefinition) -> Scenario:
    made = definition.config()
    listed = () if isinstance(definition, CompositeDefinition) else definition.per_group
    return {name: value[0] if name in listed and isinstance(value, list) else value for name, value in made.items()}


def _call(made: Scenario) -> str:
    """A call of the class, as one line of Python."""
    return re.sub(r"\bm\.", "", literal(made))


def _way(definition: OptimizerDefinition) -> tuple[str, str]:
    """The path with the rate that descends fastest and default arguments: nobody chooses what looks good."""
    with np.errstate(all="ignore"):  # too large a rate leaves the valley
        ways = {rate: descent(definition, rate) for rate in RATES}
    rate = min(ways, key=lambda rate: _mean(ways[rate]))
    way, made = ways[rate], _made(definition, rate)
    (x, y), (x_end, y_end) = START, way[-1]
    description = (
        f"From ({x}, {y}), where f is {valley(way[0]):.4g}, {STEPS} steps lead to ({x_end:.3g}, {y_end:.3g}), where f "
        f"is {valley(way[-1]):.3g}. The minimum is 0, at (0, 0)."
    )
    caption = (
        f"{STEPS} steps of <code>{escape(_call(made))}</code> on {VALLEY}, from the ring towards the cross. Of the "
        "rates 1, 2 and 5 times a power of ten, this is the one with which f falls fastest."
    )
    return path(f"The way of {definition.name} down {VALLEY}", description, way, _contours(), REACH), caption


def descent(definition: OptimizerDefinition, rate: float) -> list[Point]:
    """The points that an optimizer passes, in plain float64."""
    optimizer = OracleOptimizer(_made(definition, rate), None, PLAIN)
    shape = [2, 1] if definition.matrices else [2]
    optimizer.register([["w", _array(START, shape)]])
    way = [START]
    for _ in range(STEPS):
        x, y = way[-1]
        optimizer.step([["w", _array((2 * x + 1.6 * y, 2 * y + 1.6 * x), shape)]])
        x, y = optimizer.values()["w"]
        way.append((float(x), float(y)))
    return way


def _made(definition: OptimizerDefinition, rate: float) -> Scenario:
    if definition.is_wrapper:
        return {"class": definition.name, "base_optimizer": {**definition.example["base_optimizer"], "lr": repr(rate)}}
    return {"class": definition.name, "lr": repr(rate)}


def _array(values: Point, shape: list[int]) -> Scenario:
    return {"dtype": "float64", "shape": shape, "data": [repr(value) for value in values]}


def valley(point: Point) -> float:
    x, y = point
    return x * x + 1.6 * x * y + y * y


def _mean(way: list[Point]) -> float:
    mean = float(np.mean([valley(point) for point in way]))
    return mean if np.isfinite(mean) else np.inf


def _contours() -> str:
    """Where f is 0.1, 0.4, 0.9, …: f is 1.8·u² + 0.2·v² along the diagonals u and v. A cross marks the minimum."""
    levels = [0.1 * n**2 for n in range(1, 9)]
    rings = "".join(f'<ellipse rx="{(c / 1.8) ** 0.5:.3f}" ry="{(c / 0.2) ** 0.5:.3f}"/>' for c in levels)
    return f'<g transform="rotate(45)">{rings}</g><path d="M-.16 0H.16M0-.16V.16"/>'
