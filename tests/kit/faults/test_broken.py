"""The kit on classes that are broken in one way each: every one is rejected, for the requirement that it breaks."""

from __future__ import annotations

from types import SimpleNamespace

import optimspec
import pytest
from known_bad import BROKEN, BrokenClass, lbfgs, lookahead, optimizers
from known_bad.broken_class import with_rule
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.classes.catalogue import DEFINITIONS, module_path
from optimspec_conformance.faults.bank import all_faults
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.specification import requirements
from optimspec_conformance.verdict.judge import judge
from optimspec_conformance.verdict.known_failures import KnownFailures


def rejected(broken: BrokenClass, checks: list[CommittedCase]) -> set[str]:
    """The requirements that those checks reject a broken implementation for."""
    namespace = SimpleNamespace(**vars(optimspec) | {broken.subject: broken.broken})
    implementation = NativeImplementation("broken", namespace, precision=broken.precision)
    verdicts = [judge(case, implementation, KnownFailures()) for case in checks]
    assert not [verdict.text for verdict in verdicts if verdict.result == "error"]
    return {verdict.requirement for verdict in verdicts if verdict.result in ("fail", "convention", "advisory")}


def named(broken: BrokenClass) -> str:
    return f"{broken.subject}: {broken.name}"


@pytest.mark.parametrize("broken", BROKEN, ids=named)
def test_a_broken_class_is_rejected_for_the_requirement_that_it_breaks(broken: BrokenClass) -> None:
    mine = [case for case in cases() if broken.subject in case.needs]
    checks = [case for case in mine if (broken.requirement, case.subject) in case.pairs()]
    assert broken.requirement in rejected(broken, checks)


UNBROKEN = [
    *(
        BrokenClass("a subclass", "", type(f"Same{subject}", (getattr(optimspec, subject),), {}))
        for subject in sorted({broken.subject for broken in BROKEN})
    ),
    with_rule(optimspec.Rprop, "as it is made here", "", optimizers.rprop()),
    with_rule(optimspec.LBFGS, "as it is made here", "", lbfgs.lbfgs()),
    lookahead.with_pulls("as it is made here", ""),
]


@pytest.mark.parametrize("same", UNBROKEN, ids=named)
def test_the_same_construction_with_nothing_broken_passes(same: BrokenClass) -> None:
    assert rejected(same, [case for case in cases() if same.subject in case.needs]) == set()


def test_each_broken_class_has_a_name_of_its_own() -> None:
    names = [named(broken) for broken in BROKEN]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [name for name, definition in DEFINITIONS.items() if definition.profile != "core"])
def test_every_requirement_on_the_page_of_a_class_outside_the_core_has_a_fault(name: str) -> None:
    asked = {id_ for id_, requirement in requirements().items() if requirement.page == f"{module_path(name)}.md"}
    faults = {fault.requirement for fault in all_faults(name)}
    assert asked
    assert asked <= faults | {broken.requirement for broken in BROKEN if broken.subject == name}
