"""Fits the cases that all optimizers share to a class, by what its definition says is different about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..classes.definition import Definition, OptimizerDefinition
from ..scenarios.case import Case


def fitted(definition: Definition, cases: Iterable[Case]) -> Iterator[Case]:
    """The cases of the requirements that hold for a class, with weights of shapes that it takes."""
    if not isinstance(definition, OptimizerDefinition):
        yield from cases
        return
    for case in cases:
        if case.requirement not in definition.exempt:
            other = case.other and definition.fitted(case.other)
            yield replace(case, scenario=definition.fitted(case.scenario), other=other)
