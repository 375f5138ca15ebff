"""Lookahead: spec/optimizers/lookahead.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.operations import new, optimizer_load, optimizer_save, set_value
from ...scenarios.values import Scenario
from ...scenarios.weights import optimizer_steps, training, weights
from ..definition import Array, OptimizerDefinition, Slots
from ..domains import BaseOptimizer, Integer, Real
from ..faults import changing, ignoring, wrapping


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, base_optimizer: Any, sync_period: int, alpha: Any
) -> Array:
    slow = p if k == 1 else slots["slow"]
    inner = {name.removeprefix("base_"): slot for name, slot in slots.items() if name.startswith("base_")}
    fast = base_optimizer(g, inner, p)
    if k % sync_period == 0 and lr > 0:
        slow = fast = slow + alpha * (fast - slow)
    slots |= {"slow": slow, **{f"base_{name}": slot for name, slot in inner.items()}}
    stepped: Array = fast
    return stepped


# Their rate is that of the example, so that only LOOK-4 shows whose rate is used.
SGD: Scenario = {"class": "SGD", "lr": "0.0625", "momentum": "0.5"}
ADAM: Scenario = {"class": "Adam", "lr": "0.0625", "betas": ["0.8", "0.95"], "eps": "0.001"}
ADAMW: Scenario = {"class": "AdamW", "lr": "0.0625", "betas": ["0.8", "0.95"], "eps": "0.001", "weight_decay": "0.4"}
LAMB: Scenario = {"class": "Lamb", "lr": "0.0625", "betas": ["0.8", "0.95"]}


def slow_after_first_step(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    stepped = original(g, slots, p, lr, k, sqrt, **hyper)
    slots["slow"] = stepped if k == 1 else slots["slow"]
    return stepped


def slow_from_zero(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    stepped = original(g, slots, p, lr, k, sqrt, **hyper)
    slots["slow"] = 0 * p if k == 1 else slots["slow"]
    return stepped


def cases() -> Iterator[Case]:
    yield Case("LOOK-1", "twelve-steps", training(DEFINITION.config()))
    yield Case("LOOK-1", "each-step", training(DEFINITION.config(sync_period=1), optimizer_steps(4)))
    yield Case("LOOK-1", "far-apart", training(DEFINITION.config(sync_period=5, alpha="0.2"), optimizer_steps(20)))
    yield Case("LOOK-1", "all-the-way", training(DEFINITION.config(alpha="1.0")))
    yield Case("LOOK-1", "not-at-all", training(DEFINITION.config(alpha="0.0")))
    bound_first = [set_value(weights(scale=0.7)), *optimizer_steps(7)]
    yield Case("LOOK-1", "value-bound-before-the-first-step", training(DEFINITION.config(), bound_first))
    for base in (ADAM, ADAMW, LAMB):
        yield Case("LOOK-2", base["class"], training(DEFINITION.config(base_optimizer=base)))
    nested = {"class": "Lookahead", "base_optimizer": SGD, "sync_period": 2, "alpha": "0.3"}
    yield Case("LOOK-2", "Lookahead", training(DEFINITION.config(base_optimizer=nested)))
    warming = {"class": "LinearLR", "base_lr": "0.2", "start_factor": "0.0", "total_iters": 4}
    slow = DEFINITION.config(sync_period=1, alpha="0.3")
    yield Case("LOOK-3", "zero-rate", training(slow, optimizer_steps(6, moving=True), scheduler=warming))
    zero_between = {"class": "PiecewiseConstantSchedule", "boundaries": [2, 3], "values": ["0.3", "0.0", "0.2"]}
    yield Case(
        "LOOK-3",
        "zero-rate-between",
        training(DEFINITION.config(), optimizer_steps(7, moving=True), scheduler=zero_between),
    )
    base_settings = {
        "class": "Lookahead",
        "base_optimizer": ADAMW | {"grad_clip_norm": "0.7", "grad_clip_value": "0.3"},
    }
    yield Case("LOOK-4", "of-the-base", training(base_settings))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 2, "gamma": "0.3"}
    scheduled_base = {"class": "Lookahead", "base_optimizer": SGD | {"lr": "@scheduler"}}
    scheduled = {"scheduler": falling, **training(scheduled_base, optimizer_steps(6, moving=True))}
    yield Case("LOOK-4", "scheduler-of-the-base", scheduled)
    replaced = {"lr": "0.02", "weight_decay": "0.0", "grad_clip_norm": "5.0", "grad_clip_value": "0.5"}
    yield Case("LOOK-4", "replaced", training(base_settings | replaced))
    yield Case("LOOK-4", "scheduler", training(base_settings, optimizer_steps(6, moving=True), scheduler=falling))
    resumed = [optimizer_save(), new(), optimizer_load()]
    yield Case(
        "STA-7",
        "between-pulls",
        training(DEFINITION.config(), [*optimizer_steps(2), *resumed, *optimizer_steps(4, first=3)]),
    )
    yield Case("LOOK-5", "defaults", training({"class": "Lookahead", "base_optimizer": SGD}))


DEFINITION = OptimizerDefinition(
    name="Lookahead",
    slots=["slow"],
    update=update,
    lr=None,
    parameters={
        "base_optimizer": BaseOptimizer(None, "LOOK-6"),
        "sync_period": Integer(1, 5, "OPT-28"),
        "alpha": Real("[0, 1]", "0.5", "OPT-28"),
    },
    example={"base_optimizer": SGD, "sync_period": 3, "alpha": "0.7"},
    variations={"adam": {"base_optimizer": ADAM}},
    cases=cases,
    defaults="LOOK-5",
    laws={"OPT-41": {}},
    uses_step_count=True,
    weight_decay=None,
    is_wrapper=True,
    profile="extended",
    faults=(
        ignoring("no slow weights, the base optimizer alone", "LOOK-1", alpha=1),
        changing("alpha of the slow weight instead of the fast one", "LOOK-1", alpha=lambda alpha: 1 - alpha),
        changing("one step late", "LOOK-1", sync_period=lambda period: period + 1),
        ignoring("sync_period ignored", "LOOK-1", sync_period=5),
        wrapping("the first slow weight taken after the first step", "LOOK-1", slow_after_first_step),
        wrapping("the weight of zero as the first slow one", "LOOK-1", slow_from_zero),
    ),
)
