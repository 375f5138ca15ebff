"""One writer of JSON files: committed files are as it writes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from optimspec_conformance.cases import committed
from optimspec_conformance.scenarios.json_text import json_text
from runs import ROOT
from source import in_root

MATRIX = ROOT / "conformance/results/kill-matrix.json"
REPORTS = [path for name in ("results", "differences") for path in sorted((ROOT / "conformance" / name).glob("*.json"))]
REPORTS.remove(MATRIX)
BENCHMARKS, MUTANTS = ROOT / "benchmarks/results.json", ROOT / "tools/mutation/results.json"


@pytest.mark.parametrize("path", [*REPORTS, BENCHMARKS], ids=in_root)
def test_a_committed_report_has_one_entry_of_a_list_per_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert json_text(json.loads(text), levels=1) == text


def test_the_committed_record_of_mutants_has_one_member_of_a_module_per_line() -> None:
    text = MUTANTS.read_text(encoding="utf-8")
    assert json_text(json.loads(text), levels=2) == text


@pytest.mark.parametrize("path", [*committed.files(), MATRIX], ids=lambda path: path.stem)
def test_committed_vectors_and_the_kill_matrix_have_one_row_per_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert json_text(json.loads(text)) == text


def test_levels_are_the_objects_that_are_laid_out() -> None:
    content = {"a": {"b": {}, "c": [1, 2]}, "d": [{"e": "η"}, {}], "f": []}
    assert json_text(content, levels=0) == json.dumps(content, ensure_ascii=False) + "\n"
    assert json_text(content, levels=1) == (
        '{\n "a": {"b": {}, "c": [1, 2]},\n "d": [\n  {"e": "η"},\n  {}\n ],\n "f": []\n}\n'
    )
    assert json_text(content, levels=2).startswith(
        '{\n "a": {\n  "b": {},\n  "c": [1, 2]\n },\n "d": [\n  {"e": "η"},\n'
    )
