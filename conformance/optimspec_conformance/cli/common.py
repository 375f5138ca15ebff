"""What the commands share: how an implementation is found, and how an error and a table are shown."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from ..exits import USAGE
from ..guard import Guarded, Stopped, guarded
from ..implementations import NotFound, find
from ..process import Program, limited

LIMIT = 10.0  # seconds for a scenario
WIDTH = 160  # columns, where the output is no terminal


class Unusable(click.ClickException):
    """One line that says what to mend."""

    exit_code = USAGE


@contextmanager
def implementation(name: str) -> Iterator[Guarded | Program]:
    """What ``--impl`` finds under a name, from the current folder, whose modules can be imported as in ``check``."""
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found = limited(guarded(lambda: find(name, Path.cwd()), math.inf), LIMIT)
    except Stopped as stopped:
        raise Unusable(f"{name} cannot be used: {stopped.observed}") from None
    except (NotFound, ValueError) as error:
        raise Unusable(str(error)) from None
    try:
        yield found
    finally:
        found.close()


def console() -> Console:
    """Wide enough for a table also where it is read by a program."""
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=WIDTH)
