"""``optimspec diff``: where two implementations differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click

from .. import specification
from ..cases.committed import CommittedCase, cases, digest
from ..cases.comparison import compare
from ..classes.catalogue import DEFINITIONS
from ..classes.conventions import in_words
from ..implementations.protocol import Implementation, ScenarioAborted
from ..reports.check_result import portable
from ..scenarios.json_text import json_text
from ..scenarios.text import try_file, write_file
from ..scenarios.trace import Difference, Unsupported
from ..scenarios.values import Row, Scenario, Trace
from ..session.exit_codes import NOT_CONFORMANT
from ..verdict.failure import describe_operation
from ..verdict.followed import FollowedConventions, is_right_under
from .common import CommandError, implementation, written

MESSAGES = ("names", "any")  # checks of refusals and their messages: no two libraries agree on these
CONFORMS = "conforms"


@dataclass(frozen=True)
class CaseDifference:
    """A case in which two implementations differ: the first difference, and which of them conforms (``by``)."""

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
Exit codes: 0 no difference, 1 they differ, 2 cannot be used."""
)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.argument("classes", nargs=-1, metavar="[CLASS]...")
@click.option(
    "--all", "everything", is_flag=True, help="Show every case that differs, not only the first of each class."
)
@click.option("--record", metavar="FILE", help="Write the first case of each class and requirement, as JSON.")
@click.pass_context
def diff(
    context: click.Context, a: str, b: str, classes: tuple[str, ...], everything: bool, record: str | None
) -> None:
    """Show where A and B differ.

    Both run the same cases. For each class, the first case in which they differ is shown: the step, both values, and
    whether either follows a convention.
    """
    if unknown := [name for name in classes if name not in DEFINITIONS]:
        raise CommandError(f"no class {', '.join(unknown)}; there are {', '.join(DEFINITIONS)}")
    if record is not None:
        with written(record):
            try_file(Path(record))
    differences: dict[str, list[CaseDifference]] = {}
    counts: dict[str, int] = {}
    with implementation(a) as impl_a, implementation(b) as impl_b:
        common = [name for name in classes or DEFINITIONS if impl_a.provides(name) and impl_b.provides(name)]
        if not common:
            raise CommandError(f"{a} and {b} have none of the classes {', '.join(classes or DEFINITIONS)} in common")
        followed_a, followed_b = FollowedConventions(impl_a), FollowedConventions(impl_b)
        titles = [f"{impl.name} {impl.version}, {impl.precision}" for impl in (impl_a, impl_b)]
        click.echo(f"A is {titles[0]}; B is {titles[1]}")
        for name in common:
            comparable = [case for case in cases() if case.subject == name and is_comparable(case, impl_a, impl_b)]
            compared = [compare_case(case, followed_a, followed_b) for case in comparable]
            differing = [difference for difference in compared if difference is not None]
            differences[name], counts[name] = differing, len(comparable)
            how_many = f"differ in {len(differing)} of {len(comparable)} cases" if differing else "alike"
            click.echo(f"\n{name}: {how_many}")
            for difference in differing if everything else differing[:1]:
                for line in lines(difference):
                    click.echo(f"  {line}")
        if record is not None:
            content = record_content(impl_a, impl_b, counts, differences)
            with written(record):
                write_file(Path(record), json_text(content, levels=1))
    context.exit(NOT_CONFORMANT if any(differences.values()) else 0)


def is_comparable(case: CommittedCase, *implementations: Implementation) -> bool:
    """Whether both can run the case, and it has one trace."""
    provided = all(implementation.provides(name) for implementation in implementations for name in case.needs)
    return provided and case.trace is not None and case.options.get("error") not in MESSAGES


def compare_case(case: CommittedCase, a: FollowedConventions, b: FollowedConventions) -> CaseDifference | None:
    """The difference; None also if one of them cannot run the case, or lacks a read-out of it."""
    try:
        return _compare_case(case, a, b)
    except Unsupported:
        return None


