"""Adagrad: spec/optimizers/adagrad.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Real
from ..faults import changing, ignoring, wrapping
from ..rule_conventions import DECAYED_BEFORE
from ..rule_faults import with_epsilon_outside


def update(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    lr_decay: Any,
    initial_accumulator_value: Any,
    eps: Any,
) -> Array:
    slots["sum"] = slots["sum"] + g * g + (initial_accumulator_value if k == 1 else 0)
    stepped: Array = p - lr / (1 + (k - 1) * lr_decay) * g / sqrt(slots["sum"] + eps)
    return stepped


def decay_from_first_step(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    decay = hyper["lr_decay"]
    return original(g, slots, p, lr * (1 + (k - 1) * decay) / (1 + k * decay), k, sqrt, **hyper)


def mean_instead_of_sum(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    memory = 1 - (1 + 0 * lr) / 10
    slots["sum"] = memory * slots["sum"] + (memory - 1) * g * g
    return original(g, slots, p, lr, k, sqrt, **hyper)


def sum_over_weight(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    slots["sum"] = slots["sum"] + (g * g).sum() - g * g
    return original(g, slots, p, lr, k, sqrt, **hyper)


def cases() -> Iterator[Case]:
    plain = DEFINITION.config()
    yield Case("ADAG-1", "twelve-steps", training(plain))
    yield Case("ADAG-1", "accumulated-before", training(plain | {"initial_accumulator_value": "0.7"}))
    yield Case("ADAG-2", "large-eps", training(plain | {"eps": "0.3"}))
    yield Case("ADAG-2", "small-gradients", training(plain | {"eps": "1e-08"}, optimizer_steps(4, scale=1e-4)))
    yield Case("ADAG-3", "twelve-steps", training(plain | {"lr_decay": "0.2"}))
    yield Case("ADAG-3", "fast", training(plain | {"lr_decay": "3.0"}, optimizer_steps(4)))
    yield Case("ADAG-4", "defaults", training({"class": "Adagrad"}, optimizer_steps(4, scale=10.0)))
    yield Case("ADAG-4", "default-eps", training({"class": "Adagrad", "lr": "0.1"}, optimizer_steps(3, scale=1e-5)))
    yield Case(
        "ADAG-4", "default-lr_decay", training({"class": "Adagrad", "lr": "0.1", "eps": "0.01"}, optimizer_steps(6))
    )


DEFINITION = OptimizerDefinition(
    name="Adagrad",
    slots=["sum"],
    update=update,
    lr="0.01",
    parameters={
        "lr_decay": Real(NON_NEGATIVE, "0.0", "OPT-28"),
        "initial_accumulator_value": Real(NON_NEGATIVE, "0.0", "OPT-28"),
        "eps": Real(NON_NEGATIVE, "1e-10", "OPT-28"),
    },
    example={"eps": "0.001", "initial_accumulator_value": "0.0"},
    counting={"lr_decay": "0.1"},
    variations={"decaying": {"lr_decay": "0.1"}},
    cases=cases,
    defaults="ADAG-4",
    laws={"OPT-41": {}, "OPT-42": {"eps": "0.0"}},
    uses_step_count=True,
    conventions=(
        Convention("torch", "epsilon outside the root", ("ADAG-2",), with_epsilon_outside(update)),
        Convention(
            "keras",
            "other defaults, and weight decay is decoupled",
            ("ADAG-4", "OPT-39"),
            defaults={"lr": "0.001", "initial_accumulator_value": "0.1", "eps": "1e-07"},
            changes=DECAYED_BEFORE,
        ),
        Convention(
            "optax", "other defaults", ("ADAG-4",), defaults={"initial_accumulator_value": "0.1", "eps": "1e-07"}
        ),
    ),
    faults=(
        ignoring("lr_decay ignored", "ADAG-3", lr_decay=0),
        wrapping("lr_decay from the first step", "ADAG-3", decay_from_first_step),
        ignoring("initial accumulator ignored", "ADAG-1", initial_accumulator_value=0),
        changing("initial accumulator squared", "ADAG-1", initial_accumulator_value=lambda value: value * value),
        ignoring("epsilon ignored", "ADAG-2", eps=0),
        wrapping("a mean square instead of the sum, as in RMSprop", "ADAG-1", mean_instead_of_sum),
        wrapping("a sum over the whole weight", "ADAG-1", sum_over_weight),
    ),
)
