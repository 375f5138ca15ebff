"""What the kit never sends, since it is left to the language: the oracle refuses to make such a case."""

from __future__ import annotations

import pytest
from optimspec_conformance.cases.committed import cases
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.examples import SGD, exponential
from optimspec_conformance.scenarios.operations import optimizer_step, register
from optimspec_conformance.scenarios.values import Json, Scenario
from optimspec_conformance.scenarios.weights import VECTOR, gradients, training, weights

ONE_RATE: Scenario = SGD | {"lr": "0.5"}
TWICE: dict[str, Scenario] = {
    "weights": {**training(ONE_RATE, []), "weights": 2 * weights([VECTOR])},
    "gradients": training(ONE_RATE, [optimizer_step(2 * gradients(1, [VECTOR]))]),
    "later weights": {**training(ONE_RATE, [register(2 * weights([VECTOR]))]), "weights": None},
}
CONFLICTS = {"CHAIN-6", "SEQ-9", "PIECE-5"}  # of two parameters


@pytest.mark.parametrize("scenario", TWICE.values(), ids=TWICE)
def test_a_key_twice_in_one_call(scenario: Scenario) -> None:
    with pytest.raises(ValueError, match="a key twice in one call"):
        exact_trace(scenario)


@pytest.mark.parametrize(
    "scenario",
    [{"scheduler": exponential(speed="0.5"), "do": []}, training(ONE_RATE | {"speed": "0.5"}, [])],
    ids=["a scheduler", "an optimizer"],
)
def test_an_argument_that_nobody_knows(scenario: Scenario) -> None:
    with pytest.raises(ValueError, match="unknown arguments"):
        exact_trace(scenario)


def test_the_message_about_two_parameters_may_name_either() -> None:
    """So the kit compares none: no refusal of a conflict has a name."""
    errors: list[Json] = [
        row["error"]
        for case in cases()
        for row in case.trace or []
        if "error" in row and row.get("by", case.requirement) in CONFLICTS
    ]
    assert len(errors) >= 8
    assert not any("names" in error for error in errors)
