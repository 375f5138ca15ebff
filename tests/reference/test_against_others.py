"""Fifty steps beside PyTorch's and optax's, where they mean the same: SGD, Adam, RMSprop with optax's eps in the root.

SGD-1 to SGD-4, ADAM-1 to ADAM-4, RMS-1 to RMS-4, OPT-39. Where the libraries differ, the errata tell why: PyTorch's
amsgrad and its RMSprop.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optimspec
import pytest

LR = 0.01
START = np.array([[0.5, -1.25, 2.0], [-0.75, 1.5, -1.75]])
TARGET = np.array([[-1.0, 0.5, 1.0], [1.25, -0.5, 0.75]])
precisions = pytest.mark.parametrize(
    ("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-12)], ids=["float32", "float64"]
)


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.fixture
def optax() -> Any:
    return pytest.importorskip("optax")


def label(given: Any) -> str:
    if isinstance(given, dict):
        return "+".join(given) or "plain"
    return "" if callable(given) else str(given)


def gradient(weight: Any, k: int) -> Any:
    exact = np.asarray(weight, np.float64)
    return (exact - TARGET + 0.3 * np.cos(k + np.arange(6.0)).reshape(2, 3)).astype(weight.dtype)


def trained(optimizer: Any, dtype: str) -> Any:
    state = optimspec.ParamState(START.astype(dtype))
    optimizer.register_trainable_weights({"w": state})
    for k in range(50):
        optimizer.step({"w": gradient(state.value, k)})
    return np.asarray(state.value)


def trained_by_torch(torch: Any, rule: Callable[[Any], Any], dtype: str) -> Any:
    weight = torch.tensor(START.astype(dtype), requires_grad=True)
    optimizer = rule([weight])
    for k in range(50):
        weight.grad = torch.tensor(gradient(weight.detach().numpy(), k))
        optimizer.step()
    return weight.detach().numpy()


def trained_by_optax(optax: Any, rule: Any, dtype: str) -> Any:
    with jax.enable_x64(True):
        weight = jnp.asarray(START.astype(dtype))
        state = rule.init(weight)
        for k in range(50):
            updates, state = rule.update(jnp.asarray(gradient(weight, k)), state, weight)
            weight = optax.apply_updates(weight, updates)
        return np.asarray(weight)


def assert_same(weight: Any, expected: Any, tolerance: float) -> None:
    """Compare relative to the largest weight, as NUM-4 does."""
    assert weight.dtype == expected.dtype
    np.testing.assert_allclose(weight, expected, rtol=0, atol=tolerance * np.max(np.abs(expected)))


@precisions
@pytest.mark.parametrize(
    ("name", "hyper"),
    [
        ("SGD", {}),
        ("SGD", {"momentum": 0.9}),
        ("SGD", {"momentum": 0.9, "nesterov": True}),
        ("SGD", {"weight_decay": 0.1}),
        ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
        ("Adam", {}),
        ("Adam", {"betas": (0.8, 0.99), "eps": 1e-3}),
        ("Adam", {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1}),
    ],
    ids=label,
)
def test_steps_as_torch_steps(torch: Any, name: str, hyper: dict[str, Any], dtype: str, tolerance: float) -> None:
    expected = trained_by_torch(torch, lambda weights: getattr(torch.optim, name)(weights, lr=LR, **hyper), dtype)
    assert_same(trained(getattr(optimspec, name)(lr=LR, **hyper), dtype), expected, tolerance)


@precisions
@pytest.mark.parametrize(
    ("name", "hyper", "rule"),
    [
        ("SGD", {}, lambda ox: ox.sgd(LR)),
        ("SGD", {"momentum": 0.9}, lambda ox: ox.sgd(LR, momentum=0.9)),
        ("SGD", {"momentum": 0.9, "nesterov": True}, lambda ox: ox.sgd(LR, momentum=0.9, nesterov=True)),
        (
            "SGD",
            {"momentum": 0.9, "weight_decay": 0.1},
            lambda ox: ox.chain(ox.add_decayed_weights(0.1), ox.sgd(LR, momentum=0.9)),
        ),
        ("Adam", {}, lambda ox: ox.adam(LR)),
        ("Adam", {"betas": (0.8, 0.99), "eps": 1e-3}, lambda ox: ox.adam(LR, 0.8, 0.99, 1e-3)),
        ("Adam", {"betas": (0.8, 0.9), "amsgrad": True}, lambda ox: ox.amsgrad(LR, 0.8, 0.9)),
        ("RMSprop", {"eps": 1e-3}, lambda ox: ox.rmsprop(LR, 0.99, 1e-3, eps_in_sqrt=True)),
        (
            "RMSprop",
            {"alpha": 0.9, "eps": 1e-3, "momentum": 0.8},
            lambda ox: ox.rmsprop(LR, 0.9, 1e-3, momentum=0.8, eps_in_sqrt=True),
        ),
        (
            "RMSprop",
            {"alpha": 0.9, "eps": 1e-3, "momentum": 0.8, "centered": True},
            lambda ox: ox.rmsprop(LR, 0.9, 1e-3, momentum=0.8, centered=True, eps_in_sqrt=True),
        ),
    ],
    ids=label,
)
def test_steps_as_optax_steps(
    optax: Any, name: str, hyper: dict[str, Any], rule: Callable[[Any], Any], dtype: str, tolerance: float
) -> None:
    expected = trained_by_optax(optax, rule(optax), dtype)
    assert_same(trained(getattr(optimspec, name)(lr=LR, **hyper), dtype), expected, tolerance)
