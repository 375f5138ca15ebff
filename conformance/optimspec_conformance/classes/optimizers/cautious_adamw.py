"""CautiousAdamW: spec/optimizers/cautious_adamw.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.operations import optimizer_step
from ...scenarios.values import array
from ...scenarios.weights import SCALAR, optimizer_steps, training
from ..arithmetic import sign
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Pair, Real
from ..faults import formula, ignoring
from ..rule_faults import betas_swapped, epsilon_inside, rooting, uncorrected, wrongly_decaying


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, weight_decay: Any
) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    u = slots["m"] / (1 - beta1**k) / (sqrt(slots["v"] / (1 - beta2**k)) + eps)
    mask = np.asarray(sign(u) * sign(g) > 0).astype(int)
    stepped: Array = p - lr * (u * mask * by_the_mean(mask, lr) + weight_decay * p)
    return stepped


def by_the_mean(mask: Array, lr: Any) -> Any:
    """1 over the mean of a mask, or over 0.001, as a number of the kind of ``lr``."""
    mean = (mask.sum() + 0 * lr) / max(mask.size, 1)
    return 1 / max(mean, (1 + 0 * lr) / 1000)


def by_the_sum_and_one(mask: Array, lr: Any) -> Any:
    return (mask.size + 0 * lr) / (mask.sum() + 1)


def cautious_variant(
    factor: Callable[[Array, Any], Any] = by_the_mean,
    agreeing: Callable[[Array, Array], Array] = lambda u, g: (sign(u) * sign(g) > 0).astype(int),
    masked_moments: bool = False,
    masked_decay: bool = False,
) -> Callable[..., Array]:
    """CautiousAdamW with another mask or another factor of it, or with other things masked too."""

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
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
        u = slots["m"] / (1 - beta1**k) / (sqrt(slots["v"] / (1 - beta2**k)) + eps)
        mask = np.asarray(agreeing(u, g))
        slots["m"] = slots["m"] * mask if masked_moments else slots["m"]
        scaled = mask * factor(mask, lr)
        stepped: Array = p - lr * (u * scaled + weight_decay * p * (scaled if masked_decay else 1))
        return stepped

    return update


def cases() -> Iterator[Case]:
    plain = DEFINITION.config(weight_decay="0.0")
    yield Case("CAUT-1", "twelve-steps", training(plain))
    yield Case("CAUT-1", "unequal-betas", training(DEFINITION.config(betas=["0.3", "0.9"])))
    yield Case("CAUT-1", "large-eps", training(DEFINITION.config(eps="0.3")))
    yield Case("CAUT-1", "no-memory", training(DEFINITION.config(betas=["0.0", "0.0"]), optimizer_steps(4)))
    patient = plain | {"betas": ["0.95", "0.9"]}
    yield Case("CAUT-2", "turning-gradients", training(patient))
    against = [optimizer_step([["c", array([0.5 * s, -0.4, 0.3 * s, 0.2])]]) for s in (1, 1, -1, -1, 1, -1)]
    of_four = {"weights": [["c", array([0.0] * 4)]]}
    yield Case("CAUT-2", "half-of-them-turn", training(patient, against) | of_four)
    yield Case("CAUT-3", "half-of-them-turn", training(patient, against[:3]) | of_four)
    all_turn = [optimizer_step([["c", array([0.5 * s, -0.4 * s])]]) for s in (1, 1, -1, 1)]
    yield Case("CAUT-3", "all-turn", training(patient, all_turn) | {"weights": [["c", array([0.0] * 2)]]})
    yield Case("CAUT-3", "one-element", training(plain, optimizer_steps(6, keys=[SCALAR]), keys=[SCALAR]))
    one_of_many = [
        optimizer_step([["c", array([(-0.5 if k > 2 and j else 0.5) for j in range(1500)])]]) for k in (1, 2, 3)
    ]
    yield Case("CAUT-3", "one-of-many", training(patient, one_of_many) | {"weights": [["c", array([0.0] * 1500)]]})
    slow = DEFINITION.config(betas=["0.95", "0.999"])
    yield Case("CAUT-4", "slow-betas", training(slow, optimizer_steps(20)))
    decaying = DEFINITION.config(weight_decay="0.7")
    yield Case("CAUT-5", "decay", training(decaying))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.3"}
    yield Case("CAUT-5", "falling-rate", training(decaying, optimizer_steps(6, moving=True), scheduler=falling))
    yield Case("CAUT-6", "defaults", training({"class": "CautiousAdamW"}, optimizer_steps(4, scale=10.0)))
    defaults = {"class": "CautiousAdamW", "lr": "0.1"}
    yield Case("CAUT-6", "default-weight_decay", training(defaults, optimizer_steps(6)))
    yield Case("CAUT-6", "default-betas", training(defaults | {"eps": "0.01"}, optimizer_steps(6)))
    yield Case("CAUT-6", "default-eps", training(defaults | {"weight_decay": "0.0"}, optimizer_steps(3, scale=1e-8)))


DEFINITION = OptimizerDefinition(
    name="CautiousAdamW",
    slots=["m", "v"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "CAUT-7"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
    },
    weight_decay="0.01",
    example={"betas": ["0.8", "0.95"], "eps": "0.001", "weight_decay": "0.02"},
    cases=cases,
    defaults="CAUT-6",
    laws={"OPT-41": {"weight_decay": "0.0"}, "OPT-42": {"weight_decay": "0.0", "eps": "0.0"}},
    uses_step_count=True,
    coupled=False,
    profile="field",
    conventions=(
        Convention("paper", "the mask is scaled by its sum and one", ("CAUT-3",), cautious_variant(by_the_sum_and_one)),
    ),
    faults=(
        formula("no mask, as in AdamW", "CAUT-2", cautious_variant(agreeing=lambda u, g: 0 * sign(g) + 1)),
        formula(
            "the mask of the first moment alone", "CAUT-2", cautious_variant(agreeing=lambda u, g: sign(u) * sign(u))
        ),
        formula(
            "the elements that disagree",
            "CAUT-2",
            cautious_variant(agreeing=lambda u, g: (sign(u) * sign(g) < 0).astype(int)),
        ),
        formula("the first moment masked too", "CAUT-2", cautious_variant(masked_moments=True)),
        formula("a mask that is not scaled", "CAUT-3", cautious_variant(lambda mask, lr: 1)),
        formula("the mask scaled by its sum and one", "CAUT-3", cautious_variant(by_the_sum_and_one)),
        formula(
            "the mask scaled without a bound",
            "CAUT-3",
            cautious_variant(lambda mask, lr: (mask.size + 0 * lr) / max(mask.sum(), 1)),
        ),
        formula("weight decay masked", "CAUT-5", cautious_variant(masked_decay=True)),
        *uncorrected("CAUT-4"),
        epsilon_inside("CAUT-1"),
        betas_swapped("CAUT-1"),
        ignoring("epsilon ignored", "CAUT-1", eps=0),
        rooting("no root", "CAUT-1", lambda sqrt, x, **_: x),
        *wrongly_decaying("CAUT-5", "CAUT-5"),
    ),
)
