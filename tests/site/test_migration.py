"""Migration pages: what they say is what was measured, and in the direction that they name."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from optimspec_conformance.cases.committed import digest
from optimspec_conformance.classes.catalogue import DEFINITIONS, arguments
from optimspec_conformance.classes.definition import CLIPPING
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


def test_a_page_tells_names_parameters_and_conventions(site: Path) -> None:
    told = {row[0]: row for row in table(site, "torch-to-optax") if len(row) == 5}
    assert list(told) == [entry["class"] for entry in measured("torch-optax")["classes"]]
    assert told["Rprop"][1:] == [
        "torch.optim.Rprop",
        "optax.rprop",
        "etas → eta_minus, eta_pluslr → learning_ratestep_sizes → min_step_size, max_step_size",
        "torch → optax",
    ]
    assert told["StepLR"][2] == "optax.exponential_decay(staircase=True)"
    assert told["SGD"][4] == ""
    assert {row[0]: row for row in table(site, "optax-to-torch") if len(row) == 5}["Rprop"][4] == "optax → torch"


def test_a_page_names_what_the_new_library_lacks(site: Path) -> None:
    page = read(built(site, Path("docs/migration/torch-to-optax.md")))
    (lacking,) = re.findall(r"<p>optax has no (.+?)\.</p>", page)
    assert re.findall(r">(\w+)</a>", lacking) == [
        "CyclicLR",
        "CosineAnnealingWarmRestarts",
        "LambdaLR",
        "MultiplicativeLR",
        "ReduceLROnPlateau",
        "ChainedScheduler",
        "ASGD",
    ]


@pytest.mark.parametrize("library", ["torch", "optax", "braintools"])
def test_every_class_of_an_adapter_has_a_name_there(library: str) -> None:
    adapter = import_module(f"optimspec_conformance.adapters.{library}")
    named = adapter.names()
    assert named.keys() <= DEFINITIONS.keys()
    if library != "braintools":
        assert {*adapter.SCHEDULERS, *adapter.OPTIMIZERS} <= named.keys()
    for name, told in named.items():
        assert told.name.startswith(library)
        assert told.parameters.keys() - {*CLIPPING} <= arguments(name) | {"base_lr"}


def test_who_is_as_specified_is_told_by_name_in_both_directions(site: Path) -> None:
    periodic = ["COS-1", "scheduler.step(), operation 9", "get_last_lr()[0]"]
    assert [*periodic, "0.02104", "0.01", "0.52", "optax"] in table(site, "torch-to-optax")
    assert [*periodic, "0.01", "0.02104", "0.52", "optax"] in table(site, "optax-to-torch")


def test_a_direction_that_was_not_measured_says_so(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "conformance/differences/torch-optax.json").unlink()
    page = read(built(published(root, root / "site"), Path("docs/migration/optax-to-torch.md")))
    assert "No measurement is committed." in page
