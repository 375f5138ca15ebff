"""Muon, ASGD and the schedule-free optimizers of the oracle: measured numbers, and the weights of installed libraries.

A library that is not installed is skipped, and counted as such.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from optimspec_conformance.classes.conventions import definitions_under
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.operations import averaged, optimizer_step, step
from optimspec_conformance.scenarios.values import Json, Row, Scenario, array, decode
from trained import (
    Arrays,
    apart,
    arguments,
    assert_same,
    gradients_of_each_step,
    made,
    of_shape,
    of_the_oracle,
    rates,
    starting_weights,
    under_a_falling_rate,
)

os.environ.setdefault("KERAS_BACKEND", "jax")
FALSE, NONE = {"bool": False}, {"str": "none"}
MATCHED = {"str": "match_rms_adamw"}
SHAPES = {"tall": [6, 4], "wide": [4, 6], "square": [5, 5]}

# ------------------------------------------------------------------------------------------------- measured numbers


def one_weight(optimizer: Scenario, gradients: list[float], scheduler: Scenario | None = None) -> Scenario:
    """Steps of one weight that starts at 1; the scheduler, if there is one, moves after each."""
    do: list[Row] = []
    for g in gradients:
        do += [optimizer_step([["w", array([g], [1], "float64")]]), averaged(), *([step()] if scheduler else [])]
    scenario = {"optimizer": optimizer, "weights": [["w", array([1.0], [1], "float64")]], "do": do}
    return scenario if scheduler is None else {"scheduler": scheduler, **scenario}


def numbers(scenario: Scenario, field: str, convention: str | None = None) -> list[float]:
    """A weight after each step, or its average."""
    name = scenario["optimizer"]["class"]
    trace = exact_trace(scenario, definitions=definitions_under({name: convention} if convention else {}))
    ops = {"weights": "optimizer.step", "averaged": "optimizer.averaged"}
    rows = zip(scenario["do"], trace[1:], strict=True)
    return [decode(row[field][0][1]["data"][0]) for did, row in rows if did["op"] == ops[field]]


def test_three_schedule_free_steps_of_equal_gradients_leave_the_measured_value_and_average() -> None:
    scenario = one_weight({"class": "ScheduleFreeAdamW", "lr": "0.1"}, [1.0, 1.0, 1.0])
    assert numbers(scenario, "weights")[-1] == pytest.approx(0.79, abs=1e-7)
    assert numbers(scenario, "averaged")[-1] == pytest.approx(0.80, abs=1e-7)


@pytest.mark.parametrize(
    ("convention", "applied"),
    [("torch", [0.1, 0.0999, 0.1, 0.01, 0.01, 0.01]), (None, [0.1, 0.1, 0.01, 0.01, 0.01, 0.1])],
)
def test_a_rate_of_asgd_is_applied_when_it_was_measured(convention: str | None, applied: list[float]) -> None:
    asked = {"class": "PiecewiseConstantSchedule", "boundaries": [2, 5], "values": ["0.1", "0.01", "0.1"]}
    scenario = one_weight({"class": "ASGD", "lr": "@scheduler", "lambd": "0.0"}, [1.0] * 6, asked)
    weights = np.array([1.0, *numbers(scenario, "weights", convention)])
    assert -np.diff(weights) == pytest.approx(applied, abs=1.1e-4)


def test_a_warm_up_of_pytorchs_asgd_has_two_steps_at_its_first_rate() -> None:
    asked = {"class": "PiecewiseConstantSchedule", "boundaries": [1, 2], "values": ["0.0", "0.05", "0.1"]}
    scenario = one_weight({"class": "ASGD", "lr": "@scheduler", "lambd": "0.0"}, [1.0] * 3, asked)
    weights = np.array([1.0, *numbers(scenario, "weights", "torch")])
    assert -np.diff(weights) == pytest.approx([0.0, 0.0, 0.05], abs=1e-12)


def test_the_average_of_asgd_begins_at_t0_plus_2() -> None:
    scenario = one_weight({"class": "ASGD", "lr": "0.1", "t0": 2}, [1.0, -2.0, 0.5, 1.0, 3.0, -1.0])
    weights, averages = numbers(scenario, "weights"), numbers(scenario, "averaged")
    assert averages[:4] == pytest.approx(weights[:4], abs=0)
    assert averages[5] == pytest.approx(np.mean(weights[3:6]), abs=1e-15)


def test_muon_makes_of_one_element_0_6964_of_its_sign() -> None:
    config: Scenario = {"class": "Muon", "lr": "1.0"}
    scenario = {
        "optimizer": config,
        "weights": [["w", array([0.0], [1, 1], "float64")]],
        "do": [optimizer_step([["w", array([-3.0], [1, 1], "float64")]])],
    }
    assert decode(exact_trace(scenario)[1]["weights"][0][1]["data"][0]) == pytest.approx(0.6964, abs=5e-5)


def test_the_singular_values_of_muons_steps_are_near_1() -> None:
    scenario = of_shape(made("Muon", "1.0", weight_decay="0.0", scale=NONE), [8, 5])
    before, after = starting_weights(scenario)["c"], of_the_oracle(scenario)[0]["c"]
    sizes = np.linalg.svd(before - after, compute_uv=False)
    assert sizes.min() >= 0.57
    assert sizes.max() <= 1.21


# --------------------------------------------------------------------------------------------------- other libraries


def torch_weights(scenario: Scenario, build: Callable[[list[Any], float], Any]) -> tuple[list[Arrays], Any]:
    """The weights after each step of an optimizer of PyTorch's form, and the optimizer."""
    torch = pytest.importorskip("torch")
    tensors = {key: torch.nn.Parameter(torch.tensor(w)) for key, w in starting_weights(scenario).items()}
    lrs = rates(scenario)
    optimizer = build(list(tensors.values()), lrs[0])
    stepped = []
    for lr, grads in zip(lrs, gradients_of_each_step(scenario), strict=True):
        optimizer.param_groups[0]["lr"] = lr
        for key, gradient in grads.items():
            tensors[key].grad = torch.tensor(gradient)
        optimizer.step()
        stepped.append({key: tensor.detach().numpy().copy() for key, tensor in tensors.items()})
    return stepped, optimizer


