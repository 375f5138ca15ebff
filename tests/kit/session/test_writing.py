"""A file that cannot be written costs no other, and no verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from optimspec_conformance.implementations.protocol import CannotTest
from optimspec_conformance.scenarios.text import read_file, try_file
from optimspec_conformance.session.session import ConformanceSession, Settings
from runs import Run, kit_on
from sessions import session_of

CHECKED = "STEP-1/StepLR/three-falls"


@pytest.mark.parametrize("name", ["no/a.json", ".", "a\0b", "x" * 300, "file/a.json"])
def test_a_path_is_tried_before_the_run(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises((OSError, ValueError)):
        try_file(tmp_path / name)
    with pytest.raises(CannotTest, match="cannot be written: "):
        ConformanceSession.start(Settings("numpy_optim", tmp_path, reports=(name,)))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("kind", ["a folder", "a full disk"])
def test_a_report_that_cannot_be_written_costs_no_other(tmp_path: Path, kind: str) -> None:
    bad = tmp_path / "bad.json"
    bad.mkdir() if kind == "a folder" else bad.symlink_to("/dev/full")
    session = session_of({}, directory=tmp_path, reports=("bad.json", "good.json", "page.html", "badge.svg"))
    (unwritten,) = session.run_result.unwritten
    assert unwritten == f"bad.json: {'Is a directory' if kind == 'a folder' else 'No space left on device'}"
    assert session.run_result.claim == "CONFORMANT, profile field"
    assert json.loads(read_file(tmp_path / "good.json"))["footer"]["complete"]
    assert (tmp_path / "page.html").exists()
    assert (tmp_path / "badge.svg").exists()


def test_two_runs_to_one_path_leave_one_whole_record(tmp_path: Path) -> None:
    for words in ({}, {CHECKED: "fail"}):
        session_of(words, directory=tmp_path, reports=("a.json", "a.json"))
    assert json.loads(read_file(tmp_path / "a.json"))["claim"] == "NOT CONFORMANT"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_that_cannot_be_written_is_refused_before_the_run(here: Path) -> None:
    run: Run = kit_on(here, "import numpy_optim", "-k", "STEP-1/", "--optimspec-repro=mypkg.py/failures")
    assert run.code == 4
    assert "mypkg.py/failures cannot be written: Not a directory" in run.text
    assert "checks: " not in run.text


def test_a_program_that_cannot_be_written_costs_no_verdict(here: Path) -> None:
    wrong = "import os\nos.rmdir('failures')\nopen('failures', 'w').close()\n"
    wrong += "import numpy_optim\nclass StepLR(numpy_optim.StepLR):\n    def step(self, epoch=None): pass\n"
    run: Run = kit_on(here, wrong, "-k", "STEP-1/", "--optimspec-repro=failures")
    assert run.code == 4
    assert run.claim == "NOT CONFORMANT"
    assert "not written: failures: File exists" in run.report
    assert run.count("fail") >= 3
