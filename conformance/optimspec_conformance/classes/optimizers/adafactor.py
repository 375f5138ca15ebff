"""Adafactor: spec/optimizers/adafactor.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.operations import optimizer_step
from ...scenarios.values import Json, Row, array
from ...scenarios.weights import VECTOR, optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
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
    shape: list[int],
    relative: bool = False,
) -> Array:
    axes = two_longest(shape) if factored else None
    u = clipped(divided(g, slots, k, sqrt, eps[0], decay_rate, axes, shape), clip_threshold, sqrt)
    u = momentum_of(u, slots, beta1)
    alpha = lr * max(eps[1], rms(p, sqrt)) * relative_step(lr, k, sqrt) if relative else lr
    stepped: Array = p - alpha * (u + weight_decay * p)
    return stepped


def relative_to_the_root(
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
    shape: list[int],
    **_: bool,
) -> Array:
    """As in torch: ε₁ bounds V from below, and a rate is relative to the weight."""
    axes = last_two(shape) if factored else None
    average(g * g, slots, k, decay_rate, axes, shape)
    if axes is None:
        v = slots["v"]
    else:
        v = slots["rows"] * slots["columns"] / np.maximum(mean(slots["rows"], axes[0]), eps[0])
    u = g / sqrt(np.maximum(v.ravel(), eps[0] * eps[0]))
    alpha = max(eps[1], rms(p, sqrt)) * min(lr, 1 / sqrt(k + 0 * lr))
    u = momentum_of(clipped(u, clip_threshold, sqrt), slots, beta1)
    stepped: Array = (1 - lr * weight_decay) * p - alpha * u
    return stepped


def decayed_before(
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
    shape: list[int],
    **_: bool,
) -> Array:
    """As in keras: the weight decays first, and a rate is relative to it."""
    axes = last_two(shape) if factored else None
    u = clipped(divided(g, slots, k, sqrt, eps[0], decay_rate, axes, shape), clip_threshold, sqrt)
    p = (1 - lr * weight_decay) * p
    alpha = max(eps[1], rms(p, sqrt)) * min(lr, 1 / sqrt(k + 0 * lr))
    stepped: Array = p - alpha * momentum_of(u, slots, beta1)
    return stepped


def scaled_by_the_weight(
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
    shape: list[int],
    relative: bool = False,
) -> Array:
    """As in transformers: every rate is relative to the weight, and inside the momentum."""
    axes = last_two(shape) if factored else None
    u = clipped(divided(g, slots, k, sqrt, eps[0], decay_rate, axes, shape), clip_threshold, sqrt)
    alpha = lr * max(eps[1], rms(p, sqrt)) * (relative_step(lr, k, sqrt) if relative else 1)
    stepped: Array = p - momentum_of(alpha * u, slots, beta1) - alpha * weight_decay * p
    return stepped


def decayed_without_the_rate(
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
    shape: list[int],
    relative: bool = False,
) -> Array:
    """As in optax: the rate is inside the momentum, and weight decay has none."""
    axes = two_longest(shape) if factored else None
    u = clipped(divided(g, slots, k, sqrt, eps[0], decay_rate, axes, shape), clip_threshold, sqrt)
    alpha = lr * max(eps[1], rms(p, sqrt)) if relative else lr
    stepped: Array = p - momentum_of(alpha * u, slots, beta1) - weight_decay * p
    return stepped


def average(square: Array, slots: Slots, k: int, decay_rate: Any, axes: list[int] | None, shape: list[int]) -> None:
    """Average V, or where it is factored along two axes R and C."""
    beta2, square = 1 - k ** (-decay_rate), square.reshape(shape or [1])
    parts = {"v": square} if axes is None else {"rows": mean(square, axes[1]), "columns": mean(square, axes[0])}
    for name, part in parts.items():
        slots[name] = beta2 * (slots[name] if k > 1 else 0) + (1 - beta2) * part


def divided(
    g: Array, slots: Slots, k: int, sqrt: Any, eps: Any, decay_rate: Any, axes: list[int] | None, shape: list[int]
) -> Array:
    """u = g/√V, after a step of V."""
    average(g * g + eps, slots, k, decay_rate, axes, shape)
    if axes is None:
        u: Array = g / sqrt(slots["v"].ravel())
    else:
        row_factor = sqrt(slots["rows"] / mean(slots["rows"], axes[0]))
        u = (g.reshape(shape) / row_factor / sqrt(slots["columns"])).ravel()
    return u


def clipped(u: Array, clip_threshold: Any, sqrt: Any) -> Array:
    """û: scaled down to an RMS of the threshold."""
    bounded: Array = u / max(1, rms(u, sqrt) / clip_threshold)
    return bounded


def momentum_of(step: Array, slots: Slots, beta1: Any) -> Array:
    """The average of the steps, or without a beta1 the step itself."""
    if beta1 is not None:
        slots["m"] = step = beta1 * slots["m"] + (1 - beta1) * step
    return step


def relative_step(lr: Any, k: int, sqrt: Any) -> Any:
    return min((1 + 0 * lr) / 100, 1 / sqrt(k + 0 * lr))


def two_longest(shape: list[int]) -> list[int] | None:
    """The two longest axes, the later of equally long ones; none for fewer than two axes."""
    longest = sorted(range(len(shape)), key=lambda axis: (shape[axis], axis))[-2:]
    return sorted(longest) if len(longest) == 2 else None


def last_two(shape: list[int]) -> list[int] | None:
    return [len(shape) - 2, len(shape) - 1] if len(shape) > 1 else None


def default_for_none(lr: str) -> dict[str, Any]:
    """None stands for the default rate."""
    return {"overrides": {"check_lr": lambda self, original, rate: original(float(lr) if rate is None else rate)}}


def rate_in_momentum(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, *args: Any, beta1: Any, **hyper: Any
) -> Array:
    """The momentum averages steps, each with the rate of its time."""
    step = p - original(g, slots, p, lr, *args, beta1=None, **hyper)
    stepped: Array = p - momentum_of(step, slots, beta1)
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
    still = {"class": "PiecewiseConstantSchedule", "boundaries": [2], "values": ["0.2", "0.0"]}
    yield Case("OPT-5", "momentum", training(with_momentum, optimizer_steps(4, moving=True), scheduler=still))
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
    yield Case("FACTOR-7", "large-rate", training(DEFINITION.config(lr="0.9"), optimizer_steps(4)))
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
    example={"eps": ["0.001", "0.01"], "clip_threshold": "1.0", "decay_rate": "0.6"},  # torch refuses less than 1
    variations={"heavy": {"beta1": "0.7"}, "whole": {"factored": {"bool": False}}},
    cases=cases,
    defaults="FACTOR-8",
    laws={"OPT-41": {}, "OPT-42": {"eps": ["0.0", "0.0"]}},
    uses_step_count=True,
    coupled=False,
    needs_shape=True,
    profile="extended",
    conventions=(
        Convention(
            "torch",
            "the rate is relative to the weight, and epsilon bounds V from below",
            ("FACTOR-1", "FACTOR-2", "FACTOR-5", "FACTOR-6", "FACTOR-7", "FACTOR-8"),
            relative_to_the_root,
            withdraws=("OPT-41",),
            defaults={"lr": "0.01", "eps": ["1.1920928955078125e-07", "0.001"]},  # all weights of these are float32
            changes=default_for_none("0.01"),
        ),
        Convention(
            "keras",
            "the rate is relative to the weight, which decays first",
            ("FACTOR-2", "FACTOR-5", "FACTOR-6", "FACTOR-7", "FACTOR-8"),
            decayed_before,
            withdraws=("OPT-41",),
            defaults={"lr": "0.001"},
            changes=default_for_none("0.001"),
        ),
        Convention(
            "transformers",
            "the rate is relative to the weight, and inside the momentum",
            ("FACTOR-2", "FACTOR-4", "FACTOR-7", "OPT-5"),
            scaled_by_the_weight,
            withdraws=("OPT-41",),
        ),
        Convention(
            "optax",
            "the rate is inside the momentum, and weight decay has none",
            ("FACTOR-4", "FACTOR-5", "FACTOR-6", "OPT-5"),
            decayed_without_the_rate,
        ),
    ),
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
