"""Yogi: spec/optimizers/yogi.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..arithmetic import sign
from ..definition import Array, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Pair, Real
from ..faults import formula, ignoring
from ..rule_faults import betas_swapped, epsilon_inside, uncorrected


def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any) -> Array:
    beta1, beta2 = betas
    start = 0 * betas[0] + 1
    m, v = (slots[name] + (start / 10**6 if k == 1 else 0) for name in ("m", "v"))
    slots["m"] = beta1 * m + (1 - beta1) * g
    slots["v"] = v - (1 - beta2) * sign(v - g * g) * g * g
    stepped: Array = p - lr * slots["m"] / (1 - beta1**k) / (sqrt(slots["v"] / (1 - beta2**k)) + eps)
    return stepped


def yogi_variant(additive: bool = True, start: bool = True) -> Callable[..., Array]:
    """Yogi with Adam's second moment, or with moments that start at 0."""

    def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any) -> Array:
        beta1, beta2 = betas
        initial = (0 * beta1 + 1) / 10**6 if start and k == 1 else 0
        m, v = slots["m"] + initial, slots["v"] + initial
        slots["m"] = beta1 * m + (1 - beta1) * g
        slots["v"] = v - (1 - beta2) * (sign(v - g * g) * g * g if additive else v - g * g)
        stepped: Array = p - lr * slots["m"] / (1 - beta1**k) / (sqrt(slots["v"] / (1 - beta2**k)) + eps)
        return stepped

    return update


def cases() -> Iterator[Case]:
    yield Case("YOGI-1", "twelve-steps", training(DEFINITION.config()))
    yield Case("YOGI-1", "fading-gradients", training(DEFINITION.config(), optimizer_steps(12, fading=True)))
    yield Case("YOGI-1", "slow-betas", training(DEFINITION.config(betas=["0.9", "0.99"]), optimizer_steps(20)))
    yield Case("YOGI-2", "large-eps", training(DEFINITION.config(eps="0.3")))
    yield Case("YOGI-2", "unequal-betas", training(DEFINITION.config(betas=["0.3", "0.9"])))
    yield Case("YOGI-3", "small-gradients", training(DEFINITION.config(), optimizer_steps(4, scale=1e-3)))
    yield Case("YOGI-3", "tiny-gradients", training(DEFINITION.config(eps="1e-06"), optimizer_steps(4, scale=1e-6)))
    yield Case("YOGI-4", "defaults", training({"class": "Yogi"}, optimizer_steps(4, scale=10.0)))
    yield Case("YOGI-4", "default-betas", training({"class": "Yogi", "lr": "0.1"}, optimizer_steps(6)))
    yield Case("YOGI-4", "default-eps", training({"class": "Yogi", "lr": "0.1"}, optimizer_steps(3, scale=1e-3)))


DEFINITION = OptimizerDefinition(
    name="Yogi",
    slots=["m", "v"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "YOGI-5"),
        "eps": Real(NON_NEGATIVE, "0.001", "OPT-28"),
    },
    example={"betas": ["0.8", "0.95"], "eps": "0.01"},
    cases=cases,
    defaults="YOGI-4",
    laws={"OPT-41": {}},
    uses_step_count=True,
    profile="extended",
    faults=(
        *uncorrected("YOGI-2"),
        epsilon_inside("YOGI-2"),
        betas_swapped("YOGI-2"),
        ignoring("epsilon ignored", "YOGI-2", eps=0),
        formula("the second moment of Adam", "YOGI-1", yogi_variant(additive=False)),
        formula("moments that start at 0", "YOGI-3", yogi_variant(start=False)),
    ),
)
