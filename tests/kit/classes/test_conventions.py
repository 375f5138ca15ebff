"""The conventions of classes: how they are declared, and what holds of their formulas."""

from __future__ import annotations

import pytest
from optimspec_conformance.classes.catalogue import DEFINITIONS, OPTIMIZERS, SCHEDULERS, conventions
from optimspec_conformance.classes.conventions import definitions_under, in_words, of_class, parse
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.operations import jump, step
from optimspec_conformance.scenarios.values import Scenario
from optimspec_conformance.scenarios.weights import SCALAR, optimizer_steps, training, zeros

ALL = [(name, convention.name) for name in DEFINITIONS for convention, _ in conventions(name)]


def test_a_declaration_in_words() -> None:
    assert parse("Adagrad=torch, Adam=keras") == {"Adagrad": "torch", "Adam": "keras"}
    assert parse("torch")["Adagrad"] == "torch"
    assert parse("torch,Adam=keras")["Adam"] == "keras"
    assert in_words({"Adam": "keras", "RMSprop": "torch", "Adagrad": "torch"}) == "keras: Adam; torch: RMSprop, Adagrad"
    assert definitions_under({})["Adam"] is DEFINITIONS["Adam"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("torhc", "there is no convention torhc; there are .*did you mean torch"),
        ("Adagrad=mlx", "Adagrad has no convention mlx; it has torch"),
        ("StepLR=torch", "StepLR has no convention torch; it has none"),
        ("Adagrd=torch", "there is no class Adagrd; did you mean Adagrad"),
        ("Adam=torch,Adam=keras", "Adam follows one convention, not both torch and keras"),
        ("torch,keras", "Adam follows one convention, not both"),
        (",", "no convention is named"),
    ],
)
def test_a_declaration_that_says_nothing_sensible_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)


def trace(config: Scenario, *do: Scenario, name: str, convention: str) -> list[Scenario]:
    kind = "optimizer" if name in OPTIMIZERS else "scheduler"
    return exact_trace({kind: config, "do": list(do)}, definitions=definitions_under({name: convention}))


@pytest.mark.parametrize(("name", "convention"), [pair for pair in ALL if pair[0] in OPTIMIZERS])
def test_a_convention_moves_no_weight_at_rate_0_unless_it_says_so(name: str, convention: str) -> None:
    definition = OPTIMIZERS[name]
    scenario = definition.fitted(training(definition.config("0.0", **definition.memory)))
    rows = exact_trace(scenario, definitions=definitions_under({name: convention}))
    assert "OPT-5" in of_class(name, convention).replaces or rows[0]["weights"] == rows[-1]["weights"]


def test_the_cautious_scale_of_the_paper_halves_the_steps_of_a_single_element() -> None:
    config = {"class": "CautiousAdamW", "lr": "0.01", "eps": "0.0", "weight_decay": "0.0"}
    scenario = training(config, optimizer_steps(1, keys=[SCALAR])) | {"weights": zeros([SCALAR])}
    moved = {}
    for spoken in ({}, {"CautiousAdamW": "paper"}):
        ((_, weight),) = exact_trace(scenario, definitions=definitions_under(spoken))[-1]["weights"]
        moved[bool(spoken)] = abs(float(weight["data"][0]))
    assert moved == {False: pytest.approx(0.01, rel=1e-12), True: pytest.approx(0.005, rel=1e-12)}


@pytest.mark.parametrize(("name", "convention"), [pair for pair in ALL if pair[0] in SCHEDULERS])
def test_a_schedule_under_a_convention_is_a_function_of_the_time_unless_it_says_so(name: str, convention: str) -> None:
    definition = SCHEDULERS[name]
    replaced = {*of_class(name, convention).replaces} & {"SCH-3", "SCH-4", "SCH-5", "SCH-7"}
    if name == "ReduceLROnPlateau" or replaced:
        pytest.skip("its rate follows a metric, or the convention replaces the requirement")
    for t in (1, 3, 7):
        walked = trace(definition.config(), *[step(1)] * t, name=name, convention=convention)[-1]
        jumped = trace(definition.config(), jump(t), name=name, convention=convention)[-1]
        built = trace(definition.config(last_epoch=t), name=name, convention=convention)[-1]
        assert walked["lr"] == jumped["lr"] == built["lr"]
