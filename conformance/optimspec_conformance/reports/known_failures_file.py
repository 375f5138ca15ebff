"""Updates a list of known failures from a run, and keeps what a person wrote, with the comments."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import asdict, dataclass, replace
from datetime import date
from textwrap import wrap

import tomlkit
from tomlkit.exceptions import InvalidStringError
from tomlkit.items import AoT, Array, InlineTable, String, Table

from .. import specification
from ..classes.catalogue import DEFINITIONS
from ..verdict.known_failures import (
    PLACEHOLDER,
    Counterexample,
    Failing,
    KnownFailure,
    KnownFailures,
    Pair,
    checkable_pairs,
    shows,
    subject_of,
)
from .causes import causes
from .check_result import CheckResult

HEADER = "# Failures that are known, and why. An entry that passes is an error: remove it."
WIDTH, INDENT = 120, " " * 4
COMMENTS_ABOVE = re.compile(r"^(?:[ \t]*#.*\n)+\Z", re.MULTILINE)
COMMENTS_BELOW = re.compile(r"\A(?:[ \t]*#.*\n)+(?=\n)")
LINK = f"{PLACEHOLDER}: where it is reported"


@dataclass(frozen=True)
class Update:
    """A list after a run, how many of its entries are to be filled in, and which pairs were removed."""

    known: KnownFailures
    unfinished: int
    removed: list[Pair]


def update(known: KnownFailures, failures: Iterable[CheckResult], whole_classes: Set[str]) -> Update:
    """``whole_classes``: classes whose checks have all run. Their entries that did not fail are removed."""
    failing: dict[Pair, dict[str, str]] = defaultdict(dict)
    new: list[CheckResult] = []
    for failure in failures:
        failing[failure.pair][failure.check] = failure.observed
        new += [] if failure.pair in known.by_pair else [failure]
    removed = sorted(pair for pair in known.by_pair.keys() - set(failing) if pair[1] in whole_classes)
    entries = [part for entry in known.entries for part in _without(entry, set(removed), failing)]
    entries = joined([*entries, *_new_entries(new)])
    unfinished = sum(PLACEHOLDER in (entry.reason[:4], entry.link[:4]) for entry in entries)
    return Update(KnownFailures(tuple(entries)), unfinished, removed)


def _without(entry: KnownFailure, removed: Set[Pair], failing: Failing) -> Iterator[KnownFailure]:
    """The entry without the failures that are gone. A counterexample is replaced only if it passes now."""
    for requirements, classes in rectangles(set(entry.pairs()) - removed):
        part = replace(entry, requirements=requirements, classes=classes)
        before = {subject_of(one.check): one for one in entry.counterexamples}
        now = {name: part.failing(name, failing) for name in classes}
        shown = [name for name in classes if name in before] or [name for name in classes if now[name]][:1]
        yield replace(part, counterexamples=tuple(_counterexample(before.get(name), now[name]) for name in shown))


def _counterexample(before: Counterexample | None, failing: dict[str, str]) -> Counterexample:
    """The previous counterexample, as it fails now; if it passes, another check."""
    if before is not None and (before.check in failing or not failing):
        return replace(before, observed=failing.get(before.check, before.observed))
    return Counterexample(*next(iter(failing.items())))


def _new_entries(failures: list[CheckResult]) -> Iterator[KnownFailure]:
    """New failures: one or a few entries for each cause."""
    listed: set[Pair] = set()
    for cause in causes(failures):
        pairs = {failure.pair for failure in cause.failures} - listed
        listed |= pairs
        for requirements, classes in rectangles(pairs):
            first = next(one for one in cause.failures if one.requirement in requirements and one.subject in classes)
            reason = f"{PLACEHOLDER}: why ({cause.text})"
            yield KnownFailure(requirements, classes, reason, LINK, "", (Counterexample(first.check, first.observed),))


def joined(entries: Iterable[KnownFailure]) -> list[KnownFailure]:
    """The same failures in fewer entries: those with the same reason and link, at most one with a reproduction.

    Each new entry has a counterexample of those that it joins; where one would have none, they stay apart.
    """
    alike: dict[tuple[str, str, date | None], list[KnownFailure]] = defaultdict(list)
    for entry in entries:
        alike[entry.reason, entry.link, entry.expires].append(entry)
    return [entry for group in alike.values() for entry in (_in_one(group) if len(group) > 1 else group)]


def _in_one(group: list[KnownFailure]) -> list[KnownFailure]:
    reproductions = [entry.reproduction for entry in group if entry.reproduction] or [""]
    parts = []
    for requirements, classes in rectangles({pair for entry in group for pair in entry.pairs()}):
        part = replace(group[0], requirements=requirements, classes=classes, reproduction=reproductions[0])
        shown = [one for entry in group for one in entry.counterexamples if shows(one, part)][:1]
        parts.append(replace(part, counterexamples=tuple(shown)))
        reproductions[0] = ""
    whole = len(reproductions) == 1 and len(parts) < len(group) and all(part.counterexamples for part in parts)
    return parts if whole else group


def rectangles(pairs: Set[Pair]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The pairs as requirements and classes: each class breaks each of the requirements that it is checked for."""
    remaining = {
        id_: {name for requirement, name in pairs if requirement == id_} for id_ in specification.requirements()
    }
    remaining = {id_: classes for id_, classes in remaining.items() if classes}
    while remaining:
        for classes in (set().union(*remaining.values()), max(remaining.values(), key=len)):
            fitting = [
                id_
                for id_, failing in remaining.items()
                if failing == {name for name in classes if (id_, name) in checkable_pairs()}
            ]
            if fitting:
                break
        subjects = set().union(*(remaining.pop(id_) for id_ in fitting))
        yield tuple(fitting), tuple(name for name in DEFINITIONS if name in subjects)


