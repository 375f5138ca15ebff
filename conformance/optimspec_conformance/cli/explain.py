"""``optimspec explain``: a requirement, its checks, and the faults that break it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches

import click

from .. import specification
from ..cases.committed import CommittedCase, cases
from ..classes.catalogue import DEFINITIONS, conventions
from ..faults.bank import diagnosable_faults
from .common import CommandError

LISTED = 6  # checks of a class to list; the rest are counted


@click.command(
    epilog="""\b
Examples:
  optimspec explain EXP-2
  optimspec explain STA-7 --all     with the names of all checks"""
)
@click.argument("requirement", metavar="REQUIREMENT")
@click.option("--all", "everything", is_flag=True, help="List all checks of every class.")
def explain(requirement: str, everything: bool) -> None:
    """Say what REQUIREMENT asks.

    Also where it is written, how it is checked, and which mistakes break it.
    """
    described = specification.requirements().get(requirement.upper())
    if described is None:
        similar = sorted(get_close_matches(requirement.upper(), specification.requirements(), n=4, cutoff=0.5))
        raise CommandError(f"no requirement {requirement}" + (f"; there are {', '.join(similar)}" if similar else ""))
    click.echo(f"{described.id} ({described.level}, {described.tier})  {described.sentence}")
    click.echo(f"{specification.directory() / described.page}#{described.id}\n")
    checks = [case for case in cases() if described.id in {id_ for id_, _ in case.pairs()}]
    click.echo(f"checked by, as optimspec check IMPLEMENTATION -k {described.id} does")
    for line in [
        *_checks(checks, len(checks) if everything else LISTED),
        *_faults(described.id),
        *_conventions(checks),
    ]:
        click.echo(line)


def _checks(checks: list[CommittedCase], limit: int) -> Iterator[str]:
    by_class: dict[str, list[CommittedCase]] = defaultdict(list)
    for case in checks:
        by_class[case.subject].append(case)
    for name, own_cases in by_class.items():
        rest = f", and {len(own_cases) - limit} more" if len(own_cases) > limit else ""
        yield f"  {name}: {', '.join(case.id for case in own_cases[:limit])}{rest}"


def _faults(requirement: str) -> Iterator[str]:
    classes_by_fault: dict[str, list[str]] = defaultdict(list)
    for name in DEFINITIONS:
        for fault in diagnosable_faults(name):
            if fault.requirement == requirement:
                classes_by_fault[fault.name].append(name)
    if classes_by_fault:
        yield "\nmistakes that break it, which a failure is compared with"
        yield from (f"  {fault} ({_class_names(names)})" for fault, names in classes_by_fault.items())


def _class_names(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} classes"


def _conventions(checks: list[CommittedCase]) -> Iterator[str]:
    subjects = {case.subject for case in checks}
    if len(subjects) > 1:  # a requirement of several classes does not depend on a formula
        return
    followed = [(name, convention) for name in subjects for convention, _ in conventions(name)]
    if followed:
        yield "\nconventions of the class"
        yield from (f"  {convention.name}: {convention.about}" for _, convention in followed)
