"""The variants of a class: its own faults, and those that any scheduler or optimizer can have.

``python -m optimspec_conformance.variants`` lists them all.
"""

from __future__ import annotations

from functools import cache

from . import variants_of_optimizers, variants_of_schedulers
from .catalogue import MODELS
from .faults import Fault
from .model import OptimizerModel, ScheduleModel


@cache
def variants(name: str) -> tuple[Fault, ...]:
    """The faults of a class, its own first."""
    model = MODELS[name]
    if isinstance(model, OptimizerModel):
        coupled = variants_of_optimizers.COUPLED if model.coupled and model.decays else ()
        return (*model.faults, *variants_of_optimizers.OF_ALL, *coupled)
    lists = isinstance(model, ScheduleModel) and model.per_group
    first = (variants_of_schedulers.FIRST_ENTRIES,) if lists else ()
    return (*model.faults, *first, *variants_of_schedulers.OF_ALL)


def main() -> None:
    for name in MODELS:
        for fault in variants(name):
            print(f"{name}\t{fault.requirement}\t{fault.name}")


if __name__ == "__main__":
    main()
