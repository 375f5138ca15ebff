"""Diagnosis: a failure names the mistake that explains it, and nothing where it does not know."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import optimspec
import pytest
from known_bad import BROKEN, BrokenClass
from known_bad.broken_class import with_members, with_rate, with_rule
from optimspec_conformance import specification
from optimspec_conformance.cases.committed import CommittedCase, cases, load
from optimspec_conformance.classes.catalogue import DEFINITIONS
from optimspec_conformance.classes.faults import Fault
from optimspec_conformance.faults.bank import diagnosable_faults
from optimspec_conformance.implementations.guard import TimeLimited
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.reports.check_result import CheckResult
from optimspec_conformance.reports.summary import summary
from optimspec_conformance.scenarios.values import Trace
from optimspec_conformance.session.session import ConformanceSession, Settings
from optimspec_conformance.verdict.diagnosis import Candidate, Diagnosis
from optimspec_conformance.verdict.judge import judge
from optimspec_conformance.verdict.known_failures import KnownFailures
from optimspec_conformance.verdict.observed_run import ObservedRun, as_observed
from wrong import Wrong

MISSED = {"LambdaLR": ["missed: LambdaLR: called with floats (LAMBDA-2)"]}  # it raises, where a rate would tell
SHELLS = 16  # of the faults that all classes share, each class is tried on every so-many-th


@cache
def golden(name: str) -> list[CommittedCase]:
    """The cases of a class that are run within a moment."""
    mine = [case for case in cases() if case.subject == name and case.trace and "error" not in case.trace[0]]
    return [case for case in mine if len(case.scenario["do"]) < 60 and "ten-thousand" not in case.id]


def first_changed(candidate: Candidate, name: str) -> tuple[CommittedCase, Trace] | None:
    for case in golden(name):
        trace = ObservedRun(case, as_observed(case.trace or []), "float64").trace_under(candidate.definitions)
        if trace is not None:
            return case, as_observed(trace)
    return None


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces of variants are needed again and again here."""
    traces: dict[tuple[Any, ...], Trace | None] = {}
    trace_under = ObservedRun.trace_under

    def once(run: ObservedRun, definitions: Any) -> Trace | None:
        key = (run.case.id, len(run.case.scenario["do"]), definitions.__self__)  # of a part of the run, the candidate
        if key not in traces:
            traces[key] = trace_under(run, definitions)
        return traces[key]

    monkeypatch.setattr(ObservedRun, "trace_under", once)


def found(name: str) -> Counter[str]:
    """What becomes of the faults of a class: named first, named among traces that are the same, or not named."""
    own, place = len(DEFINITIONS[name].faults), list(DEFINITIONS).index(name)
    counts: Counter[str] = Counter()
    for i, fault in enumerate(diagnosable_faults(name)):
        candidate = Candidate(((name, fault),))
        changed = first_changed(candidate, name) if i < own or (i + place) % SHELLS == 0 else None
        if changed is None:
            continue
        case, observed = changed
        if "error" in (case.trace or [])[len(observed) - 1]:  # a refusal that does not come: no rates to tell by
            counts["not refused"] += 1
            continue
        diagnosis = Diagnosis(Wrong(candidate))
        explanation = diagnosis.explain(case, [observed])
        if explanation is not None and explanation.cause == candidate.cause:
            counts["first"] += 1
        elif candidate in diagnosis.explained[name]:
            counts["the same trace"] += 1
        else:
            counts[f"missed: {candidate.cause}"] += 1
    return counts


def test_a_difference_is_one_of_the_part_of_a_run_that_ends_with_it() -> None:
    name = "RAdam"
    (fault,) = (fault for fault in diagnosable_faults(name) if fault.name == "epsilon inside the root")
    changed = first_changed(Candidate(((name, fault),)), name)
    assert changed is not None
    run = ObservedRun(*changed, "float64")
    assert run.wrong
    assert run.up_to_first_difference().wrong


def test_a_case_with_large_arrays_is_not_computed_again_for_every_fault() -> None:
    large, small = (load(f"OPT-8/SGD/{name}") for name in ("ten-thousand-elements", "many-elements"))
    runs = [ObservedRun(case, as_observed(case.trace or []), "float64") for case in (large, small)]
    assert [run.cheap for run in runs] == [False, True]


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize("name", DEFINITIONS)
def test_most_faults_are_named_first_and_the_others_have_the_trace_of_another(name: str) -> None:
    total = found(name)
    told = total.total() - total["not refused"]
    assert total["first"] >= 0.75 * told, total
    assert [entry for entry in total if entry.startswith("missed")] == MISSED.get(name, [])


