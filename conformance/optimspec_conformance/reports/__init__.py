"""Reports of a run, each kind by the ending of its file: a record in JSON, a page in HTML, a badge in SVG."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .badge import badge
from .page import page
from .results import results, written

if TYPE_CHECKING:
    from ..session import ConformanceSession


def refuse(names: Iterable[str], directory: Path) -> None:
    """Raises ValueError for what cannot be written, before a run rather than after it."""
    for name in names:
        if not (directory / name).parent.is_dir():
            raise ValueError(f"{name}: there is no folder {(directory / name).parent}")


def detailed(names: Iterable[str]) -> bool:
    """Whether a report shows failures in full."""
    return any(name.endswith(".html") for name in names)


def write(session: ConformanceSession, name: str) -> str:
    """Write a report; returns what there is to say about it."""
    record = results(session)
    if name.endswith(".json"):
        text: str | None = written(record)
    else:
        text = page(record, session.records) if name.endswith(".html") else badge(record)
    if text is None:
        why = record["claim"] if record["footer"]["complete"] or session.partial is None else session.partial
        return f"{name} is not written, as the run claims nothing: {why}"
    (session.choices.directory / name).write_text(text, encoding="utf-8")
    complete = record["footer"]["complete"]
    return f"{name} is written" + ("" if complete else ", of a run that is not whole")
