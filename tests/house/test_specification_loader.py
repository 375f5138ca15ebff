"""The loader of the specification: where it looks, what it reads, and what it refuses."""

import re
import tomllib
from pathlib import Path

import optimspec
import optimspec_conformance
import pytest
from optimspec_conformance import specification
from optimspec_conformance.classes.catalogue import OPTIMIZERS

ROOT = Path(__file__).parents[2]


def write(directory: Path, **pages: str) -> Path:
    """Make a folder of pages, `index.md` among them."""
    directory.mkdir(parents=True)
    for name, text in ({"index": "# Pages\n"} | pages).items():
        (directory / f"{name}.md").write_text(text, encoding="utf-8")
    return directory


def test_the_pages_of_a_checkout_come_before_packaged_ones(tmp_path: Path) -> None:
    package = tmp_path / "conformance" / "kit"
    packaged = write(package / "spec")
    assert specification.directory(package) == packaged

    checkout = write(tmp_path / "spec")
    assert specification.directory(package) == checkout


def test_a_folder_without_the_first_page_is_no_specification(tmp_path: Path) -> None:
    """Any project may have a folder of that name two levels above where the kit is installed."""
    package = tmp_path / "lib" / "kit"
    packaged = write(package / "spec")
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "other.md").write_text("**ABC-1** This **MUST** not be read.\n", encoding="utf-8")

    assert specification.directory(package) == packaged


def test_the_checkout_is_what_is_read_here() -> None:
    assert specification.directory() == ROOT / "spec"
    assert specification.requirements() == specification.read(ROOT / "spec")


def test_packaged_pages_read_like_those_of_a_checkout(tmp_path: Path) -> None:
    text = "**ABC-1** Every one\n**MUST** be here.\n"
    checkout, packaged = write(tmp_path / "spec", page=text), write(tmp_path / "lib" / "kit" / "spec", page=text)

    assert specification.read(checkout) == specification.read(packaged)


def test_a_requirement_is_its_paragraph_in_plain_text(tmp_path: Path) -> None:
    first, second = "**ABC-1** `x` **MUST NOT** be\nlong, *ever*.", "**ABC-2** `y` **MAY** be."
    write(tmp_path / "spec", page=f"# A\n\nIn short: **ABC-9**.\n\n{first}\n\n{second}\n\nA note.\n")
    pages = write(tmp_path / "spec" / "more", last="**LAST-10** It **SHOULD** end without a newline.")

    assert specification.read(pages.parent) == {
        "ABC-1": specification.Requirement("ABC-1", "MUST", "`x` MUST NOT be long, *ever*.", "page.md"),
        "ABC-2": specification.Requirement("ABC-2", "MAY", "`y` MAY be.", "page.md"),
        "LAST-10": specification.Requirement("LAST-10", "SHOULD", "It SHOULD end without a newline.", "more/last.md"),
    }


@pytest.mark.parametrize(
    ("text", "page", "id_"),
    [
        pytest.param("**ABC-1** It **MUST** be.\n\n**ABC-1** It **MAY** be.", "page.md", "ABC-1", id="twice on a page"),
        pytest.param("**XYZ-1** It **MAY** be.", "page.md", "XYZ-1", id="twice on two pages"),
        pytest.param("**ABC-2** It is.", "page.md", "ABC-2", id="without a level"),
        pytest.param("**ABC-3** It MUST be.", "page.md", "ABC-3", id="with a level that is not bold"),
        pytest.param("**ABC-4** It **MUST** be, or **SHOULD**.", "page.md", "ABC-4", id="with two levels"),
    ],
)
def test_an_id_is_refused(tmp_path: Path, text: str, page: str, id_: str) -> None:
    pages = write(tmp_path / "spec", first="**XYZ-1** It **MUST** be.", page=text)
    with pytest.raises(ValueError, match=rf"{re.escape(page)}: {id_} "):
        specification.read(pages)


TIERS = "| tier | about | requirements |\n|---|---|---|\n| *state* | x | ABC-1, ABC-3 to 5 |\n| *refusals* | y | {} |\n"
FIVE = "\n\n".join(f"**ABC-{n}** It **MUST** be." for n in range(1, 6))


def test_the_table_of_tiers_gives_each_requirement_one(tmp_path: Path) -> None:
    read = specification.read(
        write(tmp_path / "spec", index=TIERS.format("XYZ-1"), page=FIVE, z="**XYZ-1** **MAY** be.")
    )
    tiers = ["state", "values", "state", "state", "state", "refusals"]
    assert [requirement.tier for requirement in read.values()] == tiers


@pytest.mark.parametrize(
    ("ids", "said"),
    [("ABC-4", "two tiers are given to ABC-4"), ("ABC-9", "a tier is given to ABC-9, which is not there")],
)
def test_a_table_of_tiers_is_refused(tmp_path: Path, ids: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"index.md: {said}"):
        specification.read(write(tmp_path / "spec", index=TIERS.format(ids), page=FIVE))


def test_pages_without_requirements_are_refused(tmp_path: Path) -> None:
    """An empty specification would be met by everybody."""
    with pytest.raises(ValueError, match="no requirements"):
        specification.read(write(tmp_path / "spec"))
    with pytest.raises(ValueError, match="no requirements"):
        specification.read(tmp_path / "missing")


def test_there_is_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert specification.version() == project["version"] == optimspec_conformance.__version__ == optimspec.__version__
    assert f"\n## {specification.version()}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_table_of_scaling_laws_gives_each_class_the_laws_that_the_kit_checks() -> None:
    page = (specification.directory() / "optimizer.md").read_text(encoding="utf-8")
    _, _, table = page.partition("\n### Scaling laws\n")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE)
    laws = re.findall(r"OPT-\d+", table.split("|---|")[0])

    assert len({name for name, _ in rows}) == len(rows)
    on_page = {
        name: [law for law, cell in zip(laws, row.split(" | "), strict=True) if cell != "–"] for name, row in rows
    }
    assert on_page == {name: list(definition.laws) for name, definition in OPTIMIZERS.items()}


@pytest.mark.parametrize("law", ["OPT-41", "OPT-42", "OPT-43"])
def test_a_scaling_law_names_what_the_kit_sets_to_0_for_it(law: str) -> None:
    zeroed = [one.laws[law] for one in OPTIMIZERS.values() if law in one.laws]
    assert {str(value) for hyper in zeroed for value in hyper.values()} <= {"0.0", "['0.0', '0.0']"}

    sentence = specification.requirements()[law].sentence.replace("weight decay", "weight_decay")
    assert [name for hyper in zeroed for name in hyper if name not in sentence] == []
