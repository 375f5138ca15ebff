"""Updates a list of known failures from a run, and keeps what a person wrote, with the comments."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import asdict, dataclass, replace

import tomlkit
from tomlkit.exceptions import InvalidStringError
from tomlkit.items import AoT, Array, String, Table

from ..cases.committed import cases
from ..classes.catalogue import DEFINITIONS
from ..verdict.judge import FAILING
from ..verdict.known_failures import PLACEHOLDER, Counterexample, KnownFailure, KnownFailures, Pair, subject_of
from .check_result import CheckResult

HEADER = "# Failures that are known, and why. An entry that passes is an error: remove it."
WIDTH = 120
COMMENTS_ABOVE = re.compile(r"^(?:[ \t]*#.*\n)+\Z", re.MULTILINE)
COMMENTS_BELOW = re.compile(r"\A(?:[ \t]*#.*\n)+(?=\n)")
LINK = f"{PLACEHOLDER}: where it is reported"


@dataclass(frozen=True)
class Update:
    """A list after a run, how many of its entries are to be filled in, and which pairs were removed."""

    known: KnownFailures
    unfinished: int
    removed: list[Pair]


def update(known: KnownFailures, results: Iterable[CheckResult], whole_classes: Set[str]) -> Update:
    """``whole_classes``: classes whose checks have all run. Their entries that did not fail are removed."""
    position = {case.id: number for number, case in enumerate(cases())}
    failing: dict[Pair, dict[str, CheckResult]] = defaultdict(dict)
    for result in sorted(results, key=lambda result: position[result.check]):
        if result.result in FAILING:
            failing[result.pair][result.check] = result
    removed = sorted(pair for pair in known.pairs() - set(failing) if pair[1] in whole_classes)
    updated = [_update_entry(entry, known, failing, set(removed)) for entry in known.entries]
    entries = [*(entry for entry in updated if entry.classes), *_new_entries(known, failing)]
    unfinished = sum(PLACEHOLDER in (entry.reason[:4], entry.link[:4]) for entry in entries)
    return Update(KnownFailures(tuple(entries)), unfinished, removed)


def _update_entry(
    entry: KnownFailure, known: KnownFailures, failing: dict[Pair, dict[str, CheckResult]], removed: set[Pair]
) -> KnownFailure:
    """The entry with what this run observed. A counterexample is replaced only if it passes now."""
    classes, counterexamples = [], []
    for pair in entry.pairs():
        if pair in removed:
            continue
        classes.append(pair[1])
        counterexample, results = known.counterexamples().get(pair), failing.get(pair, {})
        if results:
            result = (
                results[counterexample.check]
                if counterexample is not None and counterexample.check in results
                else next(iter(results.values()))
            )
            counterexample = Counterexample(result.check, result.observed)
        counterexamples += [] if counterexample is None else [counterexample]
    return replace(entry, classes=tuple(classes), counterexamples=tuple(counterexamples))


def _new_entries(known: KnownFailures, failing: dict[Pair, dict[str, CheckResult]]) -> Iterator[KnownFailure]:
    """New failures: one entry for all classes that break a requirement with the same explanation."""
    groups: dict[Pair, list[CheckResult]] = defaultdict(list)
    for pair, results in failing.items():
        if pair not in known.pairs():
            first = next(iter(results.values()))
            groups[pair[0], first.explanation].append(first)
    for (requirement, explanation), first_results in groups.items():
        first_results.sort(key=lambda result: list(DEFINITIONS).index(result.subject))
        reason = f"{PLACEHOLDER}: why" + (f" ({explanation})" if explanation else "")
        counterexamples = tuple(Counterexample(result.check, result.observed) for result in first_results)
        yield KnownFailure(
            requirement, tuple(result.subject for result in first_results), reason, LINK, "", counterexamples
        )


def list_text(known: KnownFailures, before: str = "") -> str:
    """The new text of a list, whose text was ``before``: entries are edited in place, and new ones come last.

    Comments directly above and below an entry are removed with it. Comments between blank lines stay.
    """
    document = tomlkit.parse(f"{before.rstrip() or HEADER}\n\n")
    failures = document.get("failure")
    tables = list(failures) if isinstance(failures, AoT) else []
    index = {(table["requirement"], name): i for i, table in enumerate(tables) for name in table["classes"]}
    new_entries = [entry for entry in known.entries if entry.pairs()[0] not in index]
    entries_by_index = {index[entry.pairs()[0]]: entry for entry in known.entries if entry not in new_entries}

    header, blank, rest = "".join(item.as_string() for key, item in document.body if key is None).partition("\n\n")
    text, gap = header + blank[1:], blank[1:] + rest
    for i, table in enumerate(tables):
        below = _cut_gap(table)
        if i in entries_by_index:
            text, gap = text + gap + _table_text(_edit_table(table, entries_by_index[i])), below
        else:
            gap = _join_gaps(gap, below)
    parts = [part.strip("\n") for part in (text + gap, *(_table_text(_new_table(entry)) for entry in new_entries))]
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


def _edit_table(table: Table, entry: KnownFailure) -> Table:
    """Update the classes and counterexamples of a table; those that are up to date keep their formatting."""
    for name in set(table["classes"]) - set(entry.classes):
        table["classes"].remove(name)
    if "counterexamples" not in table:
        table["counterexamples"] = _counterexample_array(entry)
    counterexamples = {subject_of(counterexample.check): counterexample for counterexample in entry.counterexamples}
    for inline in list(table["counterexamples"]):
        counterexample = counterexamples.get(subject_of(inline["check"]))
        if counterexample is None:
            table["counterexamples"].remove(inline)
        elif counterexample != Counterexample(**inline):
            inline.update(asdict(counterexample))
    return table


def _new_table(entry: KnownFailure) -> Table:
    """A new entry."""
    table = tomlkit.table()
    classes = tomlkit.array()
    classes.extend(entry.classes)
    table["requirement"] = entry.requirement
    table["classes"] = classes.multiline(len(classes.as_string()) > WIDTH - len("classes = "))
    table["reason"], table["link"] = entry.reason, entry.link
    if entry.expires is not None:
        table["expires"] = entry.expires
    if entry.counterexamples:
        table["counterexamples"] = _counterexample_array(entry)
    if entry.reproduction:
        table["reproduction"] = _literal_string(entry.reproduction)
    return table


def _counterexample_array(entry: KnownFailure) -> Array:
    array = tomlkit.array().multiline(True)
    for counterexample in entry.counterexamples:
        inline = tomlkit.inline_table()
        inline.update(asdict(counterexample))
        array.append(inline)
    return array


def _literal_string(text: str) -> String:
    """A literal string over several lines, unless it must be escaped."""
    try:
        return tomlkit.string(f"\n{text}\n", literal=True, multiline=True)
    except InvalidStringError:
        return tomlkit.string(text)
