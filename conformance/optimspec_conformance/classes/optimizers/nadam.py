"""Nadam: spec/optimizers/nadam.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Pair, Real
from ..faults import ignoring, wrapping
from ..rule_conventions import DECAYED_BEFORE
from ..rule_faults import betas_swapped, epsilon_hat, epsilon_inside


def update(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    betas: tuple[Any, Any],
    eps: Any,
    momentum_decay: Any,
) -> Array:
    beta1, beta2 = betas
    base = type(beta1)("0.96")
    mu, next_mu = (beta1 * (1 - base ** (i * momentum_decay) / 2) for i in (k, k + 1))
    slots["product"] = mu if k == 1 else slots["product"] * mu
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    gradient_term = (1 - mu) * g / (1 - slots["product"])
    momentum_term = next_mu * slots["m"] / (1 - slots["product"] * next_mu)
    stepped: Array = p - lr * (gradient_term + momentum_term) / (sqrt(slots["v"] / (1 - beta2**k)) + eps)
    return stepped


def without_nesterov(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    original(g, slots, p, lr, k, sqrt, **hyper)
    beta1, beta2 = hyper["betas"]
    return p - lr * slots["m"] / (1 - beta1**k) / (sqrt(slots["v"] / (1 - beta2**k)) + hyper["eps"])


def with_constant_momentum(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    update(g, slots, p, lr, k, sqrt, **hyper)
    beta1, beta2 = hyper["betas"]
    ahead = beta1 * slots["m"] / (1 - beta1 ** (k + 1)) + (1 - beta1) * g / (1 - beta1**k)
    return p - lr * ahead / (sqrt(slots["v"] / (1 - beta2**k)) + hyper["eps"])


def with_momentum_that_grows_at_once(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Array:
    return update(g, slots, p, lr, k, sqrt, **{**hyper, "momentum_decay": 1})


def cases() -> Iterator[Case]:
    yield Case("NADAM-1", "fast-decay", training(DEFINITION.config(momentum_decay="0.3")))
    yield Case("NADAM-1", "no-decay", training(DEFINITION.config(momentum_decay="0.0"), optimizer_steps(5)))
    yield Case("NADAM-2", "twelve-steps", training(DEFINITION.config()))
    yield Case("NADAM-2", "large-eps", training(DEFINITION.config(eps="0.3")))
    yield Case("NADAM-3", "slow-betas", training(DEFINITION.config(betas=["0.95", "0.999"])))
    yield Case("NADAM-3", "no-memory", training(DEFINITION.config(betas=["0.0", "0.0"]), optimizer_steps(4)))
    yield Case("NADAM-3", "twenty-steps", training(DEFINITION.config(), optimizer_steps(20)))
    yield Case("NADAM-4", "defaults", training({"class": "Nadam"}, optimizer_steps(4, scale=10.0)))
    default = {"class": "Nadam", "lr": "0.1", "eps": "0.01"}
    yield Case("NADAM-4", "default-betas", training(default, optimizer_steps(8)))
    yield Case("NADAM-4", "default-momentum_decay", training(default | {"betas": ["0.8", "0.9"]}, optimizer_steps(20)))
    yield Case("NADAM-4", "default-eps", training({"class": "Nadam", "lr": "0.1"}, optimizer_steps(3, scale=1e-8)))


DEFINITION = OptimizerDefinition(
    name="Nadam",
    slots=["m", "v", "product"],
    update=update,
    lr="0.002",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "NADAM-5"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
        "momentum_decay": Real(NON_NEGATIVE, "0.004", "OPT-28"),
    },
    example={"betas": ["0.8", "0.95"], "eps": "0.001"},
    variations={"decaying": {"momentum_decay": "0.05"}},
    cases=cases,
    defaults="NADAM-4",
    laws={"OPT-41": {}, "OPT-42": {"eps": "0.0"}},
    uses_step_count=True,
    conventions=(
        Convention("optax", "the momentum is the same in all steps", ("NADAM-1", "NADAM-2"), with_constant_momentum),
        Convention(
            "keras",
            "the momentum grows at once, and weight decay is decoupled",
            ("NADAM-1", "NADAM-4", "OPT-39"),
            with_momentum_that_grows_at_once,
            defaults={"lr": "0.001", "eps": "1e-07"},
            changes=DECAYED_BEFORE,
        ),
    ),
    faults=(
        ignoring("momentum_decay ignored", "NADAM-1", momentum_decay=0),
        betas_swapped("NADAM-3"),
        epsilon_inside("NADAM-2"),
        epsilon_hat("NADAM-2"),
        ignoring("epsilon ignored", "NADAM-2", eps=0),
        wrapping("no nesterov momentum, as in Adam", "NADAM-2", without_nesterov),
    ),
)
