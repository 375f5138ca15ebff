"""Reports: the record, the page and the badge say what a run found, and whether it was whole."""

from __future__ import annotations

import argparse
import json
import platform
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import optimspec
import pytest
from jsonschema_rs import validator_for
from optimspec_conformance import specification
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.cases.comparison import compare_with_error
from optimspec_conformance.classes.catalogue import DEFINITIONS
from optimspec_conformance.implementations.guard import TimeLimited
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.implementations.protocol import CannotTest
from optimspec_conformance.reports.badge import badge
from optimspec_conformance.reports.check_result import CheckResult
from optimspec_conformance.reports.plot import series, svg
from optimspec_conformance.reports.record import SCHEMA, run_record
from optimspec_conformance.scenarios.json_text import json_text
from optimspec_conformance.scenarios.trace import Difference
from optimspec_conformance.scenarios.values import number
from optimspec_conformance.session.options import REPORTS, _report
from optimspec_conformance.session.session import ConformanceSession, Settings
from optimspec_conformance.verdict.judge import Result, Verdict
from optimspec_conformance.verdict.known_failures import KnownFailures
from runs import KIT, MOVES_TWO, pytest_in
from sessions import session_of

VALIDATOR = validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))
VOID = {"meta", "input", "br"}  # elements of HTML without an end


SOME = {case.id: word for case, word in zip(cases()[::1000], ("fail", "convention", "advisory", "error"), strict=False)}


class Late(optimspec.ExponentialLR):
    """It is ahead of its time."""

    def step(self, epoch: int | None = None) -> None:
        super().step(self.last_epoch + 2 if epoch is None else epoch)


def wrong(directory: Path, classes: tuple[str, ...] = ("ExponentialLR",), **settings: Any) -> ConformanceSession:
    """A run of a part of the checks on something that is really wrong."""
    namespace = SimpleNamespace(**vars(optimspec) | {"ExponentialLR": Late})
    tested = TimeLimited(NativeImplementation("late", namespace, precision="float64"), 10.0)
    session = ConformanceSession(Settings("late", directory, **settings), tested, KnownFailures())
    for case in [case for case in cases() if case.subject in classes and case.area in ("golden", "state")]:
        session.record(CheckResult.from_json(session.run_check(case).to_json()))
    session.finish("-k")
    return session


# -------------------------------------------------------------------------------------------------------- the record


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        pytest.param({}, {}, id="all pass"),
        pytest.param(SOME, {}, id="every word"),
        pytest.param({}, {"profile": "core"}, id="core"),
        pytest.param({}, {"partial": "-k", "left_out": 7000}, id="narrowed"),
        pytest.param({}, {"left_out": 7}, id="too few"),
        pytest.param({}, {"partial": "interrupted", "left_out": len(cases())}, id="nothing"),
    ],
)
def test_a_record_has_the_form_of_its_schema_and_adds_up(words: dict[str, str], arguments: dict[str, Any]) -> None:
    session = session_of(words, **arguments)
    record = json.loads(json_text(run_record(session.run_result), levels=1))
    VALIDATOR.validate(record)
    assert [entry["id"] for entry in record["requirements"]] == list(specification.requirements())
    ran = record["footer"]["checks_run"]
    for parts in ("requirements", "classes", "areas", "results"):
        assert sum(sum(part["counts"].values()) for part in record[parts]) == ran
    assert sum(record["counts"].values()) == ran == session.run_result.count()
    whole = "partial" not in arguments and "left_out" not in arguments
    assert record["footer"]["complete"] == whole


def test_a_record_tells_the_versions_of_what_is_installed_and_of_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(run_record.__globals__, "COMPUTING", ("numpy", "jax", "no-such-library"))
    versions = {"python": platform.python_version(), "numpy": np.__version__, "jax": version("jax")}
    assert run_record(session_of({}).run_result)["environment"] == versions


