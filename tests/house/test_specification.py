"""The pages of the specification keep the form that makes them readable by machine."""

import re
from pathlib import Path

import pytest
from optimspec_conformance import specification
from source import PAGES, ROOT, in_root, read

CAPITALS = re.compile(r"\b(?:MUST|SHALL|SHOULD|MAY|REQUIRED|RECOMMENDED|OPTIONAL)\b")
REQUIREMENT = re.compile(r"\*\*([A-Z]+)-\d+(?:@\w+)?\*\* ")


def paragraphs(page: Path) -> list[str]:
    return [paragraph.strip() for paragraph in re.split(r"\n\s*\n", read(page))]


@pytest.mark.parametrize("page", PAGES, ids=in_root)
def test_capitals_bind_only_in_requirements(page: Path) -> None:
    """The sentence that defines the words is the one exception."""
    other = [paragraph for paragraph in paragraphs(page) if not REQUIREMENT.match(paragraph)]
    capitals = [paragraph for paragraph in other if CAPITALS.search(paragraph)]
    if page.name == "index.md":
        assert len(capitals) == 1
        assert "are those of BCP 14" in capitals.pop()
    assert capitals == []


@pytest.mark.parametrize("page", PAGES, ids=in_root)
def test_a_requirement_is_one_sentence_with_one_capital_word(page: Path) -> None:
    for paragraph in filter(REQUIREMENT.match, paragraphs(page)):
        assert paragraph.endswith("."), paragraph
        assert not re.search(r"[.!?]\s+[A-Z]", paragraph), paragraph
        assert len(CAPITALS.findall(paragraph)) == 1, paragraph
        assert len(re.findall(r"\*\*(?:MUST|SHOULD|MAY)(?: NOT)?\*\*", paragraph)) == 1, paragraph


@pytest.mark.parametrize("page", PAGES, ids=in_root)
def test_an_id_begins_its_paragraph_and_names_its_page(page: Path) -> None:
    """An id that is written elsewhere in bold would be read as a requirement by some reader."""
    ids = re.findall(r"\*\*[A-Z]+-\d+(?:@\w+)?\*\*", read(page))
    assert len(ids) == len(list(filter(REQUIREMENT.match, paragraphs(page))))
    prefixes = {match[1] for match in map(REQUIREMENT.match, paragraphs(page)) if match}
    assert len(prefixes) <= 1
    elsewhere = {id_.split("-")[0] for id_, r in specification.requirements().items() if ROOT / "spec" / r.page != page}
    assert not prefixes & elsewhere
