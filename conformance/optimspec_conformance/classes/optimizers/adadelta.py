"""Adadelta: spec/optimizers/adadelta.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Real
from ..faults import changing, formula, ignoring
from ..rule_conventions import DECAYED_BEFORE
from ..rule_faults import epsilon_outside


def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, rho: Any, eps: Any) -> Array:
    slots["square"] = rho * slots["square"] + (1 - rho) * g * g
    delta = sqrt(slots["update"] + eps) / sqrt(slots["square"] + eps) * g
    slots["update"] = rho * slots["update"] + (1 - rho) * delta * delta
    stepped: Array = p - lr * delta
    return stepped


def rate_in_mean_square(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, rho: Any, eps: Any) -> Array:
    slots["square"] = rho * slots["square"] + (1 - rho) * g * g
    delta = lr * sqrt(slots["update"] + eps) / sqrt(slots["square"] + eps) * g
    slots["update"] = rho * slots["update"] + (1 - rho) * delta * delta
    stepped: Array = p - delta
    return stepped


def updated_mean_square_first(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, rho: Any, eps: Any
) -> Array:
    update(g, slots, p, lr, k, sqrt, rho, eps)
    stepped: Array = p - lr * sqrt(slots["update"] + eps) / sqrt(slots["square"] + eps) * g
    return stepped


def previous_mean_square(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, rho: Any, eps: Any) -> Array:
    before = slots["square"]
    slots["square"] = rho * before + (1 - rho) * g * g
    delta = sqrt(slots["update"] + eps) / sqrt(before + eps) * g
    slots["update"] = rho * slots["update"] + (1 - rho) * delta * delta
    stepped: Array = p - lr * delta
    return stepped


def without_units(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, rho: Any, eps: Any) -> Array:
    slots["square"] = rho * slots["square"] + (1 - rho) * g * g
    stepped: Array = p - lr * g / sqrt(slots["square"] + eps)
    return stepped


def cases() -> Iterator[Case]:
    yield Case("ADAD-1", "twelve-steps", training(DEFINITION.config()))
    yield Case("ADAD-1", "slow", training(DEFINITION.config(rho="0.99")))
    for name, rho in (("no-memory", "0.0"), ("all-memory", "1.0")):
        yield Case("ADAD-1", name, training(DEFINITION.config(rho=rho), optimizer_steps(4)))
    yield Case("ADAD-2", "large-eps", training(DEFINITION.config(eps="0.3")))
    yield Case("ADAD-2", "small-gradients", training(DEFINITION.config(eps="1e-08"), optimizer_steps(4, scale=1e-4)))
    falling = {"class": "StepLR", "base_lr": "2.0", "step_size": 1, "gamma": "0.3"}
    yield Case(
        "ADAD-3",
        "falling-rate",
        training(DEFINITION.config(eps="0.01"), optimizer_steps(8, moving=True), scheduler=falling),
    )
    yield Case("ADAD-4", "rates", training(DEFINITION.config(lr="3.0"), optimizer_steps(4)))
    yield Case("ADAD-5", "defaults", training({"class": "Adadelta"}, optimizer_steps(5, scale=10.0)))
    yield Case("ADAD-5", "default-rho", training({"class": "Adadelta", "eps": "0.01"}, optimizer_steps(6)))


DEFINITION = OptimizerDefinition(
    name="Adadelta",
    slots=["square", "update"],
    update=update,
    lr="1.0",
    parameters={"rho": Real("[0, 1]", "0.9", "OPT-28"), "eps": Real(NON_NEGATIVE, "1e-06", "OPT-28")},
    example={"rho": "0.8", "eps": "0.001"},
    cases=cases,
    defaults="ADAD-5",
    laws={"OPT-41": {}},
    conventions=(
        Convention(
            "keras",
            "other defaults, and weight decay is decoupled",
            ("ADAD-5", "OPT-39"),
            defaults={"lr": "0.001", "rho": "0.95", "eps": "1e-07"},
            changes=DECAYED_BEFORE,
        ),
    ),
    faults=(
        epsilon_outside("ADAD-2"),
        formula("the mean square of the gradients lacks this gradient", "ADAD-2", previous_mean_square),
        changing("rho for the new part", "ADAD-1", rho=lambda rho: 1 - rho),
        formula("updates that the rate has scaled", "ADAD-3", rate_in_mean_square),
        formula("the mean square of the updates has this update in it", "ADAD-2", updated_mean_square_first),
        formula("the units of the weights forgotten, as in RMSprop", "ADAD-2", without_units),
        ignoring("epsilon ignored", "ADAD-2", eps=0),
    ),
)
