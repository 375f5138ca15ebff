"""Bugs that libraries shipped are rejected, and called by their names.

Each is a change of the numpy example; the checks of one class are run until a failure has a name, or ``FAILURES`` have
none.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

import pytest
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.classes.catalogue import DEFINITIONS, conventions
from optimspec_conformance.classes.conventions import parse
from optimspec_conformance.faults.bank import diagnosable_faults
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.specification import requirements
from optimspec_conformance.verdict.diagnosis import SINGLE_PRECISION, SINGLE_PRECISION_WEIGHTS, Diagnosis
from optimspec_conformance.verdict.judge import Result, judge
from optimspec_conformance.verdict.known_failures import KnownFailures
from shipped import FILES, SHIPPED, Shipped, module_of

FAILURES = 3
RIGHT, WRONG = 0.85, 0.02
IN_SINGLE_PRECISION = (SINGLE_PRECISION, SINGLE_PRECISION_WEIGHTS)
REJECTED = (Result.FAIL, Result.CONVENTION, Result.ADVISORY)


@dataclass
class Outcome:
    """What a run says of a bug: the requirements of its first failures, and the names of the first that has any.

    A bug that is what some library does by convention is called by the name of that.
    """

    broken: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def right(self, bug: Shipped) -> bool:
        """Whether the name is an expected one; if none is expected, the requirement has to say it."""
        return bool(self.names & set(bug.names)) if bug.names else not self.names and bug.requirement in self.broken

    def wrong(self, bug: Shipped) -> bool:
        return bool(self.names) and not self.names & set(bug.names)


@cache
def checks() -> dict[str, list[CommittedCase]]:
    found: dict[str, list[CommittedCase]] = defaultdict(list)
    for case in cases():
        found[case.subject].append(case)
    return found


def bare(cause: str) -> str:
    """The name in a cause, without its class and its requirement."""
    return cause.partition(": ")[2].rpartition(" (")[0]


def outcome(bug: Shipped) -> Outcome:
    implementation = NativeImplementation("broken", module_of(bug), precision="float64")
    diagnosis, found = Diagnosis(implementation), Outcome()
    for case in checks()[bug.subject]:
        verdict = judge(case, implementation, KnownFailures(), diagnosis)
        assert verdict.result is not Result.ERROR, verdict.text
        if verdict.result in REJECTED:
            found.broken.append(verdict.requirement)
            found.names |= {bare(cause) for cause in (verdict.cause, *verdict.tied) if cause}
            found.names |= set(parse(verdict.convention).values()) if verdict.convention else set()
        if found.names or len(found.broken) == FAILURES:
            break
    return found


@pytest.mark.parametrize("file", FILES)
def test_every_bug_is_rejected_and_most_are_called_by_their_name(file: str) -> None:
    found = [(bug, outcome(bug)) for bug in FILES[file]]
    say = [(bug.report, bug.subject, one.broken, one.names) for bug, one in found if not one.right(bug)]
    assert [bug for bug, one in found if not one.broken] == []
    assert sum(one.wrong(bug) for bug, one in found) <= WRONG * len(found), say
    assert sum(one.right(bug) for bug, one in found) >= RIGHT * len(found), say


def test_there_are_at_least_a_hundred_and_fifty_each_a_change_of_its_own() -> None:
    assert len({(bug.subject, bug.edits) for bug in SHIPPED}) == len(SHIPPED) >= 150


def test_they_name_requirements_and_variants_that_there_are() -> None:
    for bug in SHIPPED:
        variants = {fault.name for fault in (*diagnosable_faults(bug.subject), *IN_SINGLE_PRECISION)}
        spoken = {convention.name for name in DEFINITIONS for convention, _ in conventions(name)}
        assert set(bug.names) <= variants | spoken, bug.report
        assert bug.requirement in requirements(), bug.report


def test_the_example_as_it_is_passes() -> None:
    """An edit that changes nothing of what is computed."""
    same = Shipped("", "SGD", "", (), (('"""Do the same as `step`."""', '"""Do what `step` does."""'),))
    assert outcome(same).broken == []
