"""Fifty steps beside optax's, where it means the same: all core rules but Rprop's, some others, and clipping.

SGD-1 to SGD-5, MOM-1 to MOM-3, NEST-1 to NEST-3, ADAM-1 to ADAM-4, ADAMW-1 to ADAMW-4, RMS-1 to RMS-4, ADAG-1 to
ADAG-3, ADAD-1 to ADAD-4, RADAM-1 to RADAM-3 and LION-1 to LION-3; ADAMAX-1 to ADAMAX-3 without an epsilon; NADAM-2 and
NADAM-3 where the momentum has grown to β₁; OPT-36 to OPT-39. The errata tell where Rprop differs. LAMB-1 to LAMB-4,
LARS-1 and LARS-3, YOGI-1 to YOGI-3, BELIEF-1 to BELIEF-3, NOVO-1 to NOVO-4, MIX-1 to MIX-3, ADOPT-1 to ADOPT-4.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optimspec
import pytest
from library_runs import (
    STEPS,
    Weights,
    assert_same,
    gradients,
    label,
    precisions,
    rates,
    start,
    steady_and_moving,
    trained,
)

optax: Any = pytest.importorskip("optax")
Rule = Callable[[Any], Any]


@cache
def update_of(rule: Rule) -> Any:
    """Compile once for both schedules."""

    def update(schedule: Any, grads: Weights, state: Any, weights: Weights) -> Any:
        updates, state = rule(lambda steps_before: schedule[steps_before]).update(grads, state, weights)
        return optax.apply_updates(weights, updates), state

    return jax.jit(update)


def trained_by_optax(rule: Rule, moving: bool, dtype: str) -> Weights:
    with jax.enable_x64(True):
        weights: Weights = jax.tree.map(jnp.asarray, start(dtype))
        schedule = np.array(rates(moving))
        state = rule(schedule.__getitem__).init(weights)
        for k in range(STEPS):
            weights, state = update_of(rule)(schedule, gradients(k, weights), state, weights)
        return {key: np.asarray(weight) for key, weight in weights.items()}


def rmsprop(lr: Any, scaled: Any, momentum: float) -> Any:
    """Its own alias has the rate within the momentum."""
    return optax.chain(scaled, optax.trace(momentum), optax.scale_by_learning_rate(lr))


def decaying_adagrad(lr: Any) -> Any:
    rule = optax.adagrad(lambda k: lr(k) / (1 + k * 0.1), initial_accumulator_value=0.3, eps=1e-3)
    return optax.chain(optax.add_decayed_weights(0.1), rule)


@steady_and_moving
@pytest.mark.parametrize(
    ("name", "hyper", "rule"),
    [
        ("SGD", {}, lambda lr: optax.sgd(lr)),
        ("SGD", {"momentum": 0.9}, lambda lr: optax.sgd(lr, 0.9)),
        ("SGD", {"momentum": 0.9, "nesterov": True}, lambda lr: optax.sgd(lr, 0.9, nesterov=True)),
        (
            "SGD",
            {"momentum": 0.9, "weight_decay": 0.1},
            lambda lr: optax.chain(optax.add_decayed_weights(0.1), optax.sgd(lr, 0.9)),
        ),
        ("Momentum", {"momentum": 0.8}, lambda lr: optax.sgd(lr, 0.8)),
        ("MomentumNesterov", {"momentum": 0.8}, lambda lr: optax.sgd(lr, 0.8, nesterov=True)),
        ("Adam", {}, lambda lr: optax.adam(lr)),
        (
            "Adam",
            {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
            lambda lr: optax.chain(optax.add_decayed_weights(0.1), optax.adam(lr, 0.8, 0.99, 1e-3)),
        ),
        ("Adam", {"betas": (0.8, 0.9), "amsgrad": True}, lambda lr: optax.amsgrad(lr, 0.8, 0.9)),
        (
            "AdamW",
            {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
            lambda lr: optax.adamw(lr, 0.8, 0.99, 1e-3, weight_decay=0.1),
        ),
        ("RMSprop", {}, lambda lr: optax.rmsprop(lr, 0.99, 1e-8, eps_in_sqrt=True)),
        (
            "RMSprop",
            {"alpha": 0.9, "eps": 1e-3, "momentum": 0.8},
            lambda lr: rmsprop(lr, optax.scale_by_rms(0.9, 1e-3), 0.8),
        ),
        (
            "RMSprop",
            {"alpha": 0.9, "eps": 1e-3, "momentum": 0.8, "centered": True},
            lambda lr: rmsprop(lr, optax.scale_by_stddev(0.9, 1e-3), 0.8),
        ),
        ("Adagrad", {}, lambda lr: optax.adagrad(lr, 0.0, 1e-10)),
        (
            "Adagrad",
            {"eps": 1e-3, "lr_decay": 0.1, "initial_accumulator_value": 0.3, "weight_decay": 0.1},
            decaying_adagrad,
        ),
        ("Adadelta", {}, lambda lr: optax.adadelta(lr)),
        (
            "Adadelta",
            {"rho": 0.8, "eps": 1e-3, "weight_decay": 0.1},
            lambda lr: optax.adadelta(lr, 0.8, 1e-3, weight_decay=0.1),
        ),
        (
            "Adamax",
            {"eps": 0.0, "betas": (0.8, 0.99), "weight_decay": 0.1},
            lambda lr: optax.chain(optax.add_decayed_weights(0.1), optax.adamax(lr, 0.8, 0.99, 0.0)),
        ),
        (
            "Nadam",
            {"momentum_decay": 1e6, "betas": (0.8, 0.99), "eps": 1e-3},
            lambda lr: optax.nadam(lr, 0.8, 0.99, 1e-3),
        ),
        ("RAdam", {}, lambda lr: optax.radam(lr)),
        (
            "RAdam",
            {"betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1},
            lambda lr: optax.chain(optax.add_decayed_weights(0.1), optax.radam(lr, 0.8, 0.9, 1e-3)),
        ),
        ("Lion", {}, lambda lr: optax.lion(lr, weight_decay=0.0)),
        (
            "Lion",
            {"betas": (0.8, 0.95), "weight_decay": 0.1},
            lambda lr: optax.lion(lr, 0.8, 0.95, weight_decay=0.1),
        ),
        (
            "Lamb",
            {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
            lambda lr: optax.lamb(lr, 0.8, 0.99, 1e-3, weight_decay=0.1),
        ),
        (
            "Lars",
            {"momentum": 0.0, "trust_coefficient": 0.3, "eps": 1e-3, "weight_decay": 0.1},
            lambda lr: optax.lars(lr, 0.1, trust_coefficient=0.3, eps=1e-3, momentum=0.0),
        ),
        ("Yogi", {"betas": (0.8, 0.99), "eps": 1e-2}, lambda lr: optax.yogi(lr, 0.8, 0.99, 1e-2)),
        ("AdaBelief", {}, lambda lr: optax.adabelief(lr)),
        (
            "AdEMAMix",
            {"betas": (0.8, 0.99, 0.95), "alpha": 3.0, "eps": 1e-3, "weight_decay": 0.1},
            lambda lr: optax.contrib.ademamix(lr, 0.8, 0.99, 0.95, 3.0, 1e-3, weight_decay=0.1),
        ),
        (
            "ADOPT",
            {"betas": (0.8, 0.99), "eps": 1e-3},
            lambda lr: optax.contrib.adopt(lr, 0.8, 0.99, 1e-3),
        ),
        (
            "Novograd",
            {"betas": (0.8, 0.6), "eps": 1e-3, "weight_decay": 0.1},
            lambda lr: optax.novograd(lr, 0.8, 0.6, 1e-3, weight_decay=0.1),
        ),
    ],
    ids=label,
)
def test_steps_as_optax_steps(
    name: str,
    hyper: dict[str, Any],
    rule: Rule,
    moving: bool,
    dtype: str,
    tolerance: float,
) -> None:
    ours = trained(lambda lr: getattr(optimspec, name)(lr, **hyper), moving, dtype)
    assert_same(ours, trained_by_optax(rule, moving, dtype), tolerance)


@precisions
@pytest.mark.parametrize(
    ("clipping", "clipped"),
    [
        ({"grad_clip_norm": 1.5}, lambda: optax.clip_by_global_norm(1.5)),
        ({"grad_clip_value": 0.4}, lambda: optax.clip(0.4)),
        (
            {"grad_clip_norm": 1.5, "grad_clip_value": 0.4},
            lambda: optax.chain(optax.clip_by_global_norm(1.5), optax.clip(0.4)),
        ),
    ],
    ids=label,
)
def test_gradients_are_clipped_as_optax_clips_them(
    clipping: dict[str, Any], clipped: Callable[[], Any], dtype: str, tolerance: float
) -> None:
    def rule(lr: Any) -> Any:
        return optax.chain(clipped(), optax.add_decayed_weights(0.1), optax.sgd(lr, 0.9))

    ours = trained(lambda lr: optimspec.SGD(lr, momentum=0.9, weight_decay=0.1, **clipping), True, dtype)
    assert_same(ours, trained_by_optax(rule, True, dtype), tolerance)
