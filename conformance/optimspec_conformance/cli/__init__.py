"""The command line of optimspec: a module for each command; ``common`` has what they share.

Start with ``check``, the whole run, or ``smoke``, a short one; ``protocol`` asks a program whether it speaks the
process protocol.

Imports ``cases``, ``classes``, ``faults``, ``fuzz``, ``implementations``, ``logs``, ``reports``, ``scenarios``,
``session``, ``specification`` and ``verdict``.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

import click

from .. import __version__
from .check import check
from .dev import dev
from .diff import diff
from .explain import explain
from .log import log
from .matrix import matrix
from .smoke import smoke
from .vectors import vectors


@click.group(
    epilog="""\b
Examples:
  optimspec smoke mypkg             ten scenarios: can it be checked at all?
  optimspec check mypkg             everything
  optimspec explain EXP-2           what a requirement says, and how it is checked

\b
An implementation is a built-in adapter, an installed entry point, path/to/adapter.py, an importable module,
or a program in any language: "cmd:PROGRAM ARGS".
Exit codes: 0 as it should be, 1 not conformant, 2 cannot be used, 3 not whole."""
)
@click.version_option(__version__, prog_name="optimspec")
def main() -> None:
    """Check learning-rate schedulers and optimizers against their specification."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that cannot show η shows its number
            stream.reconfigure(errors="backslashreplace")


for command in (check, smoke, diff, matrix, explain, log, vectors, dev):
    main.add_command(command)