def optax_weights(scenario: Scenario, build: Callable[[Any], Any]) -> list[Arrays]:
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    with jax.enable_x64(True):
        params = jax.tree.map(jax.numpy.asarray, starting_weights(scenario))
        optimizer = build(rates(scenario)[0])
        state, stepped = optimizer.init(params), []
        for grads in gradients_of_each_step(scenario):
            updates, state = optimizer.update(jax.tree.map(jax.numpy.asarray, grads), state, params)
            params = optax.apply_updates(params, updates)
            stepped.append({key: np.asarray(p) for key, p in params.items()})
    return stepped


def keras_weights(scenario: Scenario, build: Callable[..., Any]) -> list[Arrays]:
    jax, keras = pytest.importorskip("jax"), pytest.importorskip("keras")
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        with jax.enable_x64(True):
            optimizer = build(keras.optimizers, rates(scenario)[0])
            variables = {key: keras.Variable(w, dtype="float64") for key, w in starting_weights(scenario).items()}
            optimizer.build(list(variables.values()))
            stepped = []
            for lr, grads in zip(rates(scenario), gradients_of_each_step(scenario), strict=True):
                optimizer.learning_rate = lr
                optimizer.apply([jax.numpy.asarray(g) for g in grads.values()], [variables[key] for key in grads])
                stepped.append({key: np.asarray(variable.value) for key, variable in variables.items()})
            return stepped
    finally:
        keras.config.set_floatx(before)


def matrix(shape: str, **hyper: Json) -> Scenario:
    return of_shape(made("Muon", **hyper), SHAPES[shape])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("rms", [None, 0.2])
