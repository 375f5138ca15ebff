"""A plateau, whose rate follows a metric in the log, and its known mistakes.

Each row of the log is a step: its rate is the one in use, and its metric is what the plateau then receives. After a
resume, the plateau continues as it was at the step that is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from ..classes.definition import Array
from ..faults.bank import diagnosable_faults
from ..oracle.schedulers import OraclePlateau
from ..scenarios.values import Json, Scenario
from .comparison import Tolerance, compare
from .conventions import Reading, readings
from .errors import LogError
from .log import Log
from .model import Explanation, Mistake

PROCESSES = 64  # at most
EXPLANATIONS = 3  # to show


@dataclass(frozen=True)
class RatesOfRows:
    """The rates of the rows of a log."""

    rates: Array

    def __call__(self, rows: Array) -> Array:
        return self.rates[rows]

    exact = __call__


def by_rows(log: Log) -> Log:
    """The log with its rows for steps."""
    return replace(log, steps=np.arange(len(log)), counted="steps are the rows of the log, from 0 on")


@dataclass(frozen=True)
class Plateau:
    """A plateau that receives each metric a number of ``times``.

    Before the row ``forgotten``, its last cut is undone; with ``afresh``, it also forgets its best metric and counts.
    """

    config: Scenario
    group: int
    reading: Reading
    times: int = 1
    forgotten: int | None = None
    afresh: bool = False

    def rates(self, log: Log) -> RatesOfRows:
        """The rate of each row. Raises LogError if the log has no metric."""
        if log.metrics is None:
            raise LogError("a plateau follows a metric: name its column with --metric")
        plateau = OraclePlateau(self.config, self.reading.definitions)
        rates: list[float] = []
        before, states = plateau.state_dict(), dict[int, Json]()
        for row, (step, metric) in enumerate(zip(log.steps.tolist(), log.metrics.tolist(), strict=True)):
            if row in log.starts[1:] and step in states:
                plateau.load_state_dict(states[step])
            if row == self.forgotten:
                kept = {} if self.afresh else plateau.metric_state
                plateau.load_state_dict(before)
                fresh = {"best": None, "bad": 0, "cooldown": 0}
                plateau.metric_state = fresh | kept | {"lrs": plateau.metric_state["lrs"]}
            states[step] = plateau.state_dict()
            rates.append(float(plateau.rate(self.group)))
            for _ in range(self.times):
                now = plateau.state_dict()
                plateau.step(metric)
                if plateau.metric_state["lrs"] != now["metric_state"]["lrs"]:
                    before = now
        return RatesOfRows(np.array(rates))


def explain_plateau(
    log: Log, config: Scenario, group: int, tolerance: Tolerance, reading: Reading
) -> list[Explanation]:
    """The mistakes that explain a log whose plateau differs; an empty list if none is known."""
    first = compare(log, Plateau(config, group, reading).rates(log), tolerance).first
    assert first is not None

    few = log.head(first.row + 1)

    def explaining() -> Iterator[Mistake]:
        for mistake, plateau in _mistaken(config, group, reading, first.row):
            if all(compare(part, plateau.rates(part), tolerance).first is None for part in (few, log)):
                yield mistake

    return [Explanation((mistake,)) for mistake in islice(explaining(), EXPLANATIONS)]


def _mistaken(config: Scenario, group: int, reading: Reading, row: int) -> Iterator[tuple[Mistake, Plateau]]:
    original, name = Plateau(config, group, reading), config["class"]
    for n in range(2, PROCESSES + 1):
        text = f"gets each metric {n} times, such as once from each process"
        yield Mistake("processes", text), replace(original, times=n)
    text = f"the cut before step {row} is forgotten, as by a backup that was made before it"
    for afresh in (False, True):
        yield Mistake("forgotten", text), replace(original, forgotten=row, afresh=afresh)
    for other in readings(config, reading):
        yield Mistake("convention", f"the convention {other.name}: {other.about}"), replace(original, reading=other)
    definition = reading.definitions[name]
    for fault in definition.faults:
        if fault in diagnosable_faults(name):
            mistake = Mistake("fault", f"{name}: {fault.name} ({fault.requirement})")
            yield mistake, replace(original, reading=reading.changed(**{name: fault.change(definition)}))
