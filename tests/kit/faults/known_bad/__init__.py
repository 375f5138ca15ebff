"""Wrong implementations that the bank of faults does not have: classes of the reference, each with one thing broken.

Here is a class that alone breaks a requirement, or alone fails a check; and what the oracle cannot do, as it hands out
no objects of its own: sharing what should be a copy, and states that cannot be sent. Everything else is a fault of the
kit's own bank, ``optimspec_conformance.faults.bank``.
"""

from __future__ import annotations

from . import composites, lbfgs, lookahead, optimizers, schedules, shared
from .broken_class import BrokenClass

__all__ = ["BROKEN", "BrokenClass"]

BROKEN: list[BrokenClass] = [
    *schedules.BROKEN,
    *composites.BROKEN,
    *optimizers.BROKEN,
    *lookahead.BROKEN,
    *lbfgs.BROKEN,
    *shared.BROKEN,
]
