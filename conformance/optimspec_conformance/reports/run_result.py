"""The result of a run: the results of its checks, errors, and the claim. A session fills it, reports read it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .. import specification
from ..cases.committed import cases_of, manifest
from ..classes.catalogue import DEFINITIONS
from ..classes.conventions import in_words, parse
from ..classes.definition import OptimizerDefinition
from ..implementations.protocol import Implementation
from ..verdict.judge import UNJUDGED, Result
from ..verdict.known_failures import KnownFailures
from .check_result import CheckResult

UNEXPLAINED = "nothing that the kit knows"
NOTHING_JUDGED = "NOTHING JUDGED"
FEW = 4  # classes that are named in a claim


@dataclass
class RunResult:
    """``partial`` is the reason for which a run may have fewer checks than a whole one, None if it may not.

    ``searched`` says how many random scenarios of each class could be run; ``found`` names the searches that failed.
    ``unwritten`` says which files could not be written, and why.
    """

    implementation: Implementation
    profile: str
    known: KnownFailures
    checks: list[CheckResult] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    partial: str | None = None
    counts: Counter[tuple[Result, str, str]] = field(default_factory=Counter)

    def add(self, result: CheckResult) -> None:
        self.checks.append(result)
        self.counts[result.result, result.subject, result.area] += 1

    def count(self, result: Result | None = None, subject: str | None = None, area: str | None = None) -> int:
        """How many checks had a result, of a class, in an area; None stands for any."""
        return sum(
            n
            for (r, s, a), n in self.counts.items()
            if result in (None, r) and subject in (None, s) and area in (None, a)
        )

    def judged(self, subject: str | None = None, area: str | None = None) -> int:
        """How many checks, of a class, in an area, said something about the implementation."""
        return self.count(None, subject, area) - sum(self.count(result, subject, area) for result in UNJUDGED)

    @property
    def judged_classes(self) -> dict[str, tuple[int, int]]:
        """The classes that were judged in every essential area: how many checks were, and how many there are."""
        subjects = dict.fromkeys(check.subject for check in self.checks)
        return {
            subject: (self.judged(subject), self.count(None, subject))
            for subject in subjects
            if all(self.judged(subject, area) for area in self._essential(subject) if self.count(None, subject, area))
            and self.judged(subject)
        }

    def not_judged(self) -> list[str]:
        """The provided classes of which nothing was judged, and why."""
        return [self._why(name) for name in self._provided() if not self.judged(name)]

    def hardly_judged(self) -> list[str]:
        """The provided classes of which something was judged, but not an area without which a class is not judged."""
        return [
            f"{self._why(name, area)}; so {name} is not judged"
            for name in self._provided()
            for area in self._essential(name)
            if self.judged(name) and self.count(None, name, area) and not self.judged(name, area)
        ]

    def _provided(self) -> list[str]:
        return [name for name in dict.fromkeys(c.subject for c in self.checks) if self.implementation.provides(name)]

    @staticmethod
    def _essential(name: str) -> tuple[str, str]:
        return "golden", "updates" if isinstance(DEFINITIONS[name], OptimizerDefinition) else "time"

    def _why(self, subject: str, area: str | None = None) -> str:
        of_area = f" of {area}" if area else ""
        number = self.count(None, subject, area)
        return f"{subject}: none of its {number} checks{of_area} could be judged: {self._reasons(subject, area)}"

    def _reasons(self, subject: str, area: str | None) -> str:
        reasons = Counter(
            check.reason or check.result
            for check in self.checks
            if check.subject == subject and area in (None, check.area) and not check.judged
        )
        return "; ".join(f"{n} × {reason}" for reason, n in reasons.most_common(3))

    @property
    def causes(self) -> Counter[str]:
        """What failures look like, and how many each explains; of a tie, what alone explains another one, or all."""
        failures = [check for check in self.checks if check.result in (Result.FAIL, Result.KNOWN_FAILURE)]
        alone = {check.cause for check in failures if not check.tied}
        found: Counter[str] = Counter()
        for check in failures:
            tied = (check.cause, *check.tied)
            found[" or ".join([cause for cause in tied if cause in alone][:1] or tied) or UNEXPLAINED] += 1
        return found

    @property
    def reasons(self) -> Counter[str]:
        """Why checks were not provided, and how many for each reason."""
        return Counter(check.reason for check in self.checks if check.result is Result.NOT_PROVIDED)

    @property
    def undeclared(self) -> dict[str, str]:
        """The conventions that classes follow without declaring them."""
        found: dict[str, str] = {}
        for option in {check.convention for check in self.checks if check.convention}:
            found |= parse(option)
        return found

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
    def different_checks(self) -> int:
        """How many checks ran, each counted once."""
        return len({check.check for check in self.checks})

    @property
    def complete(self) -> bool:
        return self.partial is None and self.different_checks == self.expected_checks

    @property
    def whole_classes(self) -> set[str]:
        """The classes whose checks have all run."""
        return set() if self.partial is not None else {case.subject for case in cases_of(self.profile)}

    @property
    def claim(self) -> str:
        """The claim of the whole run, with the conventions that it is under; a partial run claims nothing."""
        followed = self.implementation.conventions
        under = f", conventions {in_words(followed)}" if followed else ""
        return self._claim + (under if self._claim.startswith("CONFORMANT") else "")

    @property
    def _claim(self) -> str:
        if self.errors or self.count(Result.ERROR):
            return "ERROR"
        if self.count(Result.FAIL) or self.count(Result.CONVENTION) or self.found:
            return "NOT CONFORMANT"
        if self.checks and not (self.judged_classes if self.partial is None else self.judged()):
            return NOTHING_JUDGED
        if self.partial is not None:
            return f"PARTIAL ({self.partial})"
        if self.count(Result.KNOWN_FAILURE):
            return "NOT CONFORMANT, as known"
        lacking = self.lacking()
        if not lacking:
            return f"CONFORMANT, profile {self.profile}"
        core = any(DEFINITIONS[name].profile == "core" for name in lacking)
        return "CONFORMANT in what it provides" if core else "CONFORMANT, profile core"

    def lacking(self) -> dict[str, str]:
        """The classes that are not judged for every requirement, each with what it lacks."""
        excused = self.implementation.excused
        judged = {
            check.pair
            for check in self.checks
            if check.judged or check.result is Result.WITHDRAWN or check.requirement in excused
        }
        found: dict[str, list[str]] = {}
        for requirement, subject in dict.fromkeys(check.pair for check in self.checks if check.pair not in judged):
            found.setdefault(subject, []).append(requirement)
        return {
            subject: ", ".join(requirements) if self.judged(subject) else "not provided"
            for subject, requirements in found.items()
        }

    @property
    def scope(self) -> str:
        """How much was judged, if that is not everything."""
        classes, judged = self.judged_classes, self.judged()
        if judged == len(self.checks) or not judged:
            return ""
        if len(classes) <= FEW:
            return ", ".join(f"{name} {n} of {ran} checks" for name, (n, ran) in classes.items())
        return f"{judged} of {len(self.checks)} checks, {len(classes)} classes"
