"""Known failures: a TOML file that lists them, with reasons. Strict: a listed failure must occur, and as before."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from .. import specification
from ..cases.committed import cases
from ..scenarios.text import read_file
from ..scenarios.text import reason as why

MANDATORY = ("requirement", "classes", "reason", "link", "counterexamples")
OPTIONAL = ("reproduction", "expires")
PLACEHOLDER = "TODO"
WRITE = "--optimspec-write-known-failures"

Pair = tuple[str, str]  # a requirement and a class
Failing = Mapping[Pair, Mapping[str, str]]  # the checks in which a pair fails, and what was observed in each


@dataclass(frozen=True)
class Counterexample:
    """The check that stands for a known failure, and what was observed in it."""

    check: str
    observed: str


@dataclass(frozen=True)
class KnownFailure:
    """A requirement that some classes break, with the reason in one sentence.

    ``reproduction`` shows it without the kit; ``expires`` is the last day on which it is forgiven. Each class has
    one of the ``counterexamples``.
    """

    requirement: str
    classes: tuple[str, ...]
    reason: str
    link: str
    reproduction: str = ""
    counterexamples: tuple[Counterexample, ...] = ()
    expires: date | None = None

    def pairs(self) -> list[Pair]:
        return [(self.requirement, subject) for subject in self.classes]


@dataclass(frozen=True)
class KnownFailures:
    """A list of known failures. The methods that compare it with a run return one message for each problem."""

    entries: tuple[KnownFailure, ...] = ()

    def reason(self, requirement: str, subject: str) -> str | None:
        for entry in self.entries:
            if entry.requirement == requirement and subject in entry.classes:
                return entry.reason
        return None

    def pairs(self) -> set[Pair]:
        return {pair for entry in self.entries for pair in entry.pairs()}

    def counterexamples(self) -> dict[Pair, Counterexample]:
        return {
            (entry.requirement, subject_of(counterexample.check)): counterexample
            for entry in self.entries
            for counterexample in entry.counterexamples
        }

    def expired(self, today: date) -> list[str]:
        """Entries that have expired."""
        return [
            f"known failure {entry.requirement} of {', '.join(entry.classes)} expired on {entry.expires}: "
            "fix it, or set a later date"
            for entry in self.entries
            if entry.expires is not None and entry.expires < today
        ]

    def passing(self, failing: Failing, whole_classes: Set[str]) -> list[str]:
        """Pairs that did not fail, though all checks of the class ran."""
        removable = sorted(pair for pair in self.pairs() - set(failing) if pair[1] in whole_classes)
        return [
            f"known failure {requirement} of {subject} passes: take it off the list"
            for requirement, subject in removable
        ]

    def passing_counterexamples(self, failing: Failing, ran: Set[str]) -> list[str]:
        """Pairs whose counterexample passes, while other checks fail."""
        messages = []
        for (requirement, subject), counterexample in self.counterexamples().items():
            check, failed = counterexample.check, failing.get((requirement, subject))
            if failed is not None and check in ran and check not in failed:
                messages.append(
                    f"known failure {requirement} of {subject}: {check} passes, and {len(failed)} "
                    f"other checks fail: take a new counterexample ({WRITE}=FILE does)"
                )
        return messages

    def changed_counterexamples(self, failing: Failing) -> list[str]:
        """Pairs whose counterexample fails in another way than before."""
        messages = []
        for (requirement, subject), counterexample in self.counterexamples().items():
            check, before = counterexample.check, counterexample.observed
            now = failing.get((requirement, subject), {}).get(check, before)
            if now != before:
                messages.append(
                    f"known failure {requirement} of {subject} has changed: in {check} {before!r} was observed, "
                    f"and now {now!r}"
                )
        return messages


def subject_of(check: str) -> str:
    """The class that a check is about."""
    return check.split("/")[1]


def read(path: Path, unfinished: bool = False) -> KnownFailures:
    """Read a file. Raises ValueError with one line that says how to fix it.

    ``unfinished``: fields that a person fills in may be missing.
    """
    try:
        text = read_file(path)
        content = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: cannot be read: {why(error)}") from None
    except RecursionError:
        raise ValueError(f"{path}: cannot be read: it is nested too deeply") from None
    tables = content.get("failure", [])
    if not isinstance(tables, list):
        raise ValueError(f"{path}: failure must be tables, [[failure]]")
    if set(content) - {"failure"}:
        raise ValueError(f"{path}: unknown tables {sorted(set(content) - {'failure'})}; entries are [[failure]]")
    starts = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "[[failure]]"]
    entries = []
    for number, table in enumerate(tables, 1):
        where = f", line {starts[number - 1]}" if len(starts) == len(tables) else ""
        try:
            entries.append(_read_entry(table, unfinished))
        except ValueError as error:
            raise ValueError(f"{path}: entry {number}{where}: {error}") from None
    counts = Counter(pair for entry in entries for pair in entry.pairs())
    repeated = sorted(f"{requirement} of {subject}" for (requirement, subject), n in counts.items() if n > 1)
    if repeated:
        raise ValueError(f"{path}: listed twice: {', '.join(repeated)}")
    return KnownFailures(tuple(entries))


@cache
def checkable_pairs() -> set[Pair]:
    """The requirements and classes for which some check can fail."""
    return {pair for case in cases() for pair in case.pairs()}


def _read_entry(table: object, unfinished: bool) -> KnownFailure:
    mandatory = {*MANDATORY} - ({"counterexamples"} if unfinished else set())
    if not isinstance(table, dict):
        raise ValueError("must be a table, [[failure]]")
    if unknown := sorted(set(table) - {*MANDATORY, *OPTIONAL}):
        raise ValueError(f"unknown fields: {', '.join(unknown)}; there are {', '.join((*MANDATORY, *OPTIONAL))}")
    if missing := sorted(mandatory - set(table)):
        hint = f"; {WRITE}=FILE writes the counterexamples" if "counterexamples" in missing else ""
        raise ValueError(f"lacks {', '.join(missing)}{hint}")
    requirement, classes, expires = str(table["requirement"]), table["classes"], table.get("expires")
    if requirement not in specification.requirements():
        raise ValueError(f"no requirement {requirement} in the specification")
    if not isinstance(classes, list) or not classes or not all(isinstance(name, str) for name in classes):
        raise ValueError("classes must be a list of class names")
    for name in ("reason", "link", "reproduction"):
        if not isinstance(table.get(name, ""), str):
            raise ValueError(f"the {name} must be a string")
    for name in classes:
        if (requirement, name) not in checkable_pairs():
            raise ValueError(f"{requirement} is not checked for {name}")
    texts = {name: str(table.get(name, "")).strip() for name in ("reason", "link", "reproduction")}
    for name in ("reason", "link"):
        if not texts[name]:
            raise ValueError(f"the {name} must not be empty")
        if texts[name].startswith(PLACEHOLDER) and not unfinished:
            raise ValueError(f"the {name} of {requirement} of {', '.join(classes)} is to be filled in: {texts[name]}")
    if expires is not None and (not isinstance(expires, date) or isinstance(expires, datetime)):
        raise ValueError(f"expires must be a day, such as expires = 2027-01-31, not {expires!r}")
    counterexamples: tuple[Counterexample, ...] = ()
    if "counterexamples" in table:
        counterexamples = _read_counterexamples(table["counterexamples"], requirement, classes)
    return KnownFailure(requirement, tuple(classes), **texts, counterexamples=counterexamples, expires=expires)


def _read_counterexamples(tables: object, requirement: str, classes: list[str]) -> tuple[Counterexample, ...]:
    by_id = {case.id: case for case in cases()}
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError("counterexamples must be a list of tables {check, observed}")
    for table in tables:
        if set(table) != {"check", "observed"}:
            raise ValueError("a counterexample has a check and what was observed, and nothing else")
        check = str(table["check"])
        if check not in by_id:
            raise ValueError(f"no check {check}")
        if requirement not in {id_ for id_, _ in by_id[check].pairs()}:
            raise ValueError(f"check {check} does not show {requirement}")
    if sorted(subject_of(table["check"]) for table in tables) != sorted(classes):
        raise ValueError("each class must have one counterexample")
    return tuple(Counterexample(table["check"], str(table["observed"])) for table in tables)
