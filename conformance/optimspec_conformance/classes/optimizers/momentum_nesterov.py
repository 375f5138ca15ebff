"""MomentumNesterov: spec/optimizers/momentum_nesterov.md."""

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
    stepped: Array = p - lr * (g + momentum * slots["v"])
    return stepped


def rate_inside(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any) -> Array:
    slots["v"] = momentum * slots["v"] + lr * g
    stepped: Array = p - (lr * g + momentum * slots["v"])
    return stepped


def plain(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any) -> Array:
    slots["v"] = momentum * slots["v"] + g
    stepped: Array = p - lr * slots["v"]
    return stepped


def momentum_only(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any) -> Array:
    slots["v"] = momentum * slots["v"] + g
    stepped: Array = p - lr * momentum * slots["v"]
    return stepped


def two_ahead(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any) -> Array:
    slots["v"] = momentum * slots["v"] + g
    stepped: Array = p - lr * (g + momentum * (g + momentum * slots["v"]))
    return stepped


def cases() -> Iterator[Case]:
    yield Case("NEST-1", "twelve-steps", training(DEFINITION.config()))
    yield Case("NEST-1", "no-momentum", training(DEFINITION.config(momentum="0.0"), optimizer_steps(3)))
    yield Case("NEST-1", "momentum-above-one", training(DEFINITION.config(momentum="1.1"), optimizer_steps(4)))
    yield Case("NEST-2", "first-steps", training(DEFINITION.config(), optimizer_steps(2)))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.1"}
    yield Case(
        "NEST-3", "tenth-by-tenth", training(DEFINITION.config(), optimizer_steps(5, moving=True), scheduler=falling)
    )
    slower = training(DEFINITION.config(), optimizer_steps(4, moving=True), scheduler=falling | {"gamma": "0.7"})
    yield Case("NEST-1", "falling-rate", slower)
    yield Case("NEST-4", "defaults", training({"class": "MomentumNesterov"}, optimizer_steps(3, scale=10.0)))
    yield Case("NEST-4", "default-momentum", training({"class": "MomentumNesterov", "lr": "0.1"}, optimizer_steps(5)))


DEFINITION = OptimizerDefinition(
    name="MomentumNesterov",
    slots=["v"],
    update=update,
    lr="0.001",
    parameters={"momentum": Real(NON_NEGATIVE, "0.9", "OPT-28")},
    example={"momentum": "0.7"},
    cases=cases,
    defaults="NEST-4",
    laws={"OPT-41": {}},
    conventions=(
        Convention(
            "keras",
            "the rate is inside the momentum, and weight decay is decoupled",
            ("NEST-1", "NEST-3", "NEST-4", "OPT-5", "OPT-39"),
            rate_inside,
            defaults={"lr": "0.01"},
            changes=DECAYED_BEFORE,
        ),
    ),
    faults=(
        dampened("NEST-2"),
        dampened_later("NEST-2"),
        ignoring("momentum ignored", "NEST-1", momentum=0),
        formula("nesterov ignored", "NEST-1", plain),
        formula("the gradient in the momentum alone", "NEST-1", momentum_only),
        formula("looks two steps ahead", "NEST-1", two_ahead),
    ),
)
