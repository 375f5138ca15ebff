"""``optimspec smoke``: ten scenarios that distinguish a broken adapter from a broken implementation.

Of a program, ``protocol`` first asks whether it speaks the process protocol.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

import click

from ..cases.committed import CommittedCase, cases
from ..cases.comparison import compare
from ..cases.conventions import Withdrawn
from ..classes.catalogue import OPTIMIZERS, SCHEDULERS
from ..classes.conventions import as_option, in_words
from ..implementations.protocol import Implementation, ScenarioAborted
from ..scenarios.trace import READ_OUTS, Unsupported
from ..scenarios.values import Row, Trace
from ..session.exit_codes import NOT_CONFORMANT, USAGE
from ..verdict.failure import describe_operation
from ..verdict.followed import FollowedConventions, is_right_under
from . import protocol
from .common import implementation

SCENARIOS, TRIED = 10, 100
REASONS = 5  # that are shown
CLASSES = 5  # with a scenario for values and one for a state each
CONVENTION = "convention"
NO_API = ("AttributeError", "ImportError", "ModuleNotFoundError", "NameError", "NotImplementedError")
SIGNATURE = ("argument", "positional", "takes no")  # what Python says about a call that does not fit


@dataclass(frozen=True)
class Finding:
    """The outcome of a scenario; ``fault`` is whose fault it is: ``adapter``, ``implementation``, or empty.

    It is ``convention`` if nobody is at fault, but the class follows a convention that is not declared.
    """

    case: CommittedCase
    fault: str = ""
    message: str = ""


@click.command(
    epilog="""\b
Examples:
  optimspec smoke mypkg
  optimspec smoke path/to/adapter.py
  optimspec smoke "cmd:node schedules.js"
  optimspec smoke mypkg --convention torch

