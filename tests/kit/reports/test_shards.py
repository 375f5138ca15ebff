"""A run in parts that ran apart is the run that they are together, and nothing if they are not parts of one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from optimspec_conformance.cases.committed import VECTORS
from optimspec_conformance.cli import main
from optimspec_conformance.reports.record import run_record
from optimspec_conformance.reports.run_result import RunResult
from optimspec_conformance.reports.shard import joined, shard_text
from optimspec_conformance.verdict.known_failures import KnownFailure, KnownFailures
from runs import pytest_in
from sessions import session_of

CHECKED = "STEP-1/StepLR/three-falls"


def parts(words: dict[str, str]) -> tuple[RunResult, list[str]]:
    """Give a whole run, and the shards of every second check."""
    whole: RunResult = session_of(words).run_result
    texts = []
    for first in (0, 1):
        shard = RunResult(whole.implementation, whole.profile, whole.known)
        for check in whole.checks[first::2]:
            shard.add(check)
        shard.end("some files")
        texts.append(shard_text(shard))
    return whole, texts


def changed(text: str, **run: Any) -> str:
    head, *lines = text.splitlines()
    content = json.loads(head)
    content["run"] |= run
    return "\n".join([json.dumps(content), *lines])


@pytest.mark.parametrize("words", [{}, {CHECKED: "fail"}, {CHECKED: "error"}, {CHECKED: "advisory"}], ids=str)
def test_all_shards_together_are_the_whole_run(words: dict[str, str]) -> None:
    whole, texts = parts(words)
    result = joined(texts)
    assert result.complete
    assert result.claim == whole.claim
    assert run_record(result) == run_record(whole)


def test_shards_that_leave_out_a_check_claim_nothing() -> None:
    _, (first, second) = parts({})
    result = joined([first, "\n".join(second.splitlines()[:-1])])
    assert result.claim == "PARTIAL (shards)"
    assert not result.complete


def test_a_shard_given_twice_replaces_no_other() -> None:
    _, (first, _) = parts({})
    assert joined([first, first]).claim == "PARTIAL (shards)"


def test_the_error_of_a_shard_is_one_of_the_whole() -> None:
    _, (first, second) = parts({})
    head, *lines = second.splitlines()
    wrong = "\n".join([json.dumps(json.loads(head) | {"errors": ["a worker died"]}), *lines])
    assert joined([first, wrong]).claim == "ERROR"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"profile": "core"}, "the profile of these shards is not the same", id="another profile"),
        pytest.param({"environment": {"python": "2.7"}}, "the environment", id="another environment"),
        pytest.param({"implementation": {"name": "other", "provides": []}}, "the implementation", id="another library"),
        pytest.param({"kit": "0.0.1"}, "the kit", id="another kit"),
    ],
)
def test_shards_of_different_runs_are_refused(change: dict[str, Any], said: str) -> None:
    _, (first, second) = parts({})
    with pytest.raises(ValueError, match=said):
        joined([first, changed(second, **change)])


def test_shards_on_other_vectors_are_refused() -> None:
    _, texts = parts({})
    with pytest.raises(ValueError, match="not those of this kit"):
        joined([changed(text, vectors="0") for text in texts])


@pytest.mark.parametrize("text", ["", "{}", "[]", "no", '{"run": {}}'])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no shard"):
        joined([text])


def test_known_failures_are_not_for_shards() -> None:
    whole, _ = parts({})
    entry = KnownFailure(("STEP-1",), ("StepLR",), "a reason", "a link")
    with pytest.raises(ValueError, match="known failures"):
        shard_text(replace(whole, known=KnownFailures((entry,))))


def test_two_shards_that_ran_apart_are_one_record(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, folders in (("a.jsonl", ["schedulers", "composition"]), ("b.jsonl", ["optimizers"])):
        paths = [str(VECTORS / folder) for folder in folders]
        run = pytest_in(here, *paths, "--impl=numpy_optim", f"--optimspec-report={name}")
        assert (run.code, run.claim) == (0, "PARTIAL (some files)")
    monkeypatch.chdir(here)
    alone = CliRunner().invoke(main, ["matrix", "a.jsonl"])
    assert alone.exit_code == 3
    assert "PARTIAL (shards)" in alone.output
    both = CliRunner().invoke(main, ["matrix", "a.jsonl", "b.jsonl", "--report", "whole.json", "--report", "badge.svg"])
    assert both.exit_code == 0, both.output
    record = json.loads((here / "whole.json").read_text(encoding="utf-8"))
    assert record["footer"]["complete"]
    assert record["claim"].startswith("CONFORMANT")
    assert "conformant" in (here / "badge.svg").read_text(encoding="utf-8")
