"""AdaBelief: spec/optimizers/adabelief.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..domains import NON_NEGATIVE, Pair, Real
from ..model import Array, Dialect, OptimizerModel, Slots
from ..scenario import Case
from ..training import run, training


def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["s"] = beta2 * slots["s"] + (1 - beta2) * (g - slots["m"]) * (g - slots["m"]) + eps
    stepped: Array = p - lr * slots["m"] / (1 - beta1**k) / (sqrt(slots["s"] / (1 - beta2**k)) + eps)
    return stepped


def outside(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any) -> Array:
    beta1, beta2 = betas
    tiny = (1 + 0 * beta1) / 10**16
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["s"] = beta2 * slots["s"] + (1 - beta2) * (g - slots["m"]) * (g - slots["m"]) + tiny
    stepped: Array = p - lr * slots["m"] / (1 - beta1**k) / (sqrt(slots["s"] / (1 - beta2**k)) + eps)
    return stepped


def cases() -> Iterator[Case]:
    yield Case("BELIEF-1", "twelve-steps", training(MODEL.spec(eps="0.001")))
    yield Case("BELIEF-1", "unequal-betas", training(MODEL.spec(betas=["0.3", "0.9"], eps="0.001")))
    yield Case("BELIEF-2", "large-eps", training(MODEL.spec(eps="0.3")))
    steady = [row for _ in range(6) for row in run(1)]
    yield Case("BELIEF-2", "steady-gradients", training(MODEL.spec(eps="0.01"), steady))
    yield Case("BELIEF-3", "slow-betas", training(MODEL.spec(betas=["0.95", "0.999"]), run(20)))
    yield Case("BELIEF-4", "defaults", training({"class": "AdaBelief"}, run(4, scale=10.0)))
    yield Case("BELIEF-4", "default-betas", training({"class": "AdaBelief", "lr": "0.1"}, run(6)))
    yield Case("BELIEF-4", "default-eps", training({"class": "AdaBelief", "lr": "0.1"}, run(3, scale=1e-8)))


MODEL = OptimizerModel(
    name="AdaBelief",
    slots=["m", "s"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "BELIEF-5"),
        "eps": Real(NON_NEGATIVE, "1e-16", "OPT-28"),
    },
    example={"betas": ["0.8", "0.95"], "eps": "1e-12"},
    variations={},
    cases=cases,
    laws={"OPT-41": {}, "OPT-42": {"eps": "0.0"}},
    counts=True,
    dialects=(Dialect("optax", "what is added to s in each step is 1e-16, whatever epsilon is", outside),),
    profile="extended",
)
