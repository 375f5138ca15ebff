"""Determines in which precision an implementation computes rates, if it does not declare it."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ..classes.catalogue import OPTIMIZERS
from ..scenarios.operations import step
from ..scenarios.values import Scenario, Trace, classes
from ..scenarios.weights import training

SCHEDULES: list[Scenario] = [
    {"class": "ExponentialLR", "base_lr": "0.3", "gamma": "0.87"},
    {"class": "StepLR", "base_lr": "0.3", "step_size": 2, "gamma": "0.6"},
    {"class": "MultiStepLR", "base_lr": "0.3", "milestones": [2], "gamma": "0.6"},
    {"class": "CosineAnnealingLR", "base_lr": "0.3", "T_max": 7, "eta_min": "0.01"},
    {"class": "LinearLR", "base_lr": "0.3", "start_factor": "0.2", "total_iters": 6},
]
PROBES: list[Scenario] = [{"scheduler": config, "do": [step()] * 3} for config in SCHEDULES]
OWN_RATES: list[Scenario] = [one.fitted(training({"class": name, "lr": "0.3"}, [])) for name, one in OPTIMIZERS.items()]


class Runs(Protocol):
    def provides(self, name: str) -> bool: ...
    def run(self, scenario: Scenario) -> Trace: ...


def probe_precision(implementation: Runs) -> str:
    """float32 if all rates of one of the probes are float32 numbers, which none of the exact rates is.

    If it has no schedules, the rates of an optimizer are read.
    """
    read = [rates for rates in (read_rates(implementation, probe) for probe in PROBES) if rates]
    of_optimizers = (read_rates(implementation, probe) for probe in OWN_RATES)
    read = read or [next((rates for rates in of_optimizers if rates), [])]
    return "float32" if any(rates and all(float(np.float32(r)) == r for r in rates) for rates in read) else "float64"


def read_rates(implementation: Runs, probe: Scenario) -> list[float]:
    """All rates that can be read in a scenario; none if it cannot be run."""
    if not all(implementation.provides(name) for name in classes(probe)):
        return []
    try:
        rows = implementation.run(probe)
    except Exception:  # its checks will report it
        return []
    lists = [row["lr"] for row in rows if isinstance(row.get("lr"), list)] or [[row.get("opt_lr") for row in rows]]
    return [float(rate) for lrs in lists for rate in lrs if isinstance(rate, str)]
