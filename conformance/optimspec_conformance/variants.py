"""The variants of a class: its own faults, and those that any scheduler or optimizer can have.

``python -m optimspec_conformance.variants`` lists them all.
"""

from __future__ import annotations

from functools import cache

from . import variants_of_arguments, variants_of_optimizers, variants_of_refusals, variants_of_schedulers
from .catalogue import MODELS
from .faults import Fault
from .model import OptimizerModel


@cache
def variants(name: str) -> tuple[Fault, ...]:
    """The faults of a class that show in numbers, its own first: what a failure is compared with."""
    model = MODELS[name]
    shared = variants_of_optimizers if isinstance(model, OptimizerModel) else variants_of_schedulers
    return (*model.faults, *(fault for fault in shared.OF_ALL if fault.where(model)))


@cache
def bank(name: str) -> tuple[Fault, ...]:
    """All faults of a class: with those, too, that the failure itself tells, such as a bad value that is accepted."""
    model = MODELS[name]
    refusals = (*variants_of_arguments.of(model), *variants_of_refusals.of(model), *model.refusals)
    return (*variants(name), *(fault for fault in refusals if fault.where(model)))


def main() -> None:
    for name in MODELS:
        for fault in bank(name):
            print(f"{name}\t{fault.requirement}\t{fault.name}")


if __name__ == "__main__":
    main()
