"""The numpy example's optimizers as a library has them that has no schedulers: their rate can be set."""

from __future__ import annotations

from types import SimpleNamespace

SETTABLE = """
import numpy_optim
from numpy_optim import ParamState

class Settable:
    def set_lr(self, lr, group=0):
        self._schedule._rates.explicit[group] = lr
"""
LATE = """
class Settable(Settable):
    later = None

    def set_lr(self, lr, group=0):
        self.later = self.later or {}
        self.later[group] = lr

    def step(self, grads):
        super().step(grads)
        for group, lr in (self.later or {}).items():
            super().set_lr(lr, group)
        self.later = None
"""
IGNORED = """
class Settable(Settable):
    def set_lr(self, lr, group=0):
        return
"""
FIRST_GROUP_ONLY = """
class Settable(Settable):
    def set_lr(self, lr, group=0):
        super().set_lr(lr)
"""
NOT_SETTABLE = """
class Settable:
    pass
"""
CLASSES = """
from optimspec_conformance.classes.catalogue import OPTIMIZERS

classes = {name: type(name, (Settable, getattr(numpy_optim, name)), {}) for name in OPTIMIZERS}
"""
MODULE = CLASSES + "globals().update(classes)\n"


def library(variant: str = "") -> SimpleNamespace:
    """The module of a variant."""
    namespace: dict[str, object] = {}
    exec(SETTABLE + variant + MODULE, namespace)
    return SimpleNamespace(**namespace)
