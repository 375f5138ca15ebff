"""The variants of a class: its own faults, and those that any scheduler or optimizer can have.

``python -m optimspec_conformance.variants`` lists them all.
"""

from __future__ import annotations

from functools import cache

from . import (
    variants_of_arguments,
    variants_of_handing,
    variants_of_optimizers,
    variants_of_refusals,
    variants_of_schedulers,
)
from .catalogue import MODELS
from .faults import Fault
from .model import OptimizerModel


@cache
def variants(name: str) -> tuple[Fault, ...]:
    """The faults of a class that show in numbers, its own first: what a failure is compared with."""
    return (*MODELS[name].faults, *(fault for fault in shared(name) if fault.where(MODELS[name])))


@cache
def bank(name: str) -> tuple[Fault, ...]:
    """All faults of a class: with those, too, that the failure itself tells, such as a bad value that is accepted."""
    model = MODELS[name]
    return (*variants(name), *(fault for fault in untold(name) if fault.where(model)))


def spared(name: str) -> tuple[Fault, ...]:
    """The faults that would change nothing in a class, such as another decay where there is none."""
    return tuple(fault for fault in (*shared(name), *untold(name)) if not fault.where(MODELS[name]))


def shared(name: str) -> tuple[Fault, ...]:
    of_optimizer = isinstance(MODELS[name], OptimizerModel)
    return variants_of_optimizers.OF_ALL if of_optimizer else variants_of_schedulers.OF_ALL


def untold(name: str) -> tuple[Fault, ...]:
    """Those that no failure is explained by: its requirement tells as much."""
    model = MODELS[name]
    families = variants_of_arguments.of(model), variants_of_refusals.of(model), variants_of_handing.of(model)
    return (*model.untold, *(fault for family in families for fault in family))


def main() -> None:
    for name in MODELS:
        for fault in bank(name):
            print(f"{name}\t{fault.requirement}\t{fault.name}")


if __name__ == "__main__":
    main()
