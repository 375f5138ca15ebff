"""Scaling: laws between runs of different scales (spec/optimizer.md), and extreme magnitudes (spec/numerics.md).

The weights of a law start at 0, so that their values are the sum of all updates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ...classes.definition import Definition, OptimizerDefinition
from ...scenarios.case import Case
from ...scenarios.values import Json, Row, Scenario, number
from ...scenarios.weights import MATRIX, VECTOR, optimizer_steps, training, weights, zeros

SIZES = {"1e-30": 1e-30, "1e+10": 1e10}
SINGLE_SIZES = {"1e-15": 2.0**-49, "1e+15": 2.0**49}


class Law(NamedTuple):
    """With this rate, and gradients changed by this function, weights are ``factor`` times as large."""

    lr: Json
    gradient: Callable[[float], float]
    factor: Json = "1.0"


LAWS: dict[str, dict[str, Law]] = {
    "OPT-41": {"eight-times-the-rate": Law("0.5", lambda g: g, "8.0")},
    "OPT-42": {"faint": Law("0.0625", lambda g: g * 2.0**-20), "strong": Law("0.0625", lambda g: g * 2.0**10)},
    "OPT-43": {"signs-alone": Law("0.0625", lambda g: float(g > 0) - float(g < 0))},
}


def scenarios(definition: Definition) -> Iterator[Case]:
    if isinstance(definition, OptimizerDefinition):
        yield from law_cases(definition)
        yield from size_cases(definition)


def law_cases(definition: OptimizerDefinition) -> Iterator[Case]:
    for requirement, hyper in definition.laws.items():
        do = optimizer_steps(12, dense="eps" in hyper, keys=[VECTOR])
        start = {"weights": zeros([VECTOR])}
        plain = training(definition.config(**hyper), do) | start
        for name, law in LAWS[requirement].items():
            changed = (
                training(definition.config(law.lr, **hyper), [change_gradients(row, law.gradient) for row in do])
                | start
            )
            yield Case(requirement, name, changed, other=plain, rows=len(do), options={"scaled": law.factor})


def change_gradients(step: Row, change: Callable[[float], float]) -> Row:
    """An update with every gradient changed by a function."""
    grads = [[k, {**g, "data": [number(change(float(value))) for value in g["data"]]}] for k, g in step["grads"]]
    return {**step, "grads": grads}


def size_cases(definition: OptimizerDefinition) -> Iterator[Case]:
    at_extremes, without_eps = definition.at_extremes, dict[str, Json]()
    if "eps" in definition.parameters:
        without_eps = {"eps": "0.0", **definition.laws.get("OPT-42", {}), **at_extremes}
    for name, size in SIZES.items():
        yield Case("NUM-5", name, scenario_of_size(definition, size, **at_extremes), options={"may_refuse": True})
        if without_eps:
            scenario = scenario_of_size(definition, size, dense=True, **without_eps)
            yield Case("NUM-5", f"{name}-without-eps", scenario, options={"may_refuse": True})
    for name, size in SINGLE_SIZES.items() if not definition.needs_smooth_gradients else ():
        yield Case("NUM-6", name, scenario_of_size(definition, size, "float32", dense=True, **without_eps))


def scenario_of_size(
    definition: OptimizerDefinition, size: float, dtype: str = "float64", dense: bool = False, **hyper: Json
) -> Scenario:
    """A run with weights and gradients of a magnitude, and with weights that start at 0."""
    do = optimizer_steps(8, scale=size, smooth=definition.needs_smooth_gradients, dense=dense, dtype=dtype)
    start = [*weights([VECTOR], dtype, 1.5 * size), *zeros([MATRIX], dtype)]
    return training(definition.config(**hyper), do) | {"weights": start}
