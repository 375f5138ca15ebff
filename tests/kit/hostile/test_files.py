"""Files, options and names: what cannot be used gets one sentence and the right code, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from optimspec_conformance.cli import main
from optimspec_conformance.implementations.find import open_implementation
from optimspec_conformance.implementations.protocol import CannotTest
from optimspec_conformance.implementations.readout import exception_text
from optimspec_conformance.reports.check_result import portable
from optimspec_conformance.reports.record import run_record
from optimspec_conformance.scenarios import text
from optimspec_conformance.scenarios.json_text import json_text
from optimspec_conformance.scenarios.text import one_line, read_file, try_file, write_file
from optimspec_conformance.session.session import ConformanceSession, Settings
from optimspec_conformance.verdict import known_failures
from runs import Run, kit_on
from sessions import session_of

OK, NOT_CONFORMANT, USAGE, INCOMPLETE = range(4)
DEEP = 100_000
CHECKED = "STEP-1/StepLR/three-falls"
ENTRY = {
    "requirement": '"STEP-1"',
    "classes": '["StepLR"]',
    "reason": '"It is late."',
    "link": '"https://example.org/1"',
    "counterexamples": f'[{{check = "{CHECKED}", observed = "0.3"}}]',
}


def entry(**changed: str) -> str:
    return "[[failure]]\n" + "".join(f"{name} = {value}\n" for name, value in (ENTRY | changed).items())


# ------------------------------------------------------------------------------------------ lists of known failures

LISTS: dict[str, tuple[str | bytes, str]] = {
    "no TOML": ("what?", "cannot be read"),
    "deep brackets": (f"a = {'[' * DEEP}{']' * DEEP}", "nested too deeply"),
    "deep tables": (f"a = {'{a=' * DEEP}", "cannot be read"),
    "a NUL": ("\0", "cannot be read"),
    "no UTF-8": (b"\xff\xfe", "cannot be read"),
    "half a character": (b'a = "\xed\xb2\x80"', "cannot be read"),
    "an endless number": ("a = " + "1" * 5001, "cannot be read"),
    "another table": ("[other]\n", "unknown tables ['other']"),
    "a number": ("failure = 7", "failure must be tables"),
    "one table": ("[failure]\nrequirement = 'STEP-1'", "failure must be tables"),
    "a list of numbers": ("failure = [1, 2]", "must be a table"),
    "a list of lists": ("failure = [[]]", "must be a table"),
    "an empty entry": ("[[failure]]", "lacks classes"),
    "an unknown field": (entry(mood='"good"'), "unknown fields: mood"),
    "classes in a list": (entry(classes='[["StepLR"]]'), "classes must be a list of class names"),
    "classes in a table": (entry(classes='[{a = "StepLR"}]'), "classes must be a list of class names"),
    "a class alone": (entry(classes='"StepLR"'), "classes must be a list of class names"),
    "no classes": (entry(classes="[]"), "classes must be a list of class names"),
    "a class of numbers": (entry(classes="[7]"), "classes must be a list of class names"),
    "an unknown class": (entry(classes='["Step"]'), "STEP-1 is not checked for Step"),
    "a requirement in a list": (entry(requirement='["STEP-1"]'), "no requirement"),
    "an unknown requirement": (entry(requirement='"STEP-99"'), "no requirement STEP-99"),
    "a reason in a list": (entry(reason='["It is late."]'), "the reason must be a string"),
    "a reason of white space": (entry(reason='"  "'), "the reason must not be empty"),
    "a link that is a number": (entry(link="7"), "the link must be a string"),
    "a reproduction that is a table": (entry(reproduction="{a = 1}"), "the reproduction must be a string"),
    "a time for a day": (entry(expires="2027-01-31T10:00:00"), "expires must be a day"),
    "a word for a day": (entry(expires='"soon"'), "expires must be a day"),
    "counterexamples in a table": (entry(counterexamples="{a = 1}"), "counterexamples must be a list"),
    "counterexamples of words": (entry(counterexamples='["x"]'), "counterexamples must be a list"),
    "a check in a list": (entry(counterexamples='[{check = ["x"], observed = ""}]'), "no check"),
    "an unknown check": (entry(counterexamples='[{check = "x", observed = ""}]'), "no check x"),
    "a check too few": (entry(counterexamples="[]"), "an entry must have a counterexample"),
    "an entry twice": (entry() + entry(), "listed twice: STEP-1 of StepLR"),
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_with(tmp_path: Path, kind: str) -> None:
    content, said = LISTS[kind]
    path = tmp_path / "known.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CannotTest) as refused:
        ConformanceSession.start(Settings("numpy_optim", tmp_path, known="known.toml"))
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["nosuch.toml", ".", "/dev/zero", "a\0b", "x" * 300])
def test_a_list_that_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(text, "LARGEST", 1 << 20)
    with pytest.raises(ValueError, match="cannot be read: "):
        known_failures.read(tmp_path / name)


# ---------------------------------------------------------------------------------------------- records, for matrix

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


# ------------------------------------------------------------------------------------------------------- commands


@pytest.mark.parametrize(
    "option",
    [
        "--optimspec-time-limit=1e10",
        "--optimspec-time-limit=-1",
        "--optimspec-time-limit=nan",
        "--optimspec-time-limit=inf",
        "--optimspec-time-limit=soon",
        "--optimspec-fuzz=-1",
        "--optimspec-fuzz=many",
        "--optimspec-fuzz=99999999999",
        "--optimspec-seed=x",
        "--optimspec-profile=all",
        "--optimspec-precision=float16",
        "--optimspec-report=x.xml",
        "--optimspec-nosuch",
    ],
)
def test_an_option_that_means_nothing(option: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", option],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error: ") == 1


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


# --------------------------------------------------------------------------------------------- names and messages

LINES = {
    "lines": ("one\ntwo\rthree\x0bfour", "one two three four"),
    "Unicode's lines": ("one\u2028two\x85three", "one two three"),
    "a tab": ("a\tb", "a b"),
    "escape codes": ("\x1b[31mred", r"\x1b[31mred"),
    "a bell": ("ding\a", r"ding\x07"),
    "a NUL": ("a\0b", r"a\x00b"),
    "half a character": ("a\udc80b", r"a\udc80b"),
    "a direction": ("a\u202eb", r"a\u202eb"),
    "no width": ("a\u200bb", r"a\u200bb"),
    "a private letter": ("a\ue000b", r"a\ue000b"),
    "letters": ("η → 日本", "η → 日本"),
}


@pytest.mark.parametrize("kind", LINES)
def test_what_is_shown_is_one_line_of(kind: str) -> None:
    given, shown = LINES[kind]
    assert one_line(given) == shown
    assert exception_text(ValueError(given)) == f"ValueError: {shown}"
    assert portable(given) == shown


@pytest.mark.parametrize("field", ["__name__", "__version__"])
def test_the_name_and_the_version_of_an_implementation_are_one_line(tmp_path: Path, field: str) -> None:
    module = tmp_path / f"forged{field.strip('_')}.py"
    module.write_text(f"{field} = 'one\\ntwo'\nclass StepLR: ...\n", encoding="utf-8")
    opened = open_implementation(str(module), tmp_path)
    assert "one two" in f"{opened.name} {opened.version}"
    opened.close()


# ---------------------------------------------------------------------------------------------------------- writing


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_file(path, "before")

    def fails(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", fails)
        with pytest.raises(OSError, match="No space left"):
            write_file(path, "after")
    assert {entry.name: read_file(entry) for entry in tmp_path.iterdir()} == {"a.json": "before"}


def test_what_cannot_be_encoded_is_replaced(tmp_path: Path) -> None:
    write_file(tmp_path / "a", "half \udc80")
    assert read_file(tmp_path / "a") == "half ?"


def test_a_link_stays_a_link_and_a_mode_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before", encoding="utf-8")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    write_file(tmp_path / "b", "after")
    assert (tmp_path / "b").is_symlink()
    assert (read_file(tmp_path / "a"), (tmp_path / "a").stat().st_mode & 0o777) == ("after", 0o640)


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


def test_a_list_that_is_edited_during_the_run_keeps_the_edit(tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(entry(), encoding="utf-8")
    session = session_of({CHECKED: "known failure"}, directory=tmp_path, write_known="known.toml")
    (tmp_path / "known.toml").write_text(entry(reason='"Somebody knows why."'), encoding="utf-8")
    session.finish(None)
    assert "Somebody knows why." in read_file(tmp_path / "known.toml")


def test_a_list_that_is_broken_during_the_run_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text("what?", encoding="utf-8")
    session = session_of({CHECKED: "known failure"}, directory=tmp_path, write_known="known.toml")
    assert "known.toml: " in session.run_result.unwritten[0]
    assert read_file(tmp_path / "known.toml") == "what?"


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


# ------------------------------------------------------------------------------------------------------------ whole


def test_a_check_that_ran_twice_replaces_no_other() -> None:
    session = session_of({}, partial="-k", left_out=1)
    session.record(session.run_result.checks[-1])
    session.run_result.errors.clear()
    session.finish(None)
    assert session.run_result.claim == "ERROR"
    assert not session.run_result.complete
