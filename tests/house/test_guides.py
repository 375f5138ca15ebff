"""What the guides say is true."""

import re
from pathlib import Path

import pytest
from optimspec_conformance import specification
from source import ROOT, in_root, read

GUIDES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]


def test_the_first_page_of_the_site_gives_the_commands_of_the_readme() -> None:
    commands = re.findall(r"^pip install .+$", read(ROOT / "README.md"), re.MULTILINE)
    assert len(commands) == 2
    assert re.findall(r"^\$ (pip install .+)$", read(ROOT / "docs" / "index.md"), re.MULTILINE) == commands


def test_the_failure_that_the_readme_shows_quotes_the_specification() -> None:
    (quoted,) = re.findall(r"^([A-Z]+-\d+)  (.+)\n +spec/(\S+)#\1,", read(ROOT / "README.md"), re.MULTILINE)
    requirement = specification.requirements()[quoted[0]]
    assert quoted == (requirement.id, requirement.sentence, requirement.page)


def test_the_readme_lists_every_page_and_its_prefix() -> None:
    listed = re.findall(r"\]\(spec/(\S+\.md)\)\s`([A-Z]+)`", read(ROOT / "README.md"))
    assert dict(listed) == {r.page: r.id.split("-")[0] for r in specification.requirements().values()}


@pytest.mark.parametrize("guide", GUIDES, ids=in_root)
def test_a_link_of_a_guide_leads_somewhere(guide: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", re.sub(r"^```.*?^```", "", read(guide), flags=re.MULTILINE | re.DOTALL))
    assert links
    assert [link for link in links if not (guide.parent / link).exists()] == []
