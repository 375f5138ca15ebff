"""An implementation that answers from a table: what a run on it takes is the kit's own share."""

from __future__ import annotations

import json

from optimspec_conformance.cases.committed import cases
from optimspec_conformance.implementations.python import PythonImplementation
from optimspec_conformance.scenarios.trace import Unsupported
from optimspec_conformance.scenarios.values import Scenario, Trace
from optimspec_conformance.verdict.observed_run import as_observed


class Table(PythonImplementation):
    name = module = "table"
    version = ""
    declared_precision = "float64"

    def __init__(self) -> None:
        self.trace = []
        known = (case for case in cases() if case.trace is not None)
        self.answers = {json.dumps(case.scenario): as_observed(case.trace) for case in known if case.trace}

    def provides(self, name: str) -> bool:
        return True

    def run(self, scenario: Scenario) -> Trace:
        asked = json.dumps(scenario)
        if asked not in self.answers:  # one of two runs that are compared with each other
            raise Unsupported("not in the table")
        return self.answers[asked]


implementation = Table
