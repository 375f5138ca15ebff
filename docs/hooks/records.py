"""The committed records of runs: what each library does with each class."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from optimspec_conformance.specification import requirements

REPOSITORY = re.compile(r"https://github\.com/[^/]+/[^/]+/?")  # a link to no report
FAILING = ("error", "fail", "convention", "known failure")


@dataclass(frozen=True)
class Deviation:
    """A requirement that a library breaks in a class: in how many of its checks, why, and reports of it, if known."""

    requirement: str
    verdict: str
    broken: int
    checks: int
    reason: str
    reports: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """What a library does with a class; ``state`` is one of the three of the matrix."""

    library: str
    version: str
    state: str
    checks: int
    deviations: tuple[Deviation, ...]
    conventions: tuple[str, ...]
    advisories: int

    def broken(self, tier: str) -> list[Deviation]:
        """The deviations of a tier."""
        return [one for one in self.deviations if requirements()[one.requirement].tier == tier]

    def causes(self, tier: str) -> int:
        """How many reasons its deviations have; each one without a reason counts as one."""
        return len({one.reason or one.requirement for one in self.broken(tier)})

    @property
    def anchor(self) -> str:
        return anchor(self.library)

    @property
    def summary(self) -> str:
        """The standing in a few words."""
        match self.state, len(self.deviations):
            case "deviates", 1:
                return "deviates in 1 requirement"
            case "deviates", number:
                return f"deviates in {number} requirements"
        return self.state


def anchor(library: str) -> str:
    """The anchor of a library on a class page."""
    return "conforms-" + re.sub(r"\W+", "-", library).strip("-").lower()


def records(root: Path) -> list[dict[str, Any]]:
    """The records of whole runs: a partial one does not show what the rest would have found."""
    paths = sorted((root / "conformance/results").glob("*.json"))
    reports = [_read(path, path.stat().st_mtime_ns) for path in paths]
    return [record for record in reports if record.get("footer", {}).get("complete")]  # others' files have no footer


@cache
def _read(path: Path, _written: int) -> dict[str, Any]:
    """A record, read once until it is written again: every page of a class needs it."""
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def standing(record: Mapping[str, Any], name: str) -> Standing:
    """The standing of a class in a record."""
    entry = next((entry for entry in record["classes"] if entry["class"] == name), None)
    asked = [result for result in record["results"] if result["class"] == name]
    deviations = tuple(_deviation(record, result) for result in asked if result["verdict"] in FAILING)
    provided = entry is not None and entry["verdict"] not in ("not provided", "not run")
    return Standing(
        library=record["implementation"]["name"],
        version=record["implementation"]["version"],
        state="not provided" if not provided else "deviates" if deviations else "conforms",
        checks=sum(n for word, n in (entry or {"counts": {}})["counts"].items() if word != "not provided"),
        deviations=deviations,
        conventions=tuple(spoken["convention"] for spoken in record["conventions"] if spoken["class"] == name),
        advisories=sum(result["verdict"] == "advisory" for result in asked),
    )


def _deviation(record: Mapping[str, Any], result: Mapping[str, Any]) -> Deviation:
    counts = result["counts"]
    known = [
        entry
        for entry in record["known_failures"]
        if result["requirement"] in entry["requirements"] and result["class"] in entry["classes"]
    ]
    reports = [entry["link"] for entry in known if not REPOSITORY.fullmatch(entry["link"])]
    return Deviation(
        requirement=result["requirement"],
        verdict=result["verdict"],
        broken=sum(counts.get(word, 0) for word in FAILING),
        checks=sum(n for word, n in counts.items() if word != "not provided"),
        reason=" ".join(entry["reason"] for entry in known),
        reports=tuple(link for link in reports if link.startswith("https://")),
    )
