"""The kill matrix is that of today, and a part of it, another for each version of the vectors, is run again."""

from __future__ import annotations

import json
from random import Random

import kill_matrix
import pytest
from kill_matrix import MATRIX, checks, committed, complaints, faults, musts, run, unnamed
from optimspec_conformance.classes.catalogue import DEFINITIONS
from optimspec_conformance.faults.bank import inapplicable
from optimspec_conformance.verdict.diagnosis import Candidate
from optimspec_conformance.verdict.judge import judge
from optimspec_conformance.verdict.known_failures import KnownFailures
from wrong import Wrong

AGAIN = 6  # of the faults of each class, so many are run again


def test_the_matrix_has_every_fault_on_the_checks_of_today() -> None:
    assert sorted(row.key for row in committed()) == sorted(row.key for row, _ in faults())


def test_every_fault_is_rejected_every_must_has_one_and_every_group_of_checks_meets_its_condition() -> None:
    assert complaints(committed()) == []


def test_a_must_without_a_fault_is_noticed() -> None:
    without = [row for row in committed() if row.requirement != "EXP-1"]
    assert unnamed(without) == ["EXP-1"]
    assert "EXP-1" in musts()
    assert "no check meets the condition of EXP-1 ExponentialLR" in complaints(without)


def test_the_totals_are_those_of_the_rows() -> None:
    found = json.loads(MATRIX.read_text(encoding="utf-8"))
    assert found["totals"] == kill_matrix.content(committed())["totals"]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_some_faults_run_again_are_rejected_by_the_same_checks(name: str) -> None:
    found = {row.key: row for row in committed()}
    mine = [(row, fault) for row, fault in faults() if row.kind == "bank" and row.subject == name]
    seed = "".join(sorted({row.digest for row, _ in mine}))
    for row, fault in Random(seed).sample(mine, AGAIN):
        assert run(row, fault) == found[row.key]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_fault_that_is_left_out_of_a_class_changes_nothing_there(name: str) -> None:
    for fault in inapplicable(name):
        for case in checks(fault.requirement, name, "bank"):
            verdict = judge(case, Wrong(Candidate(((name, fault),))), KnownFailures())
            assert verdict.requirement != fault.requirement or verdict.result == "pass", (fault.name, case.id)
