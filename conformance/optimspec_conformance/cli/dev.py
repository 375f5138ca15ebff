"""``optimspec dev``: what a developer of the kit runs in a checkout."""

from __future__ import annotations

from pathlib import Path

import click

from ..cases.generate import regenerate
from ..classes.catalogue import DEFINITIONS
from ..faults.bank import all_faults
from ..fuzz.adopt import adopt_file, draw_until
from ..scenarios.text import reason
from .common import CommandError


@click.group(
    epilog="""\b
Examples:
  optimspec dev generate            after a change of a class: write its golden vectors
  optimspec dev generate --check    are they what the oracle gives?
  optimspec dev adopt found.json    keep what a search found
  optimspec dev faults              every mistake that the kit knows"""
)
def dev() -> None:
    """Work on the kit itself, in a checkout."""


@dev.command(
    epilog="""\b
Examples:
  optimspec dev generate
  optimspec dev generate Adam AdamW
  optimspec dev generate --check

\b
Exit codes: 0 done, or nothing differs; 1 with --check, a file differs from the oracle."""
)
@click.argument("classes", nargs=-1, type=click.Choice(list(DEFINITIONS)), metavar="[CLASS]...")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file differs from the oracle.")
@click.pass_context
def generate(context: click.Context, classes: tuple[str, ...], check: bool) -> None:
    """Write the golden vectors of classes, or of all, from the oracle."""
    context.exit(regenerate(classes or list(DEFINITIONS), check=check))


@dev.command(
    epilog="""\b
Examples:
  optimspec dev adopt found.json
  optimspec dev adopt --draw 10

\b
They are kept in sequences/, and become golden vectors with the next optimspec dev generate."""
)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--draw", type=int, default=0, metavar="N", help="Draw long sequences until every class has N.")
def adopt(file: Path | None, draw: int) -> None:
    """Keep a scenario that --optimspec-fuzz printed.

    FILE holds it as JSON.
    """
    if file is None and draw == 0:
        raise click.UsageError("give a FILE, or --draw N")
    if file is not None:
        try:
            adopt_file(file)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise CommandError(f"{file} holds no scenario: {reason(error)}") from None
    draw_until(draw)
    click.echo("now run: optimspec dev generate")


@dev.command(
    epilog="""\b
Examples:
  optimspec dev faults
  optimspec dev faults | grep STEP-3"""
)
def faults() -> None:
    """List the faults that the kit knows: class, requirement, name."""
    for name in DEFINITIONS:
        for fault in all_faults(name):
            click.echo(f"{name}\t{fault.requirement}\t{fault.name}")
