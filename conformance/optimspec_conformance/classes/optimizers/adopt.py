"""ADOPT: spec/optimizers/adopt.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.operations import optimizer_step
from ...scenarios.values import Row
from ...scenarios.weights import gradients, optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Pair, Real
from ..faults import formula, ignoring
from ..rule_faults import betas_swapped, rooting, wrongly_decaying


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any, weight_decay: Any
) -> Array:
    beta1, beta2 = betas
    if k == 1:
        slots["v"] = g * g
        return p
    root, bound = sqrt(slots["v"]), fourth_root(k, sqrt, 1 + 0 * lr)
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * limited(g / np.where(root < eps, eps, root), bound)
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    stepped: Array = p - lr * (slots["m"] + weight_decay * p)
    return stepped


def limited(values: Array, bound: Any) -> Array:
    """Values limited to [−bound, bound]; nan stays nan."""
    limited: Array = np.where(values > bound, bound, np.where(values < -bound, -bound, values))
    return limited


def fourth_root(k: int, sqrt: Any, one: Any) -> Any:
    """(k − 1)^¼"""
    return sqrt(sqrt((k - 1) * one))


def adopt_variant(
    bound: Callable[[int, Any, Any], Any] | None = fourth_root,
    waits: bool = True,
    decayed_first: bool = False,
    current: bool = False,
    added: bool = False,
    start: Callable[[Any], Any] = lambda beta2: 1,
    coupled: bool = False,
) -> Callable[..., Array]:
    """ADOPT with another bound of a quotient, another first step, another divisor, or coupled weight decay.

    ``start`` is what the first g² is multiplied by, ``current`` a divisor that has the gradient of this step.
    """

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
        g = g + weight_decay * p if coupled else g
        decay = 0 if coupled else weight_decay
        before = slots["v"]
        if k == 1:
            slots["v"] = start(beta2) * g * g
            before = before if current or waits else slots["v"]
            if waits:
                decayed: Array = p - lr * decay * p if decayed_first else p
                return decayed
        else:
            slots["v"] = beta2 * before + (1 - beta2) * g * g
        root = sqrt(slots["v"] if current else before)
        root = root + eps if added else np.where(root < eps, eps, root)
        quotient = g / root if bound is None else limited(g / root, bound(k, sqrt, 1 + 0 * lr))
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * quotient
        stepped: Array = p - lr * (slots["m"] + decay * p)
        return stepped

    return update


def growing(steps: int, factor: float = 3.0) -> list[Row]:
    return [optimizer_step(gradients(k, scale=factor**k)) for k in range(1, steps + 1)]


def cases() -> Iterator[Case]:
    plain, decaying = DEFINITION.config(), DEFINITION.config(weight_decay="0.7")
    yield Case("ADOPT-1", "first-step", training(plain, optimizer_steps(1)))
    yield Case("ADOPT-1", "two-steps", training(plain, optimizer_steps(2)))
    joins = [*optimizer_steps(3, keys=["v"]), *optimizer_steps(3, first=4)]
    yield Case("ADOPT-1", "of-each-weight", training(plain, joins))
    yield Case("ADOPT-2", "twelve-steps", training(plain))
    yield Case("ADOPT-2", "large-eps", training(plain | {"eps": "0.7"}))
    yield Case("ADOPT-2", "growing-gradients", training(plain | {"betas": ["0.5", "0.5"]}, growing(6, 1.2)))
    yield Case("ADOPT-3", "growing-gradients", training(plain, growing(8)))
    yield Case("ADOPT-3", "second-step", training(plain, growing(2, 8.0)))
    yield Case("ADOPT-3", "twenty-steps", training(plain, growing(20, 2.0)))
    yield Case("ADOPT-4", "unequal-betas", training(plain | {"betas": ["0.3", "0.9"]}))
    yield Case("ADOPT-4", "no-memory", training(plain | {"betas": ["0.0", "0.0"]}, optimizer_steps(5)))
    yield Case("ADOPT-5", "decay", training(decaying))
    yield Case("ADOPT-5", "first-step", training(decaying, optimizer_steps(1)))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.3"}
    yield Case("ADOPT-5", "falling-rate", training(decaying, optimizer_steps(6, moving=True), scheduler=falling))
    yield Case("ADOPT-6", "defaults", training({"class": "ADOPT"}, optimizer_steps(4, scale=10.0)))
    defaults = {"class": "ADOPT", "lr": "0.1"}
    yield Case("ADOPT-6", "default-betas", training(defaults, growing(12, 1.5)))
    yield Case("ADOPT-6", "default-eps", training(defaults, optimizer_steps(4, scale=1e-6)))


DEFINITION = OptimizerDefinition(
    name="ADOPT",
    slots=["m", "v"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.9999"], "ADOPT-7"),
        "eps": Real(NON_NEGATIVE, "1e-06", "OPT-28"),
    },
    example={"betas": ["0.8", "0.95"], "eps": "0.001", "weight_decay": "0.02"},
    cases=cases,
    defaults="ADOPT-6",
    laws={"OPT-41": {"weight_decay": "0.0"}, "OPT-42": {"weight_decay": "0.0", "eps": "0.0"}},
    uses_step_count=True,
    still_steps=1,
    coupled=False,
    profile="field",
    conventions=(
        Convention(
            "pytorch_optimizer",
            "the bound of a normalized gradient is a root of k, and weight decay is coupled",
            ("ADOPT-3", "ADOPT-5"),
            adopt_variant(bound=lambda k, sqrt, one: sqrt(sqrt(k * one)), coupled=True),
        ),
        Convention(
            "timm",
            "the bound of a normalized gradient is another power of k − 1",
            ("ADOPT-3",),
            adopt_variant(bound=lambda k, sqrt, one: ((k - 1) * one) ** (333 * one / 1000)),
        ),
    ),
    faults=(
        formula("the first step moves the weight", "ADOPT-1", adopt_variant(waits=False)),
        formula("the first square weighted by 1 − β₂", "ADOPT-1", adopt_variant(start=lambda beta2: 1 - beta2)),
        formula("divided by a v that has the gradient", "ADOPT-2", adopt_variant(current=True)),
        formula("epsilon added to the root", "ADOPT-2", adopt_variant(added=True)),
        formula("no bound of a normalized gradient", "ADOPT-3", adopt_variant(bound=None)),
        formula("the bound a root of k", "ADOPT-3", adopt_variant(bound=lambda k, sqrt, one: sqrt(sqrt(k * one)))),
        formula("the bound a square root", "ADOPT-3", adopt_variant(bound=lambda k, sqrt, one: sqrt((k - 1) * one))),
        formula("weight decay in the first step", "ADOPT-5", adopt_variant(decayed_first=True)),
        betas_swapped("ADOPT-4"),
        ignoring("epsilon ignored", "ADOPT-2", eps=0),
        rooting("no root", "ADOPT-2", lambda sqrt, x, **_: x),
        *wrongly_decaying("ADOPT-5", "ADOPT-5"),
    ),
)
