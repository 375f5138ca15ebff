"""What a whole run claims, from its counts alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from optimspec_conformance.cases.committed import PROFILES, entries_of, load, manifest
from optimspec_conformance.classes.catalogue import DEFINITIONS
from optimspec_conformance.reports.check_result import CheckResult
from optimspec_conformance.reports.summary import summary
from optimspec_conformance.session import options
from optimspec_conformance.session.session import ConformanceSession, Settings
from optimspec_conformance.specification import TIERS
from optimspec_conformance.verdict.judge import Result
from optimspec_conformance.verdict.known_failures import KnownFailure, KnownFailures
from sessions import session_of
from source import KIT

KNOWN = KnownFailures((KnownFailure(("LAMB-1",), ("Lamb",), "It is wrong.", "https://example.org", "assert False"),))


def run_of(
    profile: str, *lacking: str, wrong: str | None = None, known: KnownFailures | None = None
) -> ConformanceSession:
    """A run of a profile on something that lacks some classes, and has one of them wrong."""
    implementation: Any = SimpleNamespace(
        name="it",
        provides=lambda name: name not in lacking,
        excused=frozenset(),
        conventions={},
        restarts=0,
        tiers=TIERS,
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
        ("field", (), "CONFORMANT, profile field"),
        ("field", ("Lamb",), "CONFORMANT, profile core"),
        ("field", ("bfloat16",), "CONFORMANT, profile field"),
        ("field", ("StepLR",), "CONFORMANT in what it provides"),
        ("extended", (), "CONFORMANT, profile extended"),
        ("extended", ("Lamb",), "CONFORMANT, profile core"),
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


@pytest.mark.parametrize(
    ("lacking", "claim", "withheld"),
    [
        ((), "CONFORMANT, profile field", []),
        (
            ("Fromage",),
            "CONFORMANT, profile extended",
            ["the profile field is withheld, for what was not judged: Fromage (not provided)"],
        ),
        (
            ("Fromage", "Lamb"),
            "CONFORMANT, profile core",
            ["the profile extended is withheld, for what was not judged: Lamb (not provided)"],
        ),
        (
            ("Fromage", "Lamb", "RAdam"),
            "CONFORMANT in what it provides",
            ["the profile core is withheld, for what was not judged: RAdam (not provided)"],
        ),
    ],
)
def test_the_profile_before_the_first_that_lacks_a_class_is_claimed(
    monkeypatch: pytest.MonkeyPatch, lacking: tuple[str, ...], claim: str, withheld: list[str]
) -> None:
    monkeypatch.setitem(DEFINITIONS, "Fromage", replace(DEFINITIONS["Fromage"], profile="field"))
    run = run_of("field", *lacking).run_result
    assert run.claim == claim
    assert [line for line in summary(run) if "is withheld" in line] == withheld


def test_the_options_and_the_record_name_the_profiles_of_the_vectors() -> None:
    schema = json.loads((KIT / "reports" / "schema.json").read_text(encoding="utf-8"))
    assert tuple(manifest()["checks"]) == PROFILES == options.PROFILES
    assert tuple(schema["properties"]["profile"]["enum"]) == PROFILES
    assert f"({'|'.join(PROFILES)})" in schema["properties"]["claim"]["pattern"]
    assert schema["properties"]["classes"]["items"]["properties"]["profile"]["enum"] == list(PROFILES)


def test_a_wrong_class_of_the_extended_profile_is_not_conformant() -> None:
    assert run_of("field", wrong="Lamb").run_result.claim == "NOT CONFORMANT"


def test_a_known_failure_that_passes_is_an_error_where_its_class_was_checked() -> None:
    assert run_of("field", known=KNOWN).run_result.errors == [
        "known failure LAMB-1 of Lamb passes: take it off the list"
    ]
    assert run_of("core", known=KNOWN).run_result.errors == []


def test_a_check_that_ran_twice_replaces_no_other() -> None:
    session = session_of({}, partial="-k", left_out=1)
    session.record(session.run_result.checks[-1])
    session.run_result.errors.clear()
    session.finish(None)
    assert session.run_result.claim == "ERROR"
    assert not session.run_result.complete
