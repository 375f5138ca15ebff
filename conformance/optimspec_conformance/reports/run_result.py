"""The result of a run: the results of its checks, errors, and the claim. A session fills it, reports read it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .. import specification
from ..cases.committed import cases_of, manifest
from ..implementations.protocol import Implementation
from ..verdict.judge import Result
from ..verdict.known_failures import KnownFailures
from .check_result import CheckResult

UNEXPLAINED = "nothing that the kit knows"


@dataclass
class RunResult:
    """``partial`` is the reason why a run may have fewer checks than a whole one; None if it may not."""

    implementation: Implementation
    profile: str
    known: KnownFailures
    checks: list[CheckResult] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    partial: str | None = None
    counts: Counter[tuple[Result, str, str]] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)

    def add(self, result: CheckResult) -> None:
        self.checks.append(result)
        self.counts[result.result, result.subject, result.area] += 1
        if result.result in (Result.FAIL, Result.KNOWN_FAILURE):
            self.causes[result.cause or UNEXPLAINED] += 1

    def count(self, result: Result | None = None, subject: str | None = None, area: str | None = None) -> int:
        """How many checks had a result, of a class, in an area; None stands for any."""
        return sum(
            n
            for (r, s, a), n in self.counts.items()
            if result in (None, r) and subject in (None, s) and area in (None, a)
        )

    @property
    def title(self) -> str:
        tested = self.implementation
        return f"{tested.name} {tested.version}, {tested.precision}, specification {specification.version()}"

    @property
    def expected_checks(self) -> int:
        """How many checks a whole run has."""
        number: int = manifest()["checks"][self.profile]
        return number

    @property
    def complete(self) -> bool:
        return self.partial is None and len(self.checks) >= self.expected_checks

    @property
    def whole_classes(self) -> set[str]:
        """The classes whose checks have all run."""
        return set() if self.partial is not None else {case.subject for case in cases_of(self.profile)}

    @property
    def claim(self) -> str:
        """The claim of the whole run; a partial run claims nothing."""
        if self.errors or self.count(Result.ERROR):
            return "ERROR"
        if self.count(Result.FAIL) or self.count(Result.DIALECT):
            return "NOT CONFORMANT"
        if self.partial is not None:
            return f"PARTIAL ({self.partial})"
        if self.count(Result.KNOWN_FAILURE):
            return "NOT CONFORMANT, as known"
        provided_pairs = {check.pair for check in self.checks if check.result is not Result.NOT_PROVIDED}
        incomplete_classes = {check.subject for check in self.checks if check.pair not in provided_pairs}
        if not incomplete_classes:
            return f"CONFORMANT, profile {self.profile}"
        core = {case.subject for case in cases_of("core")}
        return "CONFORMANT in what it provides" if incomplete_classes & core else "CONFORMANT, profile core"
