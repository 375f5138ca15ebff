"""Failures that are known: a TOML file that says which, and why. Strict: one that is listed must fail."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from . import spec
from .committed import cases

FIELDS = {"requirement", "classes", "reason", "link", "reproduction"}


@dataclass(frozen=True)
class KnownFailure:
    """A requirement that some classes break, with the reason in one sentence and lines that show it without the kit."""

    requirement: str
    classes: tuple[str, ...]
    reason: str
    link: str
    reproduction: str


@dataclass(frozen=True)
class KnownFailures:
    entries: tuple[KnownFailure, ...] = ()

    def reason(self, requirement: str, subject: str) -> str | None:
        for entry in self.entries:
            if entry.requirement == requirement and subject in entry.classes:
                return entry.reason
        return None

    def pairs(self) -> set[tuple[str, str]]:
        return {(entry.requirement, subject) for entry in self.entries for subject in entry.classes}


def read(path: Path) -> KnownFailures:
    """Raises ValueError, with one line that says what to mend."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from None
    tables = content.get("failure", [])
    if not isinstance(tables, list):
        raise ValueError(f"{path}: failure must be tables, [[failure]]")
    entries = [_entry(path, number, entry) for number, entry in enumerate(tables, 1)]
    if set(content) - {"failure"}:
        raise ValueError(f"{path}: unknown tables {sorted(set(content) - {'failure'})}; entries are [[failure]]")
    pairs = [(entry.requirement, subject) for entry in entries for subject in entry.classes]
    twice = sorted({f"{r} of {c}" for r, c in pairs if pairs.count((r, c)) > 1})
    if twice:
        raise ValueError(f"{path}: listed twice: {', '.join(twice)}")
    return KnownFailures(tuple(entries))


def _entry(path: Path, number: int, entry: object) -> KnownFailure:
    where = f"{path}: entry {number}"
    if not isinstance(entry, dict) or set(entry) != FIELDS:
        raise ValueError(f"{where}: must have exactly {', '.join(sorted(FIELDS))}")
    requirement, classes = str(entry["requirement"]), entry["classes"]
    if requirement not in spec.requirements():
        raise ValueError(f"{where}: no requirement {requirement} in the specification")
    if not isinstance(classes, list) or not classes:
        raise ValueError(f"{where}: classes must be a list of class names")
    checked = {pair for case in cases() for pair in case.shows()}
    for name in classes:
        if (requirement, name) not in checked:
            raise ValueError(f"{where}: {requirement} is not checked for {name}")
    texts = {name: str(entry[name]).strip() for name in ("reason", "link", "reproduction")}
    if not all(texts.values()):
        raise ValueError(f"{where}: reason, link and reproduction must not be empty")
    return KnownFailure(requirement, tuple(map(str, classes)), **texts)
