"""Failures are grouped by what has to be changed: causes, the verdicts of tiers, and lists of known failures."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from optimspec_conformance import specification
from optimspec_conformance.cases.committed import cases, entries_of
from optimspec_conformance.reports.badge import status
from optimspec_conformance.reports.causes import BROKEN, causes
from optimspec_conformance.reports.check_result import CheckResult
from optimspec_conformance.reports.known_failures_file import rectangles
from optimspec_conformance.reports.record import run_record
from optimspec_conformance.reports.run_result import by_count
from optimspec_conformance.reports.summary import summary
from optimspec_conformance.verdict import known_failures
from optimspec_conformance.verdict.judge import Result
from optimspec_conformance.verdict.known_failures import Pair, checkable_pairs
from sessions import session_of

MOST = 150  # lines of the terminal
KNOWN_PAIRS = [("SCH-9", "StepLR"), ("EXP-1", "ExponentialLR")]
AROUND = 45  # of them pytest's own, and failures in full


def failed(requirement: str, subject: str, expected: str = "", observed: str = "", **fields: object) -> CheckResult:
    check = next(case for case in cases() if (requirement, case.subject) in case.pairs() and case.subject == subject)
    return CheckResult(
        check.id,
        Result.FAIL,
        subject,
        "golden",
        requirement,
        expected=expected,
        observed=observed,
        **fields,  # type: ignore[arg-type]  # names of its fields
    )


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (failed("SCH-26", "StepLR", "TypeError", "error: accepted"), "hyperparameters are not checked"),
        (failed("STEP-4", "StepLR", "ValueError", "error: accepted"), "hyperparameters are not checked"),
        (failed("SCH-23", "StepLR", "ValueError", "error: accepted"), "the arguments of a step are not checked"),
        (failed("OPT-24", "SGD", "ValueError", "error: accepted"), "weights and gradients are not checked"),
        (failed("STA-16", "SGD", "ValueError", "error: accepted"), "states are not checked"),
        (failed("STA-15", "SGD", "1.5", "'v'[0]: 2.5"), "states are not checked"),
        (failed("STEP-4", "StepLR", "ValueError", "error: TypeError: no"), "another exception than asked"),
        (failed("SCH-29", "StepLR", "none", "error: TypeError: no"), "valid arguments are refused"),
        (failed("SCH-28", "StepLR", "one that names gamma", "message: no"), "messages do not name the parameter"),
        (failed("SCH-28", "StepLR", "a refusal", "error: everything was accepted"), "hyperparameters are not checked"),
        (failed("NUM-5", "SGD", "float64", "dtype of 'v': float32"), "weights do not keep their dtype"),
        (failed("OPT-26", "SGD", "1.5", "'v'[0]: 2.5"), "a refused step is half done"),
        (failed("STA-9", "SGD", "1.5", "'v'[0]: 2.5"), "a load does not restore everything"),
        (
            failed("STA-9", "SGD", "1.5", "'v'[0]: 2.5", convention="Adam=torch"),
            "the convention torch, which is not declared",
        ),
        (failed("SGD-1", "SGD", "1.5", "'v'[0]: 2.5", cause="SGD: it climbs (SGD-1)"), "it climbs (SGD-1)"),
        (failed("SGD-1", "SGD", "1.5", "'v'[0]: 2.5"), "SGD: another formula, none that the kit knows"),
        (failed("OPT-8", "SGD", "none", "error: KeyError: 'v'"), "raises KeyError"),
        (
            failed("ONE-3@torch", "OneCycleLR", "ValueError", "error: accepted"),
            f"not so: {specification.requirements()['ONE-3@torch'].sentence} (ONE-3@torch)",
        ),
        (failed("STA-9", "SGD", "a trace", "the answer: id must be 8"), "what the program answers is not the protocol"),
        (failed("SGD-1", "SGD", "answers", "the process: killed by SIGSEGV"), "the program ends, or falls silent"),
        (failed("STA-15", "SGD", "at most 10 s", "time taken: cut off after 10 s"), "runs take too long"),
        (failed("SCH-10", "StepLR", "a trace", "the program: out of memory"), "the program answers with an error"),
        (failed("SCH-15", "StepLR", "1", "get_last_lr()[1]: 2"), "not so: Group i MUST use entry min(i, n − 1) of a"),
    ],
)
def test_a_failure_has_a_cause_in_words(failure: CheckResult, cause: str) -> None:
    (found,) = causes([failure])
    assert found.text.startswith(cause)
    assert (found.classes, found.requirements) == ([failure.subject], [failure.requirement])


def test_known_failures_have_the_reasons_of_their_list() -> None:
    known = [replace(failed(*pair), result=Result.KNOWN_FAILURE, reason="No base rates.") for pair in KNOWN_PAIRS]
    other = failed("SGD-1", "SGD", "1.5", "'v'[0]: 2.5", cause="SGD: it climbs (SGD-1)")
    assert [(cause.text, len(cause.failures)) for cause in causes([other, *known])] == [
        ("No base rates.", 2),
        ("it climbs (SGD-1)", 1),
    ]


def test_a_mistake_of_several_classes_is_one_cause() -> None:
    late = [failed("SCH-3", name, "1", "2", cause=f"{name}: it lags (SCH-3)") for name in ("StepLR", "ExponentialLR")]
    (found,) = causes(late)
    assert (found.text, found.classes) == ("it lags (SCH-3)", ["ExponentialLR", "StepLR"])


def test_what_fails_in_a_class_with_another_formula_is_of_that_cause() -> None:
    formula, other = failed("SGD-1", "SGD", "1", "'v'[0]: 2"), failed("OPT-8", "SGD", "1", "'v'[0]: 2")
    assert [len(cause.failures) for cause in causes([formula, other])] == [2]
    assert causes([other])[0].text.startswith("not so: ")


def test_the_broken_requirements_are_told_in_words_once() -> None:
    listed = [id_ for ids in BROKEN.values() for id_ in ids.split()]
    assert len(listed) == len(set(listed))
    state = {id_ for id_, requirement in specification.requirements().items() if requirement.tier == "state"}
    assert state <= set(listed) <= specification.requirements().keys()


def test_equal_counts_stand_in_the_order_of_the_alphabet() -> None:
    assert by_count(Counter({"b": 1, "c": 2, "a": 1})) == [("c", 2), ("a", 1), ("b", 1)]


# --------------------------------------------------------------------------------------------- the verdict by tier

ONE_OF_EACH = {tier: next(case.id for case in cases() if case.tier == tier) for tier in specification.TIERS}


def test_the_verdict_is_told_for_each_tier() -> None:
    run = session_of({ONE_OF_EACH["state"]: "fail"}).run_result
    told = {tier: str(found) for tier, found in run.verdicts().items()}
    number = {tier: f"{len(entries_of('field', (tier,))):,}" for tier in specification.TIERS}
    assert told == {
        "values": f"conformant, {number['values']} of {number['values']}",
        "state": "1 deviation of 1 cause",
        "refusals": f"conformant, {number['refusals']} of {number['refusals']}",
    }
    assert "; ".join(f"{tier}: {verdict}" for tier, verdict in told.items()) in summary(run)
    record = run_record(run)
    assert [(entry["tier"], entry["verdict"]) for entry in record["tiers"]] == list(told.items())
    assert (record["claim"], status(record)) == ("NOT CONFORMANT", ("not conformant in state", "#b3261e"))


@pytest.mark.parametrize(
    ("wrong", "claim", "text"),
    [
        ("refusals", "CONFORMANT, profile field, tiers values, state", "conformant: field, values, state"),
        ("values", "NOT CONFORMANT", "not conformant in values"),
    ],
)
def test_a_run_of_some_tiers_claims_no_more_than_those(wrong: str, claim: str, text: str) -> None:
    tiers = ("values", "state")
    run = session_of({ONE_OF_EACH[wrong]: "fail"}, tiers=tiers).run_result
    assert (run.complete, run.errors) == (True, [])
    assert run.count() == sum(len(entries_of("field", (tier,))) for tier in tiers)
    assert run.claim == claim
    record = run_record(run)
    assert [entry["tier"] for entry in record["tiers"]] == list(tiers)
    assert status(record) == (text, "#2b7a3d" if claim.startswith("C") else "#b3261e")


def test_the_summary_of_the_worst_library_is_short() -> None:
    run = session_of({case.id: "fail" for case in cases()}).run_result
    assert len(run.causes) > 16
    assert len(summary(run)) <= MOST - AROUND


# ------------------------------------------------------------------------------------------------ lists by cause


OF_THREE = {pair for pair in checkable_pairs() if pair[0] in ("SCH-26", "SCH-27", "STEP-4", "STEP-5", "EXP-4")}


@pytest.mark.parametrize("left_out", [(), (("SCH-26", "StepLR"),), (("SCH-26", "StepLR"), ("SCH-27", "ExponentialLR"))])
def test_rectangles_hold_each_pair_once_and_no_other_that_is_checked(left_out: tuple[Pair, ...]) -> None:
    some = OF_THREE - set(left_out)
    found = list(rectangles(some))
    pairs = [pair for ids, names in found for pair in product(ids, names) if pair in checkable_pairs()]
    assert sorted(pairs) == sorted(some)
    assert len(found) == 1 + len(left_out)


def test_a_new_list_has_an_entry_a_cause_with_one_counterexample(tmp_path: Path) -> None:
    failing = {case.id: "fail" for case in cases() if case.requirement in ("SCH-26", "STEP-4", "EXP-4")}
    session = session_of(failing, observed="error: accepted", directory=tmp_path, write_known="known.toml")
    assert session.run_result.notes[-1] == "known.toml: 1 entries, 1 of them to be filled in"
    (entry,) = known_failures.read(tmp_path / "known.toml", unfinished=True).entries
    assert set(entry.requirements) == {"SCH-26", "EXP-4", "STEP-4"}
    assert len(entry.counterexamples) == 1
    assert len(entry.classes) > 10


def test_a_pair_of_a_list_that_passes_is_taken_off_and_the_reason_stays(tmp_path: Path) -> None:
    failing = {case.id: "fail" for case in cases() if case.requirement in ("SCH-26", "STEP-4")}
    session_of(failing, observed="error: accepted", directory=tmp_path, write_known="known.toml")
    path = tmp_path / "known.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("TODO: why", "Because"), encoding="utf-8")
    mended = {id_: word for id_, word in failing.items() if not id_.startswith("SCH-26/StepLR/")}
    known = known_failures.read(path, unfinished=True)
    assert known.passing({pair: {} for pair in known.by_pair if pair != ("SCH-26", "StepLR")}, {"StepLR"}) == [
        "known failure SCH-26 of StepLR passes: take it off the list"
    ]
    session_of(mended, observed="error: accepted", directory=tmp_path, write_known="known.toml")
    after = known_failures.read(path, unfinished=True)
    assert after.by_pair.keys() == known.by_pair.keys() - {("SCH-26", "StepLR")}
    assert {entry.reason[:7] for entry in after.entries} == {"Because"}
    assert all(entry.counterexamples for entry in after.entries)
