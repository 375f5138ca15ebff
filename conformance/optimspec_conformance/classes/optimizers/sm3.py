"""SM3: spec/optimizers/sm3.md."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.operations import optimizer_step
from ...scenarios.values import Row, Scenario, array
from ...scenarios.weights import MATRIX, SCALAR, VECTOR, optimizer_steps, training
from ..definition import Array, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Real
from ..faults import ignoring, wrapping
from ..rule_faults import epsilon_outside


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any, eps: Any, shape: list[int]
) -> Array:
    square = (g * g).reshape(shape or [1])
    axes = range(square.ndim)
    if k == 1:
        slots |= {f"axis{i}": np.zeros_like(square.sum(_other_axes(i, square), keepdims=True)) for i in axes}
    v = reduce(np.minimum, (slots[f"axis{i}"] for i in axes)) + square
    slots |= {f"axis{i}": v.max(_other_axes(i, v), keepdims=True, initial=0) for i in axes}
    v = v.ravel()
    scaled = g / sqrt(np.where(v > 0, v + eps, 1 + 0 * v))
    slots["m"] = momentum * slots["m"] + (1 - momentum) * scaled
    stepped: Array = p - lr * slots["m"]
    return stepped


def _other_axes(axis: int, values: Array) -> tuple[int, ...]:
    """All axes except one."""
    return tuple(i for i in range(values.ndim) if i != axis)


def _slope_step(shape: list[int], k: int) -> Row:
    values = [(-1) ** (i + k) * (i + 1) / (2 * k + i) for i in range(int(np.prod(shape)))]
    return optimizer_step([["c", array(values, shape)]])


def momentum_not_averaged(original: Any, g: Array, slots: Slots, p: Array, lr: Any, *args: Any, **hyper: Any) -> Any:
    previous = slots["m"]
    original(g, slots, p, lr, *args, **{**hyper, "momentum": 0})
    slots["m"] = hyper["momentum"] * previous + slots["m"]
    return p - lr * slots["m"]


def elementwise(original: Any, *args: Any, shape: list[int], **hyper: Any) -> Any:
    return original(*args, shape=[int(np.prod(shape))], **hyper)


def momentum_twice(original: Any, g: Array, slots: Slots, p: Array, lr: Any, *args: Any, **hyper: Any) -> Any:
    original(g, slots, p, lr, *args, **hyper)
    momentum = hyper["momentum"]
    slots["m2"] = momentum * slots.get("m2", 0) + (1 - momentum) * slots["m"]
    return p - lr * slots["m2"]


def cases() -> Iterator[Case]:
    def trained(optimizer: Scenario, scheduler: Scenario | None = None, **how: Any) -> Scenario:
        """Training without the scalar, which has its own cases."""
        keys = [VECTOR, MATRIX]
        return training(optimizer, optimizer_steps(**how, keys=keys), scheduler, keys=keys)

    plain = DEFINITION.config(momentum="0.0")
    yield Case("SMTHREE-1", "twelve-steps", trained(plain))
    yield Case("SMTHREE-1", "fading-gradients", trained(plain, fading=True))
    cube = {"weights": [["c", array([float(i - 6) for i in range(12)], [2, 3, 2])]]}
    yield Case("SMTHREE-1", "three-axes", training(plain, [_slope_step([2, 3, 2], k) for k in range(1, 5)]) | cube)
    yield Case("SMTHREE-2", "scalar", training(plain, optimizer_steps(6, keys=[SCALAR]), keys=[SCALAR]))
    yield Case("SMTHREE-3", "large-eps", trained(plain | {"eps": "0.3"}))
    yield Case("SMTHREE-3", "no-eps", trained(plain | {"eps": "0.0"}))
    yield Case("SMTHREE-4", "momentum", trained(DEFINITION.config()))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.3"}
    yield Case("SMTHREE-4", "falling-rate", trained(DEFINITION.config(), falling, steps=6, moving=True))
    yield Case("SMTHREE-5", "defaults", trained({"class": "SM3"}, steps=4, scale=10.0))
    yield Case("SMTHREE-5", "default-eps", trained({"class": "SM3", "lr": "0.1"}, steps=3, scale=1e-4))


DEFINITION = OptimizerDefinition(
    name="SM3",
    slots=["m"],
    update=update,
    lr="1.0",
    parameters={
        "momentum": Real(NON_NEGATIVE, "0.9", "OPT-28"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
    },
    example={"momentum": "0.6"},
    variations={"eps": {"eps": "0.001"}},
    cases=cases,
    defaults="SMTHREE-5",
    uses_step_count=True,
    laws={"OPT-41": {}, "OPT-42": {"eps": "0.0"}},
    needs_shape=True,
    profile="extended",
    faults=(
        epsilon_outside("SMTHREE-3"),
        ignoring("epsilon ignored", "SMTHREE-3", eps=0),
        ignoring("momentum ignored", "SMTHREE-4", momentum=0),
        wrapping("momentum not averaged", "SMTHREE-4", momentum_not_averaged),
        wrapping("an accumulator of each element, as in Adagrad", "SMTHREE-1", elementwise),
        wrapping("the momentum twice", "SMTHREE-4", momentum_twice),
    ),
)
