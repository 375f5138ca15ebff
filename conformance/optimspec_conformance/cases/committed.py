"""Reads the committed cases from the vector files."""

from __future__ import annotations

import gc
import hashlib
import json
from dataclasses import dataclass, field
from functools import cache, cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from ..scenarios.values import BFLOAT16, Json, Scenario, Trace, tagged

VECTORS = Path(__file__).parents[1] / "vectors"
PROFILES = ("core", "extended")  # each includes those before it
FOLDERS = ("schedulers", "composition", "optimizers")
AREAS = ("golden", "time", "groups", "state", "composition", "validation", "updates", "scaling", "sequences")


@dataclass(frozen=True)
class CommittedCase:
    """A case as its vector file has it: a scenario with its exact trace, or a law between two scenarios."""

    id: str
    area: str
    subject: str
    profile: str
    requirement: str
    scenario: Scenario
    trace: Trace | None = None
    other: Scenario | None = None
    rows: int = 0
    options: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def needs(self) -> list[str]:
        """What an implementation must provide: classes, and bfloat16, which numpy lacks."""
        named = set(tagged([self.scenario, self.other], "class", "dtype"))
        return sorted(name for name in named if name == BFLOAT16 or name not in np.sctypeDict)

    @property
    def classes(self) -> list[str]:
        """The classes that it builds."""
        return [name for name in self.needs if name != BFLOAT16]

    def shows(self) -> set[tuple[str, str]]:
        """The requirements for which it can fail: its own, and those of single rows."""
        rows = {row["by"] for row in self.trace or [] if "by" in row}
        return {(requirement, self.subject) for requirement in {self.requirement, *rows}}


def files() -> list[Path]:
    return sorted(VECTORS.glob("*/*.json"))


@cache
def digest() -> str:
    """Of all vector files: two kits with the same digest run the same checks."""
    total = hashlib.sha256()
    for path in files():
        total.update(path.relative_to(VECTORS).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


@cache
def by_file() -> dict[Path, list[CommittedCase]]:
    """The cases of each vector file.

    They live as long as the process, so the garbage collector need never look at them.
    """
    collecting = gc.isenabled()
    gc.disable()
    found = {}
    for path in files():
        content = json.loads(path.read_text(encoding="utf-8"))
        of_class = {"subject": content["class"], "profile": content["profile"]}
        found[path] = [CommittedCase(**of_class, **case) for case in content["cases"]]
    gc.freeze()
    if collecting:
        gc.enable()
    return found


@cache
def cases() -> list[CommittedCase]:
    """All cases: classes on which others build come first, and within these the basic areas."""
    order = [
        (FOLDERS.index(path.parent.name), AREAS.index(case.area), case)
        for path, cases in by_file().items()
        for case in cases
    ]
    return [case for *_, case in sorted(order, key=itemgetter(0, 1))]


def belongs(case: CommittedCase, profile: str) -> bool:
    return PROFILES.index(case.profile) <= PROFILES.index(profile)


def cases_of(profile: str) -> list[CommittedCase]:
    return [case for case in cases() if belongs(case, profile)]


def manifest() -> dict[str, Json]:
    """How many checks this version of the specification calls for, in each profile."""
    content: dict[str, Json] = json.loads((VECTORS / "manifest.json").read_text(encoding="utf-8"))
    return content
