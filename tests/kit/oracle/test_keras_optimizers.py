"""The convention keras of the oracle's optimizers against the installed Keras, in float64: the same weights."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from optimspec_conformance.classes.catalogue import OPTIMIZERS
from optimspec_conformance.scenarios.values import Json, Scenario
from trained import (
    Arrays,
    apart,
    arguments,
    assert_same,
    gradients_of_each_step,
    made,
    of_the_oracle,
    rates,
    starting_weights,
    under_a_falling_rate,
)

os.environ.setdefault("KERAS_BACKEND", "jax")
jax: Any = pytest.importorskip("jax")
keras: Any = pytest.importorskip("keras")

TRUE, FALSE = {"bool": True}, {"bool": False}
RENAMED = {"alpha": "rho", "eps": "epsilon"}
NAMES = {"Momentum": "SGD", "MomentumNesterov": "SGD"}


@pytest.fixture(autouse=True)
def in_float64() -> Iterator[None]:
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    with jax.enable_x64(True):
        yield
    keras.config.set_floatx(before)


def built(scenario: Scenario) -> Any:
    name = scenario["optimizer"]["class"]
    given = {RENAMED.get(key, key): value for key, value in arguments(scenario).items() if key != "betas"}
    given |= dict(zip(("beta_1", "beta_2"), arguments(scenario).get("betas", ()), strict=False))
    given |= {"nesterov": True} if name == "MomentumNesterov" else {}
    return getattr(keras.optimizers, NAMES.get(name, name))(**given)


def of_keras(scenario: Scenario) -> list[Arrays]:
    """The weights after each step."""
    optimizer = built(scenario)
    variables = {key: keras.Variable(weight, dtype="float64") for key, weight in starting_weights(scenario).items()}
    optimizer.build(list(variables.values()))
    stepped = []
    for lr, grads in zip(rates(scenario), gradients_of_each_step(scenario), strict=True):
        optimizer.learning_rate = lr
        optimizer.apply([jax.numpy.asarray(g) for g in grads.values()], [variables[key] for key in grads])
        stepped.append({key: np.asarray(variable.value) for key, variable in variables.items()})
    return stepped


CONVENTIONS: list[tuple[str, dict[str, Json]]] = [
    ("SGD", {"momentum": "0.8", "weight_decay": "0.2"}),
    ("SGD", {"momentum": "0.8", "nesterov": TRUE}),
    ("Momentum", {"weight_decay": "0.2"}),
    ("MomentumNesterov", {"weight_decay": "0.2"}),
    ("Adam", {"eps": "0.3", "weight_decay": "0.2"}),
    ("Adam", {"amsgrad": TRUE}),
    ("AdamW", {"eps": "0.3", "weight_decay": "0.7"}),
    ("RMSprop", {"momentum": "0.7", "weight_decay": "0.2"}),
    ("RMSprop", {"momentum": "0.7", "centered": TRUE}),
    ("Adagrad", {"lr_decay": "0.0", "weight_decay": "0.2"}),
    ("Adadelta", {"weight_decay": "0.2"}),
    ("Adamax", {"weight_decay": "0.2"}),
    ("Nadam", {"weight_decay": "0.2"}),
    ("Lamb", {"weight_decay": "0.7"}),
]


@pytest.mark.parametrize(
    ("name", "hyper"), CONVENTIONS, ids=[f"{name}-{'-'.join(hyper)}" for name, hyper in CONVENTIONS]
)
def test_the_convention_keras_has_kerass_weights_at_a_falling_rate(name: str, hyper: dict[str, Json]) -> None:
    scenario = under_a_falling_rate(made(name, **hyper))
    scenario["optimizer"].pop("lr_decay", None)
    theirs = of_keras(scenario)
    assert_same(of_the_oracle(scenario, "keras"), theirs)
    assert apart(of_the_oracle(scenario), theirs)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lamb"])
def test_the_convention_keras_has_kerass_defaults(name: str) -> None:
    scenario = made(name, "0.5") | {"optimizer": {"class": name, "lr": "0.5"}}
    assert_same(of_the_oracle(scenario, "keras"), of_keras(scenario))


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion"])
def test_the_convention_keras_has_kerass_default_rate(name: str) -> None:
    (convention,) = (one for one in OPTIMIZERS[name].conventions if one.name == "keras")
    rate = float(np.asarray(getattr(keras.optimizers, name)().learning_rate.value))
    assert rate == float(str(convention.defaults.get("lr", OPTIMIZERS[name].lr)))
