"""``optimspec vectors``: the golden vectors for a project in any language."""

from __future__ import annotations

from pathlib import Path

import click

from ..cases.export import export
from .common import CommandError, written


@click.command(
    epilog="""\b
Examples:
  optimspec vectors --out vectors

\b
The folder then has a README that says how to use them, and every file twice: in decimal/ numbers are written
as 0.1, in hex/ as 0x1.999999999999ap-4, which strtod of C reads, too."""
)
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="A new or empty folder.")
def vectors(out: Path) -> None:
    """Write the golden vectors for other languages.

    DIR gets their schemas, the specification and the process protocol, too, and is a package of npm.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CommandError(f"{out} is there already, and not empty: name a new folder")
    with written(out):
        count = export(out)
    click.echo(f"{count} files written; begin with {out / 'README.md'}")
