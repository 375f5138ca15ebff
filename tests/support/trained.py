"""Runs of the oracle's optimizers to hold against those of other libraries: in float64, a row for each step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from optimspec_conformance.classes.catalogue import OPTIMIZERS
from optimspec_conformance.classes.conventions import definitions_under
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.operations import optimizer_step, step
from optimspec_conformance.scenarios.values import Json, Row, Scenario, array, decode, decode_array
from optimspec_conformance.scenarios.weights import ALL, optimizer_steps, training

STEPS = 24
Arrays = dict[str, np.ndarray[Any, Any]]


def made(name: str, lr: Json = "0.05", **hyper: Json) -> Scenario:
    """Twenty-four steps of the class's example over weights of all shapes, some of its hyperparameters changed."""
    return training(OPTIMIZERS[name].config(lr, **hyper), gradients(), keys=ALL, dtype="float64")


def gradients(dense: bool = False, smooth: bool = False, scale: float = 1.0) -> list[Row]:
    """``dense``: no zero among them, for rules that would divide by it. ``smooth``: little changes between two."""
    return optimizer_steps(STEPS, dense=dense, smooth=smooth, scale=scale, keys=ALL, dtype="float64")


def of_shape(scenario: Scenario, shape: list[int]) -> Scenario:
    """The same steps of another weight."""
    random = np.random.default_rng(7)

    def drawn() -> Json:
        return [["c", array(random.normal(size=math.prod(shape)).tolist(), shape, "float64")]]

    return scenario | {"weights": drawn(), "do": [optimizer_step(drawn()) for _ in range(STEPS)]}


def under_a_falling_rate(scenario: Scenario) -> Scenario:
    """The same steps on a scheduler that moves after each of them."""
    falling = {"class": "ExponentialLR", "base_lr": scenario["optimizer"]["lr"], "gamma": "0.87"}
    do = [row for update in scenario["do"] for row in (update, step())]
    return {"scheduler": falling, **scenario, "optimizer": scenario["optimizer"] | {"lr": "@scheduler"}, "do": do}


def rates(scenario: Scenario) -> list[float]:
    """The rate of each step."""
    rows = exact_trace(scenario)
    return [decode(before["opt_lr"]) for before, row in zip(rows, scenario["do"], strict=False) if "grads" in row]


def of_the_oracle(scenario: Scenario, spoken: str | None = None) -> list[Arrays]:
    """The weights after each step, by the formula of the class or by that of a convention of it."""
    name = scenario["optimizer"]["class"]
    rows = exact_trace(scenario, definitions=definitions_under({name: spoken} if spoken else {}))[1:]
    return [decoded(row["weights"]) for row, did in zip(rows, scenario["do"], strict=True) if "grads" in did]


def starting_weights(scenario: Scenario) -> Arrays:
    return decoded(scenario["weights"])


def gradients_of_each_step(scenario: Scenario) -> list[Arrays]:
    return [decoded(row["grads"]) for row in scenario["do"] if "grads" in row]


def arguments(scenario: Scenario) -> dict[str, Any]:
    """The hyperparameters of a scenario's optimizer, the rate left out."""
    return {name: decode(value) for name, value in scenario["optimizer"].items() if name not in ("class", "lr")}


def decoded(arrays: Json) -> Arrays:
    return {key: decode_array(array) for key, array in arrays}


def assert_same(ours: list[Arrays], theirs: list[Arrays]) -> None:
    """To 1e-10 of the weight, or of 1 where that is more."""
    assert len(ours) == len(theirs) == STEPS
    for k, (our, their) in enumerate(zip(ours, theirs, strict=True), 1):
        for key, weight in our.items():
            np.testing.assert_allclose(their[key], weight, rtol=1e-10, atol=1e-10, err_msg=f"{key} after step {k}")


def apart(ours: list[Arrays], theirs: list[Arrays]) -> bool:
    """Whether they part by more than a rounding error could explain."""
    pairs = zip(ours, theirs, strict=True)
    return any(not np.allclose(our[key], their[key], rtol=1e-6, atol=1e-6) for our, their in pairs for key in our)
