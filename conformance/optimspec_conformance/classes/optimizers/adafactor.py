"""Adafactor: spec/optimizers/adafactor.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.operations import optimizer_step
from ...scenarios.values import Json, Row, array
from ...scenarios.weights import VECTOR, optimizer_steps, training
from ..definition import Array, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, POSITIVE, Boolean, Pair, Real
from ..faults import changing, ignoring, wrapping
from ..rule_faults import wrongly_decaying


def update(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    eps: tuple[Any, Any],
    clip_threshold: Any,
    decay_rate: Any,
    beta1: Any,
    factored: bool,
    weight_decay: Any,
    relative: bool,
    shape: list[int],
) -> Array:
    beta2 = 1 - k ** (-decay_rate)
    square = (g * g + eps[0]).reshape(shape or [1])
    if factored and len(shape) > 1:
        a, b = sorted(sorted(range(len(shape)), key=lambda axis: (shape[axis], axis))[-2:])
        for name, axis in (("rows", b), ("columns", a)):
            before = slots[name] if k > 1 else 0
            slots[name] = beta2 * before + (1 - beta2) * mean(square, axis)
        row_factor, column_factor = sqrt(slots["rows"] / mean(slots["rows"], a)), sqrt(slots["columns"])
        u = (g.reshape(shape) / row_factor / column_factor).ravel()
    else:
        slots["v"] = beta2 * (slots["v"] if k > 1 else 0) + (1 - beta2) * square
        u = g / sqrt(slots["v"].ravel())
    u = u / max(1, rms(u, sqrt) / clip_threshold)
    if beta1 is not None:
        slots["m"] = u = beta1 * slots["m"] + (1 - beta1) * u
    length = max(eps[1], rms(p, sqrt)) * min((1 + 0 * lr) / 100, 1 / sqrt(k + 0 * lr)) if relative else 1
    stepped: Array = p - lr * length * (u + weight_decay * p)
    return stepped


def rate_in_momentum(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, *args: Any, beta1: Any, **hyper: Any
) -> Array:
    """The momentum is one of steps, each at the rate of its time."""
    step = p - original(g, slots, p, lr, *args, beta1=None, **hyper)
    if beta1 is not None:
        slots["m"] = step = beta1 * slots["m"] + (1 - beta1) * step
    stepped: Array = p - step
    return stepped


def mean(values: Array, axis: int) -> Array:
    means: Array = values.sum(axis, keepdims=True) / max(values.shape[axis], 1)
    return means


def rms(values: Array, sqrt: Any) -> Any:
    return sqrt((values * values).sum() / max(values.size, 1))


def cases() -> Iterator[Case]:
    without_clipping = DEFINITION.config(clip_threshold="10.0")
    unfactored = without_clipping | {"factored": {"bool": False}}
    yield Case("FACTOR-1", "twelve-steps", training(unfactored))
    yield Case("FACTOR-1", "slow-decay", training(unfactored | {"decay_rate": "1.7"}, optimizer_steps(20)))
    yield Case("FACTOR-1", "large-eps", training(unfactored | {"eps": ["0.3", "0.001"]}, optimizer_steps(6)))
    yield Case("FACTOR-2", "twelve-steps", training(without_clipping))
    shapes = {"long-first": [3, 1, 2], "long-last": [2, 2, 3], "square": [2, 2, 2], "matrix": [3, 2], "row": [1, 3]}
    for name, shape in shapes.items():
        yield Case(
            "FACTOR-2", name, training(without_clipping, ramp_steps(shape, 4)) | {"weights": [["c", ramp(shape, 0)]]}
        )
    sparse = [optimizer_step([["c", array([0.0, 0.5, 0.0, 0.0], [2, 2])]]) for _ in range(3)]
    factored = {"class": "Adafactor", "lr": "0.1"}
    yield Case("FACTOR-2", "zeros", training(factored, sparse) | {"weights": [["c", ramp([2, 2], 0)]]})
    yield Case("FACTOR-3", "clipped", training(DEFINITION.config(clip_threshold="0.3")))
    yield Case("FACTOR-3", "growing-gradients", training(DEFINITION.config(), growing_steps()))
    yield Case("FACTOR-3", "fading-gradients", training(DEFINITION.config(), optimizer_steps(8, fading=True)))
    with_momentum = unfactored | {"beta1": "0.7"}
    yield Case("FACTOR-4", "momentum", training(with_momentum))
    yield Case("FACTOR-4", "beside-decay", training(with_momentum | {"weight_decay": "0.7"}))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.3"}
    yield Case("FACTOR-4", "falling-rate", training(with_momentum, optimizer_steps(6, moving=True), scheduler=falling))
    decaying = unfactored | {"weight_decay": "0.7"}
    yield Case("FACTOR-5", "decay", training(decaying))
    yield Case("FACTOR-5", "falling-rate", training(decaying, optimizer_steps(6, moving=True), scheduler=falling))
    without_lr = {"class": "Adafactor", **DEFINITION.example}
    yield Case("FACTOR-6", "relative", training(without_lr, optimizer_steps(6)))
    yield Case("FACTOR-6", "none", training(without_lr | {"lr": None}, optimizer_steps(3)))
    small = {"weights": [["c", array([1e-4, -2e-4, 3e-4])]]}
    yield Case(
        "FACTOR-6", "small-weights", training(without_lr | {"eps": ["1e-30", "0.01"]}, ramp_steps([3], 3)) | small
    )
    yield Case("FACTOR-6", "decay", training(without_lr | {"weight_decay": "0.7"}, optimizer_steps(4)))
    zero_gradient = optimizer_step([["c", array([0.0, 0.0])]], n=10_400)
    late = {
        **training(without_lr, [zero_gradient, *ramp_steps([2], 4)]),
        "weights": [["c", ramp([2], 0)]],
    }
    yield Case("FACTOR-6", "after-ten-thousand-steps", late)
    yield Case("FACTOR-7", "a-rate-is-a-rate", training(unfactored | {"lr": "0.5"}, optimizer_steps(3)))
    yield Case("FACTOR-8", "defaults", training({"class": "Adafactor"}, optimizer_steps(4, scale=10.0)))
    yield Case("FACTOR-8", "default-decay_rate", training({"class": "Adafactor", "lr": "0.1"}, optimizer_steps(8)))
    yield Case("FACTOR-8", "default-clip_threshold", training({"class": "Adafactor", "lr": "0.1"}, growing_steps()))
    faint = training({"class": "Adafactor", "lr": "0.1"}, optimizer_steps(4, scale=1e-13, keys=[VECTOR]), keys=[VECTOR])
    yield Case("FACTOR-8", "default-first-eps", faint)
    yield Case("FACTOR-8", "default-second-eps", training({"class": "Adafactor"}, ramp_steps([3], 3)) | small)


def ramp(shape: list[int], i: int) -> Json:
    """Distinct numbers of both signs."""
    size = int(np.prod(shape))
    return array([(-1) ** (j + i) * (0.2 + (j * j + i) / (size + i)) for j in range(size)], shape)


def ramp_steps(shape: list[int], steps: int) -> list[Row]:
    return [optimizer_step([["c", ramp(shape, i)]]) for i in range(1, steps + 1)]


def growing_steps() -> list[Row]:
    return [row for k in range(1, 6) for row in optimizer_steps(1, first=k, scale=3.0**k)]


DEFINITION = OptimizerDefinition(
    name="Adafactor",
    slots=["m"],
    update=update,
    lr=None,
    parameters={
        "eps": Pair(NON_NEGATIVE, ["1e-30", "0.001"], "FACTOR-9"),
        "clip_threshold": Real(POSITIVE, "1.0", "OPT-28"),
        "decay_rate": Real(POSITIVE, "0.8", "OPT-28"),
        "beta1": Real("[0, 1)", None, "OPT-28", optional=True),
        "factored": Boolean({"bool": True}),
    },
    example={"eps": ["0.001", "0.01"], "clip_threshold": "0.8", "decay_rate": "0.6"},
    variations={"heavy": {"beta1": "0.7"}, "whole": {"factored": {"bool": False}}},
    cases=cases,
    defaults="FACTOR-8",
    laws={"OPT-41": {}, "OPT-42": {"eps": ["0.0", "0.0"]}},
    uses_step_count=True,
    coupled=False,
    needs_shape=True,
    profile="extended",
    faults=(
        ignoring("not factored", "FACTOR-2", factored=False),
        ignoring("no clipping of the update", "FACTOR-3", clip_threshold=10**9),
        ignoring("beta1 ignored", "FACTOR-4", beta1=None),
        wrapping("the rate inside the momentum", "FACTOR-4", rate_in_momentum),
        changing("the sign of decay_rate", "FACTOR-1", decay_rate=lambda rate: -rate),
        ignoring("no relative steps", "FACTOR-6", relative=False),
        ignoring("always relative steps", "FACTOR-7", relative=True),
        changing("the first epsilon ignored", "FACTOR-1", eps=lambda eps: (0, eps[1])),
        changing("the second epsilon ignored", "FACTOR-6", eps=lambda eps: (eps[0], 0)),
        changing("the epsilons swapped", "FACTOR-1", eps=lambda eps: eps[::-1]),
        *wrongly_decaying("FACTOR-5", "FACTOR-5"),
    ),
)
