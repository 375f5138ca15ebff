"""Sessions of the kit with results that were made up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from optimspec_conformance.cases.committed import entries_of
from optimspec_conformance.reports.check_result import CheckResult
from optimspec_conformance.session.session import ConformanceSession, Settings
from optimspec_conformance.specification import TIERS
from optimspec_conformance.verdict.judge import Result
from optimspec_conformance.verdict.known_failures import KnownFailures


def session_of(
    words: dict[str, str], partial: str | None = None, left_out: int = 0, observed: str = "", **settings: Any
) -> Any:
    """A run in which these checks have another result word than pass, and of which some were left out."""
    chosen = Settings("it", settings.pop("directory", Path()), **settings)
    implementation: Any = SimpleNamespace(
        name="it <b>",
        version="1 & 2",
        precision="float64",
        excused=frozenset(),
        conventions={},
        tiers=TIERS,
        restarts=0,
        provides=lambda name: "not provided" not in words.values(),
    )
    session = ConformanceSession(chosen, implementation, KnownFailures())
    for case in entries_of(chosen.profile, session.tiers)[left_out:]:
        word = words.get(case.id, "pass")
        seen = observed if word == "fail" else ""
        result = CheckResult(case.id, Result(word), case.subject, case.area, case.requirement, ulps=0.5, observed=seen)
        session.record(result)
    session.finish(partial)
    return session