def test_the_convention_optax_of_muon_has_optaxs_weights(shape: str, nesterov: bool, rms: float | None) -> None:
    optax = pytest.importorskip("optax")
    given = {"nesterov": {"bool": nesterov}, **({"scale": MATCHED} if rms else {})}
    scenario = matrix(shape, weight_decay="0.3", **given)
    hyper = {"beta": 0.8, "weight_decay": 0.3, "nesterov": nesterov, "consistent_rms": rms}
    theirs = optax_weights(scenario, lambda lr: optax.contrib.muon(lr, **hyper))
    assert_same(of_the_oracle(scenario, "optax"), theirs)
    other_scale = rms is None and shape != "square"
    assert apart(of_the_oracle(scenario), theirs) == (nesterov or other_scale)  # a correction alone turns nothing


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rms", [None, 0.2])
def test_the_convention_keras_of_muon_has_kerass_weights(shape: str, rms: float | None) -> None:
    scenario = under_a_falling_rate(matrix(shape, weight_decay="0.3", **({} if rms else {"scale": NONE})))

    def build(optimizers: Any, lr: float) -> Any:
        return optimizers.Muon(lr, momentum=0.8, weight_decay=0.3, rms_rate=rms)

    for ours, theirs in zip(of_the_oracle(scenario, "keras"), keras_weights(scenario, build), strict=True):
        np.testing.assert_allclose(theirs["c"], ours["c"], rtol=0, atol=1e-7)  # its iteration has seven digits


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", ["original", "match_rms_adamw"])
def test_pytorchs_muon_is_ours_within_the_digits_of_bfloat16(shape: str, scale: str) -> None:
    torch = pytest.importorskip("torch")
    scenario = matrix(shape, weight_decay="0.3", scale={"str": scale})
    hyper = {"momentum": 0.8, "weight_decay": 0.3, "adjust_lr_fn": scale}
    theirs, _ = torch_weights(scenario, lambda weights, lr: torch.optim.Muon(weights, lr, **hyper))
    start, ours = starting_weights(scenario)["c"], of_the_oracle(scenario)
    moved, off = ours[3]["c"] - start, theirs[3]["c"] - ours[3]["c"]
    assert 1e-6 * np.abs(moved).max() < np.abs(off).max() < 0.04 * np.abs(moved).max()


WARM: list[dict[str, Json]] = [{}, {"warmup_steps": 4}, {"weight_decay": "0.3"}, {"weight_lr_power": "1.0"}]


def renamed(scenario: Scenario, first: str = "b1", second: str = "b2") -> dict[str, Any]:
    given = arguments(scenario)
    betas = dict(zip((first, second), given.pop("betas", ()), strict=False))
    return given | betas