def test_a_record_that_was_cut_off_is_none() -> None:
    text = json_text(run_record(session_of({}).run_result), levels=1).rstrip()
    assert list(json.loads(text))[-1] == "footer"
    for end in (len(text) - 1, text.index('"footer"'), len(text) // 2):
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            json.loads(text[:end])


def test_a_requirement_has_the_verdict_of_its_worst_check() -> None:
    (first, second, *_) = [case.id for case in cases() if case.requirement == "SCH-3"]
    record = run_record(session_of({first: "advisory", second: "fail"}).run_result)
    (entry,) = [entry for entry in record["requirements"] if entry["id"] == "SCH-3"]
    assert entry["verdict"] == "fail"
    assert entry["counts"]["fail"] == entry["counts"]["advisory"] == 1


GOLDEN = next(case for case in cases() if case.id == "EXP-1/ExponentialLR/seed-0.1-0.95-15")
TRAINED = next(case for case in cases() if case.id == "SGD-1/SGD/twelve-steps")


def off(case: CommittedCase, field: str, ulps: int) -> float | None:
    """The error that is told where one number of a right trace is so many units off."""
    assert case.trace is not None
    row = json.loads(json.dumps(case.trace[-1]))
    values = row["lr"] if field == "lr" else row["weights"][0][1]["data"]
    kind = np.float64 if field == "lr" else np.float32
    base = max(0.1, *map(float, values)) if field == "lr" else largest(case)
    values[0] = number(float(values[0]) + ulps * float(np.spacing(kind(base))))
    result = compare_with_error(case, [*case.trace[:-1], row], "float64")
    assert result.difference is None
    return result.ulps


def largest(case: CommittedCase) -> float:
    return max(abs(float(value)) for row in case.trace or [] for value in row["weights"][0][1]["data"])


@pytest.mark.parametrize("ulps", [0, 1, 3])
def test_the_error_of_a_check_that_passes_is_told_in_ulps_of_what_its_tolerance_is_of(ulps: int) -> None:
    assert off(GOLDEN, "lr", ulps) == pytest.approx(ulps)
    told, least = off(TRAINED, "weights", ulps), off(TRAINED, "weights", 0)
    assert told == pytest.approx(ulps, abs=1e-6)
    assert least == 0


def test_a_check_without_numbers_has_no_error() -> None:
    case = next(case for case in cases() if case.id == "EXP-4/ExponentialLR/gamma=1.5")
    observed = [{"error": {"kind": "value", "message": "gamma"}}]
    assert compare_with_error(case, observed, "float64").ulps is None


def test_an_infinite_error_is_written_as_json(tmp_path: Path) -> None:
    session = session_of({})
    session.run_result.checks[0] = replace(session.run_result.checks[0], ulps=float("inf"))
    record = json.loads(json_text(run_record(session.run_result), levels=1), parse_constant=pytest.fail)
    VALIDATOR.validate(record)
    assert "inf" in [entry["worst_ulps"] for entry in record["results"]]


# ---------------------------------------------------------------------------------------------------------- the page


class Page(HTMLParser):
    """The elements of a page; one that is not closed is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID | {"li", "option"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"li", "option"}:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> tuple[ConformanceSession, Page]:
    session = wrong(tmp_path_factory.mktemp("late"), reports=("page.html", "record.json", "badge.svg"))
    return session, Page((session.settings.directory / "page.html").read_text(encoding="utf-8"))


def test_a_page_shows_each_requirement_that_a_class_breaks_once(late: tuple[ConformanceSession, Page]) -> None:
    session, page = late
    broken = {record.pair for record in session.run_result.checks if record.result == "fail"}
    assert len(broken) > 5
    assert len(page.all("article")) == len(broken)
    for requirement, subject in broken:
        assert f"{requirement} of {subject}: fail" in page.text
        assert (
            f"{specification.requirements()[requirement].page}#{requirement}, check {requirement}/{subject}/"
            in page.text
        )
    assert "looks like: each step counts twice" in page.text


def test_a_page_draws_what_was_expected_and_observed(late: tuple[ConformanceSession, Page]) -> None:
    session, page = late
    plotted = [record for record in session.run_result.checks if record.plot is not None]
    assert len(page.all("svg")) == len(plotted) > 5
    assert len({record.pair for record in plotted}) == len(plotted)
    lines = [line["class"] for line in page.all("polyline")]
    assert lines.count("expected") == lines.count("observed") == len(plotted)


def test_a_page_needs_no_other_file_and_hides_nothing_without_javascript(
    late: tuple[ConformanceSession, Page],
) -> None:
    _, page = late
    for _, attributes in page.elements:
        assert not {"src", "srcset"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")
    hidden = [tag for tag, attributes in page.elements if "hidden" in attributes]
    assert hidden == ["button", "div"]  # which do nothing without it
    assert not re.search(r"url\(|@import|https?://", (late[0].settings.directory / "page.html").read_text())


def test_a_page_can_be_filtered_by_class_and_verdict(late: tuple[ConformanceSession, Page]) -> None:
    _, page = late
    filtered = [attributes for _, attributes in page.elements if "data-class" in attributes]
    assert {attributes["data-verdict"] for attributes in filtered} == {"pass", "fail"}
    assert "ExponentialLR" in page.text


def test_a_name_is_no_markup(tmp_path: Path) -> None:
    session_of({}, directory=tmp_path, reports=("page.html",))
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "it <b> 1 & 2" in page.text
    assert len(page.all("b")) == 2


def test_without_a_page_nothing_in_full_travels_between_processes(tmp_path: Path) -> None:
    for record in wrong(tmp_path, reports=("record.json",)).run_result.checks:
        assert (record.text, record.plot) == ("", None)


def test_a_long_curve_is_drawn_with_few_points_and_its_last_one() -> None:
    trace: Any = [{"t": t, "base": ["0.1"], "lr": [number(0.1 / (t + 1))]} for t in range(1000)]
    other: Any = [{**row, "lr": [number(float(row["lr"][0]) + 0.01)]} for row in trace]
    difference = Difference(3, "get_last_lr()[0]", "", "")
    verdict = Verdict(cases()[0], Result.FAIL, "EXP-1", observed=other, expected=trace, difference=difference)
    plot = series(verdict)
    assert plot is not None
    assert len(plot["expected"]) < 100
    assert plot["expected"][-1] == [999.0, 0.0001]
    assert plot["first"] == 0
    ElementTree.fromstring(svg(plot))


# --------------------------------------------------------------------------------------------------------- the badge


FIRST = cases()[0]
LACKING = {case.id: "not provided" for case in cases() if case.pairs() & FIRST.pairs()}  # a requirement is never judged


@pytest.mark.parametrize(
    ("words", "arguments", "said"),
    [
        pytest.param({}, {}, "optimspec 0.1: conformant: field", id="field"),
        pytest.param({}, {"profile": "extended"}, "optimspec 0.1: conformant: extended", id="extended"),
        pytest.param({}, {"profile": "core"}, "optimspec 0.1: conformant: core", id="core"),
        pytest.param(LACKING, {}, f"optimspec 0.1: conformant: 0 of {len(DEFINITIONS)} classes", id="some"),
        pytest.param({cases()[0].id: "fail"}, {}, "optimspec 0.1: not conformant in values", id="wrong"),
        pytest.param({cases()[0].id: "convention"}, {}, "optimspec 0.1: not conformant in values", id="convention"),
        pytest.param(
            {cases()[0].id: "known failure"}, {}, "optimspec 0.1: not conformant in values, as known", id="known"
        ),
        pytest.param({cases()[0].id: "advisory"}, {}, "optimspec 0.1: conformant: field", id="advisory"),
    ],
)
def test_a_badge_names_the_level_and_the_version(words: dict[str, str], arguments: dict[str, Any], said: str) -> None:
    image = badge(run_record(session_of(words, **arguments).run_result))
    assert image is not None
    title = ElementTree.fromstring(image).findtext("{http://www.w3.org/2000/svg}title")
    assert title == f"{said}, it <b> 1 & 2"


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        pytest.param({}, {"partial": "-k", "left_out": 10}, id="narrowed"),
        pytest.param({cases()[-1].id: "fail"}, {"partial": "stopped", "left_out": 10}, id="stopped"),
        pytest.param({}, {"left_out": 10}, id="too few"),
        pytest.param({cases()[0].id: "error"}, {}, id="error"),
    ],
)
def test_what_did_not_run_gets_no_badge_and_says_so(
    tmp_path: Path, words: dict[str, str], arguments: dict[str, Any]
) -> None:
    session = session_of(words, directory=tmp_path, reports=("badge.svg",), **arguments)
    assert not (tmp_path / "badge.svg").exists()
    (note,) = [note for note in session.run_result.notes if "badge" in note]
    assert note.startswith("badge.svg is not written, as the run claims nothing: ")


# --------------------------------------------------------------------------------------------------------- the files


def test_a_report_of_another_kind_is_refused() -> None:
    assert [_report(f"x{kind}") for kind in REPORTS] == [f"x{kind}" for kind in REPORTS]
    for name in ("x.xml", "json", "x"):
        with pytest.raises(argparse.ArgumentTypeError, match=r"\.json, \.html, \.svg"):
            _report(name)


def test_a_folder_that_is_not_there_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(CannotTest, match=r"no/x\.json cannot be written: No such file or directory"):
        ConformanceSession.start(Settings("numpy_optim", tmp_path, reports=("no/x.json",)))


def test_workers_write_what_one_process_writes(here: Path) -> None:
    (here / "mypkg.py").write_text(MOVES_TWO, encoding="utf-8")
    narrowed = (*KIT, "--impl=mypkg", "-k", "golden and (ExponentialLR or ConstantLR)", "--optimspec-report=page.html")
    pytest_in(here, *narrowed, "--optimspec-report=alone.json")
    pytest_in(here, *narrowed, "--optimspec-report=shared.json", "-n", "2")
    texts = [(here / f"{name}.json").read_text(encoding="utf-8") for name in ("alone", "shared")]
    assert texts[0] == texts[1]
    assert '"fail"' in texts[0]
    assert len(Page((here / "page.html").read_text(encoding="utf-8")).all("svg")) > 0
