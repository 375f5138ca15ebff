"""Cases under conventions: what follows one passes, its properties hold, and what it replaces is told."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest
from optimspec_conformance.cases.committed import cases
from optimspec_conformance.cases.conventions import Withdrawn, under
from optimspec_conformance.classes.catalogue import DEFINITIONS, OPTIMIZERS, SCHEDULERS, conventions
from optimspec_conformance.classes.conventions import definitions_under, of_class
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.operations import jump, step
from optimspec_conformance.scenarios.values import Scenario
from optimspec_conformance.scenarios.weights import SCALAR, optimizer_steps, training, zeros
from optimspec_conformance.verdict.judge import judge
from optimspec_conformance.verdict.known_failures import KnownFailures
from wrong import Wrong

ALL = [(name, convention.name) for name in DEFINITIONS for convention, _ in conventions(name)]
FEW = 0.15  # of the checks of a class may be withdrawn: those that walk beyond an end that is refused


@pytest.mark.parametrize(("name", "convention"), ALL)
def test_what_follows_a_declared_convention_passes_every_check(name: str, convention: str) -> None:
    following = Wrong(conventions={name: convention})
    mine = [case for case in cases() if case.subject == name]
    verdicts = [judge(case, following, KnownFailures()) for case in mine]
    results = Counter(str(verdict.result) for verdict in verdicts)
    assert results.keys() <= {"pass", "withdrawn"}, [v.text for v in verdicts if v.result not in ("pass", "withdrawn")][
        :1
    ]
    assert results["withdrawn"] <= FEW * len(mine)
    assert {v.requirement for v in verdicts if "@" in v.requirement} <= {
        of_class(name, convention).requirement(case.requirement) for case in mine
    }


@pytest.mark.parametrize(("name", "convention"), ALL)
def test_some_cases_are_others_under_a_convention(name: str, convention: str) -> None:
    followed, changed = under({name: convention}), 0
    for case in cases():
        if case.subject == name:
            with suppress(Withdrawn):
                changed += followed.case(case) is not case
    assert changed > 1


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
