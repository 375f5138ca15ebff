"""The requirements, read from the pages of the specification: the only home of their ids and wording."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent
_REQUIREMENT = re.compile(r"^\*\*([A-Z]+-\d+(?:@\w+)?)\*\* (.+?)(?=\n\n|\n*\Z)", re.MULTILINE | re.DOTALL)
_LEVEL = re.compile(r"\*\*(MUST|SHOULD|MAY)(?: NOT)?\*\*")
_VERSION = re.compile(r"This is version (\d+\.\d+\.\d+)\.")


@dataclass(frozen=True)
class Requirement:
    """A normative sentence: its id, level (MUST, SHOULD, MAY), plain text, and page.

    One that a convention has in place of another is named after both: ADAG-2@torch.
    """

    id: str
    level: str
    sentence: str
    page: str


def directory(package: Path = _PACKAGE) -> Path:
    """The folder of the pages: in the checkout around the kit, or else packaged with it."""
    checkout = package.parent.parent / "spec"
    return checkout if (checkout / "index.md").is_file() else package / "spec"


def read(pages: Path) -> dict[str, Requirement]:
    """The requirements of all pages by id. Raises ValueError for an id given twice or a sentence without one level."""
    requirements: dict[str, Requirement] = {}
    for path in sorted(pages.rglob("*.md")):
        page = path.relative_to(pages).as_posix()
        for id_, text in _REQUIREMENT.findall(path.read_text(encoding="utf-8")):
            levels = _LEVEL.findall(text)
            if id_ in requirements or len(levels) != 1:
                raise ValueError(f"{page}: {id_} is given twice or has not exactly one level")
            requirements[id_] = Requirement(id_, levels[0], " ".join(text.replace("**", "").split()), page)
    if not requirements:
        raise ValueError(f"no requirements in {pages}")
    return requirements


@cache
def requirements() -> dict[str, Requirement]:
    return read(directory())


@cache
def version() -> str:
    """The version of the specification, from its first page."""
    match = _VERSION.search((directory() / "index.md").read_text(encoding="utf-8"))
    if match is None:
        raise ValueError("spec/index.md states no version")
    return match[1]
