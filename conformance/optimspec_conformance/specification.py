"""The requirements, read from the pages of the specification: the only home of their ids and wording."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TIERS = ("values", "state", "refusals")
_PACKAGE = Path(__file__).parent
_REQUIREMENT = re.compile(r"^\*\*([A-Z]+-\d+(?:@\w+)?)\*\* (.+?)(?=\n\n|\n*\Z)", re.MULTILINE | re.DOTALL)
_LEVEL = re.compile(r"\*\*(MUST|SHOULD|MAY)(?: NOT)?\*\*")
_TIER = re.compile(r"^\| \*(state|refusals)\* \|.*\| (.+) \|$", re.MULTILINE)
_IDS = re.compile(r"([A-Z]+)-(\d+)(?: to (\d+))?")
_VERSION = re.compile(r"This is version (\d+\.\d+\.\d+)\.")


@dataclass(frozen=True)
class Requirement:
    """A normative sentence: its id, level (MUST, SHOULD, MAY), plain text, page, and tier.

    A requirement that replaces another under a convention is named after both: ADAG-2@torch.
    """

    id: str
    level: str
    sentence: str
    page: str
    tier: str = "values"


def in_order(tiers: Iterable[str]) -> tuple[str, ...]:
    """The named tiers, in order. Raises ValueError for an unknown name, and if there is none."""
    named = {tiers} if isinstance(tiers, str) else {*tiers}
    if unknown := sorted(named - {*TIERS}):
        raise ValueError(f"{', '.join(unknown)}: the tiers are {', '.join(TIERS)}")
    if not named:
        raise ValueError(f"no tier: the tiers are {', '.join(TIERS)}")
    return tuple(tier for tier in TIERS if tier in named)


def directory(package: Path = _PACKAGE) -> Path:
    """The folder of the pages: in the checkout around the kit, or else packaged with it."""
    checkout = package.parent.parent / "spec"
    return checkout if (checkout / "index.md").is_file() else package / "spec"


def read(pages: Path) -> dict[str, Requirement]:
    """The requirements of all pages by id.

    Raises ValueError for an id that occurs twice, a sentence without exactly one level, and a tier of an unknown id.
    """
    requirements: dict[str, Requirement] = {}
    tiers = read_tiers(pages / "index.md")
    for path in sorted(pages.rglob("*.md")):
        page = path.relative_to(pages).as_posix()
        for id_, text in _REQUIREMENT.findall(path.read_text(encoding="utf-8")):
            levels = _LEVEL.findall(text)
            if id_ in requirements or len(levels) != 1:
                raise ValueError(f"{page}: {id_} is given twice or has not exactly one level")
            sentence = " ".join(text.replace("**", "").split())
            requirements[id_] = Requirement(id_, levels[0], sentence, page, tiers.get(id_.partition("@")[0], TIERS[0]))
    if not requirements:
        raise ValueError(f"no requirements in {pages}")
    if unknown := sorted(tiers.keys() - requirements.keys()):
        raise ValueError(f"index.md: a tier is given to {', '.join(unknown)}, which is not there")
    return requirements


def read_tiers(page: Path) -> dict[str, str]:
    """The tier of each requirement that the table of tiers names. Raises ValueError for one that it names twice."""
    tiers: dict[str, str] = {}
    for tier, ids in _TIER.findall(page.read_text(encoding="utf-8") if page.is_file() else ""):
        for prefix, first, last in _IDS.findall(ids):
            for number in range(int(first), int(last or first) + 1):
                id_ = f"{prefix}-{number}"
                if id_ in tiers:
                    raise ValueError(f"{page.name}: two tiers are given to {id_}")
                tiers[id_] = tier
    return tiers


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
