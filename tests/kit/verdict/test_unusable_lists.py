"""Lists of known failures that cannot be used get one sentence, and nothing that is written in one is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from optimspec_conformance.implementations.protocol import CannotTest
from optimspec_conformance.scenarios import text
from optimspec_conformance.scenarios.text import read_file
from optimspec_conformance.session.session import ConformanceSession, Settings
from optimspec_conformance.verdict import known_failures
from sessions import session_of

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
