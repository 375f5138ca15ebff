"""What a whole run claims, from its counts alone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from optimspec_conformance.cases.committed import entries_of, load, manifest
from optimspec_conformance.reports.check_result import CheckResult
from optimspec_conformance.session.session import ConformanceSession, Settings
from optimspec_conformance.verdict.judge import Result
from optimspec_conformance.verdict.known_failures import KnownFailure, KnownFailures

KNOWN = KnownFailures((KnownFailure(("LAMB-1",), ("Lamb",), "It is wrong.", "https://example.org", "assert False"),))


def run_of(
    profile: str, *lacking: str, wrong: str | None = None, known: KnownFailures | None = None
) -> ConformanceSession:
    """A run of a profile on something that lacks some classes, and has one of them wrong."""
    implementation: Any = SimpleNamespace(
        name="it", provides=lambda name: name not in lacking, excused=frozenset(), conventions={}
    )
    session = ConformanceSession(Settings("it", Path(), profile=profile), implementation, known or KnownFailures())
    for case in map(load, (entry.id for entry in entries_of(profile))):
        result = Result(
            "not provided" if set(case.needs) & set(lacking) else "fail" if case.subject == wrong else "pass"
        )
        session.record(CheckResult(case.id, result, case.subject, case.area, case.requirement))
    session.finish(partial=None)
    return session


@pytest.mark.parametrize(
    ("profile", "lacking", "claim"),
    [
        ("extended", (), "CONFORMANT, profile extended"),
        ("extended", ("Lamb",), "CONFORMANT, profile core"),
        ("extended", ("bfloat16",), "CONFORMANT, profile extended"),
        ("extended", ("StepLR",), "CONFORMANT in what it provides"),
        ("core", (), "CONFORMANT, profile core"),
        ("core", ("StepLR",), "CONFORMANT in what it provides"),
    ],
)
def test_a_whole_run_that_passes_names_the_profile_that_is_there(
    profile: str, lacking: tuple[str, ...], claim: str
) -> None:
    session = run_of(profile, *lacking)
    assert session.run_result.errors == []
    assert session.run_result.count() == manifest()["checks"][profile]
    assert session.run_result.claim == claim


def test_a_wrong_class_of_the_extended_profile_is_not_conformant() -> None:
    assert run_of("extended", wrong="Lamb").run_result.claim == "NOT CONFORMANT"


def test_a_known_failure_that_passes_is_an_error_where_its_class_was_checked() -> None:
    assert run_of("extended", known=KNOWN).run_result.errors == [
        "known failure LAMB-1 of Lamb passes: take it off the list"
    ]
    assert run_of("core", known=KNOWN).run_result.errors == []
