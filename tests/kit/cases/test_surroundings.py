"""General cases are checked in surroundings, which change nothing of what they are about."""

from __future__ import annotations

from importlib import import_module

import pytest
from optimspec_conformance.cases import surroundings
from optimspec_conformance.cases.surroundings import (
    AREAS,
    SURROUNDINGS,
    Surrounding,
    arrays_spread,
    arrays_transposed,
    gradients_in_reverse,
    state_asked_for_first,
    surrounded,
    within,
)
from optimspec_conformance.classes.catalogue import OPTIMIZERS
from optimspec_conformance.oracle.arithmetic import plain
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.case import Case
from optimspec_conformance.scenarios.operations import optimizer_load, optimizer_save, optimizer_step
from optimspec_conformance.scenarios.values import Scenario, Trace
from optimspec_conformance.scenarios.weights import VECTOR, gradients, optimizer_steps, training

SGD = {"class": "SGD", "lr": "0.5", "momentum": "0.5"}
IN_PART = training(SGD, [*optimizer_steps(2), *optimizer_steps(1, first=3, keys=[VECTOR])])
SAVED = training(SGD, [*optimizer_steps(2), optimizer_save(), *optimizer_steps(1, first=3), optimizer_load()])


def general_cases(name: str) -> dict[str, list[Case]]:
    package = f"{surroundings.__package__}.areas"
    return {area: [*import_module(f"{package}.{area}").scenarios(OPTIMIZERS[name])] for area in AREAS}


def alike(trace: Trace) -> list[object]:
    """What a trace has of the weights that both scenarios have, in any order."""
    return [sorted(str(pair) for pair in row["weights"] if pair[0] != "idle") for row in trace]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_is_around_some_case_of_each_optimizer(name: str) -> None:
    cases = general_cases(name)
    drawn = [[*surrounded(OPTIMIZERS[name], area, cases[area])] for area in AREAS]
    pairs = [pair for area, found in zip(AREAS, drawn, strict=True) for pair in zip(cases[area], found, strict=True)]
    for change in SURROUNDINGS:
        assert any(within(change, case) == found for case, found in pairs), change.__name__
    assert all((case.requirement, case.name) == (found.requirement, found.name) for case, found in pairs)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_case_needs_more_than_it_needed(name: str) -> None:
    """A state is asked for only where one is saved, and a weight has no gradient only where another has none."""
    for case in (case for cases in general_cases(name).values() for case in cases):
        for change in SURROUNDINGS:
            if (version := within(change, case)) is not None:
                operations = {row["op"] for row in version.scenario["do"]}
                assert operations == {row["op"] for row in case.scenario["do"]}, (case.name, change.__name__)


@pytest.mark.parametrize("change", SURROUNDINGS, ids=lambda change: change.__name__)
@pytest.mark.parametrize("scenario", [IN_PART, SAVED], ids=["in-part", "saved"])
def test_they_change_nothing_of_what_is_computed(change: Surrounding, scenario: Scenario) -> None:
    changed = change(scenario)
    more = len(changed["do"]) - len(scenario["do"])
    for arithmetic in plain("float64"):
        trace = exact_trace(changed, arithmetic)
        assert alike(trace[:1] + trace[1 + more :]) == alike(exact_trace(scenario, arithmetic))


def test_rows_are_counted_anew_where_one_is_added() -> None:
    case = Case("STA-7", "any", SAVED, options={"from": 3, "error": "any"})
    version = within(state_asked_for_first, case)
    assert version is not None
    assert version.options == {"from": 4, "error": "any"}


def test_a_law_has_them_around_both_runs_or_none() -> None:
    pair, one = training(SGD, [optimizer_step(gradients(1))]), training(SGD, [optimizer_step(gradients(1, [VECTOR]))])
    both = within(gradients_in_reverse, Case("OPT-41", "any", pair, other=pair, rows=1))
    assert both is not None
    assert both.scenario == both.other != pair
    assert within(gradients_in_reverse, Case("OPT-41", "any", pair, other=one, rows=1)) is None


def test_the_cases_of_a_requirement_take_turns() -> None:
    cases = [Case("OPT-8", f"{i}", training(SGD, [optimizer_step(gradients(1))])) for i in range(6)]
    found = [*surrounded(OPTIMIZERS["SGD"], "updates", cases)]
    for change in (gradients_in_reverse, arrays_transposed, arrays_spread):
        drawn = [within(change, case) == version for case, version in zip(cases, found, strict=True)]
        assert sum(drawn) == 2
    assert [*surrounded(OPTIMIZERS["SGD"], "golden", cases)] == cases
