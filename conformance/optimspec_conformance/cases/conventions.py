"""A committed case under the conventions that an implementation follows: with their trace and tolerance."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from ..classes import conventions
from ..classes.catalogue import DEFINITIONS
from ..classes.conventions import Declared
from ..oracle.run import exact_trace
from ..oracle.schedulers import Definitions
from ..scenarios.case import Case
from ..scenarios.values import Scenario
from .attribution import attribute_rows
from .committed import CommittedCase, under_convention
from .options import options
from .tolerances import Unproven, noisy_error

COMPUTED = ("reads_by", "largest_rate", "tolerance")  # options that follow from a trace
EXACT = ("ulps", "relative")  # options that follow from a formula
CHOSEN = ("golden", "sequences")  # areas whose scenarios have numbers that suit the specification's own formula


class Withdrawn(Exception):
    """A check that says nothing under a convention. The message says why."""


def under(declared: Declared) -> Conventions:
    """The declared conventions. A case under them is computed once in a process."""
    return _under(frozenset(declared.items()))


@cache
def _under(declared: frozenset[tuple[str, str]]) -> Conventions:
    return Conventions(dict(declared))


class Conventions:
    """The conventions that are followed, by class, and the cases under them.

    The cases under a single convention are ``committed``, and computed only to be committed.
    """

    def __init__(self, declared: Declared, committed: bool = True) -> None:
        self.declared, self.committed = dict(declared), committed
        self._under: dict[str, CommittedCase | Withdrawn | None] = {}  # None: as it is

    def requirement(self, id_: str, subject: str) -> str:
        """The requirement that is in effect for a class in place of another one."""
        if subject not in self.declared:
            return id_
        return conventions.of_class(subject, self.declared[subject]).requirement(id_)

    def case(self, case: CommittedCase) -> CommittedCase:
        """The case under the conventions of its classes, the same object if they change nothing. Raises Withdrawn."""
        if not self.declared.keys() & {*case.classes}:
            return case
        if case.id not in self._under:
            try:
                followed = self._case(case)
                self._under[case.id] = None if followed is case else followed
            except Withdrawn as withdrawn:
                self._under[case.id] = withdrawn
        found = self._under[case.id]
        if isinstance(found, Withdrawn):
            raise found
        return found or case

    def _case(self, case: CommittedCase) -> CommittedCase:
        for subject in self.declared.keys() & {case.subject, *case.classes}:
            convention = conventions.of_class(subject, self.declared[subject])
            if case.requirement in convention.withdraws:
                raise Withdrawn(f"withdrawn by {convention.requirement(case.requirement)}")
        names = {subject: self.declared[subject] for subject in self.declared.keys() & {*case.classes}}
        if self.committed and names.keys() == {case.subject} and case.area != "sequences":
            return _committed(case, names)
        definitions = conventions.definitions_under(names)
        if case.trace is None and "scaled" not in case.options:  # a law of bits, whatever the formula is
            if _refusals(case.scenario, definitions) > _refusals(case.scenario, DEFINITIONS):
                raise Withdrawn("the convention refuses what the check does")
            return case
        try:
            trace = case.trace and exact_trace(case.scenario, definitions=definitions)
        except ZeroDivisionError:
            raise Withdrawn("the convention leaves it open: its formula divides by 0") from None
        if trace is not None and case.area == "sequences":
            trace = attribute_rows(definitions[case.subject], case.scenario, trace)
        if trace == case.trace and trace is not None:
            return case
        left_out = {*COMPUTED, *EXACT} - ({"tolerance"} if "may_refuse" in case.options else set())  # of half precision
        given = {name: value for name, value in case.options.items() if name not in left_out}
        plain = Case(case.requirement, case.id, case.scenario, case.other, case.rows, given)
        try:
            complete = options(definitions[case.subject], plain, trace, definitions)
        except Unproven as unproven:
            raise Withdrawn(f"under the convention, {unproven}") from None
        if case.area in CHOSEN and trace is not None and "tolerance" in complete and "may_refuse" not in case.options:
            noisy = noisy_error(case.scenario, trace, definitions)
            if not noisy <= 1e-3:
                raise Withdrawn("under the convention, its numbers cancel")
            complete["tolerance"] = repr(max(float(complete["tolerance"]), noisy))
        return replace(case, trace=trace, options=complete, conventions=names)


def _committed(case: CommittedCase, names: Declared) -> CommittedCase:
    """The case as it is committed under the convention of its class."""
    change = under_convention(case.subject, names[case.subject]).get(case.id)
    if change is None:
        return case
    if isinstance(change, str):
        raise Withdrawn(change)
    return replace(case, trace=change.get("trace"), options=change["options"], conventions=names)


def _refusals(scenario: Scenario, definitions: Definitions) -> int:
    return sum("error" in row for row in exact_trace(scenario, definitions=definitions))