def list_text(known: KnownFailures, before: str = "") -> str:
    """The new text of a list, whose text was ``before``: entries are edited in place, and new ones come last.

    Comments directly above and below an entry are removed with it. Comments between blank lines stay.
    """
    document = tomlkit.parse(f"{before.rstrip() or HEADER}\n\n")
    failures = document.get("failure")
    tables = list(failures) if isinstance(failures, AoT) else []
    index = {(id_, name): i for i, table in enumerate(tables) for id_ in _ids(table) for name in table["classes"]}
    entries_by_index: dict[int, KnownFailure] = {}
    for entry in known.entries:
        entries_by_index.setdefault(index.get(entry.pairs()[0], -1), entry)
    entries_by_index.pop(-1, None)
    new_entries = [entry for entry in known.entries if entry not in entries_by_index.values()]

    link = document.get("link")  # of all entries that have none
    above = "".join(
        item.as_string() if key is None else tomlkit.dumps({"link": item})
        for key, item in document.body
        if key is None or key.key == "link"
    )
    header, blank, rest = above.partition("\n\n")
    text, gap = header + blank[1:], blank[1:] + rest
    for i, table in enumerate(tables):
        below = _cut_gap(table)
        if i in entries_by_index:
            text, gap = text + gap + _table_text(_edit_table(table, entries_by_index[i], link)), below
        else:
            gap = _join_gaps(gap, below)
    parts = [
        part.strip("\n") for part in (text + gap, *(_table_text(_new_table(entry, link)) for entry in new_entries))
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _cut_gap(table: Table) -> str:
    """Remove the comments and blank lines after the last field, and return them."""
    body, gap = table.value.body, ""
    while body and body[-1][0] is None:
        gap = body.pop()[1].as_string() + gap
    return gap


def _join_gaps(above: str, below: str) -> str:
    """The text between two entries, when the one between them is removed."""
    above, below = COMMENTS_ABOVE.sub("", above), COMMENTS_BELOW.sub("", below)
    return above + (below.lstrip("\n") if above == "\n" or above.endswith("\n\n") else below)


def _table_text(table: Table) -> str:
    return tomlkit.dumps({"failure": AoT([table])})


def _ids(table: Table) -> list[str]:
    return list(table["requirements"]) if "requirements" in table else [table["requirement"]]


def _edit_table(table: Table, entry: KnownFailure, link: str | None) -> Table:
    """Update the lists of a table; what is up to date keeps its formatting."""
    if len(entry.requirements) > 1 and "requirement" in table:
        return _new_table(entry, link)
    for field, names in (("classes", entry.classes), ("requirements", entry.requirements)):
        removed = {*table.get(field, names)} - {*names}
        if field in table and ({*names} - {*table[field]} or (removed and "#" not in table[field].as_string())):
            table[field] = _array(field, names)
        else:  # so that each of the others keeps its comment
            for name in removed:
                table[field].remove(name)
    if "counterexamples" not in table:
        table["counterexamples"] = _counterexample_array(entry)
    counterexamples = {subject_of(counterexample.check): counterexample for counterexample in entry.counterexamples}
    for inline in list(table["counterexamples"]):
        counterexample = counterexamples.pop(subject_of(inline["check"]), None)
        if counterexample is None:
            table["counterexamples"].remove(inline)
        elif counterexample != Counterexample(**inline):
            inline.update(asdict(counterexample))
    for counterexample in counterexamples.values():
        table["counterexamples"].append(_inline(counterexample))
    return table


def _new_table(entry: KnownFailure, link: str | None) -> Table:
    """A new entry, in a list whose entries have this link if they name none."""
    table = tomlkit.table()
    if len(entry.requirements) == 1:
        table["requirement"] = entry.requirements[0]
    else:
        table["requirements"] = _array("requirements", entry.requirements)
    table["classes"] = _array("classes", entry.classes)
    table["reason"] = entry.reason
    if entry.link != link:
        table["link"] = entry.link
    if entry.expires is not None:
        table["expires"] = entry.expires
    if entry.counterexamples:
        table["counterexamples"] = _counterexample_array(entry)
    if entry.reproduction:
        table["reproduction"] = _literal_string(entry.reproduction)
    return table


def _counterexample_array(entry: KnownFailure) -> Array:
    """A single one on the line of its field; each of several on a line of its own."""
    array = tomlkit.array().multiline(len(entry.counterexamples) > 1)
    for counterexample in entry.counterexamples:
        array.append(_inline(counterexample))
    return array


def _inline(counterexample: Counterexample) -> InlineTable:
    inline = tomlkit.inline_table()
    inline.update(asdict(counterexample))
    return inline


def _array(field: str, names: tuple[str, ...]) -> Array:
    """A list of names on one line, or, if it is too long, on filled lines."""
    array = tomlkit.array()
    array.extend(names)
    if len(array.as_string()) > WIDTH - len(f"{field} = "):
        array = tomlkit.array()
        for line in wrap(" ".join(f'"{name}",' for name in names), WIDTH - len(INDENT)):
            array.add_line(*(quoted.strip('",') for quoted in line.split()), indent=INDENT)
        array.add_line(indent="")
    return array


def _literal_string(text: str) -> String:
    """A literal string over several lines, unless it must be escaped."""
    try:
        return tomlkit.string(f"{text}\n", literal=True, multiline=True)
    except InvalidStringError:
        return tomlkit.string(text)
