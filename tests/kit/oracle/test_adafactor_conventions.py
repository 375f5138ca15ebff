"""The conventions of Adafactor against what the libraries gave, in float64, and against the survey's first steps."""

from __future__ import annotations

import numpy as np
import pytest
from optimspec_conformance.classes.conventions import definitions_under
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.operations import optimizer_step, step
from optimspec_conformance.scenarios.values import Json, array

MATRIX, TENSOR = [4, 6], [5, 2, 3]
DECAY, MOMENTUM, LARGE = {"weight_decay": "0.1"}, {"beta1": "0.9"}, {"lr": "0.9", "weight_decay": "0.1"}
SEEN = [  # the first and the last number of a weight after three steps
    # torch 2.13.0
    ("torch", MATRIX, {}, 0.1934956666, -1.01259789),
    ("torch", MATRIX, DECAY, 0.1905662763, -0.997540415),
    ("torch", MATRIX, LARGE, -0.3208000407, -0.5778505054),
    ("torch", TENSOR, {}, 0.2044336716, -0.4638085947),
    ("torch", TENSOR, LARGE, -0.123232438, -1.07306253),
    # keras 3.15.1, some of whose constants are float32
    ("keras", MATRIX, {}, 0.1934956616, -1.012597887),
    ("keras", MATRIX, DECAY, 0.190607717, -0.9974847376),
    ("keras", MATRIX, LARGE, -0.2399152604, -0.6086452271),
    ("keras", TENSOR, LARGE, -0.06682048403, -1.004254864),
    # transformers 5.24.0, with relative_step=False
    ("transformers", MATRIX, {}, 0.1934956666, -1.01259789),
    ("transformers", MATRIX, DECAY, 0.1915406414, -1.002573751),
    ("transformers", MATRIX, MOMENTUM, 0.1998373102, -0.9994823295),
    ("transformers", MATRIX, LARGE, -0.5549754521, -0.6529843829),
    ("transformers", TENSOR, MOMENTUM, 0.2018467722, -0.4133828637),
    # optax 0.2.8, with min_dim_size_to_factor=1 and multiply_by_parameter_scale=False
    ("optax", MATRIX, {}, 0.192894043, -1.021083349),
    ("optax", MATRIX, DECAY, 0.1381313671, -0.7532795476),
    ("optax", MATRIX, MOMENTUM, 0.1997958127, -0.9992317559),
    ("optax", TENSOR, LARGE, 0.1100975708, -1.65774213),
]
CLOSE = 1e-7


def numbers(shape: list[int], i: int) -> Json:
    size = int(np.prod(shape))
    return array([(-1) ** (j + i) * (0.2 + ((j * j + 3 * i) % 7) / 5) for j in range(size)], shape, "float64")


def stepped(convention: str, start: Json, gradients: list[Json], **hyper: Json) -> np.ndarray:
    scenario = {
        "optimizer": {"class": "Adafactor", **hyper},
        "weights": [["w", start]],
        "do": [optimizer_step([["w", gradient]]) for gradient in gradients],
    }
    definitions = definitions_under({"Adafactor": convention} if convention else {})
    return np.array(exact_trace(scenario, definitions=definitions)[-1]["weights"][0][1]["data"], dtype=float)


@pytest.mark.parametrize(("convention", "shape", "hyper", "first", "last"), SEEN)
def test_a_convention_has_the_weights_of_its_library(
    convention: str, shape: list[int], hyper: dict[str, Json], first: float, last: float
) -> None:
    gradients = [numbers(shape, k) for k in (1, 2, 3)]
    weight = stepped(convention, numbers(shape, 0), gradients, **{"lr": "0.05", **hyper})
    assert [weight[0], weight[-1]] == pytest.approx([first, last], abs=CLOSE)


SIZE = 0.8833  # the root mean square of the weight
FIRST_STEPS = [
    ("", {"lr": "0.01"}, 0.01),
    ("optax", {"lr": "0.01"}, 0.01),
    ("torch", {"lr": "0.01"}, 0.008833),
    ("keras", {"lr": "0.01"}, 0.008833),
    ("transformers", {"lr": "0.01"}, 0.008833),
    ("transformers", {}, 0.008833),
    ("optax", {}, 0.8833),
]


@pytest.mark.parametrize(("convention", "hyper", "size"), FIRST_STEPS)
def test_the_first_step_is_as_large_as_was_measured(convention: str, hyper: dict[str, Json], size: float) -> None:
    weight, gradient = (array([number * (-1) ** j for j in range(24)], MATRIX, "float64") for number in (SIZE, 0.3))
    moved = stepped(convention, weight, [gradient], **hyper) - np.array(weight["data"], dtype=float)
    assert np.sqrt((moved * moved).mean()) == pytest.approx(size, rel=1e-12)


DECAYS = [("", 0.001), ("torch", 0.001), ("keras", 0.001), ("optax", 0.1)]


@pytest.mark.parametrize(("convention", "share"), DECAYS)
def test_weight_decay_takes_as_much_as_was_measured(convention: str, share: float) -> None:
    start, still = (array([number] * 5, [5], "float64") for number in (2.0, 0.0))
    weight = stepped(convention, start, [still], lr="0.01", weight_decay="0.1", eps=["1e-30", "0.001"])
    assert weight == pytest.approx([2.0 * (1 - share)] * 5, rel=1e-12)


@pytest.mark.parametrize("convention", ["transformers", "optax"])
def test_at_rate_0_a_momentum_that_holds_the_rate_moves_the_weight_on(convention: str) -> None:
    assert move_at_rate_0(convention) > 1e-3
    assert move_at_rate_0("") == 0


def move_at_rate_0(convention: str) -> float:
    still = {"class": "PiecewiseConstantSchedule", "boundaries": [1], "values": ["0.05", "0.0"]}
    steps = [optimizer_step([["w", numbers(MATRIX, k)]]) for k in (1, 2)]
    scenario = {
        "scheduler": still,
        "optimizer": {"class": "Adafactor", "lr": "@scheduler", **MOMENTUM},
        "weights": [["w", numbers(MATRIX, 0)]],
        "do": [steps[0], step(), steps[1]],
    }
    definitions = definitions_under({"Adafactor": convention} if convention else {})
    rows = exact_trace(scenario, definitions=definitions)
    before, after = (np.array(rows[i]["weights"][0][1]["data"], dtype=float) for i in (1, -1))
    return float(np.abs(after - before).max())
