"""Files that a command cannot use get one sentence and the right code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from optimspec_conformance.cli import main
from optimspec_conformance.reports.record import run_record
from optimspec_conformance.scenarios.json_text import json_text
from sessions import session_of

USAGE = 2
DEEP = 100_000


RECORDS: dict[str, str | bytes] = {
    "nothing": "",
    "half a record": '{"claim": ',
    "a number": "7",
    "a list": "[]",
    "an empty object": "{}",
    "a word": '"claim"',
    "null": "null",
    "deep brackets": "[" * DEEP + "]" * DEEP,
    "deep objects": '{"a":' * DEEP + "1" + "}" * DEEP,
    "an endless number": "1" * 5001,
    "no UTF-8": b"\xff",
    "other tests": '{"created": 1, "duration": 2, "tests": []}',
}
DAMAGED: dict[str, dict[str, Any]] = {
    "an implementation without a name": {"implementation": {}},
    "an implementation that is a word": {"implementation": "mypkg"},
    "classes that are a number": {"classes": 7},
    "classes of numbers": {"classes": [7]},
    "a class without counts": {"classes": [{"class": "StepLR", "verdict": "pass"}]},
    "an unknown claim": {"claim": "BEST OF ALL"},
    "a footer that is a list": {"footer": []},
    "conventions without names": {"conventions": [{}]},
    "vectors that are a number": {"vectors": 7},
    "requirements that are null": {"requirements": None},
}


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == USAGE
    (line,) = result.output.splitlines()
    return line


@pytest.mark.parametrize("kind", RECORDS)
def test_matrix_of(tmp_path: Path, kind: str) -> None:
    content = RECORDS[kind]
    path = tmp_path / "a.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert any(said in refused("matrix", str(path)) for said in ("cannot be read: ", "is no report"))


@pytest.mark.parametrize("kind", DAMAGED)
def test_matrix_of_a_record_with(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json_text(run_record(session_of({}).run_result) | DAMAGED[kind]), encoding="utf-8")
    assert "is no report" in refused("matrix", str(path))


@pytest.mark.parametrize("name", [".json", "folder.json", "nosuch.json"])
def test_matrix_of_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.json").mkdir()
    assert "cannot be read: " in refused("matrix", str(tmp_path / name))


def test_matrix_shows_a_name_on_one_line(tmp_path: Path) -> None:
    record = run_record(session_of({}).run_result)
    record["implementation"]["name"] = "[red]it\n7 checks: CONFORMANT"
    path = tmp_path / "a.json"
    path.write_text(json_text(record), encoding="utf-8")
    assert "[red]it 7 checks" in CliRunner().invoke(main, ["matrix", str(path)]).output


@pytest.mark.parametrize("content", ["", "[", "7", "[]", "{}", '{"do": []}', "[" * DEEP, '{"optimizer": 7}'])
def test_adopt_refuses_what_is_no_scenario(tmp_path: Path, content: str) -> None:
    (tmp_path / "found.json").write_text(content, encoding="utf-8")
    assert "holds no scenario: " in refused("dev", "adopt", str(tmp_path / "found.json"))


@pytest.mark.parametrize("command", [["explain", "EXP-1"], ["--help"], ["dev", "faults"]], ids=str)
def test_a_terminal_that_cannot_show_a_letter_shows_its_number(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "optimspec_conformance", *command],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
