"""An implementation that is the oracle with a fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from optimspec_conformance.diagnosis import Candidate, as_observed
from optimspec_conformance.oracle import Run
from optimspec_conformance.oracle_optimizer import EXACT, plain
from optimspec_conformance.readout import kind
from optimspec_conformance.scenario import Scenario, Trace


class WrongRun(Run):
    """A fault may make the oracle fail in any way: that is a row, too."""

    def attempt(self, act: Any, *arguments: Any) -> bool:
        try:
            return super().attempt(act, *arguments)
        except Exception as error:
            self.trace.append({"error": {"kind": kind(error)}})
            return False


@dataclass
class Wrong:
    """Weights are computed in floats, as everybody does."""

    candidate: Candidate
    name: str = "wrong"
    version: str = ""
    precision: str = "float64"

    def provides(self, name: str) -> bool:
        return True

    def run(self, scenario: Scenario) -> Trace:
        arithmetic = plain("float64")[1] if "weights" in scenario else EXACT
        with np.errstate(all="ignore"):
            return as_observed(WrongRun(scenario, arithmetic, self.candidate.models()).run())
