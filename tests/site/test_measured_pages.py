"""Pages of measurements: they tell every number of the record that they are made from."""

import json
import re
import tomllib
from pathlib import Path

from optimspec_conformance.specification import requirements
from pages import ROOT, built, read, rows

MUTATION = ROOT / "tools/mutation"


def test_the_page_of_benchmarks_has_every_ratio_and_says_which_are_above(whole_site: Path) -> None:
    found = json.loads(read(ROOT / "benchmarks/results.json"))
    told = {cells[0]: cells[1:] for cells in rows(read(built(whole_site, Path("benchmarks.md")))) if cells}
    assert found["ratios"]
    for row in found["ratios"]:
        ratio, _, above = told[row["what"]]
        assert ratio == f"{row['median']:.3g}"
        assert (above == "above") == (row["median"] > row["bound"])
    for row in found["kit"]:
        measured, _, above = told[row["what"]]
        assert measured == f"{row['median']:.3g} {row['unit']}"
        assert (above == "above") == (row["median"] > row["bound"])
    for row in found["growth"]:
        for kind in ("time", "memory"):
            assert told[f"{row['what']}: {kind}"][2] == str(row[kind]["exponent"])


def test_the_page_of_benchmarks_draws_how_each_cost_grows(whole_site: Path) -> None:
    page = read(built(whole_site, Path("benchmarks.md")))
    growth = json.loads(read(ROOT / "benchmarks/results.json"))["growth"]
    drawn = re.findall(r'<title id="growth-[\w-]+-title">([^<]+)</title>', page)
    sizes = {f"{row['what']}: {kind}": row["sizes"] for row in growth for kind in ("time", "memory")}
    assert drawn == list(sizes)
    for title, points in zip(drawn, re.findall(r'<polyline class="line" points="([^"]+)"', page), strict=True):
        assert len(points.split()) == len(sizes[title])


def test_the_page_of_mutants_counts_each_once_and_names_what_was_not_run(whole_site: Path) -> None:
    record = json.loads(read(MUTATION / "results.json"))
    named = tomllib.loads(read(MUTATION / "named.toml"))
    kept = {mutant for kind in ("equivalent", "own") for entry in named[kind] for mutant in entry["mutants"]}
    told = {cells[0]: cells[1:] for cells in rows(read(built(whole_site, Path("mutants.md")))) if len(cells) == 6}
    for path, module in record.items():
        total, rejected, *_, left = map(int, told[path])
        assert (total, rejected) == (module["mutants"], sum(module["killed_by"].values()))
        assert left == len(set(module["not_killed"]) - kept)
    assert int(told["all"][0]) == sum(module["mutants"] for module in record.values())
    reference = ROOT / "reference/optimspec"
    modules = {path.relative_to(reference).as_posix() for path in reference.rglob("[!_]*.py")}
    assert {path for path, cells in told.items() if cells[0] == "not run"} == modules - record.keys()


def test_the_page_of_the_kill_matrix_has_every_requirement_with_the_faults_that_it_rejects(whole_site: Path) -> None:
    found = json.loads(read(ROOT / "conformance/results/kill-matrix.json"))
    told = {cells[0]: cells[1:] for cells in rows(read(built(whole_site, Path("kill-matrix.md")))) if cells}
    assert all(str(value) in told[name] for name, value in found["totals"].items() if isinstance(value, int))
    assert {id_: told[id_][0] for id_ in requirements()} == {id_: r.level for id_, r in requirements().items()}
    for classes in found["faults"].values():
        for groups in classes.values():
            for id_, group in groups.items():
                assert [
                    name
                    for name, mask in group["faults"].items()
                    if mask != "same" and int(mask, 16) and name not in told[id_][1]
                ] == []


def test_the_page_of_mistakes_tells_which_libraries_have_each_kind(whole_site: Path) -> None:
    paths = sorted((ROOT / "conformance/results").glob("*.json"))
    results = [content["results"] for path in paths if "footer" in (content := json.loads(read(path)))]
    told = [
        cells for cells in rows(read(built(whole_site, Path("docs/field-bugs.md")))) if len(cells) == 2 + len(results)
    ]
    assert len(told) > 15
    for kind, ids, *cells in told:
        for cell, result in zip(cells, results, strict=True):
            asked = [entry["counts"] for entry in result if entry["requirement"] in ids.split(", ")]
            words = {word for counts in asked for word in counts} - {"not provided"}
            assert (cell == "–") == (not words), kind
            assert (cell == "none") == (words <= {"pass", "withdrawn"} and bool(words)), kind
