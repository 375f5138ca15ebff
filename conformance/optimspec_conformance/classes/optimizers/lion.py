"""Lion: spec/optimizers/lion.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.operations import new, optimizer_load, optimizer_save, optimizer_step
from ...scenarios.values import array
from ...scenarios.weights import VECTOR, optimizer_steps, training
from ..arithmetic import sign
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import Pair
from ..faults import wrapping
from ..rule_faults import betas_swapped, wrongly_decaying


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], weight_decay: Any
) -> Array:
    beta1, beta2 = betas
    mixed = beta1 * slots["m"] + (1 - beta1) * g
    slots["m"] = beta2 * slots["m"] + (1 - beta2) * g
    stepped: Array = p - lr * (sign(mixed) + weight_decay * p)
    return stepped


def momentum_updated_first(original: Any, g: Array, slots: Slots, *args: Any, **hyper: Any) -> Any:
    beta2 = hyper["betas"][1]
    m = beta2 * slots["m"] + (1 - beta2) * g
    stepped = original(g, {"m": m}, *args, **hyper)
    slots["m"] = m
    return stepped


def sign_of_gradient(original: Any, g: Array, slots: Slots, *args: Any, **hyper: Any) -> Any:
    return original(g, {"m": 0 * g}, *args, **hyper)


def same_momentum_kept(original: Any, *args: Any, betas: tuple[Any, Any], **hyper: Any) -> Any:
    return original(*args, betas=(betas[0], betas[0]), **hyper)


def one_beta(original: Any, *args: Any, betas: tuple[Any, Any], **hyper: Any) -> Any:
    return original(*args, betas=(betas[1], betas[1]), **hyper)


def momentum_not_averaged(original: Any, g: Array, slots: Slots, *args: Any, **hyper: Any) -> Any:
    stepped, m = original(g, slots, *args, **hyper), slots["m"]
    slots["m"] = m + hyper["betas"][1] * g
    return stepped


def cases() -> Iterator[Case]:
    yield Case("LION-1", "twelve-steps", training(DEFINITION.config()))
    yield Case("LION-1", "no-momentum", training(DEFINITION.config(betas=["0.0", "0.9"]), optimizer_steps(5)))
    yield Case("LION-1", "tiny-gradients", training(DEFINITION.config(), optimizer_steps(4, scale=1e-6)))
    yield Case("LION-2", "twenty-steps", training(DEFINITION.config(betas=["0.5", "0.9"]), optimizer_steps(20)))
    yield Case(
        "LION-2",
        "fading-gradients",
        training(DEFINITION.config(betas=["0.9", "0.3"]), optimizer_steps(12, fading=True)),
    )
    yield Case("LION-3", "decay", training(DEFINITION.config(weight_decay="0.7")))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.3"}
    decaying = DEFINITION.config(weight_decay="0.7")
    yield Case("LION-3", "falling-rate", training(decaying, optimizer_steps(6, moving=True), scheduler=falling))
    yield Case("LION-4", "defaults", training({"class": "Lion"}, optimizer_steps(4, scale=10.0)))
    yield Case("LION-4", "default-betas", training({"class": "Lion", "lr": "0.1"}, optimizer_steps(20, fading=True)))
    unclipped = [*optimizer_steps(2, scale=10.0), *optimizer_steps(10, first=3)]
    yield Case("LION-4", "no-clipping", training({"class": "Lion", "lr": "0.1"}, unclipped))
    first, second = (  # nearly in balance: a momentum in half precision turns the sign
        optimizer_step([[VECTOR, array([g] * 5)]]) for g in (2.000957, -4.5 * 2.000957 * (1 - 1e-4))
    )
    alone = training(DEFINITION.config(), [first, second], keys=[VECTOR])
    resumed = [optimizer_save(), new(), optimizer_load()]
    yield Case("STA-9", "in-balance", alone | {"do": [first, *resumed, second]}, other=alone, rows=1)
    heavy = DEFINITION.config(betas=["0.9", "0.5"])  # so that the momentum outweighs the gradient
    yield Case("STA-7", "momentum", training(heavy, [*optimizer_steps(3), *resumed, *optimizer_steps(3, first=4)]))


DEFINITION = OptimizerDefinition(
    name="Lion",
    slots=["m"],
    update=update,
    lr="0.0001",
    parameters={"betas": Pair("[0, 1)", ["0.9", "0.99"], "LION-5")},
    example={"betas": ["0.9", "0.5"], "weight_decay": "0.0"},
    cases=cases,
    defaults="LION-4",
    laws={"OPT-41": {"weight_decay": "0.0"}, "OPT-42": {"weight_decay": "0.0"}},
    coupled=False,
    conventions=(
        Convention("keras", "another default", ("LION-4",), defaults={"lr": "0.001"}),
        Convention("optax", "another default", ("LION-4",), defaults={"weight_decay": "0.001"}),
    ),
    faults=(
        betas_swapped("LION-1"),
        wrapping("the second beta for both", "LION-1", one_beta),
        *wrongly_decaying("LION-3", "LION-3"),
        wrapping("the momentum updated before the step", "LION-1", momentum_updated_first),
        wrapping("the sign of the gradient alone", "LION-1", sign_of_gradient),
        wrapping("the momentum of the step kept", "LION-2", same_momentum_kept),
        wrapping("the momentum not averaged", "LION-2", momentum_not_averaged),
    ),
)
