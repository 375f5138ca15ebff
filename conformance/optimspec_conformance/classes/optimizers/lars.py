"""Lars: spec/optimizers/lars.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.operations import optimizer_step
from ...scenarios.values import array
from ...scenarios.weights import VECTOR, optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Real
from ..faults import ignoring, wrapping


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any, trust_coefficient: Any, eps: Any
) -> Array:
    p_norm, g_norm = sqrt((p * p).sum()), sqrt((g * g).sum())
    ratio = trust_coefficient * p_norm / (g_norm + eps) if p_norm > 0 and g_norm > 0 else 1
    slots["v"] = momentum * slots["v"] + ratio * g
    stepped: Array = p - lr * slots["v"]
    return stepped


def with_rate_inside(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any, trust_coefficient: Any, eps: Any
) -> Array:
    p_norm, g_norm = sqrt((p * p).sum()), sqrt((g * g).sum())
    ratio = trust_coefficient * p_norm / (g_norm + eps) if p_norm > 0 and g_norm > 0 else 1
    slots["v"] = momentum * slots["v"] + lr * ratio * g
    stepped: Array = p - slots["v"]
    return stepped


def with_norm_of_decay(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    momentum: Any,
    trust_coefficient: Any,
    eps: Any,
    weight_decay: Any,
) -> Array:
    p_norm, g_norm = sqrt((p * p).sum()), sqrt((g * g).sum())
    trusted = p_norm > 0 and g_norm > 0
    ratio = trust_coefficient * p_norm / (g_norm + weight_decay * p_norm) if trusted else 1
    slots["v"] = momentum * slots["v"] + lr * ratio * (g + weight_decay * p)
    stepped: Array = p - slots["v"]
    return stepped


def rate_inside(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    v = hyper["momentum"] * slots["v"] - lr * (original(g, {"v": 0 * g}, p, 1, k, sqrt, **hyper) - p)
    slots["v"] = v
    return p - v


def without_trust_ratio(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    slots["v"] = hyper["momentum"] * slots["v"] + g
    return p - lr * slots["v"]


def zeros_stay(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    return original(g, slots, p, lr, k, sqrt, **hyper) if (p * p).sum() > 0 else p


def cases() -> Iterator[Case]:
    yield Case("LARS-1", "twelve-steps", training(DEFINITION.config(momentum="0.0")))
    yield Case(
        "LARS-1",
        "tiny-gradients",
        training(DEFINITION.config(momentum="0.0", eps="1e-12"), optimizer_steps(6, scale=1e-6)),
    )
    yield Case("LARS-1", "large-eps", training(DEFINITION.config(momentum="0.0", eps="0.7")))
    yield Case("LARS-2", "momentum", training(DEFINITION.config()))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.3"}
    yield Case(
        "LARS-2", "falling-rate", training(DEFINITION.config(), optimizer_steps(6, moving=True), scheduler=falling)
    )
    yield Case("LARS-3", "decay", training(DEFINITION.config(weight_decay="0.7")))
    yield Case("LARS-3", "heavy-decay", training(DEFINITION.config(weight_decay="5.0"), optimizer_steps(4)))
    zero = {"weights": [[VECTOR, array([0.0] * 5)]]}
    yield Case(
        "LARS-4", "zero-weight", training(DEFINITION.config(), optimizer_steps(3, keys=[VECTOR]), keys=[VECTOR]) | zero
    )
    zero_gradient = [optimizer_step([[VECTOR, array([0.0] * 5)]]), *optimizer_steps(2, keys=[VECTOR])]
    yield Case("LARS-4", "zero-gradient", training(DEFINITION.config(eps="0.0"), zero_gradient, keys=[VECTOR]))
    yield Case("LARS-5", "defaults", training({"class": "Lars"}, optimizer_steps(4, scale=10.0)))
    large = training({"class": "Lars"}, optimizer_steps(3, scale=10.0, keys=[VECTOR]), keys=[VECTOR])
    yield Case("LARS-5", "default-clipping", large | zero)
    yield Case("LARS-5", "default-eps", training({"class": "Lars"}, optimizer_steps(3, scale=1e-8)))


DEFINITION = OptimizerDefinition(
    name="Lars",
    slots=["v"],
    update=update,
    lr="1.0",
    parameters={
        "momentum": Real(NON_NEGATIVE, "0.9", "OPT-28"),
        "trust_coefficient": Real(NON_NEGATIVE, "0.001", "OPT-28"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
    },
    example={"momentum": "0.6", "trust_coefficient": "0.3", "eps": "0.01"},
    cases=cases,
    defaults="LARS-5",
    profile="extended",
    conventions=(
        Convention(
            "optax",
            "the rate is inside the momentum",
            ("LARS-2", "LARS-5", "OPT-5"),
            with_rate_inside,
            defaults={"eps": "0.0"},
        ),
        Convention(
            "tinygrad",
            "the rate is inside the momentum, and the ratio has the norm of the decay in place of epsilon",
            ("LARS-1", "LARS-2", "LARS-3", "LARS-5", "OPT-5"),
            with_norm_of_decay,
            defaults={"lr": "0.001", "weight_decay": "0.0001"},
            changes={"coupled": False},
        ),
    ),
    faults=(
        wrapping("the rate inside the momentum", "LARS-2", rate_inside),
        ignoring("momentum ignored", "LARS-2", momentum=0),
        ignoring("trust_coefficient ignored", "LARS-1", trust_coefficient=1),
        wrapping("no trust ratio, as in SGD", "LARS-1", without_trust_ratio),
        wrapping("a weight of zeros never moves", "LARS-4", zeros_stay),
        ignoring("epsilon ignored", "LARS-1", eps=0),
    ),
)
