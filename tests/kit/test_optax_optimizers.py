"""The oracle's optimizers against the installed optax, in float64, where the rules are the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest
from optimspec_conformance.scenario import Json, Scenario
from trained import (
    Arrays,
    arguments,
    assert_same,
    gradients_of_each_step,
    made,
    of_the_oracle,
    rates,
    starting_weights,
)

optax: Any = pytest.importorskip("optax")

TRUE, FALSE = {"bool": True}, {"bool": False}


def of_optax(scenario: Scenario, build: Callable[..., Any]) -> list[Arrays]:
    """The weights after each step of what ``build`` makes of the rate and the arguments."""
    with jax.enable_x64(True):
        params = jax.tree.map(jax.numpy.asarray, starting_weights(scenario))
        optimizer = build(rates(scenario)[0], **arguments(scenario))
        state = optimizer.init(params)
        stepped = []
        for grads in gradients_of_each_step(scenario):
            updates, state = optimizer.update(jax.tree.map(jax.numpy.asarray, grads), state, params)
            params = optax.apply_updates(params, updates)
            stepped.append({key: np.asarray(p) for key, p in params.items()})
    return stepped


def lion(lr: float, betas: list[float], weight_decay: float = 0.0) -> Any:
    return optax.lion(lr, b1=betas[0], b2=betas[1], weight_decay=weight_decay)


def rmsprop(lr: float, alpha: float, weight_decay: float = 0.0, **hyper: Any) -> Any:
    rule = optax.rmsprop(lr, decay=alpha, eps_in_sqrt=True, **hyper)
    return optax.chain(optax.add_decayed_weights(weight_decay), rule)


def adagrad(lr: float, initial_accumulator_value: float, eps: float, lr_decay: float, weight_decay: float = 0.0) -> Any:
    def decayed(steps_before: Any) -> Any:
        return lr / (1 + steps_before * lr_decay)

    rule = optax.adagrad(decayed, initial_accumulator_value=initial_accumulator_value, eps=eps)
    return optax.chain(optax.add_decayed_weights(weight_decay), rule)


def amsgrad(lr: float, betas: list[float], eps: float, amsgrad: bool) -> Any:
    return optax.amsgrad(lr, b1=betas[0], b2=betas[1], eps=eps)


SAME: list[tuple[str, Callable[..., Any], dict[str, Json]]] = [
    ("Lion", lion, {}),
    ("Lion", lion, {"betas": ["0.5", "0.9"], "weight_decay": "0.3"}),
    ("Adadelta", optax.adadelta, {"lr": "1.0"}),
    ("Adadelta", optax.adadelta, {"rho": "0.99", "eps": "0.3", "weight_decay": "0.2"}),
    ("RMSprop", rmsprop, {"momentum": "0.0", "eps": "0.3", "centered": FALSE}),
    ("RMSprop", rmsprop, {"momentum": "0.7", "weight_decay": "0.2", "centered": FALSE}),
    ("RMSprop", rmsprop, {"momentum": "0.7", "eps": "0.01", "centered": TRUE}),
    ("Adagrad", adagrad, {"eps": "0.3"}),
    ("Adagrad", adagrad, {"initial_accumulator_value": "0.7", "lr_decay": "0.0", "weight_decay": "0.2"}),
    ("Adam", amsgrad, {"amsgrad": TRUE, "eps": "0.3"}),
]


@pytest.mark.parametrize(
    ("name", "build", "hyper"), SAME, ids=[f"{name}-{'-'.join(hyper) or 'example'}" for name, _, hyper in SAME]
)
def test_an_optimizer_of_the_same_rule_has_optaxs_weights(
    name: str, build: Callable[..., Any], hyper: dict[str, Json]
) -> None:
    scenario = made(name, **hyper)
    assert_same(of_the_oracle(scenario), of_optax(scenario, build))
