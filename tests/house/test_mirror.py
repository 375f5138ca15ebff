"""Every class has a page, a module in the reference, one in the kit, and vectors, all of one name."""

import json
import re
from pathlib import Path

import optimspec
import pytest
from optimspec_conformance.cases import committed
from optimspec_conformance.classes.catalogue import DEFINITIONS
from source import CLASSES, KIT, PAGES, ROOT, classes_in, in_root, read

SCHEMAS = {"schema.json", "request.schema.json", "answer.schema.json"}


@pytest.mark.parametrize(
    ("part", "suffix"),
    [
        ("reference/optimspec", ".py"),
        ("conformance/optimspec_conformance/classes", ".py"),
        ("conformance/optimspec_conformance/vectors", ".json"),
    ],
)
def test_every_class_has_a_page_a_reference_a_module_in_the_kit_and_vectors(part: str, suffix: str) -> None:
    assert CLASSES
    assert sorted(classes_in(ROOT / part, suffix)) == CLASSES


def test_vectors_lie_nowhere_else() -> None:
    found = {path.relative_to(committed.VECTORS).as_posix() for path in committed.VECTORS.rglob("*.json")}
    assert found == {f"{name}.json" for name in CLASSES} | {"index.json", "manifest.json", *SCHEMAS}


def test_committed_sequences_are_of_classes() -> None:
    assert {path.stem for path in (KIT / "sequences").iterdir()} <= set(DEFINITIONS)


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_one_name_everywhere(name: str) -> None:
    (title,) = re.findall(r"^# (\w+)$", read(ROOT / "spec" / f"{name}.md"), re.MULTILINE)
    module = name.replace("/", ".")

    assert json.loads(read(committed.VECTORS / f"{name}.json"))["class"] == title
    assert DEFINITIONS[title].folder == name.split("/")[0]
    assert DEFINITIONS[title].cases.__module__ == f"optimspec_conformance.classes.{module}"
    assert getattr(optimspec, title).__module__ == f"optimspec.{module}"


def test_the_first_page_lists_the_classes_of_this_version() -> None:
    _, _, listed = read(ROOT / "spec" / "index.md").partition("\n## Which classes\n")
    assert sorted(re.findall(r"`(\w+)`", listed)) == sorted(DEFINITIONS)


@pytest.mark.parametrize("page", PAGES, ids=in_root)
def test_the_site_lists_every_page(page: Path) -> None:
    assert re.search(rf"^ +- {re.escape(in_root(page))}$", read(ROOT / "mkdocs.yml"), re.MULTILINE)
