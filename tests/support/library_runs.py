"""Fifty steps of four weights by our optimizer, and what a library needs to take the same ones."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import optimspec
import pytest
from reference_cases import new_chain

STEPS: Final = 50
LR: Final = 0.01
SHAPES: Final[Mapping[str, tuple[int, ...]]] = {"scalar": (), "vector": (3,), "matrix": (2, 3), "cube": (2, 2, 3)}
Weights = dict[str, Any]

precisions = pytest.mark.parametrize(
    ("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-12)], ids=["float32", "float64"]
)
steady_and_moving = pytest.mark.parametrize(
    ("moving", "dtype", "tolerance"),
    [
        pytest.param(False, "float64", 1e-12, id="steady-float64"),
        pytest.param(True, "float64", 1e-12, id="moving-float64"),
        pytest.param(True, "float32", 1e-6, id="moving-float32"),
    ],
)


def label(given: Any) -> str:
    if isinstance(given, dict):
        return "+".join(given) or "plain"
    return "" if callable(given) else str(given)


def rates(moving: bool) -> list[float]:
    return [new_chain(LR).lr_at(t) if moving else LR for t in range(STEPS)]


def waves(shape: tuple[int, ...], phase: float) -> Any:
    return np.cos(phase + np.arange(float(np.prod(shape)))).reshape(shape)


def start(dtype: str) -> Weights:
    return {key: np.asarray(2 * waves(shape, 0.5), dtype) for key, shape in SHAPES.items()}


def gradients(k: int, weights: Weights) -> Weights:
    """Draw every weight to a target, with a swing that turns the signs: what parts two runs once keeps them apart."""

    def gradient(weight: Any) -> Any:
        exact = np.asarray(weight, np.float64)
        return np.asarray(exact - 1.5 * waves(exact.shape, 5.5) + 2.0 * waves(exact.shape, k), weight.dtype)

    return {key: gradient(weight) for key, weight in weights.items()}


def trained(build: Callable[[Any], Any], moving: bool, dtype: str) -> Weights:
    """Give the weights that our optimizer ends with, on a float or on a schedule."""
    scheduler = new_chain(LR)
    states = {key: optimspec.ParamState(weight) for key, weight in start(dtype).items()}
    optimizer = build(scheduler if moving else LR)
    optimizer.register_trainable_weights(states)
    for k in range(STEPS):
        optimizer.step(gradients(k, {key: state.value for key, state in states.items()}))
        scheduler.step()
    return {key: np.asarray(state.value) for key, state in states.items()}


def assert_same(weights: Weights, expected: Weights, tolerance: float) -> None:
    """Compare relative to the largest element of each weight, as NUM-4 does."""
    assert weights.keys() == expected.keys()
    for key, weight in weights.items():
        assert (weight.dtype, weight.shape) == (expected[key].dtype, expected[key].shape)
        bound = tolerance * np.max(np.abs(expected[key]))
        np.testing.assert_allclose(weight, expected[key], rtol=0, atol=bound, err_msg=key)
