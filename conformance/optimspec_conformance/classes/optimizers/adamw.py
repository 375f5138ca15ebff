"""AdamW: spec/optimizers/adamw.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Pair, Real
from ..faults import ignoring
from ..rule_faults import betas_swapped, epsilon_inside, rooting, uncorrected, wrongly_decaying


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, weight_decay: Any
) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    direction = slots["m"] / (1 - beta1**k) / (sqrt(slots["v"] / (1 - beta2**k)) + eps)
    stepped: Array = p - lr * (direction + weight_decay * p)
    return stepped


def epsilon_hat(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, weight_decay: Any
) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    alpha = lr * sqrt(1 - beta2**k) / (1 - beta1**k)
    stepped: Array = p - alpha * slots["m"] / (sqrt(slots["v"]) + eps) - lr * weight_decay * p
    return stepped


def without_bias_correction(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, weight_decay: Any
) -> Array:
    slots["m"] = betas[0] * slots["m"] + (1 - betas[0]) * g
    slots["v"] = betas[1] * slots["v"] + (1 - betas[1]) * g * g
    stepped: Array = p - lr * (slots["m"] / (sqrt(slots["v"]) + eps) + weight_decay * p)
    return stepped


def decayed_after(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, weight_decay: Any
) -> Array:
    stepped = epsilon_hat(g, slots, p, lr, k, sqrt, betas, eps, 0 * weight_decay)
    decayed: Array = stepped - lr * weight_decay * stepped
    return decayed


def cases() -> Iterator[Case]:
    decaying = DEFINITION.config(weight_decay="0.3")
    yield Case("ADAMW-1", "twelve-steps", training(decaying))
    yield Case("ADAMW-1", "large-eps", training(DEFINITION.config(weight_decay="0.3", eps="0.3")))
    yield Case("ADAMW-1", "no-decay", training(DEFINITION.config(weight_decay="0.0"), optimizer_steps(4)))
    yield Case("ADAMW-2", "strong-decay", training(DEFINITION.config(weight_decay="2.0"), optimizer_steps(8)))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.3"}
    yield Case("ADAMW-3", "falling-rate", training(decaying, optimizer_steps(6, moving=True), scheduler=falling))
    yield Case("ADAMW-4", "slow-betas", training(DEFINITION.config(betas=["0.95", "0.999"])))
    yield Case("ADAMW-5", "defaults", training({"class": "AdamW"}, optimizer_steps(4, scale=10.0)))
    yield Case("ADAMW-5", "default-weight_decay", training({"class": "AdamW", "lr": "0.1"}, optimizer_steps(6)))
    yield Case("ADAMW-5", "default-betas", training({"class": "AdamW", "lr": "0.1", "eps": "0.01"}, optimizer_steps(6)))
    small = training({"class": "AdamW", "lr": "0.1", "weight_decay": "0.0"}, optimizer_steps(3, scale=1e-8))
    yield Case("ADAMW-5", "default-eps", small)


DEFINITION = OptimizerDefinition(
    name="AdamW",
    slots=["m", "v"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "ADAMW-6"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
    },
    weight_decay="0.01",
    example={"betas": ["0.8", "0.95"], "eps": "0.001", "weight_decay": "0.02"},
    cases=cases,
    defaults="ADAMW-5",
    laws={"OPT-41": {"weight_decay": "0.0"}, "OPT-42": {"weight_decay": "0.0", "eps": "0.0"}},
    uses_step_count=True,
    coupled=False,
    conventions=(
        Convention(
            "keras",
            "epsilon is not corrected",
            ("ADAMW-1", "ADAMW-5"),
            epsilon_hat,
            defaults={"eps": "1e-07", "weight_decay": "0.004"},
        ),
        Convention("optax", "another default", ("ADAMW-5",), defaults={"weight_decay": "0.0001"}),
        Convention("mlx", "no bias correction", ("ADAMW-4",), without_bias_correction),
        Convention(
            "thinc",
            "epsilon is not corrected, and the stepped weight is decayed",
            ("ADAMW-1", "ADAMW-2"),
            decayed_after,
        ),
    ),
    faults=(
        *uncorrected("ADAMW-4"),
        epsilon_inside("ADAMW-1"),
        betas_swapped("ADAMW-1"),
        *wrongly_decaying("ADAMW-2", "ADAMW-3"),
        ignoring("epsilon ignored", "ADAMW-1", eps=0),
        rooting("no root", "ADAMW-1", lambda sqrt, x, **_: x),
    ),
)
