"""Implementations that are wrong in one way each, and the requirement that must reject them, written down beforehand.

Each is the reference with one class changed: its formula, its rule, or what surrounds them.
"""

from . import (
    accumulators,
    adaptive,
    composites,
    covers,
    cycles,
    factored,
    handed,
    lookahead,
    moments,
    norms,
    optimizers,
    plateau,
    quasi_newton,
    scaling,
    schedules,
    shells,
    signs,
    trust,
)
from .fault import Fault

__all__ = ["FAULTS", "Fault"]

FAULTS = [
    *schedules.FAULTS,
    *cycles.FAULTS,
    *plateau.FAULTS,
    *composites.FAULTS,
    *shells.FAULTS,
    *handed.FAULTS,
    *optimizers.FAULTS,
    *accumulators.FAULTS,
    *moments.FAULTS,
    *signs.FAULTS,
    *trust.FAULTS,
    *norms.FAULTS,
    *adaptive.FAULTS,
    *covers.FAULTS,
    *factored.FAULTS,
    *lookahead.FAULTS,
    *quasi_newton.FAULTS,
    *scaling.FAULTS,
]
