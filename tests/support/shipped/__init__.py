"""Bugs that libraries shipped, each put into the numpy example."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from .broken_module import Shipped, module_of


def _read(path: Path) -> Iterator[Shipped]:
    for bug in tomllib.loads(path.read_text(encoding="utf-8"))["bug"]:
        edits = tuple((before, after) for before, after in bug["edits"])
        yield Shipped(bug["report"], bug["subject"], bug["requirement"], tuple(bug.get("names", ())), edits)


FILES = {path.stem: tuple(_read(path)) for path in sorted(Path(__file__).parent.glob("*.toml"))}
SHIPPED = tuple(bug for bugs in FILES.values() for bug in bugs)

__all__ = ["FILES", "SHIPPED", "Shipped", "module_of"]
