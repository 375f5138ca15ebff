"""The kit on implementations that are wrong in one way each: every one is rejected, for the requirement it breaks."""

from __future__ import annotations

from types import SimpleNamespace

import optimspec
import pytest
from faults import FAULTS, Fault
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.classes.catalogue import DEFINITIONS, module_path
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.specification import requirements
from optimspec_conformance.verdict.judge import judge
from optimspec_conformance.verdict.known_failures import KnownFailures


def rejected(fault: Fault, checks: list[CommittedCase]) -> set[str]:
    """The requirements that those checks reject a broken implementation for."""
    namespace = SimpleNamespace(**vars(optimspec) | {fault.subject: fault.broken})
    implementation = NativeImplementation("broken", namespace, precision=fault.precision)
    verdicts = [judge(case, implementation, KnownFailures()) for case in checks]
    assert not [verdict.text for verdict in verdicts if verdict.result == "error"]
    return {verdict.requirement for verdict in verdicts if verdict.result in ("fail", "dialect", "advisory")}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.subject}: {fault.name}")
def test_a_fault_is_rejected_for_the_requirement_that_it_breaks(fault: Fault) -> None:
    mine = [case for case in cases() if fault.subject in case.needs]
    checks = [case for case in mine if (fault.requirement, case.subject) in case.pairs()]
    assert fault.requirement in rejected(fault, checks)


@pytest.mark.parametrize("subject", sorted({fault.subject for fault in FAULTS}))
def test_the_same_construction_without_a_fault_passes(subject: str) -> None:
    right = type(f"Right{subject}", (getattr(optimspec, subject),), {})
    assert rejected(Fault("none", "", right), [case for case in cases() if subject in case.needs]) == set()


def test_faults_are_told_apart_by_name() -> None:
    names = [(fault.subject, fault.name) for fault in FAULTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [name for name, definition in DEFINITIONS.items() if definition.profile != "core"])
def test_every_requirement_on_the_page_of_an_extended_class_has_a_fault(name: str) -> None:
    asked = {id_ for id_, requirement in requirements().items() if requirement.page == f"{module_path(name)}.md"}
    assert asked
    assert asked <= {fault.requirement for fault in FAULTS if fault.subject == name}
