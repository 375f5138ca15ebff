"""Adamax: spec/optimizers/adamax.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Pair, Real
from ..faults import formula, ignoring, wrapping
from ..rule_conventions import DECAYED_BEFORE
from ..rule_faults import betas_swapped, without_correction


def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["u"] = np.maximum(beta2 * slots["u"], abs(g))
    stepped: Array = p - lr * slots["m"] / (1 - beta1**k) / (slots["u"] + eps)
    return stepped


def epsilon_in_maximum(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any
) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["u"] = np.maximum(beta2 * slots["u"], abs(g) + eps)
    stepped: Array = p - lr * slots["m"] / (1 - beta1**k) / slots["u"]
    return stepped


def epsilon_in_old_norm(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any
) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["u"] = np.maximum(beta2 * slots["u"] + eps, abs(g))
    stepped: Array = p - lr * slots["m"] / (1 - beta1**k) / slots["u"]
    return stepped


def without_bias_correction(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any
) -> Array:
    slots["m"] = betas[0] * slots["m"] + (1 - betas[0]) * g
    slots["u"] = np.maximum(betas[1] * slots["u"], abs(g))
    stepped: Array = p - lr * slots["m"] / (slots["u"] + eps)
    return stepped


def corrected_twice(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any
) -> Any:
    correction = 1 - betas[1] ** k
    return original(g, slots, p, lr * correction, k, sqrt, betas=betas, eps=eps * correction)


def square_in_maximum(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any
) -> Array:
    slots["m"] = betas[0] * slots["m"] + (1 - betas[0]) * g
    slots["u"] = np.maximum(betas[1] * slots["u"], g * g)
    stepped: Array = p - lr * slots["m"] / (1 - betas[0] ** k) / (slots["u"] + eps)
    return stepped


def average_instead_of_maximum(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any
) -> Array:
    slots["m"] = betas[0] * slots["m"] + (1 - betas[0]) * g
    slots["u"] = betas[1] * slots["u"] + (1 - betas[1]) * abs(g)
    stepped: Array = p - lr * slots["m"] / (1 - betas[0] ** k) / (slots["u"] + eps)
    return stepped


def cases() -> Iterator[Case]:
    yield Case("ADAMAX-1", "twelve-steps", training(DEFINITION.config()))
    yield Case("ADAMAX-1", "large-eps", training(DEFINITION.config(eps="0.3"), optimizer_steps(5, fading=True)))
    yield Case("ADAMAX-1", "fading-gradients", training(DEFINITION.config(), optimizer_steps(12, fading=True)))
    yield Case("ADAMAX-2", "large-eps", training(DEFINITION.config(eps="0.3")))
    yield Case("ADAMAX-3", "slow-betas", training(DEFINITION.config(betas=["0.95", "0.999"])))
    yield Case("ADAMAX-4", "defaults", training({"class": "Adamax"}, optimizer_steps(4, scale=10.0)))
    yield Case(
        "ADAMAX-4",
        "default-betas",
        training({"class": "Adamax", "lr": "0.1", "eps": "0.01"}, optimizer_steps(8, fading=True)),
    )
    yield Case("ADAMAX-4", "default-eps", training({"class": "Adamax", "lr": "0.1"}, optimizer_steps(3, scale=1e-8)))


DEFINITION = OptimizerDefinition(
    name="Adamax",
    slots=["m", "u"],
    update=update,
    lr="0.002",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "ADAMAX-5"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
    },
    example={"betas": ["0.8", "0.95"], "eps": "1e-09"},
    cases=cases,
    defaults="ADAMAX-4",
    laws={"OPT-41": {}, "OPT-42": {"eps": "0.0"}},
    uses_step_count=True,
    conventions=(
        Convention("torch", "epsilon is inside the maximum", ("ADAMAX-1", "ADAMAX-2"), epsilon_in_maximum),
        Convention(
            "keras",
            "other defaults, and weight decay is decoupled",
            ("ADAMAX-4", "OPT-39"),
            defaults={"lr": "0.001", "eps": "1e-07"},
            changes=DECAYED_BEFORE,
        ),
        Convention(
            "paddle",
            "epsilon is added to the old norm",
            ("ADAMAX-1", "ADAMAX-2", "ADAMAX-4"),
            epsilon_in_old_norm,
            defaults={"lr": "0.001"},
        ),
        Convention("mlx", "no bias correction", ("ADAMAX-3",), without_bias_correction),
    ),
    faults=(
        wrapping("no bias correction", "ADAMAX-3", without_correction(first=True, second=False)),
        wrapping("the norm corrected, too", "ADAMAX-3", corrected_twice),
        betas_swapped("ADAMAX-1"),
        ignoring("epsilon ignored", "ADAMAX-2", eps=0),
        formula("the square of the gradient instead of its size", "ADAMAX-1", square_in_maximum),
        formula("an average instead of the maximum", "ADAMAX-1", average_instead_of_maximum),
    ),
)
