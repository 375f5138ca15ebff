"""The oracle's Prodigy: measured numbers, and the weights of installed libraries.

A library that is not installed is skipped, and counted as such.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest
from optimspec_conformance.classes.conventions import definitions_under
from optimspec_conformance.oracle.arithmetic import plain
from optimspec_conformance.oracle.optimizers import OracleOptimizer
from optimspec_conformance.scenarios.operations import register
from optimspec_conformance.scenarios.values import Json, Scenario, array, decode
from optimspec_conformance.scenarios.weights import MATRIX, SCALAR, VECTOR, group, weights
from trained import (
    Arrays,
    apart,
    arguments,
    assert_same,
    gradients,
    gradients_of_each_step,
    made,
    of_the_oracle,
    rates,
    starting_weights,
    under_a_falling_rate,
)

TRUE = {"bool": True}
Bowl = tuple[list[float], list[list[float]]]  # d and the weights after each step

# ------------------------------------------------------------------------------------------------- measured numbers

SLOPES, BOTTOM = np.array([1.0, 3.0, 0.5]), np.array([3.0, -2.0, 1.0])


def down_a_bowl(convention: str | None = None, steps: int = 40, **hyper: Json) -> Bowl:
    """Steps from 0 down a quadratic of three unknowns, at rate 1."""
    definitions = definitions_under({"Prodigy": convention} if convention else {})
    optimizer = OracleOptimizer({"class": "Prodigy", **hyper}, None, plain("float64")[1], definitions)
    optimizer.register([["w", array([0.0, 0.0, 0.0], [3], "float64")]])
    ds, found = [], []
    for _ in range(steps):
        w = optimizer.values()["w"]
        optimizer.step([["w", array((SLOPES * (w - BOTTOM)).tolist(), [3], "float64")]])
        ds.append(float(optimizer.numbers["d"]))
        found.append(optimizer.values()["w"].tolist())
    return ds, found


@pytest.mark.parametrize(
    ("convention", "hyper", "measured"),
    [
        (None, {}, {10: 0.003874, 20: 1.00027, 40: 1.00027}),
        (None, {"bias_correction": TRUE}, {10: 1.733e-5, 20: 0.0008990, 40: 0.988682}),
        ("optax", {}, {10: 1.733e-5, 20: 0.0008990, 40: 0.988682}),
        (None, {"bias_correction": TRUE, "safeguard_warmup": TRUE}, {10: 1e-6, 20: 1.755e-6, 40: 3.195e-5}),
        ("optax", {"safeguard_warmup": TRUE}, {10: 1e-6, 20: 1.755e-6, 40: 3.195e-5}),
        ("pytorch_optimizer", {}, {10: 0.003874, 20: 1.00027, 40: 1.00027}),
        (None, {"growth_rate": "1.02"}, {10: 1.853e-6, 20: 2.259e-6, 40: 3.356e-6}),
        (None, {"d_coef": "2.0"}, {10: 0.05595, 20: 1.95595, 40: 1.95595}),
    ],
)
def test_d_has_the_measured_values(convention: str | None, hyper: dict[str, Json], measured: dict[int, float]) -> None:
    ds, _ = down_a_bowl(convention, **hyper)
    assert {k: ds[k - 1] for k in measured} == pytest.approx(measured, rel=5e-4)


def test_the_steps_of_optax_are_a_thousand_times_smaller_after_twenty() -> None:
    assert down_a_bowl()[0][19] / down_a_bowl("optax")[0][19] > 1000


def test_a_larger_rate_moves_more_than_in_proportion() -> None:
    moved = [abs(np.array(down_a_bowl(steps=12, lr=lr)[1][-1])).max() for lr in ("0.5", "1.0", "2.0")]
    assert moved[1] > 4 * moved[0]
    assert moved[2] > 4 * moved[1]


# --------------------------------------------------------------------------------------------------- other libraries

Build = Callable[..., Any]


def prodigyopt(groups: Any, lr: float, bias_correction: bool = False, **hyper: Any) -> Any:
    library: Any = pytest.importorskip("prodigyopt")
    hyper = {name: value for name, value in hyper.items() if value is not None}
    return library.Prodigy(groups, lr=lr, use_bias_correction=bias_correction, **hyper)


def pytorch_optimizer(groups: Any, lr: float, **hyper: Any) -> Any:
    library: Any = pytest.importorskip("pytorch_optimizer")
    return library.Prodigy(groups, lr=lr, **{name: value for name, value in hyper.items() if value is not None})


def of_torch(scenario: Scenario, build: Build) -> list[Arrays]:
    """The weights after each step, also of weights that join later."""
    torch: Any = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # of a sum that pytorch_optimizer keeps
    try:
        return stepped_by_torch(torch, scenario, build)
    finally:
        torch.set_default_dtype(before)


def stepped_by_torch(torch: Any, scenario: Scenario, build: Build) -> list[Arrays]:
    hyper = arguments(scenario)
    tensors = {key: torch.nn.Parameter(torch.tensor(w)) for key, w in starting_weights(scenario).items()}
    lrs = rates(scenario)
    optimizer = build([{"params": list(tensors.values())}], lrs[0] or 1.0, **hyper)
    stepped: list[Arrays] = []
    for row in scenario["do"]:
        if row["op"] in ("optimizer.register", "optimizer.add_param_group"):
            new = {key: torch.nn.Parameter(torch.tensor(w)) for key, w in starting_weights(row).items()}
            tensors |= new
            if row["op"] == "optimizer.register":
                optimizer.param_groups[0]["params"] += new.values()
            else:
                decay = decode(row.get("weight_decay", scenario["optimizer"]["weight_decay"]))
                shared = {name: value for name, value in optimizer.param_groups[0].items() if name != "params"}
                optimizer.add_param_group({**shared, "params": list(new.values()), "weight_decay": decay})
        if row["op"] != "optimizer.step":
            continue
        for param_group in optimizer.param_groups:
            param_group["lr"] = lrs[len(stepped)]
        (grads,) = gradients_of_each_step({"do": [row]})
        for key, tensor in tensors.items():
            tensor.grad = torch.tensor(grads[key]) if key in grads else None
        optimizer.step()
        stepped.append({key: tensor.detach().numpy().copy() for key, tensor in tensors.items()})
    return stepped


def grows(lr: Json = "1.0", **hyper: Json) -> Scenario:
    """Steps of a descent, on which d grows."""
    return made("Prodigy", lr, **{"d_coef": "1.0", "d0": "0.001", **hyper}) | {"do": gradients(smooth=True)}


def warming_up(scenario: Scenario) -> Scenario:
    """The same steps on a schedule that begins at 0, and falls to 0 for a while."""
    moving = under_a_falling_rate(scenario)
    values: list[Json] = ["0.0", "0.25", "0.5", "1.0", "0.0", "0.5"]
    warm_up = {"class": "PiecewiseConstantSchedule", "boundaries": [2, 4, 6, 14, 16], "values": values}
    return moving | {"scheduler": warm_up}


def left_out(scenario: Scenario) -> Scenario:
    """The same steps, some of them without a gradient for some of the weights."""
    do = [row | {"grads": row["grads"][k % 3 :]} for k, row in enumerate(scenario["do"])]
    return scenario | {"do": do}


def joining(scenario: Scenario) -> Scenario:
    """The same steps, with weights that join later, one of them in a group with its own decay."""
    late = register(weights([MATRIX], "float64"))
    own = group(SCALAR, weight_decay="0.3") | {"weights": weights([SCALAR], "float64")}
    do = []
    for k, row in enumerate(scenario["do"]):
        known = {VECTOR, *([MATRIX] if k >= 5 else []), *([SCALAR] if k >= 9 else [])}
        do += [late] if k == 5 else [own] if k == 9 else []
        do.append(row | {"grads": [pair for pair in row["grads"] if pair[0] in known]})
    return scenario | {"weights": weights([VECTOR], "float64"), "do": do}


HYPER: list[dict[str, Json]] = [
    {},
    {"bias_correction": TRUE},
    {"safeguard_warmup": TRUE, "bias_correction": TRUE, "d_coef": "4.0"},
    {"beta3": "0.8", "d_coef": "2.0", "eps": "0.1"},
    {"growth_rate": "1.1", "weight_decay": "0.3"},
    {"d0": "1e-05", "betas": ["0.9", "0.999"], "eps": "1e-08", "d_coef": "0.5"},
]
RUNS: list[Callable[[Scenario], Scenario]] = [lambda scenario: scenario, under_a_falling_rate, left_out, joining]
of_hyper = pytest.mark.parametrize("hyper", HYPER, ids=lambda hyper: "-".join(hyper) or "example")
of_runs = pytest.mark.parametrize("run", RUNS, ids=["steady", "falling", "left-out", "joining"])


@of_hyper
@of_runs
def test_it_has_the_weights_of_prodigyopt(hyper: dict[str, Json], run: Callable[[Scenario], Scenario]) -> None:
    scenario = run(grows(**hyper))
    assert_same(of_the_oracle(scenario), of_torch(scenario, prodigyopt))


@of_hyper
def test_a_step_at_rate_0_is_none_in_prodigyopt_either(hyper: dict[str, Json]) -> None:
    scenario = warming_up(grows(**hyper))
    assert_same(of_the_oracle(scenario), of_torch(scenario, prodigyopt))


def test_without_a_first_beta_prodigyopt_scales_by_the_d_after_the_step() -> None:
    scenario = grows(betas=["0.0", "0.95"])
    assert apart(of_the_oracle(scenario), of_torch(scenario, prodigyopt))


@of_hyper
@pytest.mark.parametrize("run", [*RUNS[:3], warming_up], ids=["steady", "falling", "left-out", "warming-up"])
def test_the_convention_pytorch_optimizer_has_its_weights(
    hyper: dict[str, Json], run: Callable[[Scenario], Scenario]
) -> None:
    scenario = run(grows(**hyper))
    theirs = of_torch(scenario, pytorch_optimizer)
    assert_same(of_the_oracle(scenario, "pytorch_optimizer"), theirs)
    assert apart(of_the_oracle(scenario), theirs) == (run is warming_up)


def of_optax(scenario: Scenario) -> list[Arrays]:
    optax: Any = pytest.importorskip("optax")
    lrs = rates(scenario)
    hyper = arguments(scenario)
    hyper |= {"estim_lr0": hyper.pop("d0"), "estim_lr_coef": hyper.pop("d_coef")}
    with jax.enable_x64(True):
        optimizer = optax.contrib.prodigy(lambda k: jax.numpy.asarray(lrs)[k], **hyper)
        params = jax.tree.map(jax.numpy.asarray, starting_weights(scenario))
        state, stepped = optimizer.init(params), []
        for grads in gradients_of_each_step(scenario):
            updates, state = optimizer.update(jax.tree.map(jax.numpy.asarray, grads), state, params)
            params = optax.apply_updates(params, updates)
            stepped.append({key: np.asarray(p) for key, p in params.items()})
    return stepped


OF_OPTAX: list[dict[str, Json]] = [
    {},
    {"safeguard_warmup": TRUE, "d_coef": "4.0"},
    {"beta3": "0.8", "d_coef": "2.0", "eps": "0.1", "weight_decay": "0.3"},
]


@pytest.mark.parametrize("hyper", OF_OPTAX, ids=lambda hyper: "-".join(hyper) or "example")
@pytest.mark.parametrize("run", [*RUNS[:2]], ids=["steady", "falling"])
def test_the_convention_optax_has_its_weights(hyper: dict[str, Json], run: Callable[[Scenario], Scenario]) -> None:
    scenario = run(grows(**hyper))
    theirs = of_optax(scenario)
    assert_same(of_the_oracle(scenario, "optax"), theirs)
    assert apart(of_the_oracle(scenario), theirs)


def test_a_step_at_rate_0_counts_in_optax_with_a_safeguard() -> None:
    scenario = warming_up(grows(safeguard_warmup=TRUE))
    assert_same(of_the_oracle(scenario, "optax"), of_optax(scenario))


def test_a_warm_up_from_0_makes_optaxs_weights_nan() -> None:
    theirs = of_optax(warming_up(grows()))
    assert all(math.isnan(value) for value in theirs[-1][VECTOR])
