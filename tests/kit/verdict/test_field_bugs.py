"""The page of known mistakes speaks of requirements and variants that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from optimspec_conformance.classes.catalogue import DEFINITIONS, conventions
from optimspec_conformance.faults.bank import diagnosable_faults
from optimspec_conformance.specification import requirements
from optimspec_conformance.verdict.diagnosis import SINGLE_PRECISION

PAGE = Path(__file__).parents[3] / "docs" / "field-bugs.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if re.match(r"\| (?!mistake)\w", line)
]
NAMES = {fault.name for name in DEFINITIONS for fault in diagnosable_faults(name)} | {SINGLE_PRECISION.name}
SPOKEN = {convention.name for name in DEFINITIONS for convention, _ in conventions(name)}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_mistake_is_rejected_by_a_requirement_or_out_of_scope_for_a_reason(row: list[str]) -> None:
    named = re.findall(r"\b[A-Z]+-\d+\b", row[1])
    assert named or "requirement of its formula" in row[1] or re.match(r"out of scope\b.*[:,] \S", row[1])
    assert set(named) <= set(requirements())


@pytest.mark.parametrize("row", [row for row in ROWS if row[2:] and row[2]], ids=lambda row: row[0])
def test_what_a_failure_looks_like_is_a_variant(row: list[str]) -> None:
    for said in row[2].split("; "):
        spoken = re.findall(r"`(\w+)`", said) if "convention" in said else []
        assert set(spoken) <= SPOKEN
        assert spoken or "*ignored*" in said or any(said in name for name in NAMES), said
