"""The result of a run: the results of its checks, errors, and the claim. A session fills it, reports read it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import takewhile

from .. import specification
from ..cases.committed import entries_of, included, positions
from ..classes.catalogue import DEFINITIONS
from ..classes.conventions import in_words, parse
from ..classes.definition import OptimizerDefinition
from ..implementations.protocol import Implementation
from ..verdict.judge import FAILING, UNJUDGED, Result
from ..verdict.known_failures import KnownFailures
from .causes import Cause, causes
from .check_result import CheckResult

NOTHING_JUDGED = "NOTHING JUDGED"
FEW = 4  # classes that are named in a claim


@dataclass
class TierVerdict:
    """How many checks of a tier ran, were judged, passed and failed, and how many causes the failures have."""

    checks: int = 0
    judged: int = 0
    passed: int = 0
    deviations: int = 0
    causes: int = 0

    def count(self, check: CheckResult) -> None:
        self.checks += 1
        self.judged += check.judged
        self.passed += check.result is Result.PASS
        self.deviations += check.result in FAILING

    def __str__(self) -> str:
        if self.deviations:
            return f"{_number(self.deviations, 'deviation')} of {_number(self.causes, 'cause')}"
        return f"conformant, {self.passed:,} of {self.judged:,}" if self.judged else "nothing judged"


def _number(count: int, name: str) -> str:
    return f"{count:,} {name}{'s' * (count != 1)}"


@dataclass
class RunResult:
    """``partial`` is the reason for which a run may have fewer checks than a whole one, None if it may not.

    ``search_counts`` says how many random scenarios of each class could be run; ``failed_searches`` are the classes in
    which one failed. ``unwritten`` says which files could not be written, and why.
    """

    implementation: Implementation
    profile: str
    known: KnownFailures
    tiers: tuple[str, ...] = specification.TIERS
    checks: list[CheckResult] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    search_counts: list[str] = field(default_factory=list)
    failed_searches: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    partial: str | None = None
    counts: Counter[tuple[Result, str, str]] = field(default_factory=Counter)

    def add(self, result: CheckResult) -> None:
        self.checks.append(result)
        self.counts[result.result, result.subject, result.area] += 1

    def end(self, partial: str | None) -> None:
        """All checks have been added: note what is missing, if the run should be whole."""
        self.partial = partial
        if partial is None and self.different_checks < self.expected_checks:
            self.errors.append(f"only {self.different_checks} of {self.expected_checks} checks ran")
        if partial is None:
            self.errors += self.not_judged()
            self.notes += self.hardly_judged()

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
        """The provided classes of which no check was judged, and why."""
        return [self._why(name) for name in self._provided() if not self.judged(name)]

    def hardly_judged(self) -> list[str]:
        """The provided classes that were judged, but not in every essential area, and why."""
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
        return "; ".join(f"{n} × {reason}" for reason, n in by_count(reasons)[:3])

    @property
    def failures(self) -> list[CheckResult]:
        """The failures, known ones too, in the order of the committed cases."""
        return sorted((c for c in self.checks if c.result in FAILING), key=lambda check: positions()[check.check])

    @property
    def causes(self) -> list[Cause]:
        return causes(self.failures)

    def verdicts(self) -> dict[str, TierVerdict]:
        """The verdict of each tier that was asked for."""
        by_tier = {tier: TierVerdict() for tier in self.tiers}
        for check in self.checks:
            by_tier[check.tier].count(check)
        for cause in self.causes:
            for tier in {failure.tier for failure in cause.failures}:
                by_tier[tier].causes += 1
        return by_tier

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why checks were not provided, with the number of checks, the most frequent reason first."""
        return by_count(Counter(check.reason for check in self.checks if check.result is Result.NOT_PROVIDED))

    @property
    def undeclared(self) -> dict[str, str]:
        """The conventions that classes follow without declaring them."""
        conventions: dict[str, str] = {}
        for option in {check.convention for check in self.checks if check.convention}:
            conventions |= parse(option)
        return conventions

    @property
    def title(self) -> str:
        tested = self.implementation
        return f"{tested.name} {tested.version}, {tested.precision}, specification {specification.version()}"

    @property
    def expected_checks(self) -> int:
        """How many checks a whole run has."""
        return len(entries_of(self.profile, self.tiers))

    @property
    def different_checks(self) -> int:
        """How many checks ran, each counted once."""
        return len({check.check for check in self.checks})

    @property
    def complete(self) -> bool:
        return self.partial is None and self.different_checks == self.expected_checks

    @property
    def whole_classes(self) -> set[str]:
        """The classes whose checks have all run, of every tier, and each with a result that is no error."""
        expected = entries_of(self.profile)
        if self.partial is not None or self.tiers != specification.TIERS:
            return set()
        settled = {check.check for check in self.checks if check.result is not Result.ERROR}
        return {entry.subject for entry in expected} - {entry.subject for entry in expected if entry.id not in settled}

    @property
    def claim(self) -> str:
        """The claim of a whole run, with the conventions that it follows; a partial run claims nothing."""
        followed = self.implementation.conventions
        under = f", conventions {in_words(followed)}" if followed else ""
        return self._claim + (under if self._claim.startswith("CONFORMANT") else "")

    @property
    def _claim(self) -> str:
        if self.errors or self.count(Result.ERROR):
            return "ERROR"
        if self.count(Result.FAIL) or self.count(Result.CONVENTION) or self.failed_searches:
            return "NOT CONFORMANT"
        if self.checks and not (self.judged_classes if self.partial is None else self.judged()):
            return NOTHING_JUDGED
        if self.partial is not None:
            return f"PARTIAL ({self.partial})"
        if self.count(Result.KNOWN_FAILURE):
            return "NOT CONFORMANT, as known"
        whole = self.whole_profiles()
        conformant = f"CONFORMANT, profile {whole[-1]}" if whole else "CONFORMANT in what it provides"
        return conformant if self.tiers == specification.TIERS else f"{conformant}, tiers {', '.join(self.tiers)}"

    def whole_profiles(self) -> list[str]:
        """The profiles of which every class is judged for every requirement."""
        lacking = {DEFINITIONS[name].profile for name in self.lacking()}
        return list(takewhile(lambda profile: profile not in lacking, included(self.profile)))

    def lacking(self) -> dict[str, str]:
        """The classes that are not judged for every requirement, each with what it lacks."""
        excused = self.implementation.excused
        judged = {
            check.pair
            for check in self.checks
            if check.judged or check.result is Result.WITHDRAWN or check.requirement in excused
        }
        unjudged: dict[str, list[str]] = {}
        for requirement, subject in dict.fromkeys(check.pair for check in self.checks if check.pair not in judged):
            unjudged.setdefault(subject, []).append(requirement)
        return {
            subject: ", ".join(requirements) if self.judged(subject) else "not provided"
            for subject, requirements in unjudged.items()
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


def by_count(counted: Counter[str]) -> list[tuple[str, int]]:
    """The largest counts first, and equal ones in alphabetical order."""
    return sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
