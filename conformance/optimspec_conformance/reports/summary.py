"""The summary at the end of a run, in the terminal."""

from __future__ import annotations

from ..cases.committed import AREAS
from ..implementations.guard import enforced
from ..verdict.judge import Result
from .run_result import UNEXPLAINED, RunResult


def summary(run: RunResult) -> list[str]:
    counted = ", ".join(f"{run.count(result)} {result}" for result in Result)
    return [
        *(_grid(run) if run.checks else []),
        *_causes(run),
        *(f"note: {note}" for note in [*_conditions(run), *run.notes]),
        *(f"error: {error}" for error in run.errors),
        f"{len(run.checks)} checks: {counted}: {run.claim}",
    ]


def _causes(run: RunResult) -> list[str]:
    if not run.causes.keys() - {UNEXPLAINED}:
        return []
    ordered = sorted(run.causes.most_common(), key=lambda counted: counted[0] == UNEXPLAINED)
    counted = [f"{n:>6}  {cause}" for cause, n in ordered]
    return ["what failures look like, and how many checks each explains", *counted, ""]


def _conditions(run: RunResult) -> list[str]:
    """Notes about conditions that the run could not meet."""
    notes = [] if enforced() else ["the time limit needs the signals of POSIX, or isolation"]
    restarts = run.implementation.restarts
    return [*notes, *([f"the process had to be started again: {restarts} times"] if restarts else [])]


def _grid(run: RunResult) -> list[str]:
    subjects = list(dict.fromkeys(subject for _, subject, _ in run.counts))
    width = max(map(len, subjects)) + 2
    lines = ["passed of all checks", " " * width + "".join(f"{area:>13}" for area in AREAS)]
    for subject in subjects:
        cells = [_cell(run, subject, area) for area in AREAS]
        lines.append(f"{subject:<{width}}" + "".join(f"{cell:>13}" for cell in cells))
    return [*lines, ""]


def _cell(run: RunResult, subject: str, area: str) -> str:
    ran = run.count(None, subject, area)
    return f"{run.count(Result.PASS, subject, area)}/{ran}" if ran else "-"