def test_every_class_has_faults_and_each_names_a_requirement() -> None:
    for name, definition in DEFINITIONS.items():
        assert definition.faults, name
        assert {fault.requirement for fault in diagnosable_faults(name)} <= set(specification.requirements())
        names = [fault.name for fault in diagnosable_faults(name)]
        assert len(names) == len(set(names)), name
    assert sum(len(definition.faults) for definition in DEFINITIONS.values()) >= 150


# Broken classes of the reference: the kit does not know these mistakes, and each has the names that are true of it.


def a_step_late(t: int, b: float, **hyper: Any) -> Any:
    return optimspec.ExponentialLR.rate(max(t - 1, 0), b, **hyper)


def in_float16(t: int, b: float, gamma: float, **_: Any) -> float:
    return float(np.float16(b * gamma**t))


def restored_to_the_beginning(self: Any, state: Any) -> None:
    optimspec.ExponentialLR.load_state_dict(self, {**state, "last_epoch": 0})


def start_plus_a_rounded_difference(
    t: int, b: float, start_factor: float, end_factor: float, total_iters: int, **_: Any
) -> float:
    return b * (start_factor + (end_factor - start_factor) * (min(t, total_iters) / total_iters if total_iters else 1))


def cosine_a_step_too_long(t: int, b: float, T_max: int, **hyper: Any) -> Any:
    return optimspec.CosineAnnealingLR.rate(t, b, T_max + 1, **hyper)


def last_member_wins(self: Any, t: Any, group: int, xp: Any) -> Any:
    return self.members[-1]._rate(t, group, xp)


def members_in_global_time(self: Any, t: Any, group: int, xp: Any) -> Any:
    return self.members[sum(start <= t for start in self._starts[1:])]._rate(t, group, xp)


def betas_swapped(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, **hyper: Any) -> Any:
    return optimspec.Adam.apply(g, slots, p, lr, k, beta1=beta2, beta2=beta1, **hyper)


def no_momentum_by_default(self: Any, lr: Any = 1e-3, momentum: Any = 0.0, **others: Any) -> None:
    optimspec.Momentum.__init__(self, lr, momentum, **others)


def known(subject: str, name: str) -> BrokenClass:
    (found,) = (broken for broken in BROKEN if (broken.subject, broken.name) == (subject, name))
    return found


TRUTH: list[tuple[BrokenClass, set[str]]] = [
    (
        with_rate(optimspec.ExponentialLR, "one step late", "SCH-3", a_step_late),
        {"off by one, the rate lags one step behind"},
    ),
    (with_rate(optimspec.ExponentialLR, "in float16", "NUM-1", in_float16), {"rates in half precision"}),
    (
        with_members(
            optimspec.ExponentialLR,
            "jump ignored",
            "SCH-4",
            step=lambda self, epoch=None: optimspec.ExponentialLR.step(self),
        ),
        {"a jump counts as a step"},
    ),
    (
        with_members(optimspec.ExponentialLR, "restored to base", "STA-7", load_state_dict=restored_to_the_beginning),
        {"a load restores to the beginning", "a load does not restore the time"},
    ),
    (with_rate(optimspec.LinearLR, "not exact at the end", "LIN-3", start_plus_a_rounded_difference), set()),
    (
        with_rate(optimspec.CosineAnnealingLR, "ends one step late", "COS-4", cosine_a_step_too_long),
        {"the cosine ends one step late"},
    ),
    (
        with_members(optimspec.ChainedScheduler, "last member wins", "CHAIN-1", _rate=last_member_wins),
        {"the last member wins"},
    ),
    (
        with_members(optimspec.SequentialLR, "global time", "SEQ-2", _rate=members_in_global_time),
        {"members in global time"},
    ),
    (with_rule(optimspec.Adam, "betas swapped", "ADAM-1", betas_swapped), {"betas swapped"}),
    (
        with_members(optimspec.Momentum, "no momentum by default", "MOM-4", __init__=no_momentum_by_default),
        set(),
    ),
    (known("ExponentialLR", "time shared by all"), set()),
    (known("ExponentialDecayLR", "early infinity"), set()),
    (known("CosineAnnealingLR", "cancellation"), set()),
    (known("CyclicLR", "max_lr of the first group"), {"the first entry of a list for all groups"}),
    (known("ReduceLROnPlateau", "nan improves"), set()),
    (
        known("SGD", "current_lr of construction"),
        {"current_lr stays at the first rate, and steps follow the scheduler"},
    ),
]


