"""Reads the committed cases from the vector files.

Reading all of them would take more time and memory than everything else: a run reads the index, reads a file when a
case in it is needed, and keeps each case compressed.
"""

from __future__ import annotations

import gc
import hashlib
import json
import marshal
import zlib
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from itertools import starmap
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from ..classes.catalogue import DEFINITIONS, module_path
from ..classes.conventions import Declared, definitions_under
from ..classes.definition import Definition
from ..scenarios.values import BFLOAT16, Json, Scenario, Trace, tagged
from ..specification import TIERS, requirements

VECTORS = Path(__file__).parents[1] / "vectors"
PROFILES = ("core", "extended", "field")  # each includes the ones before it
FOLDERS = ("schedulers", "composition", "optimizers")
AREAS = ("golden", "time", "groups", "state", "composition", "validation", "updates", "scaling", "sequences")


@dataclass(frozen=True)
class Entry:
    """A case in the index.

    ``exact``: whether it has a trace, and is no law between two scenarios; ``shown``: the requirements that single rows
    of it name, under whatever convention.
    """

    id: str
    area: str
    subject: str
    profile: str
    requirement: str
    tier: str
    exact: bool
    shown: list[str]

    def pairs(self) -> set[tuple[str, str]]:
        """The requirements for which it can fail, with its class: its own, those of single rows, and in conventions."""
        own = {self.requirement, *self.shown}
        others = {one.requirement(id_) for one in DEFINITIONS[self.subject].conventions for id_ in own}
        return {(requirement, self.subject) for requirement in own | others}


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
        """The requirements for which it can fail, with its class."""
        return entry_of(self.id).pairs()


def files() -> list[Path]:
    return sorted(VECTORS.glob("*/*.json"))


@cache
def _digests() -> tuple[str, dict[Path, str]]:
    """The digest of all vector files and those of each, as they are when a run begins."""
    contents = {path: path.read_bytes() for path in files()}
    return digest_of(contents), {path: sha256(content) for path, content in contents.items()}


def digest() -> str:
    """A digest of all vector files: two kits with the same one run the same checks."""
    return _digests()[0]


def digest_of(contents: Mapping[Path, bytes]) -> str:
    """The digest of vector files."""
    return sha256(*(part for path in sorted(contents) for part in (name_of(path).encode() + b"\0", contents[path])))


def sha256(*parts: bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()


def name_of(path: Path) -> str:
    """The name of a vector file, from the folder of all."""
    return path.relative_to(VECTORS).as_posix()


@cache
def by_file() -> dict[Path, list[Entry]]:
    """The entries of each vector file, from the index."""
    return {VECTORS / name: list(starmap(Entry, rows)) for name, rows in json.loads(_index()).items()}


@cache
def _index() -> bytes:
    """The index as it is when a run begins."""
    return (VECTORS / "index.json").read_bytes()


def entries_in(content: Json) -> Iterator[Entry]:
    """The entries of a vector file with this content."""
    changed = [case for convention in content.get("conventions", []) for case in convention["cases"]]
    shown: dict[str, set[str]] = defaultdict(set)
    for case in (*content["cases"], *changed):
        shown[case["id"]] |= {row["by"] for row in case.get("trace") or [] if "by" in row}
    for case in content["cases"]:
        yield Entry(
            id=case["id"],
            area=case["area"],
            subject=content["class"],
            profile=content["profile"],
            requirement=case["requirement"],
            tier=case.get("tier", TIERS[0]),
            exact=case.get("trace") is not None,
            shown=sorted(shown[case["id"]] - {case["requirement"]}),
        )


@lru_cache(maxsize=32)
def load(id_: str) -> CommittedCase:
    """The case with an id."""
    return CommittedCase(**_unpacked(_read(_paths()[id_]).cases[id_]))


@cache
def under_convention(subject: str, name: str) -> dict[str, Json]:
    """The trace and the options of each case that a convention of a class changes, by id.

    For a case that says nothing under the convention, the reason.
    """
    found: dict[str, Json] = _unpacked(_read(VECTORS / f"{module_path(subject)}.json").changes[name])
    return found


@cache
def _paths() -> dict[str, Path]:
    """The file of each case, by its id."""
    return {entry.id: path for path, entries in by_file().items() for entry in entries}


@dataclass(frozen=True)
class _VectorFile:
    """The cases of a vector file, and what each convention changes in them, compressed."""

    cases: dict[str, bytes]
    changes: dict[str, bytes]


@cache
def _read(path: Path) -> _VectorFile:
    content = path.read_bytes()
    if sha256(content) != _digests()[1][path]:
        raise OSError(f"{path} has changed since the run began")
    was_enabled = gc.isenabled()
    gc.disable()  # what is read are trees, without cycles to collect
    vectors = json.loads(content)
    about = {"subject": vectors["class"], "profile": vectors["profile"]}
    found = _VectorFile({case["id"]: _packed(case | about) for case in vectors["cases"]}, {})
    for convention in vectors.get("conventions", []):
        changed = {case.pop("id"): case for case in convention["cases"]}
        found.changes[convention["name"]] = _packed(changed | convention["withdrawn"])
    if was_enabled:
        gc.enable()
    return found


def _packed(content: Json) -> bytes:
    return zlib.compress(marshal.dumps(content), level=1)


def _unpacked(packed: bytes) -> Json:
    return marshal.loads(zlib.decompress(packed))  # nobody else had these bytes


def as_in_manifest() -> bool:
    """Whether the vectors and their index are those of the manifest."""
    try:
        return (digest(), sha256(_index())) == (manifest()["digest"], manifest()["index"])
    except FileNotFoundError:
        return False


@cache
def entries() -> list[Entry]:
    """The index: schedulers before composites before optimizers, and within these the basic areas first."""
    order = [
        (FOLDERS.index(path.parent.name), AREAS.index(entry.area), entry)
        for path, entries in by_file().items()
        for entry in entries
    ]
    return [entry for *_, entry in sorted(order, key=itemgetter(0, 1))]


@cache
def cases() -> list[CommittedCase]:
    """All cases, in the order of the index. They take 250 MB: a run has them one by one."""
    return [load(entry.id) for entry in entries()]


@cache
def positions() -> dict[str, int]:
    """The position of each case, by its id."""
    return {entry.id: number for number, entry in enumerate(entries())}


def entry_of(id_: str) -> Entry:
    """The entry of a case in the index."""
    return entries()[positions()[id_]]


def included(profile: str) -> tuple[str, ...]:
    """The profiles that one includes, and itself."""
    return PROFILES[: PROFILES.index(profile) + 1]


def belongs(entry: Entry, profile: str, tiers: Container[str] = TIERS) -> bool:
    return entry.tier in tiers and entry.profile in included(profile)


def entries_of(profile: str, tiers: Container[str] = TIERS) -> list[Entry]:
    return [entry for entry in entries() if belongs(entry, profile, tiers)]


def only_of(case: CommittedCase, tiers: Container[str]) -> CommittedCase:
    """The case without the rows that show a requirement of another tier: these are not compared."""
    others = {row["by"] for row in case.trace or [] if "by" in row and requirements()[row["by"]].tier not in tiers}
    return replace(case, options=case.options | {"not_compared": sorted(others)}) if others else case


@cache
def manifest() -> dict[str, Json]:
    """How many checks this version of the specification calls for, in each profile, and the digest of the vectors."""
    content: dict[str, Json] = json.loads((VECTORS / "manifest.json").read_text(encoding="utf-8"))
    return content
