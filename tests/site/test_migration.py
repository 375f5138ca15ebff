"""Migration pages: what they say is what was measured, and in the direction that they name."""

import json
from pathlib import Path
from typing import Any

import pytest
from optimspec_conformance.cases.committed import digest
from pages import ROOT, built, copied, published, read, rows

MEASURED = ROOT / "conformance" / "differences"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(ROOT, tmp_path_factory.mktemp("site"))


def table(site: Path, name: str) -> list[list[str]]:
    return rows(read(built(site, Path(f"docs/migration/{name}.md"))))


def measured(name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(read(MEASURED / f"{name}.json"))
    return record


@pytest.mark.parametrize("name", ["torch-optax", "torch-braintools"])
def test_libraries_were_compared_on_the_cases_that_are_committed(name: str) -> None:
    assert measured(name)["vectors"] == f"sha256:{digest()}"


@pytest.mark.parametrize(
    ("page", "record", "old", "new"),
    [
        ("torch-to-optax", "torch-optax", "a", "b"),
        ("torch-to-braintools", "torch-braintools", "a", "b"),
        ("optax-to-torch", "torch-optax", "b", "a"),
    ],
)
def test_a_page_tells_all_that_was_measured(site: Path, page: str, record: str, old: str, new: str) -> None:
    told, found = table(site, page), measured(record)
    counts = [[entry["class"], str(entry["cases"]), str(entry["part"] or "none")] for entry in found["classes"]]
    partings = [[row["requirement"], row["after"], row["what"], row[old], row[new]] for row in found["partings"]]

    assert [row for row in told if len(row) == 3] == counts
    assert sorted(row[:5] for row in told if len(row) == 7) == sorted(partings)


def test_who_is_as_specified_is_told_by_name_in_both_directions(site: Path) -> None:
    periodic = ["COS-1", "scheduler.step(), operation 9", "get_last_lr()[0]"]
    assert [*periodic, "0.02104", "0.01", "0.52", "optax"] in table(site, "torch-to-optax")
    assert [*periodic, "0.01", "0.02104", "0.52", "optax"] in table(site, "optax-to-torch")


def test_a_direction_that_was_not_measured_says_so(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "conformance/differences/torch-optax.json").unlink()
    page = read(built(published(root, root / "site"), Path("docs/migration/optax-to-torch.md")))
    assert "No measurement is committed." in page
