"""How many checks of a class need which of its extras: the parameters that only some libraries with the class have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..classes.catalogue import DEFINITIONS
from ..classes.definition import CompositeDefinition, extras
from ..scenarios.values import Json
from .committed import CommittedCase, cases

MARKER = "<!-- table of extras -->"  # where docs/vectors.md has the table


@dataclass
class Needs:
    """``own``: checks that need an extra of the class; ``shared``: others, that need weight decay or clipping."""

    checks: int = 0
    own: int = 0
    shared: int = 0
    extras: Counter[str] = field(default_factory=Counter)


def needs() -> dict[str, Needs]:
    """For each class that has extras."""
    needs_of: dict[str, Needs] = {}
    for case in cases():
        definition = DEFINITIONS[case.subject]
        if isinstance(definition, CompositeDefinition) or not extras(definition):
            continue
        entry, needed = needs_of.setdefault(case.subject, Needs()), extras_of(case)
        entry.checks += 1
        entry.own += bool(needed & definition.parameters.keys())
        entry.shared += bool(needed) and not needed & definition.parameters.keys()
        entry.extras.update(needed)
    return needs_of


def table() -> str:
    """The table in Markdown."""
    rows = ["| class | checks | need an extra of the class | else decay or clipping | which |", "|---|---|---|---|---|"]
    for name, entry in needs().items():
        which = ", ".join(f"`{extra}` {count}" for extra, count in sorted(entry.extras.items()))
        rows.append(f"| {name} | {entry.checks} | {entry.own} | {entry.shared} | {which} |")
    return "\n".join(rows)


def extras_of(case: CommittedCase) -> set[str]:
    """The extras of its class that a case gives."""
    return extras(DEFINITIONS[case.subject]) & set(arguments([case.scenario, case.other], case.subject))


def arguments(scenario: Json, name: str) -> Iterator[str]:
    """The arguments that a scenario gives a class, and its groups."""
    match scenario:
        case dict():
            if scenario.get("class") == name or scenario.get("op") == "optimizer.add_param_group":
                yield from scenario
            for value in scenario.values():
                yield from arguments(value, name)
        case list():
            for value in scenario:
                yield from arguments(value, name)
