"""Adan: spec/optimizers/adan.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Real, Triple
from ..faults import changing, formula, ignoring
from ..rule_faults import epsilon_inside, rooting, wrongly_decaying


def update(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    betas: tuple[Any, Any, Any],
    eps: Any,
    weight_decay: Any,
) -> Array:
    beta1, beta2, beta3 = betas
    difference = g - slots["g"] if k > 1 else 0 * g
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * difference
    slots["n"] = beta3 * slots["n"] + (1 - beta3) * (g + beta2 * difference) * (g + beta2 * difference)
    slots["g"] = g
    m, v, n = (slots[name] / (1 - beta**k) for name, beta in zip("mvn", betas, strict=True))
    stepped: Array = (p - lr * (m + beta2 * v) / (sqrt(n) + eps)) / (1 + lr * weight_decay)
    return stepped


def adan_variant(
    corrected: bool = True,
    of_difference: Callable[[Any], Any] = lambda beta2: beta2,
    first_difference: bool = False,
    divided: bool = True,
    squared: bool = True,
) -> Callable[..., Array]:
    """Adan without bias correction, with another factor of Δ or another first Δ, or with decay that does not divide.

    ``squared``: the average of squares has the Δ in it.
    """

    def update(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Any,
        k: int,
        sqrt: Any,
        betas: tuple[Any, Any, Any],
        eps: Any,
        weight_decay: Any,
    ) -> Array:
        beta1, beta2, beta3 = betas
        factor = of_difference(beta2)
        difference = g - slots["g"] if k > 1 or first_difference else 0 * g
        whole = g + factor * difference if squared else g
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * difference
        slots["n"] = beta3 * slots["n"] + (1 - beta3) * whole * whole
        slots["g"] = g
        m, v, n = (slots[name] / (1 - beta**k if corrected else 1) for name, beta in zip("mvn", betas, strict=True))
        direction = (m + factor * v) / (sqrt(n) + eps)
        if divided:
            stepped: Array = (p - lr * direction) / (1 + lr * weight_decay)
        else:
            stepped = p - lr * (direction + weight_decay * p)
        return stepped

    return update


def cases() -> Iterator[Case]:
    yield Case("ADAN-1", "twelve-steps", training(DEFINITION.config()))
    yield Case("ADAN-1", "unequal-betas", training(DEFINITION.config(betas=["0.3", "0.6", "0.9"])))
    yield Case("ADAN-1", "no-memory", training(DEFINITION.config(betas=["0.0", "0.0", "0.0"]), optimizer_steps(4)))
    yield Case("ADAN-2", "first-step", training(DEFINITION.config(), optimizer_steps(1)))
    yield Case("ADAN-2", "second-step", training(DEFINITION.config(), optimizer_steps(2)))
    steady = [row for _ in range(6) for row in optimizer_steps(1)]
    yield Case("ADAN-2", "steady-gradients", training(DEFINITION.config(), steady))
    partial = [*optimizer_steps(2), *optimizer_steps(2, first=3, keys=["v"]), *optimizer_steps(2, first=5)]
    yield Case("ADAN-2", "of-the-last-gradient", training(DEFINITION.config(), partial))
    yield Case("ADAN-3", "large-eps", training(DEFINITION.config(eps="0.3")))
    yield Case("ADAN-3", "no-eps", training(DEFINITION.config(eps="0.0"), optimizer_steps(5, dense=True)))
    yield Case("ADAN-4", "slow-betas", training(DEFINITION.config(betas=["0.95", "0.9", "0.999"]), optimizer_steps(20)))
    decaying = DEFINITION.config(weight_decay="0.7")
    yield Case("ADAN-5", "decay", training(decaying))
    yield Case("ADAN-5", "strong-decay", training(DEFINITION.config(weight_decay="8.0"), optimizer_steps(4)))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.3"}
    yield Case("ADAN-5", "falling-rate", training(decaying, optimizer_steps(6, moving=True), scheduler=falling))
    yield Case("ADAN-6", "defaults", training({"class": "Adan"}, optimizer_steps(4, scale=10.0)))
    yield Case("ADAN-6", "default-betas", training({"class": "Adan", "lr": "0.1", "eps": "0.01"}, optimizer_steps(8)))
    yield Case("ADAN-6", "default-eps", training({"class": "Adan", "lr": "0.1"}, optimizer_steps(3, scale=1e-8)))


DEFINITION = OptimizerDefinition(
    name="Adan",
    slots=["m", "v", "n", "g"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Triple("[0, 1)", ["0.98", "0.92", "0.99"], "ADAN-7"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
    },
    example={"betas": ["0.8", "0.6", "0.95"], "eps": "0.001", "weight_decay": "0.02"},
    cases=cases,
    defaults="ADAN-6",
    laws={"OPT-41": {"weight_decay": "0.0"}, "OPT-42": {"weight_decay": "0.0", "eps": "0.0"}},
    uses_step_count=True,
    coupled=False,
    profile="field",
    conventions=(
        Convention(
            "optax",
            "the difference of gradients is multiplied by 1 − β₂, and weight decay does not divide",
            ("ADAN-1", "ADAN-3", "ADAN-5"),
            adan_variant(of_difference=lambda beta2: 1 - beta2, divided=False),
        ),
    ),
    faults=(
        formula("the difference multiplied by 1 − β₂", "ADAN-1", adan_variant(of_difference=lambda beta2: 1 - beta2)),
        formula("no difference of gradients, as in Adam", "ADAN-1", adan_variant(of_difference=lambda beta2: 0)),
        formula("the difference left out of the squares", "ADAN-1", adan_variant(squared=False)),
        formula("the first difference is that to 0", "ADAN-2", adan_variant(first_difference=True)),
        formula("no bias correction", "ADAN-4", adan_variant(corrected=False)),
        formula("weight decay subtracted in place of divided by", "ADAN-5", adan_variant(divided=False)),
        epsilon_inside("ADAN-3"),
        changing("the first two betas swapped", "ADAN-1", betas=lambda betas: (betas[1], betas[0], betas[2])),
        changing("the last two betas swapped", "ADAN-1", betas=lambda betas: (betas[0], betas[2], betas[1])),
        ignoring("epsilon ignored", "ADAN-3", eps=0),
        rooting("no root", "ADAN-3", lambda sqrt, x, **_: x),
        *wrongly_decaying("ADAN-5", "ADAN-5"),
    ),
)
