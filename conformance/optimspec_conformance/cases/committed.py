"""Reads the committed cases from the vector files."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from ..classes.catalogue import DEFINITIONS
from ..classes.conventions import Declared, definitions_under
from ..classes.definition import Definition
from ..scenarios.values import BFLOAT16, Json, Scenario, Trace, tagged
from ..specification import TIERS, requirements

VECTORS = Path(__file__).parents[1] / "vectors"
PROFILES = ("core", "extended", "field")  # each includes the ones before it
FOLDERS = ("schedulers", "composition", "optimizers")
AREAS = ("golden", "time", "groups", "state", "composition", "validation", "updates", "scaling", "sequences")


@dataclass(frozen=True)
class CommittedCase:
    """A case of a vector file: a scenario with its exact trace, or a law between two scenarios.

    ``conventions`` are those of classes under which the trace is exact, if these are not the specification's own.
    """

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
    conventions: Declared = field(default_factory=dict)
    tier: str = TIERS[0]

    @property
    def definitions(self) -> Mapping[str, Definition]:
        """The definitions under which the trace is exact."""
        return definitions_under(self.conventions) if self.conventions else DEFINITIONS

    @cached_property
    def needs(self) -> list[str]:
        """What an implementation must provide: classes, and bfloat16, which numpy lacks."""
        names = set(tagged([self.scenario, self.other], "class", "dtype"))
        return sorted(name for name in names if name == BFLOAT16 or name not in np.sctypeDict)

    @property
    def classes(self) -> list[str]:
        """The classes that it builds."""
        return [name for name in self.needs if name != BFLOAT16]

    def pairs(self) -> set[tuple[str, str]]:
        """The requirements for which it can fail, with its class: its own, those of single rows, and in conventions."""
        own = {self.requirement, *_shown_by(self.trace)}
        others = {
            one.requirement(id_)
            for one in DEFINITIONS[self.subject].conventions
            for id_ in own | _shown_by(_changed_trace(self, one.name))
        }
        return {(requirement, self.subject) for requirement in own | others}


def _shown_by(trace: Trace | None) -> set[str]:
    """The requirements that single rows name."""
    return {row["by"] for row in trace or [] if "by" in row}


def _changed_trace(case: CommittedCase, convention: str) -> Trace | None:
    """The trace of a case under a convention of its class, if it is another one."""
    change = under_convention(case.subject, convention).get(case.id)
    trace: Trace | None = change.get("trace") if isinstance(change, dict) else None
    return trace


def files() -> list[Path]:
    return sorted(VECTORS.glob("*/*.json"))


def digest() -> str:
    """A digest of all vector files: two kits with the same one run the same checks."""
    return _read()[0]


def by_file() -> dict[Path, list[CommittedCase]]:
    """The cases of each vector file."""
    return _read()[1]


def under_convention(subject: str, name: str) -> dict[str, Json]:
    """What a convention alone changes in the cases of a class: of each, by its id, the trace and the options.

    Of a case that says nothing under the convention, the reason.
    """
    return _read()[2][subject, name]


@cache
def _read() -> tuple[str, dict[Path, list[CommittedCase]], dict[tuple[str, str], dict[str, Json]]]:
    """The digest, the cases, and their changes under conventions, as the vector files are when they are first read.

    They live as long as the process, so they are hidden from the garbage collector.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    contents = {path: path.read_bytes() for path in files()}
    cases_by_file, changes = {}, {}
    for path, text in contents.items():
        content = json.loads(text)
        class_fields = {"subject": content["class"], "profile": content["profile"]}
        cases_by_file[path] = [CommittedCase(**class_fields, **case) for case in content["cases"]]
        for convention in content.get("conventions", []):
            changed = {case.pop("id"): case for case in convention["cases"]}
            changes[content["class"], convention["name"]] = changed | convention["withdrawn"]
    gc.freeze()
    if was_enabled:
        gc.enable()
    return digest_of(contents), cases_by_file, changes


def digest_of(contents: Mapping[Path, bytes]) -> str:
    """The digest of vector files."""
    sha256 = hashlib.sha256()
    for path in sorted(contents):
        sha256.update(path.relative_to(VECTORS).as_posix().encode() + b"\0" + contents[path])
    return sha256.hexdigest()


def as_in_manifest() -> bool:
    """Whether the vectors are those of the manifest."""
    return bool(digest() == manifest()["digest"])


@cache
def cases() -> list[CommittedCase]:
    """All cases: schedulers before composites before optimizers, and within these the basic areas first."""
    order = [
        (FOLDERS.index(path.parent.name), AREAS.index(case.area), case)
        for path, cases in by_file().items()
        for case in cases
    ]
    return [case for *_, case in sorted(order, key=itemgetter(0, 1))]


@cache
def positions() -> dict[str, int]:
    """The position of each case, by its id."""
    return {case.id: number for number, case in enumerate(cases())}


def included(profile: str) -> tuple[str, ...]:
    """The profiles that one includes, and itself."""
    return PROFILES[: PROFILES.index(profile) + 1]


def belongs(case: CommittedCase, profile: str, tiers: Container[str] = TIERS) -> bool:
    return case.tier in tiers and case.profile in included(profile)


def cases_of(profile: str, tiers: Container[str] = TIERS) -> list[CommittedCase]:
    return [case for case in cases() if belongs(case, profile, tiers)]


def only_of(case: CommittedCase, tiers: Container[str]) -> CommittedCase:
    """The case without the rows that show a requirement of another tier: these are not compared."""
    others = {row["by"] for row in case.trace or [] if "by" in row and requirements()[row["by"]].tier not in tiers}
    return replace(case, options=case.options | {"not_compared": sorted(others)}) if others else case


@cache
def manifest() -> dict[str, Json]:
    """How many checks this version of the specification calls for, in each profile, and the digest of the vectors."""
    content: dict[str, Json] = json.loads((VECTORS / "manifest.json").read_text(encoding="utf-8"))
    return content