def _compare_case(case: CommittedCase, a: FollowedConventions, b: FollowedConventions) -> CaseDifference | None:
    """Use the looser of the two tolerances; two conforming runs are never reported."""
    assert case.trace is not None
    trace_a, trace_b = run_case(case, a.implementation), run_case(case, b.implementation)
    conformity_a, conformity_b = _conformity(case, trace_a, a), _conformity(case, trace_b, b)
    if conformity_a == conformity_b == CONFORMS:
        return None
    precision = min(a.implementation.precision, b.implementation.precision)  # float32 comes before float64
    expected = [
        as_expected(row) | ({"by": exact["by"]} if "by" in exact else {})
        for row, exact in zip(trace_a, case.trace, strict=False)
    ]
    difference = compare(replace(case, trace=expected), trace_b, precision)
    if difference is None or difference.expected == difference.observed:  # both are nan
        return None
    return CaseDifference(case, difference, f"A {conformity_a}, B {conformity_b}")


def as_expected(row: Row) -> Row:
    """An observed row as an expected one. A read-out that raised makes the row an error."""
    unread = {name: value for name, value in row.items() if name != "error" and isinstance(value, dict)}
    raised = next((value for value in unread.values() if "raised" in value), None)
    if raised is not None:
        return {"error": {"kind": raised["kind"]}}
    return {name: value for name, value in row.items() if name not in unread}


def run_case(case: CommittedCase, implementation: Implementation) -> Trace:
    """The observed trace; it ends with errors if the run was aborted."""
    try:
        return implementation.run(case.scenario)
    except ScenarioAborted as aborted:
        missing = len(case.trace or []) - len(aborted.trace)
        return [*aborted.trace, *[{"error": {"kind": "broken off", "message": aborted.difference.observed}}] * missing]


def _conformity(case: CommittedCase, trace: Trace, followed: FollowedConventions) -> str:
    """How a trace compares with the specification."""
    precision = followed.implementation.precision
    if compare(case, trace, precision) is None:
        return CONFORMS
    names = followed.explaining(case, lambda conventions: is_right_under(conventions, case, trace, precision))
    if not names and is_right_under(followed.declared, case, trace, precision):
        names = {name: convention for name, convention in followed.declared.declared.items() if name in case.classes}
    if not names:
        return "differs from the specification"
    return f'follows the convention "{in_words(names) if len(names) > 1 else next(iter(names.values()))}"'


def lines(case_difference: CaseDifference) -> Iterator[str]:
    """The difference in words."""
    case, difference = case_difference.case, case_difference.difference
    yield f"{case.id}"
    yield f"  after {describe_operation(case.scenario, difference.row)}: {difference.what}"
    yield f"    A  {difference.expected}"
    yield f"    B  {difference.observed}" + (f"    off by {difference.error}" if difference.error else "")
    yield f"  {case_difference.by}"


def record_content(
    impl_a: Implementation,
    impl_b: Implementation,
    counts: dict[str, int],
    differences: dict[str, list[CaseDifference]],
) -> Scenario:
    """For each class, how many cases differ, and the first of each requirement."""
    return {
        "specification": specification.version(),
        "vectors": f"sha256:{digest()}",
        "a": {"name": impl_a.name, "version": impl_a.version},
        "b": {"name": impl_b.name, "version": impl_b.version},
        "classes": [
            {"class": name, "cases": counts[name], "part": len(differing)} for name, differing in differences.items()
        ],
        "partings": [row for differing in differences.values() for row in _record_rows(differing)],
    }


def _record_rows(differences: list[CaseDifference]) -> Iterator[Scenario]:
    first = {differing.case.requirement: differing for differing in reversed(differences)}
    for differing in sorted(first.values(), key=differences.index):
        case, difference = differing.case, differing.difference
        yield {
            "class": case.subject,
            "requirement": case.requirement,
            "check": case.id,
            "after": describe_operation(case.scenario, difference.row),
            "what": difference.what,
            "a": portable(difference.expected),
            "b": portable(difference.observed),
            "by": differing.by,
        }
