"""``optimspec log``: whether a training log followed a schedule, or which one it followed."""

from __future__ import annotations

import json
from dataclasses import replace
from math import isfinite
from pathlib import Path

import click

from ..logs.answer import Answer, answer
from ..logs.errors import LogError
from ..logs.files import Columns, read
from ..logs.log import Log
from ..logs.proposals import Proposals, propose
from ..logs.spec import is_plateau, parse
from ..session.exit_codes import NOT_CONFORMANT
from .common import CommandError, written

WRITERS = (".html", ".svg")


@click.command(
    epilog="""\b
Examples:
  optimspec log train.csv --schedule "CosineAnnealingLR(base_lr=3e-4, T_max=9500)"
  optimspec log trainer_state.json --first-step 1 --schedule "LinearLR(base_lr=5e-5, end_factor=0, total_iters=300)"
  optimspec log metrics.csv --rate lr-AdamW/pg2 --schedule schedule.json --report page.html
  optimspec log train.csv                           which schedule is it?

\b
FILE is CSV, JSON Lines, a trainer_state.json of transformers or an event file of TensorBoard; - is standard input.
SPEC is the Python that builds the schedule, read as data, or a scenario in JSON, or a file with either.
Exit codes: 0 agrees, 1 differs, 2 cannot be used."""
)
@click.argument("file", metavar="FILE")
@click.option("--schedule", metavar="SPEC", help="The schedule that the log should follow (default: propose some).")
@click.option("--convention", metavar="NAME", help="How a library reads the schedule: torch, timm, …")
@click.option("--step", metavar="COLUMN", help="The column of the steps (default: found by its name).")
@click.option("--rate", metavar="COLUMN", help="The column of the rates (default: found by its name).")
@click.option("--metric", metavar="COLUMN", help="The column that a plateau follows (default: found by its name).")
@click.option("--group", metavar="N", type=click.IntRange(0), default=0, help="The group to compare (default: 0).")
@click.option("--first-step", metavar="N", type=click.IntRange(0), default=0, help="The step of time 0 (default: 0).")
@click.option("--tolerance", metavar="X", type=click.FloatRange(0), help="Of a rate (default: from its digits).")
@click.option("--report", metavar="FILE", multiple=True, help="Write an .html page or an .svg plot.")
@click.option("--json", "as_json", is_flag=True, help="Write the answer as JSON.")
@click.pass_context
def log(
    context: click.Context,
    file: str,
    schedule: str | None,
    convention: str | None,
    step: str | None,
    rate: str | None,
    metric: str | None,
    group: int,
    first_step: int,
    tolerance: float | None,
    report: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say whether a training log followed a schedule, or which one it followed.

    If it did not, the first step at which it differs is shown, and the mistakes that explain it.
    """
    if wrong := [name for name in report if not name.endswith(WRITERS)]:
        raise CommandError(f"{wrong[0]}: a report ends in {' or '.join(WRITERS)}")
    if tolerance is not None and not isfinite(tolerance):
        raise CommandError("--tolerance: a number, which is finite")
    try:
        config = None if schedule is None else parse(_text(schedule))
        with_metric = config is not None and is_plateau(config)
        entries = _from(read(file, Columns(step, rate, metric, group), with_metric=with_metric), first_step)
        result: Answer | Proposals
        result = (
            propose(entries, tolerance) if config is None else answer(entries, config, group, tolerance, convention)
        )
        click.echo(json.dumps(result.data(), indent=1) if as_json else "\n".join(result.lines()))
        drawn = result if isinstance(result, Answer) else _best(result, tolerance) if report else None
    except LogError as error:
        raise CommandError(str(error)) from None
    if report and drawn is None:
        click.echo("nothing is drawn: no class is proposed", err=True)
    for name in report if drawn else ():
        assert drawn is not None
        with written(name):
            Path(name).write_text(drawn.page() if name.endswith(".html") else drawn.svg(), encoding="utf-8")
    context.exit(0 if result.agrees else NOT_CONFORMANT)


def _best(proposals: Proposals, tolerance: float | None) -> Answer | None:
    """The answer for the first proposal that is a schedule of the specification."""
    best = next((proposal for proposal in proposals.all if proposal.config), None)
    if best is None or best.config is None:
        return None
    return answer(proposals.log, best.config, 0, tolerance, best.convention or None)


def _text(schedule: str) -> str:
    """The schedule, from a file if it names one."""
    if schedule.endswith((".py", ".json")):
        try:
            return Path(schedule).read_text(encoding="utf-8")
        except OSError as error:
            raise LogError(f"{schedule} cannot be read: {error.strerror}") from None
    return schedule


def _from(log: Log, first_step: int) -> Log:
    if (log.steps < first_step).any():
        raise LogError(f"the log has a step {log.steps.min()}, before the first one, {first_step}")
    counted = f"step 0 here is step {first_step} of the log" if first_step else ""
    return replace(log, steps=log.steps - first_step, counted=counted)
