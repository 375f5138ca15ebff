"""What the guides say is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from optimspec_conformance import specification
from source import FLOORS, ROOT, in_root, read

GUIDES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = [*GUIDES, *sorted((ROOT / "docs").glob("*.md"))]
GATE = ROOT / ".ci" / "run"
SET_UP = {
    "Check the reference": 'pip install -e ".[reference]" && pytest conformance --impl=optimspec',
    "Run the project's own tests": 'pip install -e ".[test]" && pytest -n auto',
}


@pytest.mark.parametrize("heading", SET_UP)
def test_the_gate_takes_each_set_up_command_of_the_readme_by_its_heading(heading: str) -> None:
    (function,) = re.findall(r"^readme\(\) \{.+?^\}$", read(GATE), re.MULTILINE | re.DOTALL)
    assert f'readme "{heading}"' in read(GATE)
    script = f'set -euo pipefail\n{function}\nreadme "$1"'
    found = subprocess.run(
        ["bash", "-c", script, "bash", heading], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout == f"{SET_UP[heading]}\n"


def test_the_gate_notices_a_heading_that_the_readme_does_not_have() -> None:
    (function,) = re.findall(r"^readme\(\) \{.+?^\}$", read(GATE), re.MULTILINE | re.DOTALL)
    found = subprocess.run(["bash", "-c", f"set -euo pipefail\n{function}\nreadme Nothing"], cwd=ROOT, check=False)
    assert found.returncode != 0


def test_the_readme_has_no_other_command_that_installs() -> None:
    assert re.findall(r"^pip install .+$", read(ROOT / "README.md"), re.MULTILINE) == list(SET_UP.values())


def test_the_failures_that_guides_show_are_those_of_a_run() -> None:
    """Whole blocks; ``python tools/failure_examples.py --write`` writes them."""
    command = [sys.executable, "tools/failure_examples.py", "--check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_first_page_of_the_specification_lists_every_page_and_its_prefix() -> None:
    listed = re.findall(r"\]\((\S+\.md)\) \| `?([A-Z]+)`? \|", read(ROOT / "spec" / "index.md"))
    assert dict(listed) == {r.page: r.id.split("-")[0] for r in specification.requirements().values()}


def test_the_first_page_of_the_specification_describes_a_class_as_its_page_does() -> None:
    listed = re.findall(
        r"^\| \[`\w+`\]\((\S+\.md)\) \| \w+ \| (.+) \|$", read(ROOT / "spec" / "index.md"), re.MULTILINE
    )
    assert listed
    described = {page: " ".join(read(ROOT / "spec" / page).replace("`", "").split()) for page, _ in listed}
    assert [page for page, about in listed if f" {about}." not in described[page]] == []


def test_the_home_page_leads_to_every_guide_of_the_navigation() -> None:
    """All pages of the groups from *Tutorial* to *Evidence*; of a group within one, the first."""
    _, _, groups = read(ROOT / "mkdocs.yml").partition("\n  - Tutorial:\n")
    entries = re.findall(
        r"^(?:      - |      - .+:\n {10}- )(\S+\.md)$", groups.partition("\n  - Specification:\n")[0], re.MULTILINE
    )
    links = re.findall(r"\]\((\S+\.md)\)", read(ROOT / "docs" / "index.md").partition("\n## Where to go\n")[2])
    assert len(entries) > 10
    assert [page for page in entries if page not in links] == []


def test_contributing_has_the_floors_of_the_kit() -> None:
    """Without the modules at the kit's root: old names, the doors, and the reader of the specification."""
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", read(ROOT / "CONTRIBUTING.md"), re.MULTILINE)
    told = {int(floor): set(re.findall(r"`(\w+)`", rooms)) for floor, rooms in rows}
    assert told == {floor: {room for room in rooms if room} for floor, rooms in enumerate(FLOORS[:-1])}


@pytest.mark.parametrize("guide", PAGES, ids=in_root)
def test_a_guide_speaks_of_files_and_modules_that_there_are(guide: Path) -> None:
    """In code: paths from the root of the checkout, and dotted names of the kit."""
    code = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", read(guide), flags=re.MULTILINE | re.DOTALL))
    paths = [text for text in code if re.fullmatch(r"(?:conformance|docs|reference|spec|examples)/[\w./-]+", text)]
    assert [path for path in paths if "NAME" not in path and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("guide", GUIDES, ids=in_root)
def test_a_link_of_a_guide_leads_somewhere(guide: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", re.sub(r"^```.*?^```", "", read(guide), flags=re.MULTILINE | re.DOTALL))
    assert links
    assert [link for link in links if not (guide.parent / link).exists()] == []
