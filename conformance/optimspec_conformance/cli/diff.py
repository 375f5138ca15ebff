"""``optimspec diff``: where two implementations part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click

from .. import specification
from ..cases.committed import CommittedCase, cases, digest
from ..cases.comparison import compare
from ..classes.catalogue import DEFINITIONS
from ..implementations.protocol import Implementation, ScenarioAborted
from ..reports.check_result import portable
from ..scenarios.json_text import json_text
from ..scenarios.trace import Difference, Unsupported
from ..scenarios.values import Row, Scenario, Trace
from ..session.exit_codes import NOT_CONFORMANT
from ..verdict.failure import describe_operation
from ..verdict.judge import dialect_of
from .common import CommandError, implementation

MESSAGES = ("names", "any")  # checks of refusals and their messages: no two libraries agree on these
CONFORMS = "conforms"


@dataclass(frozen=True)
class Parting:
    """A case in which two implementations differ: where first, and which of them follows the specification (``by``)."""

    case: CommittedCase
    difference: Difference
    by: str


@click.command(
    epilog="""\b
Examples:
  optimspec diff torch optax AdamW
  optimspec diff mypkg optimspec            every class that both have
  optimspec diff mypkg optimspec Adam --all every case, not only the first

\b
Exit codes: 0 alike, 1 they part, 2 cannot be used."""
)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.argument("classes", nargs=-1, metavar="[CLASS]...")
@click.option("--all", "everything", is_flag=True, help="Show every case in which they part, not the first of a class.")
@click.option("--record", metavar="FILE", help="Write the first case of each class and requirement, as JSON.")
@click.pass_context
def diff(
    context: click.Context, a: str, b: str, classes: tuple[str, ...], everything: bool, record: str | None
) -> None:
    """Show where A and B part.

    Both run the same cases; of each class the first in which they differ is shown: the step, both values, and who
    speaks a dialect.
    """
    if unknown := [name for name in classes if name not in DEFINITIONS]:
        raise CommandError(f"no class {', '.join(unknown)}; there are {', '.join(DEFINITIONS)}")
    compared: dict[str, tuple[int, list[Parting]]] = {}
    with implementation(a) as one, implementation(b) as other:
        both = [name for name in classes or DEFINITIONS if one.provides(name) and other.provides(name)]
        if not both:
            raise CommandError(f"{a} and {b} have none of the classes {', '.join(classes or DEFINITIONS)} in common")
        click.echo(
            f"A is {one.name} {one.version}, {one.precision}; B is {other.name} {other.version}, {other.precision}"
        )
        for name in both:
            mine = [case for case in cases() if case.subject == name and comparable(case, one, other)]
            partings = [parting for case in mine if (parting := part(case, one, other)) is not None]
            compared[name] = len(mine), partings
            click.echo(f"\n{name}: part in {len(partings)} of {len(mine)} cases" if partings else f"\n{name}: alike")
            for parting in partings if everything else partings[:1]:
                for line in told(parting):
                    click.echo(f"  {line}")
        if record is not None:
            Path(record).write_text(json_text(recorded(one, other, compared), levels=1), encoding="utf-8")
    context.exit(NOT_CONFORMANT if any(partings for _, partings in compared.values()) else 0)


def comparable(case: CommittedCase, *both: Implementation) -> bool:
    """Whether both can run a case that has one trace."""
    provided = all(one.provides(name) for one in both for name in case.needs)
    return provided and case.trace is not None and case.options.get("error") not in MESSAGES


def part(case: CommittedCase, one: Implementation, other: Implementation) -> Parting | None:
    """None also if one of them cannot run the case, or lacks what it reads."""
    try:
        return _part(case, one, other)
    except Unsupported:
        return None


def _part(case: CommittedCase, one: Implementation, other: Implementation) -> Parting | None:
    """Use the looser of the two tolerances; two conforming runs are never reported."""
    traces = observed(case, one), observed(case, other)
    words = [_stands(case, trace, tested) for trace, tested in zip(traces, (one, other), strict=True)]
    if words == [CONFORMS, CONFORMS]:
        return None
    precision = min(one.precision, other.precision)  # float32 comes before float64
    assert case.trace is not None
    rows = zip(traces[0], case.trace, strict=False)
    said = [wanted(row) | ({"by": right["by"]} if "by" in right else {}) for row, right in rows]
    difference = compare(replace(case, trace=said), traces[1], precision)
    if difference is None or difference.expected == difference.observed:  # both are nan
        return None
    return Parting(case, difference, f"A {words[0]}, B {words[1]}")


def wanted(row: Row) -> Row:
    """An observed row as an expected one. A read-out that raised makes the row an error."""
    unread = {name: value for name, value in row.items() if name != "error" and isinstance(value, dict)}
    raised = next((value for value in unread.values() if "raised" in value), None)
    if raised is not None:
        return {"error": {"kind": raised["kind"]}}
    return {name: value for name, value in row.items() if name not in unread}


def observed(case: CommittedCase, one: Implementation) -> Trace:
    """The trace; it ends with an error if the run was aborted."""
    try:
        return one.run(case.scenario)
    except ScenarioAborted as off:
        rest = len(case.trace or []) - len(off.trace)
        return [*off.trace, *[{"error": {"kind": "broken off", "message": off.difference.observed}}] * rest]


def _stands(case: CommittedCase, trace: Trace, one: Implementation) -> str:
    """How a trace compares with the specification."""
    if compare(case, trace, one.precision) is None:
        return CONFORMS
    dialect = dialect_of(case, trace, one)
    return "differs from the specification" if dialect is None else f'speaks the dialect "{dialect.name}"'


def told(parting: Parting) -> Iterator[str]:
    case, difference = parting.case, parting.difference
    yield f"{case.id}"
    yield f"  after {describe_operation(case.scenario, difference.row)}: {difference.what}"
    yield f"    A  {difference.expected}"
    yield f"    B  {difference.observed}" + (f"    off by {difference.error}" if difference.error else "")
    yield f"  {parting.by}"


def recorded(one: Implementation, other: Implementation, compared: dict[str, tuple[int, list[Parting]]]) -> Scenario:
    """For each class, how many cases differ, and the first of each requirement."""
    return {
        "specification": specification.version(),
        "vectors": f"sha256:{digest()}",
        **{side: {"name": by.name, "version": by.version} for side, by in (("a", one), ("b", other))},
        "classes": [{"class": name, "cases": n, "part": len(found)} for name, (n, found) in compared.items()],
        "partings": [row for _, found in compared.values() for row in _rows(found)],
    }


def _rows(partings: list[Parting]) -> Iterator[Scenario]:
    first = {parting.case.requirement: parting for parting in reversed(partings)}
    for parting in sorted(first.values(), key=partings.index):
        case, difference = parting.case, parting.difference
        yield {
            "class": case.subject,
            "requirement": case.requirement,
            "check": case.id,
            "after": describe_operation(case.scenario, difference.row),
            "what": difference.what,
            "a": portable(difference.expected),
            "b": portable(difference.observed),
            "by": parting.by,
        }
