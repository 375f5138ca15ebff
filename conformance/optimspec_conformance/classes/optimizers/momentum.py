"""Momentum: spec/optimizers/momentum.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Real
from ..faults import formula, ignoring
from ..rule_conventions import DECAYED_BEFORE
from ..rule_faults import dampened, dampened_later


def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any) -> Array:
    slots["v"] = momentum * slots["v"] + g
    stepped: Array = p - lr * slots["v"]
    return stepped


def rate_inside(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any) -> Array:
    slots["v"] = momentum * slots["v"] + lr * g
    stepped: Array = p - slots["v"]
    return stepped


def nesterov(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any) -> Array:
    slots["v"] = momentum * slots["v"] + g
    stepped: Array = p - lr * (g + momentum * slots["v"])
    return stepped


def cases() -> Iterator[Case]:
    yield Case("MOM-1", "twelve-steps", training(DEFINITION.config()))
    yield Case("MOM-1", "no-momentum", training(DEFINITION.config(momentum="0.0"), optimizer_steps(3)))
    yield Case("MOM-1", "momentum-above-one", training(DEFINITION.config(momentum="1.1"), optimizer_steps(4)))
    yield Case("MOM-2", "first-steps", training(DEFINITION.config(), optimizer_steps(2)))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.1"}
    yield Case(
        "MOM-3", "tenth-by-tenth", training(DEFINITION.config(), optimizer_steps(5, moving=True), scheduler=falling)
    )
    slower = training(DEFINITION.config(), optimizer_steps(4, moving=True), scheduler=falling | {"gamma": "0.7"})
    yield Case("MOM-1", "falling-rate", slower)
    yield Case("MOM-4", "defaults", training({"class": "Momentum"}, optimizer_steps(3, scale=10.0)))
    yield Case("MOM-4", "default-momentum", training({"class": "Momentum", "lr": "0.1"}, optimizer_steps(5)))


DEFINITION = OptimizerDefinition(
    name="Momentum",
    slots=["v"],
    update=update,
    lr="0.001",
    parameters={"momentum": Real(NON_NEGATIVE, "0.9", "OPT-28")},
    example={"momentum": "0.7"},
    cases=cases,
    defaults="MOM-4",
    laws={"OPT-41": {}},
    conventions=(
        Convention(
            "keras",
            "the rate is inside the momentum, and weight decay is decoupled",
            ("MOM-1", "MOM-3", "MOM-4", "OPT-5", "OPT-39"),
            rate_inside,
            defaults={"lr": "0.01"},
            changes=DECAYED_BEFORE,
        ),
    ),
    faults=(
        dampened("MOM-2"),
        dampened_later("MOM-2"),
        ignoring("momentum ignored", "MOM-1", momentum=0),
        formula("nesterov", "MOM-1", nesterov),
    ),
)
