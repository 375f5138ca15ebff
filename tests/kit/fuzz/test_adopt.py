"""A random scenario is a case only where it proves something: where the arithmetic is exact enough."""

from __future__ import annotations

from optimspec_conformance.fuzz.adopt import as_case
from optimspec_conformance.scenarios.values import Scenario
from optimspec_conformance.scenarios.weights import optimizer_steps, training

CANCELLING: Scenario = {  # its second moment is 1e-06 + .25 − .25, of which float32 keeps two digits
    "optimizer": {"class": "Yogi", "lr": "0.1", "betas": ["0.5", "0.0"], "grad_clip_value": "0.5"},
    "weights": [["v", {"dtype": "float32", "shape": [1], "data": ["1.25"]}]],
    "do": [
        {"op": "optimizer.step", "grads": [["v", {"dtype": "float32", "shape": [1], "data": ["0.75"]}]]},
        {"op": "optimizer.step", "grads": [["v", {"dtype": "float32", "shape": [1], "data": ["-1.125"]}]]},
    ],
}


def test_a_scenario_that_cancels_proves_nothing() -> None:
    assert as_case("Yogi", CANCELLING) is None


def test_a_usual_scenario_proves_something() -> None:
    assert as_case("Yogi", training({"class": "Yogi", "lr": "0.1"}, optimizer_steps(4))) is not None


def test_a_search_leaves_out_what_the_rounding_of_arguments_changes() -> None:
    scheduler = {"class": "ExponentialLR", "base_lr": "0.3", "gamma": "0.99998"}
    assert as_case("ExponentialLR", {"scheduler": scheduler, "do": [{"op": "scheduler.step", "n": 9}]})
    assert as_case("ExponentialLR", {"scheduler": scheduler, "do": [{"op": "scheduler.step", "n": 20000}]}) is None
