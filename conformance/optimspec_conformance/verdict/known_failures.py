"""Known failures: a TOML file that lists them, with reasons. Strict: a listed failure must occur, and as before."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path

from .. import specification
from ..cases.committed import entries, entry_of, positions
from ..scenarios.text import read_file
from ..scenarios.text import reason as why

MANDATORY = ("classes", "reason", "link", "counterexamples")
OPTIONAL = ("requirement", "requirements", "reproduction", "expires")  # of the first two one
SHOWN = 3  # requirements and classes of an entry that a message names; the rest are counted
PLACEHOLDER = "TODO"
WRITE = "--optimspec-write-known-failures"

Pair = tuple[str, str]  # a requirement and a class
Failing = Mapping[Pair, Mapping[str, str]]  # the checks in which a pair fails, and what was observed in each


@dataclass(frozen=True)
class Counterexample:
    """A check that shows a known failure, and what was observed in it."""

    check: str
    observed: str


@dataclass(frozen=True)
class KnownFailure:
    """Requirements, the classes that break them, and the reason in one sentence.

    Each class breaks each of the requirements that it is checked for. ``reproduction`` shows the failure without the
    kit; ``expires`` is the last day on which it is excused.
    """

    requirements: tuple[str, ...]
    classes: tuple[str, ...]
    reason: str
    link: str
    reproduction: str = ""
    counterexamples: tuple[Counterexample, ...] = ()
    expires: date | None = None

    @property
    def name(self) -> str:
        return f"{_in_short(self.requirements)} of {_in_short(self.classes)}"

    def pairs(self) -> list[Pair]:
        pairs = [(requirement, subject) for requirement in self.requirements for subject in self.classes]
        return [pair for pair in pairs if pair in checkable_pairs()]

    def failing(self, subject: str, failing: Failing) -> dict[str, str]:
        """The checks of a class in which this fails, and what was observed in each."""
        pairs = [pair for pair in self.pairs() if pair[1] == subject]
        return {check: observed for pair in pairs for check, observed in failing.get(pair, {}).items()}


def _in_short(names: tuple[str, ...]) -> str:
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + rest


@dataclass(frozen=True)
class KnownFailures:
    """A list of known failures. The methods that compare it with a run return one message for each problem."""

    entries: tuple[KnownFailure, ...] = ()

    @cached_property
    def by_pair(self) -> dict[Pair, KnownFailure]:
        return {pair: entry for entry in self.entries for pair in entry.pairs()}

    def reason(self, requirement: str, subject: str) -> str | None:
        entry = self.by_pair.get((requirement, subject))
        return None if entry is None else entry.reason

    def expired(self, today: date) -> list[str]:
        """Entries that have expired."""
        return [
            f"known failure {entry.name} expired on {entry.expires}: fix it, or set a later date"
            for entry in self.entries
            if entry.expires is not None and entry.expires < today
        ]

    def passing(self, failing: Failing, whole_classes: Set[str]) -> list[str]:
        """Pairs that did not fail, though all checks of the class ran."""
        removable = sorted(pair for pair in self.by_pair.keys() - set(failing) if pair[1] in whole_classes)
        return [
            f"known failure {requirement} of {subject} passes: take it off the list"
            for requirement, subject in removable
        ]

    def passing_counterexamples(self, failing: Failing, ran: Set[str]) -> list[str]:
        """Counterexamples that pass, while other checks of the same failure fail."""
        return [
            f"known failure {entry.name}: {check} passes, and {len(failed)} "
            f"other checks fail: take a new counterexample ({WRITE}=FILE does)"
            for entry, check, _, failed in self._counterexamples(failing)
            if failed and check in ran and check not in failed
        ]

    def changed_counterexamples(self, failing: Failing) -> list[str]:
        """Counterexamples that fail in another way than before."""
        return [
            f"known failure {entry.name} has changed: in {check} {before!r} was observed, and now {failed[check]!r}"
            for entry, check, before, failed in self._counterexamples(failing)
            if failed.get(check, before) != before
        ]

    def _counterexamples(self, failing: Failing) -> Iterator[tuple[KnownFailure, str, str, dict[str, str]]]:
        """Each counterexample with its entry, and the checks of its class in which that fails."""
        for entry in self.entries:
            for one in entry.counterexamples:
                yield entry, one.check, one.observed, entry.failing(subject_of(one.check), failing)


def subject_of(check: str) -> str:
    """The class that a check is about."""
    return check.split("/")[1]


def shows(counterexample: Counterexample, entry: KnownFailure) -> bool:
    """Whether an entry can fail in the check of a counterexample."""
    check = counterexample.check
    return check in positions() and not entry_of(check).pairs().isdisjoint(entry.pairs())


def read(path: Path, unfinished: bool = False) -> KnownFailures:
    """Read a file. Raises ValueError with one line that says how to fix it.

    A link above all entries is the default for entries without one. With ``unfinished``, fields that a person has to
    fill in may be missing.
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
    if unknown := sorted(set(content) - {"failure", "link"}):
        raise ValueError(f"{path}: unknown tables {unknown}; entries are [[failure]]")
    everywhere = {"link": content["link"]} if "link" in content else {}
    starts = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "[[failure]]"]
    entries = []
    for number, table in enumerate(tables, 1):
        where = f", line {starts[number - 1]}" if len(starts) == len(tables) else ""
        try:
            entries.append(_read_entry(table, everywhere, unfinished))
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
    return {pair for entry in entries() for pair in entry.pairs()}