\b
Exit codes: 0 all is well, 1 the numbers are wrong, 2 the adapter is broken or cannot be imported."""
)
@click.argument("name", metavar="IMPLEMENTATION")
@click.option("--convention", multiple=True, metavar="NAME|CLASS=NAME", help="As for optimspec check.")
@click.pass_context
def smoke(context: click.Context, name: str, convention: tuple[str, ...]) -> None:
    """Run ten scenarios, and those that tell conventions apart.

    The ten show whether IMPLEMENTATION can be checked at all, or its adapter is broken. A program in another language
    is first asked whether it speaks the process protocol.
    """
    with implementation(name, convention) as tested:
        click.echo(f"{tested.name} {tested.version}, {tested.precision}")
        if tested.speaks_protocol and not answers_as_required(tested):
            click.echo("The program does not speak the protocol: fix this first; its numbers mean nothing yet.")
            context.exit(USAGE)
        followed = FollowedConventions(tested)
        findings, unsupported = run_scenarios(tested, followed)
        broken_off, undeclared = "", {}
        try:
            undeclared = followed.all_shown()
        except ScenarioAborted as aborted:
            broken_off = f"{aborted.difference.what}: {aborted.difference.observed}"
    for finding in findings:
        click.echo(f"  {finding.fault or 'ok':<15} {finding.case.id}")
        if finding.message:
            click.echo(f"{'':<18}{finding.message}")
    for reason, n in unsupported.most_common(REASONS):
        click.echo(f"  {'not provided':<15} {n} scenarios: {reason}")
    if broken_off:
        click.echo(f"  {'implementation':<15} while its conventions were looked for: {broken_off}")
    if undeclared:
        click.echo(f"It follows conventions of other libraries, {in_words(undeclared)}; to declare them:")
        click.echo(f"    --convention={as_option({**tested.conventions, **undeclared})}")
    faults = {finding.fault for finding in findings}
    if not findings:
        click.echo(
            f"Nothing could be run, so nothing can be checked: {name} provides no class whose scenarios it runs."
        )
        context.exit(USAGE)
    if "adapter" in faults:
        click.echo("The adapter is broken, or the API is another one: fix this first; its numbers mean nothing yet.")
        context.exit(USAGE)
    if "implementation" in faults or broken_off:
        click.echo(f"The adapter works, and the implementation gives something else: optimspec check {name} says what.")
        context.exit(NOT_CONFORMANT)
    if CONVENTION in faults:
        click.echo("The adapter works, and nothing is wrong but for the conventions that are not declared.")
        context.exit(NOT_CONFORMANT)
    click.echo(f"All is well in {len(findings)} scenarios: optimspec check {name} checks everything.")


def answers_as_required(program: Implementation) -> bool:
    """Whether a program answers as the process protocol requires; prints each question."""
    answers = list(protocol.findings(program))
    for name, wrong in answers:
        click.echo(f"  {'protocol' if wrong else 'ok':<15} {name}{': ' if wrong else ''}{wrong}")
    return not any(wrong for _, wrong in answers)


def run_scenarios(tested: Implementation, followed: FollowedConventions) -> tuple[list[Finding], Counter[str]]:
    """Run scenarios until ten have run or there are no more. Returns why others could not be run, too."""
    findings: list[Finding] = []
    unsupported: Counter[str] = Counter()
    for case in islice(candidates(tested), TRIED):
        try:
            findings.append(run_scenario(case, followed))
        except (Unsupported, Withdrawn) as reason:
            unsupported[str(reason)] += 1
        if len(findings) == SCENARIOS:
            break
    return findings, unsupported


def candidates(tested: Implementation) -> Iterator[CommittedCase]:
    """Plain cases of schedulers and optimizers in turn: values and a state of each class, then more of each.

    States only if a verdict about them is asked for.
    """
    names = [name for name in chain(*zip_longest(SCHEDULERS, OPTIMIZERS)) if name and tested.provides(name)]
    lists = [
        [case for case in cases() if (case.subject, case.area) == (name, area) and is_plain(case, tested)]
        for area in ("golden", *(["state"] if "state" in tested.tiers else []))
        for name in names[:CLASSES]
    ]
    return (case for case in chain(*zip_longest(*lists)) if case is not None)


def is_plain(case: CommittedCase, tested: Implementation) -> bool:
    """Whether a case has no refusal, and can be run."""
    accepted = case.trace is not None and not any("error" in row for row in case.trace)
    return accepted and all(map(tested.provides, case.needs))


def run_scenario(original: CommittedCase, followed: FollowedConventions) -> Finding:
    """Raises Unsupported, or Withdrawn."""
    tested, case = followed.implementation, followed.declared.case(original)
    try:
        trace = tested.run(case.scenario)
    except ScenarioAborted as aborted:
        return Finding(case, "implementation", f"{aborted.difference.what}: {aborted.difference.observed}")
    for message in api_errors(case, trace):
        return Finding(case, "adapter", message)
    difference = compare(case, trace, tested.precision)
    if difference is None:
        return Finding(case)
    undeclared = followed.explaining(
        original, lambda conventions: is_right_under(conventions, original, trace, tested.precision)
    )
    if undeclared:
        return Finding(case, CONVENTION, as_option(undeclared))
    when = describe_operation(case.scenario, difference.row)
    values = f"expected {difference.expected}, observed {difference.observed}"
    return Finding(case, "implementation", f"after {when}: {difference.what}: {values}")


def api_errors(case: CommittedCase, trace: Trace) -> Iterator[str]:
    """Errors which show that a class does not have the expected API."""
    for number, row in enumerate(trace):
        when = describe_operation(case.scenario, number)
        if "error" in row and is_api_error(row["error"]):
            yield f"{when}: {row['error']['message']}"
        for name in case.options["reads"]:
            value = row.get(name)
            if isinstance(value, dict) and "raised" in value:
                yield f"{READ_OUTS[name]} cannot be read after {when}: {value['raised']}"


def is_api_error(error: Row) -> bool:
    """Whether Python itself refused a call, or a name is missing."""
    refused = error["kind"] == "type" and any(word in error["message"] for word in SIGNATURE)
    return refused or error["kind"] in NO_API
