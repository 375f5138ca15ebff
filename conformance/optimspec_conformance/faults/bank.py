"""The variants of a class: its own faults, and those that any scheduler or optimizer can have.

``optimspec dev faults`` lists them all.
"""

from __future__ import annotations

from functools import cache

from ..classes.catalogue import DEFINITIONS
from ..classes.definition import OptimizerDefinition
from ..classes.faults import Fault
from . import aliasing, arguments, optimizers, refusals, schedulers


@cache
def diagnosable_faults(name: str) -> tuple[Fault, ...]:
    """The faults of a class that show in numbers, its own first: what a failure is compared with."""
    return (*DEFINITIONS[name].faults, *(fault for fault in shared_faults(name) if fault.where(DEFINITIONS[name])))


@cache
def all_faults(name: str) -> tuple[Fault, ...]:
    """All faults of a class: with those, too, that the failure itself tells, such as a bad value that is accepted."""
    definition = DEFINITIONS[name]
    return (*diagnosable_faults(name), *(fault for fault in undiagnosed_faults(name) if fault.where(definition)))


def inapplicable(name: str) -> tuple[Fault, ...]:
    """The faults that would change nothing in a class, such as another decay where there is none."""
    return tuple(
        fault for fault in (*shared_faults(name), *undiagnosed_faults(name)) if not fault.where(DEFINITIONS[name])
    )


def shared_faults(name: str) -> tuple[Fault, ...]:
    of_optimizer = isinstance(DEFINITIONS[name], OptimizerDefinition)
    return optimizers.OF_ALL if of_optimizer else schedulers.OF_ALL


def undiagnosed_faults(name: str) -> tuple[Fault, ...]:
    """Those that no failure is explained by: its requirement tells as much."""
    definition = DEFINITIONS[name]
    families = arguments.of(definition), refusals.of(definition), aliasing.of(definition)
    return (*definition.undiagnosed, *(fault for family in families for fault in family))
