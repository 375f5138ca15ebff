"""Scaling: laws between runs of other sizes (spec/optimizer.md), and extreme sizes (spec/numerics.md).

The weights of a law start at 0, so that where they are is how far they have come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ...classes.definition import Definition, OptimizerDefinition
from ...scenarios.case import Case
from ...scenarios.values import Json, Row, Scenario, number
from ...scenarios.weights import MATRIX, VECTOR, optimizer_steps, training, weights, zeros

SIZES = {"1e-30": 1e-30, "1e+10": 1e10}


class Law(NamedTuple):
    """What becomes of the weights when the rate and the gradients are changed: they are ``factor`` times as large."""

    lr: Json
    gradient: Callable[[float], float]
    factor: Json = "1.0"


LAWS: dict[str, dict[str, Law]] = {
    "OPT-41": {"eight-times-the-rate": Law("0.4", lambda g: g, "8.0")},
    "OPT-42": {"faint": Law("0.05", lambda g: g * 2.0**-20), "strong": Law("0.05", lambda g: g * 2.0**10)},
    "OPT-43": {"signs-alone": Law("0.05", lambda g: float(g > 0) - float(g < 0))},
}


def scenarios(definition: Definition) -> Iterator[Case]:
    if isinstance(definition, OptimizerDefinition):
        yield from of_laws(definition)
        yield from of_sizes(definition)


def of_laws(definition: OptimizerDefinition) -> Iterator[Case]:
    for requirement, hyper in definition.laws.items():
        do = optimizer_steps(12, dense="eps" in hyper, keys=[VECTOR])
        start = {"weights": zeros([VECTOR])}
        plain = training(definition.config(**hyper), do) | start
        for name, law in LAWS[requirement].items():
            changed = training(definition.config(law.lr, **hyper), [resized(row, law.gradient) for row in do]) | start
            yield Case(requirement, name, changed, other=plain, rows=len(do), options={"scaled": law.factor})


def resized(step: Row, change: Callable[[float], float]) -> Row:
    """A step whose gradients have other sizes."""
    grads = [[k, {**g, "data": [number(change(float(value))) for value in g["data"]]}] for k, g in step["grads"]]
    return {**step, "grads": grads}


def of_sizes(definition: OptimizerDefinition) -> Iterator[Case]:
    without_eps: dict[str, Json] = {}
    if "eps" in definition.parameters:
        without_eps = {"eps": "0.0", **definition.laws.get("OPT-42", {})}
    for name, size in SIZES.items():
        yield Case("NUM-5", name, sized(definition, size), options={"may_refuse": True})
        if without_eps:
            scenario = sized(definition, size, dense=True, **without_eps)
            yield Case("NUM-5", f"{name}-without-eps", scenario, options={"may_refuse": True})


def sized(definition: OptimizerDefinition, size: float, dense: bool = False, **hyper: Json) -> Scenario:
    """Weights and gradients of a size in float64, and weights that start at 0."""
    do = optimizer_steps(8, scale=size, smooth=definition.needs_smooth_gradients, dense=dense, dtype="float64")
    start = [*weights([VECTOR], "float64", 1.5 * size), *zeros([MATRIX], "float64")]
    return training(definition.config(**hyper), do) | {"weights": start}
