"""Fromage: spec/optimizers/fromage.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.operations import optimizer_step
from ...scenarios.values import array
from ...scenarios.weights import SCALAR, VECTOR, gradients, optimizer_steps, training
from ..definition import Array, OptimizerDefinition, Slots
from ..faults import formula


def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any) -> Array:
    smallest = (1 + 0 * lr) / 10**6
    p_norm, g_norm = (max(sqrt((x * x).sum()), smallest) for x in (p, g))
    stepped: Array = (p - lr * (p_norm / g_norm) * g) / sqrt(1 + lr * lr)
    return stepped


def undivided(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any) -> Array:
    stepped: Array = update(g, slots, p, lr, k, sqrt) * sqrt(1 + lr * lr)
    return stepped


def weight_divided(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any) -> Array:
    stepped: Array = p / sqrt(1 + lr * lr) - (p - undivided(g, slots, p, lr, k, sqrt))
    return stepped


def plain(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any) -> Array:
    stepped: Array = p - lr * g
    return stepped


def unbounded(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any) -> Array:
    p_norm, g_norm = (sqrt((x * x).sum()) for x in (p, g))
    stepped: Array = (p - lr * ((p_norm / g_norm) if g_norm > 0 else 0) * g) / sqrt(1 + lr * lr)
    return stepped


def cases() -> Iterator[Case]:
    yield Case("FROM-1", "twelve-steps", training(DEFINITION.config()))
    yield Case("FROM-1", "large-rate", training(DEFINITION.config(lr="3.0"), optimizer_steps(6)))
    falling = {"class": "StepLR", "base_lr": "0.9", "step_size": 1, "gamma": "0.3"}
    yield Case(
        "FROM-1", "falling-rate", training(DEFINITION.config(), optimizer_steps(6, moving=True), scheduler=falling)
    )
    yield Case("FROM-1", "small-gradients", training(DEFINITION.config(), optimizer_steps(4, scale=1e-4)))
    zero = {"weights": [[VECTOR, array([0.0] * 5)]]}
    yield Case(
        "FROM-2", "zero-weight", training(DEFINITION.config(), optimizer_steps(3, keys=[VECTOR]), keys=[VECTOR]) | zero
    )
    zero_gradient = [optimizer_step([[VECTOR, array([0.0] * 5)]]), *optimizer_steps(2, keys=[VECTOR])]
    yield Case("FROM-2", "zero-gradient", training(DEFINITION.config(), zero_gradient, keys=[VECTOR]))
    yield Case("FROM-2", "faint-gradients", training(DEFINITION.config(lr="0.5"), optimizer_steps(3, scale=1e-8)))
    yield Case("FROM-3", "defaults", training({"class": "Fromage"}, optimizer_steps(4, scale=10.0)))
    apart = [optimizer_step([*gradients(k, [VECTOR], 1e8), *gradients(k, [SCALAR], 1e-3)]) for k in (1, 2, 3)]
    yield Case("FROM-3", "default-clipping", training({"class": "Fromage"}, apart, keys=[VECTOR, SCALAR]))


DEFINITION = OptimizerDefinition(
    name="Fromage",
    slots=[],
    update=update,
    lr="1.0",
    parameters={},
    example={},
    cases=cases,
    defaults="FROM-3",
    weight_decay=None,
    profile="extended",
    faults=(
        formula("not divided by √(1 + η²)", "FROM-1", undivided),
        formula("the weight alone divided by √(1 + η²)", "FROM-1", weight_divided),
        formula("no norms, as in SGD", "FROM-1", plain),
        formula("norms without a least value", "FROM-2", unbounded),
    ),
)
