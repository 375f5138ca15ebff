"""Known failures: a TOML file of which, and why. Strict: a listed check must fail, and as before."""

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

MANDATORY = ("requirement", "classes", "reason", "link", "counterexamples")
OPTIONAL = ("reproduction", "expires")
PLACEHOLDER = "TODO"
WRITE = "--optimspec-write-known-failures"

Pair = tuple[str, str]  # a requirement and a class
Failing = Mapping[Pair, Mapping[str, str]]  # the checks in which a pair fails, and what was observed in each


@dataclass(frozen=True)
class Counterexample:
    """The check by which a failure is known, and what was observed in it."""

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
    entries: tuple[KnownFailure, ...] = ()

    def reason(self, requirement: str, subject: str) -> str | None:
        for entry in self.entries:
            if entry.requirement == requirement and subject in entry.classes:
                return entry.reason
        return None

    def pairs(self) -> set[Pair]:
        return {pair for entry in self.entries for pair in entry.pairs()}

    def pins(self) -> dict[Pair, Counterexample]:
        return {
            (entry.requirement, subject_of(pin.check)): pin for entry in self.entries for pin in entry.counterexamples
        }

    def expired(self, today: date) -> list[str]:
        """Entries that have expired."""
        return [
            f"known failure {entry.requirement} of {', '.join(entry.classes)} expired on {entry.expires}: "
            "mend it, or decide again until when it may wait"
            for entry in self.entries
            if entry.expires is not None and entry.expires < today
        ]

    def passing(self, failing: Failing, subjects: Set[str]) -> list[str]:
        """Entries that a whole run of these classes did not confirm."""
        gone = sorted(pair for pair in self.pairs() - set(failing) if pair[1] in subjects)
        return [f"known failure {broken} of {subject} passes: take it off the list" for broken, subject in gone]

    def unpinned(self, failing: Failing, ran: Set[str]) -> list[str]:
        """Pairs whose counterexample passes, while other checks fail."""
        return [
            f"known failure {requirement} of {subject}: {pin.check} passes, and {len(failing[requirement, subject])} "
            f"other checks fail: take a new counterexample ({WRITE}=FILE does)"
            for (requirement, subject), pin in self.pins().items()
            if pin.check in ran and pin.check not in failing.get((requirement, subject), {pin.check: ""})
        ]

    def changed(self, failing: Failing) -> list[str]:
        """Pairs whose counterexample fails in another way."""
        return [
            f"known failure {requirement} of {subject} has changed: in {pin.check} {pin.observed!r} was observed, "
            f"and now {now!r}"
            for (requirement, subject), pin in self.pins().items()
            for now in [failing.get((requirement, subject), {}).get(pin.check, pin.observed)]
            if now != pin.observed
        ]


def subject_of(check: str) -> str:
    """The class that a check is about."""
    return check.split("/")[1]


def read(path: Path, unfinished: bool = False) -> KnownFailures:
    """Read a file. Raises ValueError with one line that says how to fix it.

    ``unfinished``: fields that a person fills in may be missing.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from None
    tables = content.get("failure", [])
    if not isinstance(tables, list):
        raise ValueError(f"{path}: failure must be tables, [[failure]]")
    if set(content) - {"failure"}:
        raise ValueError(f"{path}: unknown tables {sorted(set(content) - {'failure'})}; entries are [[failure]]")
    begins = [line for line, said in enumerate(text.splitlines(), 1) if said.strip() == "[[failure]]"]
    entries = []
    for number, table in enumerate(tables, 1):
        line = f", line {begins[number - 1]}" if len(begins) == len(tables) else ""
        try:
            entries.append(_entry(table, unfinished))
        except ValueError as error:
            raise ValueError(f"{path}: entry {number}{line}: {error}") from None
    counted = Counter(pair for entry in entries for pair in entry.pairs())
    twice = sorted(f"{requirement} of {subject}" for (requirement, subject), n in counted.items() if n > 1)
    if twice:
        raise ValueError(f"{path}: listed twice: {', '.join(twice)}")
    return KnownFailures(tuple(entries))


@cache
def checked() -> set[tuple[str, str]]:
    """The requirements and classes that a check can fail for."""
    return {pair for case in cases() for pair in case.pairs()}


def _entry(table: object, unfinished: bool) -> KnownFailure:
    mandatory = {*MANDATORY} - ({"counterexamples"} if unfinished else set())
    if not isinstance(table, dict):
        raise ValueError("must be a table, [[failure]]")
    if unknown := sorted(set(table) - {*MANDATORY, *OPTIONAL}):
        raise ValueError(f"unknown fields: {', '.join(unknown)}; there are {', '.join((*MANDATORY, *OPTIONAL))}")
    if missing := sorted(mandatory - set(table)):
        pin = f"; {WRITE}=FILE writes the counterexamples" if "counterexamples" in missing else ""
        raise ValueError(f"lacks {', '.join(missing)}{pin}")
    requirement, classes, expires = str(table["requirement"]), table["classes"], table.get("expires")
    if requirement not in specification.requirements():
        raise ValueError(f"no requirement {requirement} in the specification")
    if not isinstance(classes, list) or not classes:
        raise ValueError("classes must be a list of class names")
    for name in classes:
        if (requirement, name) not in checked():
            raise ValueError(f"{requirement} is not checked for {name}")
    texts = {name: str(table.get(name, "")).strip() for name in ("reason", "link", "reproduction")}
    for name in ("reason", "link"):
        if not texts[name]:
            raise ValueError(f"the {name} must not be empty")
        if texts[name].startswith(PLACEHOLDER) and not unfinished:
            raise ValueError(f"the {name} of {requirement} of {', '.join(classes)} is to be filled in: {texts[name]}")
    if expires is not None and (not isinstance(expires, date) or isinstance(expires, datetime)):
        raise ValueError(f"expires must be a day, such as expires = 2027-01-31, not {expires!r}")
    pins = _pins(table["counterexamples"], requirement, classes) if "counterexamples" in table else ()
    return KnownFailure(requirement, tuple(classes), **texts, counterexamples=pins, expires=expires)


def _pins(written: object, requirement: str, classes: list[str]) -> tuple[Counterexample, ...]:
    by_id = {case.id: case for case in cases()}
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        raise ValueError("counterexamples must be a list of tables {check, observed}")
    for one in written:
        if set(one) != {"check", "observed"}:
            raise ValueError("a counterexample has a check and what was observed, and nothing else")
        if one["check"] not in by_id:
            raise ValueError(f"no check {one['check']}")
        if requirement not in {shown for shown, _ in by_id[one["check"]].pairs()}:
            raise ValueError(f"check {one['check']} does not show {requirement}")
    if sorted(subject_of(one["check"]) for one in written) != sorted(classes):
        raise ValueError("each class must have one counterexample")
    return tuple(Counterexample(one["check"], str(one["observed"])) for one in written)
