"""Updates a list of known failures from a run: what a person wrote stays, comments too."""

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
    gone: list[Pair]


def update(known: KnownFailures, records: Iterable[CheckResult], whole: Set[str]) -> Update:
    """``whole``: the classes all of whose checks ran; their entries that did not fail are removed."""
    place = {case.id: number for number, case in enumerate(cases())}
    failing: dict[Pair, dict[str, CheckResult]] = defaultdict(dict)
    for record in sorted(records, key=lambda record: place[record.check]):
        if record.result in FAILING:
            failing[record.pair][record.check] = record
    gone = sorted(pair for pair in known.pairs() - set(failing) if pair[1] in whole)
    kept = [_pinned(entry, known, failing, set(gone)) for entry in known.entries]
    entries = [*(entry for entry in kept if entry.classes), *_new(known, failing)]
    unfinished = sum(PLACEHOLDER in (entry.reason[:4], entry.link[:4]) for entry in entries)
    return Update(KnownFailures(tuple(entries)), unfinished, gone)


def _pinned(
    entry: KnownFailure, known: KnownFailures, failing: dict[Pair, dict[str, CheckResult]], gone: set[Pair]
) -> KnownFailure:
    """An entry with what this run observed. A counterexample is replaced only if it passes now."""
    classes, pins = [], []
    for pair in entry.pairs():
        if pair in gone:
            continue
        classes.append(pair[1])
        pin, found = known.pins().get(pair), failing.get(pair, {})
        if found:
            record = found[pin.check] if pin is not None and pin.check in found else next(iter(found.values()))
            pin = Counterexample(record.check, record.observed)
        pins += [] if pin is None else [pin]
    return replace(entry, classes=tuple(classes), counterexamples=tuple(pins))


def _new(known: KnownFailures, failing: dict[Pair, dict[str, CheckResult]]) -> Iterator[KnownFailure]:
    """One entry for all classes that break a requirement in a way that looks the same."""
    alike: dict[Pair, list[CheckResult]] = defaultdict(list)
    for pair, found in failing.items():
        if pair not in known.pairs():
            first = next(iter(found.values()))
            alike[pair[0], first.explanation].append(first)
    for (requirement, explained), firsts in alike.items():
        firsts.sort(key=lambda record: list(DEFINITIONS).index(record.subject))
        reason = f"{PLACEHOLDER}: why" + (f" ({explained})" if explained else "")
        pins = tuple(Counterexample(record.check, record.observed) for record in firsts)
        yield KnownFailure(requirement, tuple(record.subject for record in firsts), reason, LINK, "", pins)


def written(known: KnownFailures, before: str = "") -> str:
    """The text of a list that was ``before``: entries are edited in place, and new ones come last.

    An entry that is removed takes along the comments directly above and below it. Comments between blank lines stay.
    """
    document = tomlkit.parse(f"{before.rstrip() or HEADER}\n\n")
    failures = document.get("failure")
    tables = list(failures) if isinstance(failures, AoT) else []
    index = {(table["requirement"], name): i for i, table in enumerate(tables) for name in table["classes"]}
    new = [entry for entry in known.entries if entry.pairs()[0] not in index]
    kept = {index[entry.pairs()[0]]: entry for entry in known.entries if entry not in new}

    header, blank, rest = "".join(item.as_string() for key, item in document.body if key is None).partition("\n\n")
    text, gap = header + blank[1:], blank[1:] + rest
    for i, table in enumerate(tables):
        below = _cut_gap(table)
        if i in kept:
            text, gap = text + gap + _text(_edited(table, kept[i])), below
        else:
            gap = _joined(gap, below)
    parts = [part.strip("\n") for part in (text + gap, *(_text(_table(entry)) for entry in new))]
    return "\n\n".join(filter(None, parts)) + "\n"


def _cut_gap(table: Table) -> str:
    """Remove the comments and blank lines after the last field, and return them."""
    body, gap = table.value.body, ""
    while body and body[-1][0] is None:
        gap = body.pop()[1].as_string() + gap
    return gap


def _joined(above: str, below: str) -> str:
    """What stays of the text around an entry that is removed."""
    above, below = COMMENTS_ABOVE.sub("", above), COMMENTS_BELOW.sub("", below)
    return above + (below.lstrip("\n") if above == "\n" or above.endswith("\n\n") else below)


def _text(table: Table) -> str:
    return tomlkit.dumps({"failure": AoT([table])})


def _edited(table: Table, entry: KnownFailure) -> Table:
    """The table with the classes and the counterexamples of an entry; whatever is right already stays as written."""
    for name in set(table["classes"]) - set(entry.classes):
        table["classes"].remove(name)
    if "counterexamples" not in table:
        table["counterexamples"] = _pins(entry)
    pins = {subject_of(pin.check): pin for pin in entry.counterexamples}
    for listed in list(table["counterexamples"]):
        pin = pins.get(subject_of(listed["check"]))
        if pin is None:
            table["counterexamples"].remove(listed)
        elif pin != Counterexample(**listed):
            listed.update(asdict(pin))
    return table


def _table(entry: KnownFailure) -> Table:
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
        table["counterexamples"] = _pins(entry)
    if entry.reproduction:
        table["reproduction"] = _code(entry.reproduction)
    return table


def _pins(entry: KnownFailure) -> Array:
    pins = tomlkit.array().multiline(True)
    for pin in entry.counterexamples:
        inline = tomlkit.inline_table()
        inline.update(asdict(pin))
        pins.append(inline)
    return pins


def _code(text: str) -> String:
    """A literal string over several lines, unless it must be escaped."""
    try:
        return tomlkit.string(f"\n{text}\n", literal=True, multiline=True)
    except InvalidStringError:
        return tomlkit.string(text)
