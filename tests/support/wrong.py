"""An implementation that is the oracle with a fault, or none, under conventions or not."""

from __future__ import annotations

import numpy as np
from optimspec_conformance.classes.conventions import Declared, definitions_under
from optimspec_conformance.implementations.python import PythonImplementation
from optimspec_conformance.implementations.readout import error_kind
from optimspec_conformance.oracle.arithmetic import EXACT, plain
from optimspec_conformance.oracle.run import Run
from optimspec_conformance.scenarios.values import Row, Scenario, Trace
from optimspec_conformance.verdict.diagnosis import Candidate
from optimspec_conformance.verdict.observed_run import as_observed

RIGHT = Candidate(())


class WrongRun(Run):
    """A fault may make the oracle fail in any way: every error is a row."""

    def refusal(self, error: Exception) -> Row:
        return super().refusal(error) or {"error": {"kind": error_kind(error)}}


class Wrong(PythonImplementation):
    """Weights are computed in floats, as everybody does."""

    name = module = "wrong"
    version = ""
    declared_precision = "float64"

    def __init__(self, candidate: Candidate = RIGHT, conventions: Declared | None = None) -> None:
        self.conventions = dict(conventions or {})
        self.definitions = candidate.definitions(definitions_under(self.conventions))
        self.trace = []

    def provides(self, name: str) -> bool:
        return True

    def run(self, scenario: Scenario) -> Trace:
        arithmetic = plain("float64")[1] if "weights" in scenario else EXACT
        with np.errstate(all="ignore"):
            return as_observed(WrongRun(scenario, arithmetic, self.definitions).run())
