"""Lamb: spec/optimizers/lamb.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.operations import optimizer_step
from ...scenarios.values import array
from ...scenarios.weights import VECTOR, optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Pair, Real
from ..faults import formula, ignoring, wrapping
from ..rule_faults import betas_swapped, epsilon_inside, wrongly_decaying


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, weight_decay: Any
) -> Array:
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    r = slots["m"] / (1 - beta1**k) / (sqrt(slots["v"] / (1 - beta2**k)) + eps) + weight_decay * p
    p_norm, r_norm = sqrt((p * p).sum()), sqrt((r * r).sum())
    ratio = p_norm / r_norm if p_norm > 0 and r_norm > 0 else 1
    stepped: Array = p - lr * ratio * r
    return stepped


def decayed_before(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, weight_decay: Any, **hyper: Any
) -> Array:
    return update(g, slots, p - lr * weight_decay * p, lr, k, sqrt, weight_decay=0 * weight_decay, **hyper)


def trusting_with_decay_alone(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, weight_decay: Any
) -> Array:
    stepped = update(g, slots, p, lr, k, sqrt, betas, eps, weight_decay)
    if weight_decay > 0:
        return stepped
    beta1, beta2 = betas
    plain: Array = p - lr * slots["m"] / (1 - beta1**k) / (sqrt(slots["v"] / (1 - beta2**k)) + eps)
    return plain


def lamb_variant(
    corrected: tuple[bool, bool] = (True, True), trust: bool = True, largest: int = 0, decayed_after: bool = False
) -> Callable[..., Array]:
    """Lamb without bias correction, with another trust ratio, or with weight decay after it."""

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
        slots["m"] = betas[0] * slots["m"] + (1 - betas[0]) * g
        slots["v"] = betas[1] * slots["v"] + (1 - betas[1]) * g * g
        m_correction, v_correction = (
            1 - beta**k if is_corrected else 1 for beta, is_corrected in zip(betas, corrected, strict=True)
        )
        r = (
            slots["m"] / m_correction / (sqrt(slots["v"] / v_correction) + eps)
            + (0 if decayed_after else weight_decay) * p
        )
        p_norm, r_norm = sqrt((p * p).sum()), sqrt((r * r).sum())
        ratio = p_norm / r_norm if trust and p_norm > 0 and r_norm > 0 else 1
        ratio = min(ratio, largest) if largest else ratio
        stepped: Array = p - lr * ratio * r - (lr * weight_decay if decayed_after else 0) * p
        return stepped

    return update


def trusted_with_decay_alone(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, weight_decay: Any, **hyper: Any
) -> Array:
    if weight_decay == 0:
        return lamb_variant(trust=False)(g, slots, p, lr, k, sqrt, weight_decay=weight_decay, **hyper)
    stepped: Array = original(g, slots, p, lr, k, sqrt, weight_decay=weight_decay, **hyper)
    return stepped


def cases() -> Iterator[Case]:
    yield Case("LAMB-1", "twelve-steps", training(DEFINITION.config()))
    yield Case("LAMB-1", "unequal-betas", training(DEFINITION.config(betas=["0.3", "0.9"])))
    yield Case("LAMB-1", "large-eps", training(DEFINITION.config(eps="0.3")))
    yield Case("LAMB-1", "decay", training(DEFINITION.config(weight_decay="0.3"), optimizer_steps(6)))
    yield Case("LAMB-2", "twenty-steps", training(DEFINITION.config(betas=["0.95", "0.999"]), optimizer_steps(20)))
    decayed = DEFINITION.config(betas=["0.95", "0.999"], weight_decay="0.7")
    yield Case(
        "LAMB-2", "decay", training(decayed, optimizer_steps(6))
    )  # without decay, the ratio cancels a factor of m
    yield Case("LAMB-3", "decay", training(DEFINITION.config(weight_decay="0.7")))
    yield Case("LAMB-3", "heavy-decay", training(DEFINITION.config(weight_decay="5.0"), optimizer_steps(4)))
    yield Case("LAMB-4", "tiny-gradients", training(DEFINITION.config(eps="1e-12"), optimizer_steps(6, scale=1e-6)))
    zero = {"weights": [[VECTOR, array([0.0] * 5)]]}
    yield Case(
        "LAMB-4", "zero-weight", training(DEFINITION.config(), optimizer_steps(3, keys=[VECTOR]), keys=[VECTOR]) | zero
    )
    long = {"weights": [[VECTOR, array([20.0, -7.0, 0.0, 4.0, -11.0])]]}
    yield Case(
        "LAMB-4", "long-weight", training(DEFINITION.config(), optimizer_steps(3, keys=[VECTOR]), keys=[VECTOR]) | long
    )
    decayed_long = training(DEFINITION.config(weight_decay="0.3"), optimizer_steps(3, keys=[VECTOR]), keys=[VECTOR])
    yield Case("LAMB-4", "decay", decayed_long | long)
    zero_gradient = [optimizer_step([[VECTOR, array([0.0] * 5)]]), *optimizer_steps(2, keys=[VECTOR])]
    yield Case("LAMB-4", "zero-gradient", training(DEFINITION.config(), zero_gradient, keys=[VECTOR]))
    yield Case("LAMB-5", "defaults", training({"class": "Lamb"}, optimizer_steps(4, scale=10.0)))
    yield Case("LAMB-5", "default-betas", training({"class": "Lamb", "lr": "0.1"}, optimizer_steps(6)))
    yield Case("LAMB-5", "default-eps", training({"class": "Lamb", "lr": "0.1"}, optimizer_steps(3, scale=1e-6)))


DEFINITION = OptimizerDefinition(
    name="Lamb",
    slots=["m", "v"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "LAMB-6"),
        "eps": Real(NON_NEGATIVE, "1e-06", "OPT-28"),
    },
    example={"betas": ["0.8", "0.95"], "eps": "0.001", "weight_decay": "0.0"},
    cases=cases,
    defaults="LAMB-5",
    laws={"OPT-42": {"eps": "0.0"}},
    uses_step_count=True,
    coupled=False,
    profile="extended",
    conventions=(
        Convention(
            "keras",
            "the weight is decayed before the step",
            ("LAMB-1", "LAMB-3", "LAMB-5"),
            decayed_before,
            defaults={"eps": "1e-07"},
        ),
        Convention(
            "paddle",
            "no trust ratio without weight decay",
            ("LAMB-4", "LAMB-5"),
            trusting_with_decay_alone,
            defaults={"weight_decay": "0.01"},
        ),
    ),
    faults=(
        formula("no bias correction", "LAMB-2", lamb_variant(corrected=(False, False))),
        formula("no bias correction of the first moment", "LAMB-2", lamb_variant(corrected=(False, True))),
        formula("no bias correction of the second moment", "LAMB-2", lamb_variant(corrected=(True, False))),
        formula("no trust ratio, as in AdamW", "LAMB-4", lamb_variant(trust=False)),
        formula("the trust ratio 10 at most", "LAMB-4", lamb_variant(largest=10)),
        formula("weight decay after the trust ratio", "LAMB-3", lamb_variant(decayed_after=True)),
        epsilon_inside("LAMB-1"),
        betas_swapped("LAMB-1"),
        wrapping("no trust ratio without weight decay", "LAMB-4", trusted_with_decay_alone),
        ignoring("epsilon ignored", "LAMB-1", eps=0),
        *wrongly_decaying("LAMB-3", None),
    ),
)