@pytest.mark.parametrize("falling", [False, True], ids=["steady", "falling"])
@pytest.mark.parametrize("hyper", [*WARM, {"warmup_steps": 3, "r": "1.5"}], ids=str)
@pytest.mark.parametrize("name", ["ScheduleFreeAdamW", "ScheduleFreeSGD"])
def test_a_schedule_free_optimizer_has_schedulefrees_weights_and_averages(
    name: str, hyper: dict[str, Json], falling: bool
) -> None:
    schedulefree = pytest.importorskip("schedulefree")
    scenario = under_a_falling_rate(made(name, **hyper)) if falling else made(name, **hyper)
    theirs_class = {"ScheduleFreeAdamW": "AdamWScheduleFree", "ScheduleFreeSGD": "SGDScheduleFree"}[name]

    def build(weights: list[Any], lr: float) -> Any:
        optimizer = getattr(schedulefree, theirs_class)(weights, lr=lr, foreach=False, **arguments(scenario))
        optimizer.train()
        return optimizer

    theirs, optimizer = torch_weights(scenario, build)
    assert_same(of_the_oracle(scenario), theirs)
    optimizer.eval()
    asked = scenario | {"do": [*scenario["do"], averaged()]}
    averages = [value for _, value in exact_trace(asked)[-1]["averaged"]]
    for weight, average in zip(optimizer.param_groups[0]["params"], averages, strict=True):
        expected = weight.detach().numpy().ravel()
        np.testing.assert_allclose(decode(average["data"]), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("hyper", WARM[:3], ids=str)
def test_the_convention_paper_has_the_weights_of_the_class_that_follows_it(hyper: dict[str, Json]) -> None:
    paper = pytest.importorskip("schedulefree.adamw_schedulefree_paper")
    scenario = made("ScheduleFreeAdamW", **hyper)

    def build(weights: list[Any], lr: float) -> Any:
        optimizer = paper.AdamWScheduleFreePaper(weights, lr=lr, foreach=False, **arguments(scenario))
        optimizer.train()
        return optimizer

    theirs, _ = torch_weights(scenario, build)
    assert_same(of_the_oracle(scenario, "paper"), theirs)
    assert apart(of_the_oracle(scenario), theirs)


@pytest.mark.parametrize("hyper", WARM, ids=str)
@pytest.mark.parametrize("name", ["ScheduleFreeAdamW", "ScheduleFreeSGD"])
def test_the_convention_optax_of_a_schedule_free_optimizer_has_optaxs_weights(
    name: str, hyper: dict[str, Json]
) -> None:
    optax = pytest.importorskip("optax")
    scenario = made(name, **hyper)
    if name == "ScheduleFreeSGD":
        given = renamed(scenario)
        given["b1"] = given.pop("momentum")
        theirs = optax_weights(scenario, lambda lr: optax.contrib.schedule_free_sgd(lr, **given))
    else:
        theirs = optax_weights(scenario, lambda lr: optax.contrib.schedule_free_adamw(lr, **renamed(scenario)))
    for our, their in zip(of_the_oracle(scenario, "optax"), theirs, strict=True):
        for key, weight in our.items():  # a rate of its warm-up is a float32 number
            np.testing.assert_allclose(their[key], weight, rtol=0, atol=1e-8 if "warmup_steps" in hyper else 1e-10)
    assert apart(of_the_oracle(scenario), theirs) == ("warmup_steps" in hyper)


@pytest.mark.parametrize("hyper", WARM[:3], ids=str)
def test_the_convention_keras_of_schedule_free_adamw_has_kerass_weights(hyper: dict[str, Json]) -> None:
    scenario = under_a_falling_rate(made("ScheduleFreeAdamW", **hyper))

    def build(optimizers: Any, lr: float) -> Any:
        given = renamed(scenario, "beta_1", "beta_2")
        return optimizers.ScheduleFreeAdamW(lr, epsilon=given.pop("eps"), **given)

    theirs = keras_weights(scenario, build)
    assert_same(of_the_oracle(scenario, "keras"), theirs)
    assert apart(of_the_oracle(scenario), theirs)


@pytest.mark.parametrize("falling", [False, True], ids=["steady", "falling"])
@pytest.mark.parametrize("hyper", [{}, {"weight_decay": "0.3"}, {"t0": 5, "lambd": "0.9"}], ids=str)
def test_the_convention_torch_of_asgd_has_pytorchs_weights_and_averages(hyper: dict[str, Json], falling: bool) -> None:
    torch = pytest.importorskip("torch")
    scenario = under_a_falling_rate(made("ASGD", **hyper)) if falling else made("ASGD", **hyper)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # in which it keeps its rate
    try:
        theirs, optimizer = torch_weights(
            scenario, lambda weights, lr: torch.optim.ASGD(weights, lr=lr, foreach=False, **arguments(scenario))
        )
    finally:
        torch.set_default_dtype(before)
    assert_same(of_the_oracle(scenario, "torch"), theirs)
    assert apart(of_the_oracle(scenario), theirs) == falling
    asked = scenario | {"do": [*scenario["do"], averaged()]}
    averages = exact_trace(asked, definitions=definitions_under({"ASGD": "torch"}))[-1]["averaged"]
    for weight, (_, average) in zip(optimizer.param_groups[0]["params"], averages, strict=True):
        expected = optimizer.state[weight]["ax"].detach().numpy().ravel()
        np.testing.assert_allclose(decode(average["data"]), expected, rtol=1e-9, atol=1e-9)
