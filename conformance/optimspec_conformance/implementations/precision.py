"""Determines in which precision an implementation computes rates, if it does not say."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ..scenarios.operations import step
from ..scenarios.values import Scenario, Trace, classes

PROBES: list[Scenario] = [
    {"class": "ExponentialLR", "base_lr": "0.3", "gamma": "0.87"},
    {"class": "StepLR", "base_lr": "0.3", "step_size": 2, "gamma": "0.6"},
    {"class": "MultiStepLR", "base_lr": "0.3", "milestones": [2], "gamma": "0.6"},
    {"class": "CosineAnnealingLR", "base_lr": "0.3", "T_max": 7, "eta_min": "0.01"},
    {"class": "LinearLR", "base_lr": "0.3", "start_factor": "0.2", "total_iters": 6},
]


class Runs(Protocol):
    def provides(self, name: str) -> bool: ...
    def run(self, scenario: Scenario) -> Trace: ...


def probe_precision(implementation: Runs) -> str:
    """float32 if all rates of one of the probes are float32 numbers, which none of the exact rates is."""
    for config in PROBES:
        if all(implementation.provides(name) for name in classes(config)):
            try:
                rows = implementation.run({"scheduler": config, "do": [step()] * 3})
            except Exception:  # a check will report it
                continue
            lists = [row["lr"] for row in rows if isinstance(row.get("lr"), list)]
            rates = [float(rate) for lrs in lists for rate in lrs if isinstance(rate, str)]
            if rates and all(float(np.float32(rate)) == rate for rate in rates):
                return "float32"
    return "float64"