def _read_entry(table: object, everywhere: dict[str, object], unfinished: bool) -> KnownFailure:
    mandatory = {*MANDATORY} - ({"counterexamples"} if unfinished else set())
    if not isinstance(table, dict):
        raise ValueError("must be a table, [[failure]]")
    table = everywhere | table
    if unknown := sorted(set(table) - {*MANDATORY, *OPTIONAL}):
        raise ValueError(f"unknown fields: {', '.join(unknown)}; there are {', '.join((*MANDATORY, *OPTIONAL))}")
    if missing := sorted(mandatory - set(table)):
        hint = f"; {WRITE}=FILE writes the counterexamples" if "counterexamples" in missing else ""
        raise ValueError(f"lacks {', '.join(missing)}{hint}")
    requirements, classes, expires = _read_requirements(table), table["classes"], table.get("expires")
    if not isinstance(classes, list) or not classes or not all(isinstance(name, str) for name in classes):
        raise ValueError("classes must be a list of class names")
    for name in ("reason", "link", "reproduction"):
        if not isinstance(table.get(name, ""), str):
            raise ValueError(f"the {name} must be a string")
    pairs = checkable_pairs() & {(requirement, name) for requirement in requirements for name in classes}
    for name in set(classes) - {subject for _, subject in pairs}:
        raise ValueError(f"{_in_short(requirements)} is not checked for {name}")
    for requirement in set(requirements) - {requirement for requirement, _ in pairs}:
        raise ValueError(f"{requirement} is not checked for {_in_short(tuple(classes))}")
    texts = {name: str(table.get(name, "")).strip() for name in ("reason", "link", "reproduction")}
    for name in ("reason", "link"):
        if not texts[name]:
            raise ValueError(f"the {name} must not be empty")
        if texts[name].startswith(PLACEHOLDER) and not unfinished:
            entry = f"{_in_short(requirements)} of {_in_short(tuple(classes))}"
            raise ValueError(f"the {name} of {entry} is to be filled in: {texts[name]}")
    if expires is not None and (not isinstance(expires, date) or isinstance(expires, datetime)):
        raise ValueError(f"expires must be a day, such as expires = 2027-01-31, not {expires!r}")
    counterexamples: tuple[Counterexample, ...] = ()
    if "counterexamples" in table:
        counterexamples = _read_counterexamples(table["counterexamples"], pairs)
    return KnownFailure(requirements, tuple(classes), **texts, counterexamples=counterexamples, expires=expires)


def _read_requirements(table: dict[str, object]) -> tuple[str, ...]:
    if ("requirement" in table) == ("requirements" in table):
        raise ValueError("must have a requirement, or a list of requirements")
    requirements = table["requirements"] if "requirements" in table else [table["requirement"]]
    if not isinstance(requirements, list) or not requirements:
        raise ValueError("requirements must be a list of ids")
    for requirement in requirements:
        if not isinstance(requirement, str) or requirement not in specification.requirements():
            raise ValueError(f"no requirement {requirement} in the specification")
    return tuple(requirements)


def _read_counterexamples(tables: object, pairs: Set[Pair]) -> tuple[Counterexample, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError("counterexamples must be a list of tables {check, observed}")
    if not tables:
        raise ValueError("an entry must have a counterexample")
    for table in tables:
        if set(table) != {"check", "observed"}:
            raise ValueError("a counterexample has a check and what was observed, and nothing else")
        check = str(table["check"])
        if check not in positions():
            raise ValueError(f"no check {check}")
        if not entry_of(check).pairs() & pairs:
            raise ValueError(f"check {check} does not show {_in_short(tuple(sorted({id_ for id_, _ in pairs})))}")
    subjects = Counter(subject_of(table["check"]) for table in tables)
    if max(subjects.values()) > 1:
        raise ValueError("a class may have one counterexample")
    return tuple(Counterexample(table["check"], str(table["observed"])) for table in tables)
