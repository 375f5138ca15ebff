"""Class pages and the matrix: each section is there, and says what the vectors, the code and the results say."""

import json
import re
from collections import defaultdict
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.classes.catalogue import DEFINITIONS, module_path
from optimspec_conformance.scenarios.values import key_literal
from pages import ROOT, Tags, built, copied, dead_links, published, read, remove_results

PLACES = {name: module_path(name) for name in DEFINITIONS}
FIGURE = re.compile(r'<figure class="plot">(.+?)</figure>', re.DOTALL)
GOLDEN = re.compile(
    r'<details class="golden"(?: open)?><summary>(?P<id>.+?)</summary>(?P<table>.+?)</details>', re.DOTALL
)
ROW = re.compile(r"<tr>(.+?)</tr>", re.DOTALL)
CELL = re.compile(r"<t[dh]>(.*?)</t[dh]>", re.DOTALL)
CODE = re.compile(r'id="reference-code".+?<pre[^>]*>.*?<code>(.+?)</code>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")
CASES = {case.id: case for case in cases()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(ROOT, tmp_path_factory.mktemp("site"))


def page(site: Path, name: str) -> str:
    return read(built(site, Path("spec") / f"{PLACES[name]}.md"))


def plain(html: str) -> str:
    return unescape(TAG.sub("", html))


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_class_has_one_plot_that_says_what_it_shows(site: Path, name: str) -> None:
    (figure,) = FIGURE.findall(page(site, name))

    assert 'role="img" aria-labelledby="plot-title plot-description"' in figure
    assert re.search(rf'<title id="plot-title">[^<]*\b{name}\b[^<]*</title>', figure)
    assert re.search(r'<desc id="plot-description">[^<]*\d[^<]*</desc>', figure)
    assert f"<code>{name}(" in figure
    points = re.search(r'<polyline class="line" points="([^"]+)"', figure)
    assert points
    assert len(set(points[1].split())) > 5
    assert not re.search(r"\b(nan|inf)\b", figure)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_plot_has_no_colour_of_its_own(site: Path, name: str) -> None:
    (figure,) = FIGURE.findall(page(site, name))
    assert not re.search(r"style=|fill=|stroke=|#[0-9a-f]{3,6}\b", figure)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_golden_values_are_the_committed_ones(site: Path, name: str) -> None:
    found = list(GOLDEN.finditer(page(site, name)))
    assert found

    for match in found:
        case = CASES[plain(match["id"])]
        assert (case.subject, case.area) == (name, "golden")
        (head, *rows) = [[unescape(cell) for cell in CELL.findall(row)] for row in ROW.findall(match["table"])]
        shown = [dict(zip(head, row, strict=True)) for row in rows]
        assert shown == [dict(zip(head, row, strict=True)) for row in committed(case, head)]


def committed(case: CommittedCase, head: list[str]) -> list[list[str]]:
    """What the vector file has for the columns of a table."""
    assert case.trace is not None
    given: list[dict[str, Any]] = [{}, *case.scenario["do"]]
    if "optimizer" not in case.scenario:
        metrics = [str(row.get("metric", "")) for row in given] if "metric" in head else None
        times = [str(row["t"]) for row in case.trace]
        rates = [row["lr"] for row in case.trace]
        return [[t, *([metrics[i]] if metrics else []), *rates[i]] for i, t in enumerate(times)]
    title = head[-1].removesuffix("[0]")
    key = next(key for key, _ in case.scenario["weights"] if key_literal(key) == title)
    weights = [{str(k): v["data"][0] for k, v in row["weights"]}[str(key)] for row in case.trace]
    grads = [{str(k): v["data"][0] for k, v in row.get("grads", [])}.get(str(key), "") for row in given]
    return [[str(i), row["opt_lr"], grads[i], weights[i]] for i, row in enumerate(case.trace)]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_code_of_the_reference_is_there_in_full(site: Path, name: str) -> None:
    source = read(ROOT / "reference" / "optimspec" / f"{PLACES[name]}.py")
    assert [plain(code).strip() for code in CODE.findall(page(site, name))] == [source.strip()]


def test_every_page_of_a_class_tells_its_parameters() -> None:
    pages = {name: read(ROOT / "spec" / f"{name}.md") for name in PLACES.values()}
    assert [
        name for name, text in pages.items() if "| parameter | symbol | type | domain | default |" not in text
    ] == []


RESULTS = {"specification": "0.1.0", "kit": "0.1.0", "claim": "NOT CONFORMANT, as known"} | {
    "implementation": {"name": "Some.Lib", "version": "1.2", "precision": "float64"},
    "classes": [
        {"class": "ExponentialLR", "verdict": "known failure", "counts": {"pass": 7, "known failure": 2}},
        {"class": "StepLR", "verdict": "pass", "counts": {"pass": 5}},
        {"class": "Adam", "verdict": "not provided", "counts": {"not provided": 9}},
    ],
    "results": [
        {"requirement": "EXP-1", "class": "ExponentialLR", "verdict": "pass", "counts": {"pass": 7}},
        {"requirement": "SCH-2", "class": "ExponentialLR", "verdict": "known failure", "counts": {"known failure": 2}},
        {"requirement": "STEP-1", "class": "StepLR", "verdict": "pass", "counts": {"pass": 5}},
        {"requirement": "ADAM-1", "class": "Adam", "verdict": "not provided", "counts": {"not provided": 9}},
    ],
    "known_failures": [
        {
            "requirements": ["SCH-2"],
            "classes": ["ExponentialLR"],
            "reason": "It *counts* from `one`.",
            "link": "https://example.org/issues/1",
        }
    ],
    "tiers": [{"tier": "values", "verdict": "2 deviations of 1 cause"}],
    "conventions": [
        {"class": "ExponentialLR", "convention": "strange", "checks": 2},
        {"class": "StepLR", "convention": "torch", "checks": 0},
    ],
    "footer": {"complete": True, "partial": None, "checks_run": 23, "checks_called_for": 23},
}


@pytest.fixture(scope="module")
def with_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site that a single result makes, beside one that is not whole."""
    root = copied(tmp_path_factory.mktemp("with-results"))
    remove_results(root)
    partial = {**RESULTS, "footer": {"complete": False}, "implementation": {"name": "half", "version": "0"}}
    (root / "conformance/results/some.json").write_text(json.dumps(RESULTS), encoding="utf-8")
    (root / "conformance/results/half.json").write_text(json.dumps(partial), encoding="utf-8")
    return published(root, root / "site")


@pytest.mark.parametrize(
    ("name", "state", "said"),
    [
        ("ExponentialLR", "deviates", "Some.Lib 1.2 deviates in 1 requirement, follows the convention strange"),
        ("StepLR", "conforms", "Some.Lib 1.2 conforms, follows the convention torch in 5 checks"),
        ("Adam", "not-provided", "Some.Lib 1.2 not provided"),
    ],
)
def test_a_class_page_says_who_conforms(with_results: Path, name: str, state: str, said: str) -> None:
    html = page(with_results, name)
    assert f'class="standing {state}" id="conforms-some-lib"' in html
    assert said in plain(html)
    assert "half" not in plain(html[html.index('id="what-libraries-do-here"') :])


def test_a_deviation_tells_requirement_reason_report_and_checks(with_results: Path) -> None:
    html = page(with_results, "ExponentialLR")
    item = html[html.index('id="conforms-some-lib"') :]
    assert '<a href="../../scheduler/#SCH-2">SCH-2</a> It *counts* from <code>one</code>.' in item
    assert '<a href="https://example.org/issues/1">Report</a>' in item
    assert '<span class="checks">2 of 2 checks</span>' in item


def test_a_cell_of_the_matrix_leads_to_the_reasons(with_results: Path) -> None:
    cells: dict[str, list[str]] = defaultdict(list)
    for attributes in Tags(built(with_results, Path("compatibility.md"))).of_class("standing"):
        if "href" in attributes:
            cells[attributes["href"]].append(attributes["class"])
    assert len(cells) == len(DEFINITIONS) + 1
    assert cells["../spec/schedulers/exponential/#conforms-some-lib-values"] == ["standing deviates"]
    assert cells["../spec/schedulers/exponential/#conforms-some-lib"] == ["standing conforms"] * 2
    assert cells["../spec/schedulers/step/#conforms-some-lib"] == ["standing conforms"]
    assert cells["../spec/optimizers/adam/#conforms-some-lib"] == ["standing not-provided"]
    assert "values 1 as strange" in plain(read(built(with_results, Path("compatibility.md"))))
    assert 'id="conforms-some-lib-values"' in page(with_results, "ExponentialLR")


def test_a_class_that_conforms_says_as_which_convention(with_results: Path) -> None:
    (word,) = re.findall(
        r'<a class="standing conforms" [^>]*step/#conforms-some-lib[^>]*>(.+?)</a>', matrix(with_results)
    )
    assert plain(word) == "conforms as torch"


def matrix(site: Path) -> str:
    return read(built(site, Path("compatibility.md")))


def test_the_filters_offer_the_libraries_the_tiers_and_what_is_told_apart(with_results: Path) -> None:
    form = re.search(r'<form class="filters".+?</form>', matrix(with_results), re.DOTALL)
    assert form
    offered = {
        name: re.findall(r'value="(.*?)"', text)
        for name, text in re.findall(r'<select id="(\w+)".*?>(.+?)</sel', form[0])
    }
    assert offered == {
        "library": ["", "Some.Lib"],
        "tier": ["", "values", "state", "refusals"],
        "standing": ["", "conforms", "convention", "deviates", "not-provided"],
    }
    assert 'hidden=""' in form[0] or " hidden>" in form[0]  # until there is a program


def test_links_resolve_with_results(with_results: Path) -> None:
    assert dead_links(with_results) == []


def test_a_site_without_results_says_so(tmp_path: Path) -> None:
    root = copied(tmp_path)
    remove_results(root)
    site = published(root, root / "site")
    for source in ("compatibility.md", "spec/schedulers/step.md"):
        assert "No result of a library is committed." in read(built(site, Path(source)))
