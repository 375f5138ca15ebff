"""LBFGS: spec/optimizers/lbfgs.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.operations import new, optimizer_load, optimizer_save, register, step
from ...scenarios.weights import MATRIX, VECTOR, group, optimizer_steps, training, weights
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import Boolean, Integer
from ..faults import changing, ignoring, wrapping


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, memory_size: int, scale_init_precond: bool
) -> Array:
    pairs = [(s, y) for s, y in zip(slots.get("s", []), slots.get("y", []), strict=True)]
    gamma = 1
    if k > 1:
        s, y = p - slots["p"], g - slots["g"]
        pairs = [*pairs, (s, y)][-memory_size:]
        gamma = (s * y).sum() / (y * y).sum() if (s * y).sum() != 0 else 1
    elif (g * g).sum() > 1:
        gamma = 1 / sqrt((g * g).sum())
    slots |= {"s": np.array([s for s, _ in pairs]), "y": np.array([y for _, y in pairs]), "p": p, "g": g}

    curved = [(s, y) for s, y in pairs if (s * y).sum() != 0]
    stepped: Array = p - lr * two_loops(g, curved, gamma if scale_init_precond else 1)
    return stepped


def two_loops(g: Array, pairs: list[tuple[Array, Array]], gamma: Any) -> Array:
    """H·g, with γ in place of the matrix that the pairs build on."""
    direction: Array = g
    weights: list[Any] = []
    for s, y in reversed(pairs):
        weights.append((s * direction).sum() / (s * y).sum())
        direction = direction - weights[-1] * y
    direction = gamma * direction
    for (s, y), weight in zip(pairs, reversed(weights), strict=True):
        direction = direction + (weight - (y * direction).sum() / (s * y).sum()) * s
    return direction


def with_curved_pairs(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, memory_size: int, scale_init_precond: bool
) -> Array:
    if not (g != 0).any():
        return p
    pairs = [(s, y) for s, y in zip(slots.get("s", []), slots.get("y", []), strict=True)]
    gamma = 1 / max(abs(g).sum(), 1)
    if "p" in slots:
        s, y = p - slots["p"], g - slots["g"]
        pairs = [*pairs, (s, y)][-memory_size:] if (s * y).sum() > 1e-10 else pairs
        gamma = (pairs[-1][0] * pairs[-1][1]).sum() / (pairs[-1][1] * pairs[-1][1]).sum() if pairs else 1
    slots |= {"s": np.array([s for s, _ in pairs]), "y": np.array([y for _, y in pairs]), "p": p, "g": g}
    stepped: Array = p - lr * two_loops(g, pairs, gamma if scale_init_precond else 1)
    return stepped


def unscaled_first_step(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    stepped = original(g, slots, p, lr, k, sqrt, **hyper)
    return stepped if k > 1 else p - lr * g


def gradient_only(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    return p - lr * g


def cases() -> Iterator[Case]:
    one_weight = [VECTOR]
    yield Case("LBFGS-1", "descent", training(DEFINITION.config(memory_size=20), optimizer_steps(8, smooth=True)))
    yield Case(
        "LBFGS-1",
        "one-weight",
        training(DEFINITION.config(memory_size=20), optimizer_steps(8, smooth=True, keys=one_weight), keys=one_weight),
    )
    remembering, smooth = DEFINITION.config(memory_size=20), optimizer_steps(12, smooth=True)
    resumed = [*smooth[:9], optimizer_save(via="deepcopy"), new(), optimizer_load(), *smooth[9:]]
    whole = training(remembering, smooth)
    yield Case("STA-9", "many-pairs", training(remembering, resumed), other=whole, rows=3)
    yield Case("LBFGS-1", "varied", training(DEFINITION.config(memory_size=20), optimizer_steps(6)))
    yield Case("LBFGS-2", "two-pairs", training(DEFINITION.config(), optimizer_steps(8, smooth=True)))
    yield Case("LBFGS-2", "one-pair", training(DEFINITION.config(memory_size=1), optimizer_steps(8, smooth=True)))
    yield Case("LBFGS-3", "large-gradients", training(DEFINITION.config(), optimizer_steps(4, smooth=True, scale=10.0)))
    yield Case("LBFGS-3", "small-gradients", training(DEFINITION.config(), optimizer_steps(4, smooth=True, scale=0.1)))
    unscaled = DEFINITION.config(scale_init_precond={"bool": False})
    yield Case("LBFGS-4", "unscaled", training(unscaled, optimizer_steps(8, smooth=True)))
    yield Case("LBFGS-4", "unscaled-first", training(unscaled, optimizer_steps(1, smooth=True, scale=10.0)))
    zero_rates = {"class": "PiecewiseConstantSchedule", "boundaries": [2, 4], "values": ["0.3", "0.0", "0.2"]}
    moving = [row for stepped in optimizer_steps(8, smooth=True) for row in (stepped, step())]
    yield Case("LBFGS-5", "zero-rate", training(DEFINITION.config(), moving, scheduler=zero_rates))
    zero_rate_once = zero_rates | {"boundaries": [2, 3]}
    yield Case("LBFGS-5", "zero-rate-once", training(DEFINITION.config(), moving, scheduler=zero_rate_once))
    same = [row for _ in range(3) for row in optimizer_steps(1)]
    yield Case("LBFGS-5", "same-gradients", training(DEFINITION.config(), same))
    yield Case("LBFGS-6", "one-group", training(DEFINITION.config(), optimizer_steps(5, smooth=True)))
    second = group(MATRIX)
    yield Case(
        "LBFGS-6",
        "two-groups",
        training(DEFINITION.config(), [second, *optimizer_steps(5, smooth=True)], keys=one_weight),
    )
    late = register(weights([MATRIX]))
    joins = [*optimizer_steps(3, smooth=True, keys=one_weight), late, *optimizer_steps(5, smooth=True)[3:]]
    yield Case("LBFGS-6", "joins-late", training(DEFINITION.config(), joins, keys=one_weight))
    yield Case(
        "LBFGS-7",
        "defaults",
        training({"class": "LBFGS"}, optimizer_steps(13, smooth=True, keys=one_weight), keys=one_weight),
    )
    large = optimizer_steps(4, smooth=True, scale=10.0, keys=one_weight)
    yield Case("LBFGS-7", "default-clipping", training({"class": "LBFGS"}, large, keys=one_weight))


DEFINITION = OptimizerDefinition(
    name="LBFGS",
    slots=[],
    update=update,
    lr="1.0",
    parameters={
        "memory_size": Integer(1, 10, "OPT-28"),
        "scale_init_precond": Boolean({"bool": True}),
    },
    example={"memory_size": 2},
    variations={"unscaled": {"scale_init_precond": {"bool": False}}},
    cases=cases,
    defaults="LBFGS-7",
    uses_step_count=True,
    weight_decay=None,
    joint_arrays=True,
    needs_smooth_gradients=True,
    profile="extended",
    conventions=(
        Convention(
            "torch",
            "the first step is scaled by the sum of absolute values, and pairs of little curvature are not kept",
            ("LBFGS-2", "LBFGS-3", "LBFGS-5"),
            with_curved_pairs,
        ),
    ),
    faults=(
        changing("one pair more than memory_size", "LBFGS-2", memory_size=lambda size: size + 1),
        changing("one pair less than memory_size", "LBFGS-2", memory_size=lambda size: max(size - 1, 1)),
        ignoring("one pair remembered at most", "LBFGS-2", memory_size=1),
        ignoring("never scaled", "LBFGS-3", scale_init_precond=False),
        ignoring("always scaled", "LBFGS-4", scale_init_precond=True),
        wrapping("the first step not scaled", "LBFGS-3", unscaled_first_step),
        wrapping("the gradient alone, as in SGD", "LBFGS-1", gradient_only),
    ),
)
