"""What the commands share: opening an implementation, and showing errors and tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from ..classes.conventions import parse
from ..implementations.find import open_implementation
from ..implementations.protocol import CannotTest, Implementation
from ..scenarios.text import reason
from ..session.exit_codes import USAGE

LIMIT = 10.0  # seconds for a scenario
WIDTH = 160  # columns, where the output is no terminal


class CommandError(click.ClickException):
    """One line that says how to fix it."""

    exit_code = USAGE


@contextmanager
def implementation(name: str, convention: Sequence[str] = ()) -> Iterator[Implementation]:
    """Open an implementation by name, as ``--impl`` does in the current folder, under conventions."""
    if str(Path.cwd()) not in sys.path:  # as in ``check``, modules there can be imported
        sys.path.insert(0, str(Path.cwd()))
    try:
        conventions = parse(",".join(convention)) if convention else {}
        opened = open_implementation(name, Path.cwd(), limit=LIMIT, conventions=conventions)
    except (CannotTest, ValueError) as error:
        raise CommandError(str(error)) from None
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def written(name: str | Path) -> Iterator[None]:
    """Raises CommandError if a file cannot be written."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise CommandError(f"{name} cannot be written: {reason(error)}") from None


def console() -> Console:
    """A console that is wide enough for a table, even if the output is not a terminal."""
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=WIDTH)
