"""AdaBelief: spec/optimizers/adabelief.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Pair, Real
from ..faults import formula, ignoring
from ..rule_faults import betas_swapped


def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["s"] = beta2 * slots["s"] + (1 - beta2) * (g - slots["m"]) * (g - slots["m"]) + eps
    stepped: Array = p - lr * slots["m"] / (1 - beta1**k) / (sqrt(slots["s"] / (1 - beta2**k)) + eps)
    return stepped


def with_fixed_epsilon(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any
) -> Array:
    beta1, beta2 = betas
    tiny = (1 + 0 * beta1) / 10**16
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["s"] = beta2 * slots["s"] + (1 - beta2) * (g - slots["m"]) * (g - slots["m"]) + tiny
    stepped: Array = p - lr * slots["m"] / (1 - beta1**k) / (sqrt(slots["s"] / (1 - beta2**k)) + eps)
    return stepped


def adabelief_variant(
    corrected: tuple[bool, bool] = (True, True), added: bool = True, before: bool = False, distant: bool = True
) -> Callable[..., Array]:
    """AdaBelief without bias correction, without ε in s, or with another distance in s."""

    def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any) -> Array:
        m = betas[0] * slots["m"] + (1 - betas[0]) * g
        distance = g - (slots["m"] if before else m) if distant else g
        slots["m"], slots["s"] = m, betas[1] * slots["s"] + (1 - betas[1]) * distance * distance + (eps if added else 0)
        m_correction, s_correction = (
            1 - beta**k if is_corrected else 1 for beta, is_corrected in zip(betas, corrected, strict=True)
        )
        stepped: Array = p - lr * slots["m"] / m_correction / (sqrt(slots["s"] / s_correction) + eps)
        return stepped

    return update


def cases() -> Iterator[Case]:
    yield Case("BELIEF-1", "twelve-steps", training(DEFINITION.config(eps="0.001")))
    tiny = training(DEFINITION.config(eps="1e-16"), optimizer_steps(4, scale=1e-8))
    yield Case("BELIEF-1", "tiny-gradients", tiny)
    yield Case("BELIEF-1", "unequal-betas", training(DEFINITION.config(betas=["0.3", "0.9"], eps="0.001")))
    yield Case("BELIEF-2", "large-eps", training(DEFINITION.config(eps="0.3")))
    steady = [row for _ in range(6) for row in optimizer_steps(1)]
    yield Case("BELIEF-2", "steady-gradients", training(DEFINITION.config(eps="0.01"), steady))
    yield Case("BELIEF-3", "slow-betas", training(DEFINITION.config(betas=["0.95", "0.999"]), optimizer_steps(20)))
    yield Case("BELIEF-4", "defaults", training({"class": "AdaBelief"}, optimizer_steps(4, scale=10.0)))
    yield Case("BELIEF-4", "default-betas", training({"class": "AdaBelief", "lr": "0.1"}, optimizer_steps(6)))
    yield Case("BELIEF-4", "default-eps", training({"class": "AdaBelief", "lr": "0.1"}, optimizer_steps(3, scale=1e-8)))


DEFINITION = OptimizerDefinition(
    name="AdaBelief",
    slots=["m", "s"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "BELIEF-5"),
        "eps": Real(NON_NEGATIVE, "1e-16", "OPT-28"),
    },
    example={"betas": ["0.8", "0.95"], "eps": "1e-12"},
    cases=cases,
    defaults="BELIEF-4",
    laws={"OPT-41": {}, "OPT-42": {"eps": "0.0"}},
    uses_step_count=True,
    conventions=(
        Convention(
            "optax",
            "what is added to s in each step is 1e-16, whatever epsilon is",
            ("BELIEF-1",),
            with_fixed_epsilon,
            withdraws=("OPT-42",),
        ),
    ),
    profile="extended",
    faults=(
        formula("no bias correction", "BELIEF-3", adabelief_variant(corrected=(False, False))),
        formula("no bias correction of the first average", "BELIEF-3", adabelief_variant(corrected=(False, True))),
        formula("no bias correction of the second average", "BELIEF-3", adabelief_variant(corrected=(True, False))),
        formula("epsilon not added to s", "BELIEF-1", adabelief_variant(added=False)),
        formula("the distance to the average before this step", "BELIEF-1", adabelief_variant(before=True)),
        formula("the gradient itself squared, as in Adam", "BELIEF-1", adabelief_variant(distant=False)),
        betas_swapped("BELIEF-1"),
        ignoring("epsilon ignored", "BELIEF-2", eps=0),
    ),
)
