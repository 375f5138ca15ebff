"""The committed results are of today's kit and lists, from what is pinned; and a stale one is noticed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
import reproduce
from jsonschema_rs import validator_for
from optimspec_conformance import __version__, specification
from optimspec_conformance.cases.committed import digest
from optimspec_conformance.reports.record import SCHEMA
from optimspec_conformance.verdict import known_failures
from reproduce import IMPLEMENTATIONS, KNOWN, RESULTS, NotRun, Report, differences, environment, read, settled, sound

AGAIN = "stale: python tools/reproduce.py finds it again"
NAMES = sorted(IMPLEMENTATIONS)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def pinned_versions(name: str) -> dict[str, str]:
    lines = [line for path in reproduce.pins(name) for line in path.read_text(encoding="utf-8").splitlines()]
    return dict(line.split("==") for line in lines)


# ------------------------------------------------------------------------------------------------- what is committed


def test_there_are_results_and_pins_of_these_implementations_and_of_no_others() -> None:
    assert {path.name for path in RESULTS.iterdir()} == {
        "kill-matrix.json",
        *(f"{name}.json" for name in NAMES),
        *(path.name for name in NAMES for path in reproduce.pins(name)),
    }
    assert {path.stem for path in KNOWN.iterdir()} <= {*NAMES}


def test_a_result_is_of_a_whole_run_that_failed_nowhere_but_as_known(name: str) -> None:
    report = read(RESULTS / f"{name}.json")
    validator_for(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(report)
    assert sound(report)
    assert not report["counts"].keys() & {"fail", "convention", "error"}


def test_a_result_is_of_these_vectors_and_versions(name: str) -> None:
    report = read(RESULTS / f"{name}.json")
    of_today = {"specification": specification.version(), "kit": __version__, "vectors": f"sha256:{digest()}"}
    assert {part: report[part] for part in of_today} == of_today, AGAIN
    assert [entry["id"] for entry in report["requirements"]] == list(specification.requirements()), AGAIN


def test_a_result_has_the_list_of_known_failures(name: str) -> None:
    path = KNOWN / f"{name}.toml"
    entries = known_failures.read(path).entries if path.exists() else ()
    listed = [(list(entry.requirements), list(entry.classes), entry.reason, entry.link) for entry in entries]
    report = read(RESULTS / f"{name}.json")
    assert [tuple(entry.values()) for entry in report["known_failures"]] == listed, AGAIN


def test_a_result_is_of_the_versions_that_are_pinned(name: str) -> None:
    report, pinned = read(RESULTS / f"{name}.json"), pinned_versions(name)
    told = {library: version.partition("+")[0] for library, version in report["environment"].items()}
    del told["python"]
    assert told == {library: pinned.get(library) for library in told}, AGAIN
    if name in pinned:
        assert report["implementation"]["version"].partition("+")[0] == pinned[name], AGAIN
    else:
        assert name in ("optimspec", "javascript")


def test_a_result_tells_nothing_of_the_machine(name: str) -> None:
    text = (RESULTS / f"{name}.json").read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w…:/])/(?:\w+/)+\w", text)


# ------------------------------------------------------------------------------------------------------ what is noticed


def version(report: Report) -> None:
    report["implementation"]["version"] = "2.12.9"


def count(report: Report) -> None:
    report["counts"]["pass"] -= 1


def verdict(report: Report) -> None:
    (entry,) = [entry for entry in report["results"] if (entry["requirement"], entry["class"]) == ("SGD-1", "SGD")]
    entry["verdict"], entry["counts"] = "fail", {"fail": 1}


def left_out(report: Report) -> None:
    report["results"] = [entry for entry in report["results"] if entry["requirement"] != "EXP-1"]


def reason(report: Report) -> None:
    report["known_failures"][0]["reason"] = "Nobody knows."


STALE: list[tuple[Callable[[Report], None], str]] = [
    (version, "implementation: "),
    (count, "counts: "),
    (reason, "known failure "),
    (verdict, "SGD-1 of SGD: committed pass {'pass': "),
    (left_out, "EXP-1 of ExponentialLR: committed pass {'pass': "),
]


@pytest.mark.parametrize(("change", "told"), STALE)
def test_a_difference_is_told_with_both_sides(change: Callable[[Report], None], told: str) -> None:
    committed = read(RESULTS / "torch.json")
    found = deepcopy(committed)
    change(found)
    (line,) = differences(committed, found)
    assert line.startswith(told)
    assert ", found " in line


def test_what_differs_between_machines_and_builds_is_no_difference() -> None:
    committed = read(RESULTS / "torch.json")
    found = deepcopy(committed)
    found["environment"]["python"] = "3.99.0"
    found["implementation"]["version"] = "2.13.0"
    for entry in found["results"]:
        entry["worst_ulps"] = 0.25
    assert differences(committed, found) == []


def checked(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, str(Path(reproduce.__file__)), "--check", "--found", str(folder), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout


def test_a_run_that_found_the_same_passes(tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_bytes((RESULTS / "keras.json").read_bytes())
    assert checked(tmp_path, "keras") == (0, "keras: NOT CONFORMANT, as known, 0 differences from keras.json\n")


def test_a_run_that_found_something_else_does_not(tmp_path: Path) -> None:
    report = read(RESULTS / "keras.json")
    verdict(report)
    (tmp_path / "keras.json").write_text(json.dumps(report), encoding="utf-8")
    code, out = checked(tmp_path, "keras")
    assert code == 1
    assert "keras: NOT CONFORMANT, as known, 1 differences from keras.json\n  SGD-1 of SGD: committed " in out


def test_a_run_without_a_report_is_told_and_counted(tmp_path: Path) -> None:
    code, out = checked(tmp_path, "keras")
    assert code == 1
    assert out.startswith("keras: NOT RUN: there is no report ")


def test_a_run_replaces_the_committed_result_only_if_it_is_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reproduce, "RESULTS", tmp_path)
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_bytes((RESULTS / "keras.json").read_bytes())
    wrong.write_text(json.dumps(read(right) | {"claim": "NOT CONFORMANT"}), encoding="utf-8")
    assert not settled("keras", wrong, check=False)
    assert not (tmp_path / "keras.json").exists()
    assert settled("keras", right, check=False)
    assert (tmp_path / "keras.json").read_bytes() == right.read_bytes()


def test_an_environment_that_cannot_be_had_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(NotRun, match=r"what conformance/results/no-such\.txt pins cannot be installed"):
        environment("no-such", tmp_path)


def test_what_is_pinned_without_dependencies_is_installed_after_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reproduce, "RESULTS", tmp_path)
    (tmp_path / "mine.nodeps.txt").touch()
    first, second = tmp_path / "mine.txt", tmp_path / "mine.nodeps.txt"
    assert list(reproduce.pins("mine").items()) == [(first, ["-e", str(reproduce.ROOT)]), (second, ["--no-deps"])]
    assert list(reproduce.pins("other")) == [tmp_path / "other.txt"]


@pytest.mark.parametrize("claim", ["ERROR", "NOT CONFORMANT", "PARTIAL (-k)"])
def test_a_run_that_claims_nothing_known_is_not_sound(claim: str) -> None:
    report = read(RESULTS / "torch.json")
    assert sound(report)
    assert not sound(report | {"claim": claim})
    assert not sound(report | {"footer": report["footer"] | {"complete": False}})
