"""Reports of a run, by the suffix of the file: a record in JSON, a page in HTML, a badge in SVG, a shard in JSON Lines.

Start with ``run_result``: a session fills it, and every report is made from it. ``check_result`` is one check,
``causes`` groups those that fail, ``record`` is the JSON, ``summary`` what the terminal shows, ``shard`` a part of a
run that is joined with others.

Imports ``cases``, ``classes``, ``implementations``, ``scenarios``, ``specification`` and ``verdict``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..scenarios.json_text import json_text
from ..scenarios.text import write_file
from .badge import badge
from .page import page
from .record import run_record
from .run_result import RunResult
from .shard import shard_text


def needs_details(names: Iterable[str]) -> bool:
    """Whether a report shows failures in full."""
    return any(name.endswith(".html") for name in names)


def write(run: RunResult, name: str, directory: Path) -> str:
    """Write a report; returns a note about it. Raises OSError."""
    record = run_record(run)
    if name.endswith(".jsonl"):
        text: str | None = shard_text(run)
    elif name.endswith(".json"):
        text = json_text(record, levels=1)
    else:
        text = page(record, run.checks) if name.endswith(".html") else badge(record)
    if text is None:
        reason = run.claim if run.complete or run.partial is None else run.partial
        return f"{name} is not written, as the run claims nothing: {reason}"
    write_file(directory / name, text)
    return f"{name} is written" + ("" if run.complete else ", of a run that is not whole")
