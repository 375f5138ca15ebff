"""Writes a list of known failures from a run: what a person wrote stays, what the run tells is put beside it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from textwrap import wrap

from ..cases.committed import cases
from ..classes.catalogue import DEFINITIONS
from ..verdict.judge import FAILING
from ..verdict.known_failures import PLACEHOLDER, Counterexample, KnownFailure, KnownFailures, Pair
from .check_result import CheckResult

HEADER = "# Failures that are known, and why. An entry that passes is an error: take it off.\n"
WIDTH = 120
LINK = f"{PLACEHOLDER}: where it is reported"


@dataclass(frozen=True)
class Update:
    """A list after a run, how many of its entries are to be filled in, and which pairs were taken off."""

    known: KnownFailures
    unfinished: int
    gone: list[Pair]


def update(known: KnownFailures, records: Iterable[CheckResult], whole: Set[str]) -> Update:
    """``whole``: the classes of which all checks have run, so that what did not fail does not fail."""
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
    """An entry with what was observed in this run; a counterexample is a new one only if the old one is none."""
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
    """An entry for all classes that break a requirement in a way that looks the same."""
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
    """The text of a list. ``before`` is its text until now, of which what stands before the first entry is kept."""
    header, found, _ = before.partition("[[failure]]")
    header = header.strip() + "\n" if found and header.strip() else HEADER
    return "\n".join([header, *("\n".join(_lines(entry)) + "\n" for entry in known.entries)])


def _lines(entry: KnownFailure) -> Iterator[str]:
    yield "[[failure]]"
    yield f"requirement = {_text(entry.requirement)}"
    yield f"classes = {_list([_text(name) for name in entry.classes])}"
    yield f"reason = {_text(entry.reason)}"
    yield f"link = {_text(entry.link)}"
    if entry.expires is not None:
        yield f"expires = {entry.expires.isoformat()}"
    if entry.counterexamples:
        yield "counterexamples = ["
        for pin in entry.counterexamples:
            yield f"    {{check = {_text(pin.check)}, observed = {_text(pin.observed)}}},"
        yield "]"
    if entry.reproduction:
        yield f"reproduction = {_lines_of_code(entry.reproduction)}"


def _list(entries: list[str]) -> str:
    """On one line, or on as many as it needs."""
    whole = f"[{', '.join(entries)}]"
    if len(whole) <= WIDTH - len("classes = "):
        return whole
    lines = wrap(f"{', '.join(entries)},", WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 4)
    return "\n".join(["[", *lines, "]"])


def _lines_of_code(text: str) -> str:
    """A literal string of TOML, where that can hold it."""
    plain = "'''" not in text and all(character.isprintable() or character == "\n" for character in text)
    return f"'''\n{text}\n'''" if plain else _text(text)


def _text(text: str) -> str:
    """A basic string of TOML, which is one of JSON, but for the character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
