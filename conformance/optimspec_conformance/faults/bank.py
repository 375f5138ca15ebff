"""The faults of a class: its own, and those that any scheduler or optimizer can have.

``optimspec dev faults`` lists them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

from ..classes.catalogue import DEFINITIONS, conventions
from ..classes.definition import Convention, Definition, OptimizerDefinition
from ..classes.faults import Fault
from ..specification import requirements
from . import aliasing, arguments, optimizer_states, optimizers, refusals, schedulers


@cache
def diagnosable_faults(name: str) -> tuple[Fault, ...]:
    """The faults of a class that show in numbers, its own first: candidates for explaining a failure."""
    return (*DEFINITIONS[name].faults, *(fault for fault in shared_faults(name) if applies(fault, DEFINITIONS[name])))


def convention_faults(name: str, convention: Convention) -> tuple[Fault, ...]:
    """The faults of a class under a convention: those that show in numbers, and the formulas of its other conventions.

    Faults of withdrawn requirements are left out, and so are formulas about which both conventions say the same.
    """
    other: dict[str, tuple[Convention | None, Definition]] = {"the specification's own": (None, DEFINITIONS[name])}
    other |= {f"that of the convention {one.name}": (one, definition) for one, definition in conventions(name)}
    formulas = [
        Fault(f"the formula is {text}", id_, partial(_another, definition))
        for text, (one, definition) in other.items()
        for id_ in convention.replaces
        if one is None or not _say_the_same(one, convention, id_)
    ]
    return tuple(
        replace(fault, requirement=convention.requirement(fault.requirement))
        for fault in (*formulas, *diagnosable_faults(name))
        if fault.requirement not in convention.withdraws
    )


def _say_the_same(one: Convention, other: Convention, id_: str) -> bool:
    """Whether two conventions have the same sentence for a requirement, or the first one replaces a general one."""
    general = not requirements()[id_].page.startswith(("schedulers/", "composition/", "optimizers/"))
    sentences = [requirements()[convention.requirement(id_)].sentence for convention in (one, other)]
    return sentences[0] == sentences[1] or (general and id_ in one.replaces)


def _another(definition: Definition, _: Definition) -> Definition:
    return definition


@cache
def all_faults(name: str) -> tuple[Fault, ...]:
    """All faults of a class, also those that diagnosis does not report."""
    definition = DEFINITIONS[name]
    return (*diagnosable_faults(name), *(fault for fault in undiagnosed_faults(name) if applies(fault, definition)))


def applies(fault: Fault, definition: Definition) -> bool:
    """Whether a shared fault makes a difference in a class, and breaks a requirement that holds for it."""
    exempt = definition.exempt if isinstance(definition, OptimizerDefinition) else ()
    return fault.where(definition) and fault.requirement not in exempt


def inapplicable(name: str) -> tuple[Fault, ...]:
    """The faults that make no difference in a class, such as another decay for a class without decay."""
    return tuple(
        fault for fault in (*shared_faults(name), *undiagnosed_faults(name)) if not applies(fault, DEFINITIONS[name])
    )


def shared_faults(name: str) -> tuple[Fault, ...]:
    if isinstance(DEFINITIONS[name], OptimizerDefinition):
        return (*optimizers.FAULTS, *optimizer_states.FAULTS)
    return faults_of_all_schedulers()


def faults_of_all_schedulers() -> tuple[Fault, ...]:
    return schedulers.FAULTS


def undiagnosed_faults(name: str) -> tuple[Fault, ...]:
    """Faults that diagnosis does not report: the failing requirement already says it."""
    definition = DEFINITIONS[name]
    groups = arguments.faults_for(definition), refusals.faults_for(definition), aliasing.faults_for(definition)
    return (*definition.undiagnosed, *(fault for group in groups for fault in group))
