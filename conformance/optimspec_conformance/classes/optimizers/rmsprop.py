"""RMSprop: spec/optimizers/rmsprop.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.operations import optimizer_step
from ...scenarios.weights import gradients, optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Boolean, Real
from ..faults import changing, formula, ignoring, wrapping
from ..rule_conventions import DECAYED_BEFORE
from ..rule_faults import rooting, with_epsilon_outside


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, alpha: Any, eps: Any, momentum: Any, centered: bool
) -> Array:
    slots["square"] = alpha * slots["square"] + (1 - alpha) * g * g
    slots["mean"] = alpha * slots["mean"] + (1 - alpha) * g
    variance = slots["square"] - slots["mean"] * slots["mean"] if centered else slots["square"]
    slots["v"] = momentum * slots["v"] + g / sqrt(variance + eps)
    stepped: Array = p - lr * slots["v"]
    return stepped


def with_rate_inside(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, alpha: Any, eps: Any, momentum: Any, centered: bool
) -> Array:
    slots["square"] = alpha * slots["square"] + (1 - alpha) * g * g
    slots["mean"] = alpha * slots["mean"] + (1 - alpha) * g
    variance = slots["square"] - slots["mean"] * slots["mean"] if centered else slots["square"]
    slots["v"] = momentum * slots["v"] + lr * g / sqrt(variance + eps)
    stepped: Array = p - slots["v"]
    return stepped


def rate_inside(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    if lr == 0:
        return original(g, slots, p, lr, k, sqrt, **hyper)
    return original(g, slots, p, 1, k, lambda x: sqrt(x) / lr, **hyper)


def mean_square_from_one(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    slots["square"] = slots["square"] + (1 if k == 1 else 0)
    return original(g, slots, p, lr, k, sqrt, **hyper)


def epsilon_after_centring(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    """The root of E − ḡ² alone, rounded to float32: nan if that is below 0."""

    def rooted(variance: Any) -> Any:
        if not hyper["centered"]:
            return sqrt(variance + hyper["eps"])
        square, mean = (slots[name].astype(np.float32) for name in ("square", "mean"))
        return np.sqrt(square - mean * mean).astype(float) + float(hyper["eps"])

    return original(g, slots, p, lr, k, rooted, **hyper | {"eps": 0})


def epsilon_in_the_mean(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, alpha: Any, eps: Any, momentum: Any, centered: bool
) -> Array:
    return update(g, slots, p, lr, k, sqrt, alpha, -eps if centered else eps, momentum, centered)


def dampened_momentum(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    return original(g, slots, p, lr, k, lambda x: sqrt(x) / (1 - hyper["momentum"]), **hyper)


def cases() -> Iterator[Case]:
    plain, centred = DEFINITION.config(), DEFINITION.config(centered={"bool": True})
    heavy = DEFINITION.config(momentum="0.7")
    yield Case("RMS-1", "twelve-steps", training(plain))
    yield Case("RMS-1", "slow-alpha", training(plain | {"alpha": "0.99"}))
    for name, alpha in (("no-memory", "0.0"), ("all-memory", "1.0")):
        yield Case("RMS-1", name, training(plain | {"alpha": alpha}, optimizer_steps(4)))
    yield Case("RMS-2", "large-eps", training(plain | {"eps": "0.3"}))
    small = training(plain | {"eps": "1e-08"}, optimizer_steps(4, scale=1e-4))
    yield Case("RMS-2", "small-gradients", small)
    yield Case("RMS-3", "twelve-steps", training(centred))
    yield Case("RMS-3", "slow-alpha", training(centred | {"alpha": "0.97"}))
    constant = [optimizer_step(gradients(1, dense=True))] * 30  # E and ḡ² become equal, and either may round to more
    yield Case("RMS-3", "constant-gradient", training(centred | {"alpha": "0.5"}, constant))
    yield Case("RMS-4", "twelve-steps", training(heavy))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.1"}
    moving = training(heavy, optimizer_steps(5, moving=True), scheduler=falling)
    yield Case("RMS-4", "tenth-by-tenth", moving)
    still = {"class": "PiecewiseConstantSchedule", "boundaries": [2], "values": ["0.2", "0.0"]}
    yield Case("OPT-5", "momentum", training(heavy, optimizer_steps(4, moving=True), scheduler=still))
    yield Case("RMS-4", "centred", training(heavy | {"centered": {"bool": True}}))
    yield Case("RMS-5", "defaults", training({"class": "RMSprop"}, optimizer_steps(4, scale=10.0), scheduler=None))
    yield Case(
        "RMS-5",
        "default-alpha",
        training({"class": "RMSprop", "lr": "0.1", "eps": "0.01"}, optimizer_steps(6), scheduler=None),
    )
    tiny = training({"class": "RMSprop", "lr": "0.1", "alpha": "0.8"}, optimizer_steps(3, scale=1e-4), scheduler=None)
    yield Case("RMS-5", "default-eps", tiny)


DEFINITION = OptimizerDefinition(
    name="RMSprop",
    slots=["square", "mean", "v"],
    update=update,
    lr="0.01",
    parameters={
        "alpha": Real("[0, 1]", "0.99", "OPT-28"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
        "momentum": Real(NON_NEGATIVE, "0.0", "OPT-28"),
        "centered": Boolean({"bool": False}),
    },
    example={"alpha": "0.9", "eps": "0.001"},
    variations={"heavy": {"momentum": "0.7"}, "centred": {"centered": {"bool": True}}},
    cases=cases,
    defaults="RMS-5",
    laws={"OPT-41": {}, "OPT-42": {"eps": "0.0"}},
    conventions=(
        Convention("torch", "epsilon outside the root", ("RMS-2", "RMS-3", "RMS-4"), with_epsilon_outside(update)),
        Convention(
            "keras",
            "the rate is inside the momentum, and weight decay is decoupled",
            ("RMS-4", "RMS-5", "OPT-5", "OPT-39"),
            with_rate_inside,
            defaults={"lr": "0.001", "alpha": "0.9", "eps": "1e-07"},
            changes=DECAYED_BEFORE,
        ),
        Convention(
            "paddle",
            "the rate is inside the momentum",
            ("RMS-4", "RMS-5", "OPT-5"),
            with_rate_inside,
            defaults={"alpha": "0.95", "eps": "1e-06"},
        ),
        Convention(
            "optax",
            "the rate is inside the momentum, and alpha has another default",
            ("RMS-4", "RMS-5", "OPT-5"),
            with_rate_inside,
            defaults={"alpha": "0.9"},
        ),
    ),
    faults=(
        changing("alpha for the new part", "RMS-1", alpha=lambda alpha: 1 - alpha),
        ignoring("centered ignored", "RMS-3", centered=False),
        wrapping("the root of E − ḡ² alone, with epsilon outside", "RMS-3", epsilon_after_centring),
        ignoring("always centered", "RMS-2", centered=True),
        ignoring("momentum ignored", "RMS-4", momentum=0),
        wrapping("the rate inside the momentum", "RMS-4", rate_inside),
        wrapping("the mean square starts at 1", "RMS-1", mean_square_from_one),
        ignoring("epsilon ignored", "RMS-2", eps=0),
        rooting("no root", "RMS-2", lambda sqrt, x, **_: x),
        wrapping("momentum dampened", "RMS-4", dampened_momentum),
        formula("epsilon subtracted from a centred mean square", "RMS-3", epsilon_in_the_mean),
    ),
)
