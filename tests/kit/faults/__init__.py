"""Implementations that are wrong in one way each, and the requirement that must reject them, written down beforehand.

Each is the reference with one class changed: its formula, its rule, or what surrounds them.
"""

from . import accumulators, composites, cycles, moments, optimizers, plateau, scaling, schedules, shells, signs
from .fault import Fault

__all__ = ["FAULTS", "Fault"]

FAULTS = [
    *schedules.FAULTS,
    *cycles.FAULTS,
    *plateau.FAULTS,
    *composites.FAULTS,
    *shells.FAULTS,
    *optimizers.FAULTS,
    *accumulators.FAULTS,
    *moments.FAULTS,
    *signs.FAULTS,
    *scaling.FAULTS,
]
