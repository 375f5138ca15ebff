"""The answer for a log with a schedule, as data and as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

import numpy as np

from ..classes.definition import Array
from ..oracle.schedulers import build
from ..reports.plot import svg
from ..scenarios.values import Json, Scenario
from .comparison import Comparison, Difference, Rates, Tolerance, compare
from .conventions import SPECIFICATION, named
from .curve import Curve
from .errors import LogError
from .log import Log
from .mistakes import explain
from .model import Explanation
from .plateau import Plateau, by_rows, explain_plateau
from .printed import USUAL, Printed
from .spec import explorer, is_plateau, python

POINTS = 400  # of a plot
SITE = "http://127.0.0.1:8000/"  # of the documentation, as mkdocs serves it
IN_FULL = Printed(significant=USUAL)
STYLE = """<style>svg { font: 12px system-ui, sans-serif; background: #fff; } text { fill: #5a5d63; }
polyline { fill: none; stroke-width: 1.6; } .axis { fill: none; stroke: #d4d6da; }
.first { stroke: #5a5d63; stroke-dasharray: 2 3; } polyline.expected { stroke: #1a66b0; }
polyline.observed { stroke: #b3261e; stroke-dasharray: 5 3; } circle.expected { fill: #1a66b0; }
circle.observed { fill: #b3261e; }</style>"""


@dataclass(frozen=True)
class Answer:
    """Whether a log agrees with a schedule; if not, where it first differs, and which mistakes explain it.

    ``in_full`` is the first difference of a log that agrees only if its rates were rounded, which does not show.
    """

    log: Log
    config: Scenario
    curve: Rates
    tolerance: Tolerance
    comparison: Comparison
    explanations: list[Explanation]
    in_full: Difference | None = None

    @property
    def agrees(self) -> bool:
        return self.comparison.first is None

    @property
    def counts_from_one(self) -> bool:
        """Whether the log may count its steps from 1: it looks late, and begins there."""
        kinds = [explanation.mistakes[0].kind for explanation in self.explanations]
        return "late" in kinds and not self.log.counted and int(self.log.steps.min()) == 1

    def lines(self) -> Iterator[str]:
        """The answer in words."""
        comparison = self.comparison
        yield f"{'agrees' if self.agrees else 'DIFFERS'}: {python(self.config)}"
        resumes = len(self.log.starts) - 1
        parts = f", with {resumes} resume{'s' * (resumes > 1)}" if resumes else ""
        yield f"  {comparison.points} points, steps {self.log.steps.min()} to {self.log.last_step}{parts}"
        yield from (f"  {note}" for note in (self.log.counted, self.log.left_out) if note)
        worst = f"{comparison.worst:.3g}, at step {comparison.worst_step}"
        yield f"  worst error {worst}; the tolerance is {self.tolerance.words}"
        if self.in_full is not None:
            full = self.in_full
            expected = f"{full.expected:.8g} at step {full.step}"
            yield f"  if {full.observed:g} is written in full, not rounded, it differs from {expected}: log more digits"
        if comparison.first is not None:
            first = comparison.first
            yield f"  {comparison.differing} points differ, the first at step {first.step}:"
            yield f"    expected  {'no rate' if np.isnan(first.expected) else f'{first.expected:.8g}'}"
            yield f"    observed  {first.observed:.8g}"
            texts = [explanation.text for explanation in self.explanations]
            yield (
                f"  looks like: {f'{chr(10)}          or: '.join(texts)}" if texts else "  no known mistake explains it"
            )
            if self.counts_from_one:
                yield "  the log begins with step 1: if that is its first, ask again with --first-step 1"

    def data(self) -> Json:
        """The answer for a program."""
        comparison, first = self.comparison, self.comparison.first
        return {
            "schedule": python(self.config),
            "agrees": self.agrees,
            "points": comparison.points,
            "differing": comparison.differing,
            "left_out": self.log.left_out or None,
            "resumed_at": [int(self.log.steps[start]) for start in self.log.starts[1:]],
            "worst": {"error": comparison.worst, "step": comparison.worst_step},
            "first": _difference(first),
            "if_in_full": _difference(self.in_full),
            "explanations": [
                [{"kind": mistake.kind, "text": mistake.text} for mistake in explanation.mistakes]
                for explanation in self.explanations
            ],
        }

    def plot(self) -> Json:
        rows = np.unique(np.linspace(0, len(self.log) - 1, POINTS).astype(np.int64))
        steps, first = self.log.steps[rows], self.comparison.first
        return {
            "what": "the rate",
            "axis": "step",
            "first": float(steps[0] if first is None else first.step),
            "expected": _points(steps, self.curve(steps)),
            "observed": _points(steps, self.log.rates[rows]),
        }

    def svg(self) -> str:
        """The plot, as a file of its own."""
        head, _, rest = svg(self.plot()).partition(">")
        return f'{head} xmlns="http://www.w3.org/2000/svg">{STYLE}{rest}\n'

    def page(self) -> str:
        """The answer and the plot as one page, without scripts."""
        link = escape(f"{SITE}explorer/{explorer(self.config)}")
        return (
            '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>optimspec log</title>'
            "<style>body { max-width: 60rem; margin: 2rem auto; font: 15px/1.5 system-ui, sans-serif; }</style>"
            "</head>\n"
            f"<body>\n<h1>{'Agrees' if self.agrees else 'Differs'}</h1>\n{self.svg()}"
            "<p>Expected is the blue line, observed the dashed red one.</p>\n"
            f"<pre>{escape(chr(10).join(self.lines()))}</pre>\n"
            f'<p><a href="{link}">The schedule in the explorer</a> of the documentation where <code>mkdocs serve</code>'
            " shows it.</p>\n</body>\n</html>\n"
        )


def _difference(first: Difference | None) -> Json:
    if first is None:
        return None
    expected = None if np.isnan(first.expected) else first.expected
    return {"step": first.step, "expected": expected, "observed": first.observed}


def _points(steps: Array, rates: Array) -> list[list[float]]:
    return [[float(step), float(rate)] for step, rate in zip(steps, rates, strict=True)]


def answer(log: Log, config: Scenario, group: int, fixed: float | None, convention: str | None) -> Answer:
    """Compare a log with a schedule. Raises LogError for a group or a convention that the schedule does not have."""
    reading = SPECIFICATION if convention is None else named(config, convention)
    if group and group >= len(build(config, reading.definitions).base_lrs):
        raise LogError(f"the schedule has no group {group}: write a list of base rates, one for each group")
    curve: Rates
    if is_plateau(config):
        curve, log = Plateau(config, group, reading).rates(log), by_rows(log)
    else:
        curve = Curve(config, group, reading)
    tolerance = Tolerance.of(log, curve, fixed)
    comparison = compare(log, curve, tolerance)
    explanations = []
    if comparison.first is not None:
        explained = explain_plateau if is_plateau(config) else explain
        explanations = explained(log, config, group, tolerance, reading)
    in_full = None
    if comparison.first is None and log.printed.in_full and fixed is None:
        in_full = compare(log, curve, replace(tolerance, printed=IN_FULL)).first
    return Answer(log, config, curve, tolerance, comparison, explanations, in_full)
