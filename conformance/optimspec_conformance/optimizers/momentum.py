"""Momentum: spec/optimizers/momentum.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..domains import NON_NEGATIVE, Real
from ..faults import dampened, dampened_later, formula, ignoring
from ..model import Array, Dialect, OptimizerModel, Slots
from ..scenario import Case
from ..training import run, training


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
    yield Case("MOM-1", "twelve-steps", training(MODEL.spec()))
    yield Case("MOM-1", "no-momentum", training(MODEL.spec(momentum="0.0"), run(3)))
    yield Case("MOM-1", "momentum-above-one", training(MODEL.spec(momentum="1.1"), run(4)))
    yield Case("MOM-2", "first-steps", training(MODEL.spec(), run(2)))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.1"}
    yield Case("MOM-3", "tenth-by-tenth", training(MODEL.spec(), run(5, moving=True), scheduler=falling))
    yield Case("MOM-4", "defaults", training({"class": "Momentum"}, run(3, scale=10.0)))
    yield Case("MOM-4", "default-momentum", training({"class": "Momentum", "lr": "0.1"}, run(5)))


MODEL = OptimizerModel(
    name="Momentum",
    slots=["v"],
    update=update,
    lr="0.001",
    parameters={"momentum": Real(NON_NEGATIVE, "0.9", "OPT-28")},
    example={"momentum": "0.7"},
    variations={},
    cases=cases,
    defaults="MOM-4",
    laws={"OPT-41": {}},
    dialects=(Dialect("keras", "the rate is inside the momentum", rate_inside),),
    faults=(
        dampened("MOM-2"),
        dampened_later("MOM-2"),
        ignoring("momentum ignored", "MOM-1", momentum=0),
        formula("nesterov", "MOM-1", nesterov),
    ),
)