def claims(broken: BrokenClass) -> set[str]:
    namespace = SimpleNamespace(**vars(optimspec) | {broken.subject: broken.broken})
    implementation = NativeImplementation("broken", namespace, precision=broken.precision)
    diagnosis = Diagnosis(implementation)
    mine = [c for c in cases() if c.subject == broken.subject and (broken.requirement, c.subject) in c.pairs()]
    for case in mine[:8]:
        assert judge(case, implementation, KnownFailures(), diagnosis).result != "error"
    return {fault.name for candidate in diagnosis.explained[broken.subject] for _, fault in candidate.faults}


@pytest.mark.parametrize(("broken", "true"), TRUTH, ids=lambda value: getattr(value, "name", ""))
def test_of_a_class_that_was_broken_apart_nothing_false_is_claimed(broken: BrokenClass, true: set[str]) -> None:
    claimed = claims(broken)
    assert claimed & true if true else not claimed


@pytest.mark.parametrize("name", ["StepLR", "SequentialLR", "Adam"])
def test_of_the_right_reference_nothing_is_claimed(name: str) -> None:
    implementation = NativeImplementation("right", optimspec, precision="float64")
    diagnosis = Diagnosis(implementation)
    for case in golden(name)[:12]:
        assert judge(case, implementation, KnownFailures(), diagnosis).result == "pass"
        assert diagnosis.explain(case, [implementation.run(case.scenario)]) is None


def late(name: str) -> Candidate:
    return Candidate(((name, next(fault for fault in diagnosable_faults(name) if "lags" in fault.name)),))


def reported(session: ConformanceSession, case: CommittedCase) -> tuple[CheckResult, bool]:
    """A result, and whether it is shown in full."""
    result = session.run_check(case)
    session.record(result)
    return result, session.shows(result, len(result.text.splitlines()))


def judged(candidate: Candidate, ids: list[str]) -> list[tuple[CheckResult, bool]]:
    session = ConformanceSession(Settings("wrong", Path()), TimeLimited(Wrong(candidate), 10.0), KnownFailures())
    by_id = {case.id: case for case in cases()}
    results = [reported(session, by_id[id_]) for id_ in ids]
    cause = candidate.cause.partition(": ")[2]
    assert any(f"{len(ids)}  {cause}" in line for line in summary(session.run_result))
    return results


def test_a_failure_says_what_it_looks_like_and_the_next_one_of_that_cause_is_counted() -> None:
    ids = ["EXP-1/ExponentialLR/twelve-steps", "EXP-2/ExponentialLR/default-gamma"]
    (first, first_shown), (second, second_shown) = judged(late("ExponentialLR"), ids)
    assert "looks like: off by one, the rate lags one step behind (SCH-3)" in first.text
    assert first.text.index("observed") < first.text.index("looks like") < first.text.index("import wrong")
    assert first.result == second.result == "fail"
    assert (first_shown, second_shown) == (True, False)


def odd(name: str) -> Candidate:
    """A fault that no variant is like."""

    def change(definition: Any) -> Any:
        return replace(definition, rate=lambda t, b, **hyper: definition.rate(t, b, **hyper) * (1 + t % 3))

    return Candidate(((name, Fault("odd", "SCH-1", change)),))


def test_failures_of_one_requirement_that_nothing_explains_are_shown_once() -> None:
    session = ConformanceSession(Settings("odd", Path()), TimeLimited(Wrong(odd("StepLR")), 10.0), KnownFailures())
    results = [reported(session, case) for case in golden("StepLR") if case.requirement in ("STEP-1", "STEP-3")]
    failed = [(result, shown) for result, shown in results if result.result == "fail"]
    full = [result.requirement for result, shown in failed if shown]
    assert 0 < len(full) == len(set(full)) < len(failed)


def test_two_faults_of_two_classes_are_told_apart() -> None:
    uncorrected = next(fault for fault in diagnosable_faults("Adam") if fault.name == "betas swapped")
    two = Candidate((("Adam", uncorrected), *late("ExponentialLR").faults))
    implementation = Wrong(two)
    diagnosis = Diagnosis(implementation)
    ids = ["ADAM-2/Adam/slow-betas", "EXP-1/ExponentialLR/twelve-steps", "OPT-30/Adam/two-groups"]
    by_id = {case.id: case for case in cases()}
    texts = [judge(by_id[id_], implementation, KnownFailures(), diagnosis).cause for id_ in ids]
    assert texts == [
        "Adam: betas swapped (ADAM-1)",
        late("ExponentialLR").cause,
        "Adam: betas swapped (ADAM-1), and ExponentialLR: off by one, the rate lags one step behind (SCH-3)",
    ]
