"""Novograd: spec/optimizers/novograd.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Pair, Real
from ..faults import formula, ignoring
from ..rule_faults import betas_swapped, wrongly_decaying


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, weight_decay: Any
) -> Array:
    beta1, beta2 = betas
    square = (g * g).sum()
    slots["v"] = square if k == 1 else beta2 * slots["v"] + (1 - beta2) * square
    slots["m"] = beta1 * slots["m"] + g / (sqrt(slots["v"]) + eps) + weight_decay * p
    stepped: Array = p - lr * slots["m"]
    return stepped


def novograd_variant(
    starts_at_square: bool = True,
    elementwise: bool = False,
    averaged: bool = False,
    decay_outside: bool = False,
    eps_inside: bool = False,
) -> Callable[..., Array]:
    """Novograd with other moments, ε elsewhere, or weight decay outside the momentum."""

    def update(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Any,
        k: int,
        sqrt: Any,
        betas: tuple[Any, Any],
        eps: Any,
        weight_decay: Any,
    ) -> Array:
        beta1, beta2 = betas
        square = g * g if elementwise else (g * g).sum()
        slots["v"] = square if k == 1 and starts_at_square else beta2 * slots["v"] + (1 - beta2) * square
        gradient = g / (sqrt(slots["v"] + eps) if eps_inside else sqrt(slots["v"]) + eps) + (
            0 if decay_outside else weight_decay * p
        )
        slots["m"] = beta1 * slots["m"] + ((1 - beta1) * gradient if averaged else gradient)
        stepped: Array = p - lr * (slots["m"] + (weight_decay * p if decay_outside else 0))
        return stepped

    return update


def cases() -> Iterator[Case]:
    yield Case("NOVO-1", "twelve-steps", training(DEFINITION.config()))
    yield Case("NOVO-1", "slow-betas", training(DEFINITION.config(betas=["0.9", "0.99"]), optimizer_steps(20)))
    yield Case("NOVO-2", "first-step", training(DEFINITION.config(betas=["0.3", "0.99"]), optimizer_steps(1)))
    yield Case("NOVO-2", "fading-gradients", training(DEFINITION.config(), optimizer_steps(8, fading=True)))
    yield Case("NOVO-3", "unequal-betas", training(DEFINITION.config(betas=["0.3", "0.9"])))
    yield Case("NOVO-3", "large-eps", training(DEFINITION.config(eps="0.7")))
    yield Case("NOVO-4", "decay", training(DEFINITION.config(weight_decay="0.7")))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.3"}
    decaying = DEFINITION.config(weight_decay="0.7")
    yield Case("NOVO-4", "falling-rate", training(decaying, optimizer_steps(6, moving=True), scheduler=falling))
    yield Case("NOVO-5", "defaults", training({"class": "Novograd"}, optimizer_steps(4, scale=10.0)))
    yield Case("NOVO-5", "default-betas", training({"class": "Novograd", "lr": "0.1"}, optimizer_steps(8, fading=True)))
    yield Case("NOVO-5", "default-eps", training({"class": "Novograd", "lr": "0.1"}, optimizer_steps(3, scale=1e-8)))


DEFINITION = OptimizerDefinition(
    name="Novograd",
    slots=["m", "v"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "NOVO-6"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
    },
    example={"betas": ["0.8", "0.6"], "eps": "0.01"},
    cases=cases,
    defaults="NOVO-5",
    laws={"OPT-41": {}, "OPT-42": {"eps": "0.0"}},
    uses_step_count=True,
    coupled=False,
    profile="extended",
    conventions=(
        Convention("optax", "other defaults", ("NOVO-5",), defaults={"betas": ["0.9", "0.25"], "eps": "1e-06"}),
    ),
    faults=(
        formula("the second moment starts at 0", "NOVO-2", novograd_variant(starts_at_square=False)),
        formula("a second moment of each element, as in Adam", "NOVO-1", novograd_variant(elementwise=True)),
        formula("the first moment averaged", "NOVO-3", novograd_variant(averaged=True)),
        formula("weight decay outside the momentum", "NOVO-4", novograd_variant(decay_outside=True)),
        *wrongly_decaying("NOVO-4", None),
        formula("epsilon inside the root", "NOVO-3", novograd_variant(eps_inside=True)),
        betas_swapped("NOVO-1"),
        ignoring("epsilon ignored", "NOVO-3", eps=0),
    ),
)
