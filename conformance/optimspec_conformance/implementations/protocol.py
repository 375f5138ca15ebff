"""What the kit requires of an implementation, and the ways in which a run can fail to give a trace."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from ..scenarios.trace import Difference
from ..scenarios.values import Row, Scenario, Trace
from ..specification import TIERS
from .precision import probe_precision

IMPORT = 120.0  # seconds within which a library must be imported
STEPS_WITHIN_LIMIT = 1000  # at 10 ms each they take the default limit of ten seconds


@dataclass(frozen=True)
class FailedRun:
    """A run that showed a difference, to be written as a program.

    ``expected`` is the exact trace; a law has a second scenario instead, ``other``.
    """

    ROWS: ClassVar[int] = 3  # that are written beside the program

    check: str
    scenario: Scenario
    observed: Trace
    difference: Difference
    expected: Trace | None = None
    other: Scenario | None = None

    def last_rows(self) -> list[tuple[int, str, Row]]:
        """The rows up to the difference: each with its number, and whether it was expected or observed."""
        first = max(self.difference.row - self.ROWS + 1, 0)
        traces = {"expected": self.expected or [], "observed": self.observed}
        return [
            (number, kind, trace[number])
            for number in range(first, self.difference.row + 1)
            for kind, trace in traces.items()
            if number < len(trace)
        ]


class Implementation(ABC):
    """A library under test: its name, what it provides, and the traces of scenarios.

    ``declared_precision`` is the precision of its rates, float64 or float32; None lets the kit determine it.
    ``not_observable`` maps the requirements that cannot be observed through an adapter, because the adapter itself does
    what they ask, to the reason: their checks are *not provided*.
    ``conventions`` are those that it follows, by class.
    ``tiers`` are those in which it asks for a verdict.
    ``excused`` are the requirements that its language may have no words for: their checks may be *not provided* without
    withholding a profile.
    ``pickles`` says whether states can be saved by pickle, or by the language's own serialization.
    ``trace`` holds the rows of the current scenario so far, in case the run is cut off.
    ``restarts`` counts how often its process had to be started again.
    ``speaks_protocol`` says whether it is a program that speaks the process protocol.
    ``request_id`` is the id of the last request to its process.
    """

    name: str
    version: str
    declared_precision: str | None = None
    not_observable: Mapping[str, str] = MappingProxyType({})
    conventions: Mapping[str, str] = MappingProxyType({})
    tiers: tuple[str, ...] = TIERS
    excused: frozenset[str] = frozenset()
    pickles: bool = True
    restarts: int = 0
    speaks_protocol: bool = False
    request_id: int = 0
    trace: Trace

    @property
    def precision(self) -> str:
        """The precision of its rates: declared, or determined by running it."""
        if self.declared_precision is None:
            self.declared_precision = "float64"  # until it is known, so that no report runs an interrupted probe again
            self.declared_precision = probe_precision(self)
        return self.declared_precision

    @abstractmethod
    def provides(self, name: str) -> bool:
        """Whether it has a class, or bfloat16."""

    def has_set_lr(self, name: str) -> bool:
        """Whether the rate of an optimizer of this class can be set, where there is no scheduler."""
        return False

    @abstractmethod
    def run(self, scenario: Scenario) -> Trace:
        """The observed trace. Raises Unsupported, or ScenarioAborted if the trace is incomplete."""

    @abstractmethod
    def show(self, scenario: Scenario, difference: Difference) -> list[str]:
        """Lines that show a difference without the kit: Python, or the requests to a program."""

    @abstractmethod
    def reproduce(self, run: FailedRun, directory: Path) -> dict[str, str]:
        """Files that do so, by their suffix; ``directory`` is where the implementation is found."""

    def begin_class(self, name: str) -> None:
        """The next scenarios are about this class."""
        return

    def close(self) -> None:
        """Release its resources."""
        return


class CannotTest(Exception):
    """The implementation cannot be tested. The message says how to fix it."""


class Changed(Exception):
    """The implementation has changed since the run began: nothing more can be judged."""


class ScenarioAborted(Exception):
    """A scenario that did not run to its end: the reason, and the rows so far."""

    def __init__(self, scenario: Scenario, difference: Difference, trace: Trace) -> None:
        super().__init__(f"{difference.what}: {difference.observed}")
        self.scenario, self.difference, self.trace = scenario, difference, trace


class AbnormalExit(Exception):
    """A call that neither returned nor raised an Exception: it exited, was interrupted, or ran out of time."""

    def __init__(self, what: str, expected: str, observed: str) -> None:
        super().__init__(observed)
        self.what, self.expected, self.observed = what, expected, observed

    def difference(self, row: int) -> Difference:
        return Difference(row, self.what, self.expected, self.observed)


class OutOfTime(BaseException):
    """An alarm at the time limit. Not an Exception, so that an implementation which catches these does not catch it."""


def out_of_time(limit: float) -> AbnormalExit:
    return AbnormalExit("time taken", f"at most {limit:g} s", f"cut off after {limit:g} s")


def time_to_import(limit: float) -> float:
    """The seconds that an import may take; infinite if the run has no limit."""
    return IMPORT if math.isfinite(limit) else math.inf


def time_allowed(scenario: Scenario, limit: float) -> float:
    """The seconds that a scenario may take: the limit, once for each thousand operations or part of it."""
    steps: int = sum(row.get("n", 1) for row in scenario["do"])
    return limit * max(1, math.ceil(steps / STEPS_WITHIN_LIMIT))
