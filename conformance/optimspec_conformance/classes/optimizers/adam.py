"""Adam: spec/optimizers/adam.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Boolean, Pair, Real
from ..faults import formula, ignoring
from ..rule_conventions import DECAYED_BEFORE
from ..rule_faults import betas_swapped, epsilon_inside, rooting


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, amsgrad: bool
) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    m_hat, v_hat = slots["m"] / (1 - beta1**k), slots["v"] / (1 - beta2**k)
    slots["v_max"] = np.maximum(slots["v_max"], v_hat)
    stepped: Array = p - lr * m_hat / (sqrt(slots["v_max"] if amsgrad else v_hat) + eps)
    return stepped


def largest_raw(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, amsgrad: bool
) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    slots["v_max"] = np.maximum(slots["v_max"], slots["v"])
    v_hat = (slots["v_max"] if amsgrad else slots["v"]) / (1 - beta2**k)
    stepped: Array = p - lr * slots["m"] / (1 - beta1**k) / (sqrt(v_hat) + eps)
    return stepped


def epsilon_hat(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, amsgrad: bool
) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    slots["v_max"] = np.maximum(slots["v_max"], slots["v"])
    alpha = lr * sqrt(1 - beta2**k) / (1 - beta1**k)
    stepped: Array = p - alpha * slots["m"] / (sqrt(slots["v_max"] if amsgrad else slots["v"]) + eps)
    return stepped


def adam_variant(
    corrected: tuple[bool, bool] = (True, True), square: Any = lambda g: g * g, averaged: bool = True
) -> Callable[..., Array]:
    """Adam without bias correction, with another square, or with sums instead of averages."""

    def update(
        g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, amsgrad: bool
    ) -> Array:
        weights = [1 - beta if averaged else 1 for beta in betas]
        slots["m"] = betas[0] * slots["m"] + weights[0] * g
        slots["v"] = betas[1] * slots["v"] + weights[1] * square(g)
        m_correction, v_correction = (
            1 - beta**k if is_corrected else 1 for beta, is_corrected in zip(betas, corrected, strict=True)
        )
        slots["v_max"] = np.maximum(slots["v_max"], slots["v"] / v_correction)
        v_hat = slots["v_max"] if amsgrad else slots["v"] / v_correction
        stepped: Array = p - lr * slots["m"] / m_correction / (sqrt(v_hat) + eps)
        return stepped

    return update


def cases() -> Iterator[Case]:
    plain, amsgrad = DEFINITION.config(), DEFINITION.config(amsgrad={"bool": True})
    yield Case("ADAM-1", "twelve-steps", training(plain))
    yield Case("ADAM-1", "unequal-betas", training(plain | {"betas": ["0.3", "0.9"]}))
    yield Case("ADAM-1", "no-memory", training(plain | {"betas": ["0.0", "0.0"]}, optimizer_steps(4)))
    yield Case("ADAM-2", "slow-betas", training(plain | {"betas": ["0.95", "0.999"]}))
    yield Case("ADAM-2", "twenty-steps", training(plain, optimizer_steps(20)))
    yield Case("ADAM-3", "large-eps", training(plain | {"eps": "0.3"}))
    yield Case("ADAM-3", "no-eps", training(plain | {"eps": "0.0"}, optimizer_steps(5, dense=True)))
    yield Case("ADAM-4", "fading-gradients", training(amsgrad, optimizer_steps(12, fading=True)))
    slow = amsgrad | {"betas": ["0.9", "0.99"]}
    yield Case("ADAM-4", "slow-betas", training(slow, optimizer_steps(12, fading=True)))
    yield Case("ADAM-5", "defaults", training({"class": "Adam"}, optimizer_steps(4, scale=10.0), scheduler=None))
    yield Case(
        "ADAM-5",
        "default-betas",
        training({"class": "Adam", "lr": "0.1", "eps": "0.01"}, optimizer_steps(6), scheduler=None),
    )
    small = training({"class": "Adam", "lr": "0.1"}, optimizer_steps(3, scale=1e-8), scheduler=None)
    yield Case("ADAM-5", "default-eps", small)
    falling = training({"class": "Adam", "lr": "0.1"}, optimizer_steps(8, fading=True), scheduler=None)
    yield Case("ADAM-5", "default-amsgrad", falling)


DEFINITION = OptimizerDefinition(
    name="Adam",
    slots=["m", "v", "v_max"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "ADAM-6"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
        "amsgrad": Boolean({"bool": False}),
    },
    example={"betas": ["0.8", "0.95"], "eps": "0.001"},
    variations={"amsgrad": {"amsgrad": {"bool": True}}},
    cases=cases,
    defaults="ADAM-5",
    laws={"OPT-41": {}, "OPT-42": {"eps": "0.0"}},
    conventions=(
        Convention("torch", "amsgrad keeps the largest uncorrected v", ("ADAM-4",), largest_raw),
        Convention(
            "keras",
            "epsilon is not corrected, amsgrad keeps the largest uncorrected v, and weight decay is decoupled",
            ("ADAM-3", "ADAM-4", "ADAM-5", "OPT-39"),
            epsilon_hat,
            defaults={"eps": "1e-07"},
            changes=DECAYED_BEFORE,
        ),
        Convention("mlx", "no bias correction", ("ADAM-2",), adam_variant(corrected=(False, False))),
    ),
    uses_step_count=True,
    faults=(
        formula("no bias correction", "ADAM-2", adam_variant(corrected=(False, False))),
        formula("no bias correction of the first moment", "ADAM-2", adam_variant(corrected=(False, True))),
        formula("no bias correction of the second moment", "ADAM-2", adam_variant(corrected=(True, False))),
        epsilon_inside("ADAM-3"),
        betas_swapped("ADAM-1"),
        ignoring("amsgrad ignored", "ADAM-4", amsgrad=False),
        ignoring("always amsgrad", "ADAM-1", amsgrad=True),
        ignoring("epsilon ignored", "ADAM-3", eps=0),
        formula("the absolute value of the gradient instead of its square", "ADAM-1", adam_variant(square=abs)),
        rooting("no root", "ADAM-3", lambda sqrt, x, **_: x),
        formula("the moments not averaged", "ADAM-1", adam_variant(averaged=False)),
    ),
)
