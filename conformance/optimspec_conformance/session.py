"""A run of the kit on one implementation: what was judged, and what the run as a whole may claim."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import known_failures, spec
from .committed import AREAS, CommittedCase, cases_of, manifest
from .guard import Guarded, Stopped, called, enforced, guarded
from .implementations import NotFound, find
from .isolation import Isolated
from .known_failures import KnownFailures
from .repro import file_name, program
from .verdict import WORDS, Verdict, judge


class Unusable(Exception):
    """There is nothing to run, or nothing to believe: one message that says what to mend."""


@dataclass(frozen=True)
class Choices:
    """What the options of a run say. ``limit`` is in seconds, for each check."""

    name: str
    directory: Path
    precision: str | None = None
    known: str | None = None
    profile: str = "extended"
    limit: float = 10.0
    isolate: bool = False
    repro: str | None = None

    @property
    def where(self) -> Path:
        """The directory in which the implementation is found, if it is not installed."""
        return (self.directory / self.name).parent if self.name.endswith(".py") else self.directory


class ConformanceSession:
    """Collects verdicts by class, area and requirement."""

    def __init__(self, choices: Choices, implementation: Guarded | Isolated, known: KnownFailures) -> None:
        self.choices, self.implementation, self.known = choices, implementation, known
        self.profile = choices.profile
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.failed: set[tuple[str, str]] = set()
        self.errors: list[str] = []
        self.partial: str | None = None

    @classmethod
    def start(cls, choices: Choices) -> ConformanceSession:
        name, directory, precision, limit = choices.name, choices.directory, choices.precision, choices.limit
        try:
            entries = known_failures.read(directory / choices.known) if choices.known else KnownFailures()
            if choices.isolate:
                return cls(choices, Isolated(name, directory, precision, limit), entries)
            found = guarded(lambda: find(name, directory, precision), float("inf"))
            return cls(choices, Guarded(found, limit), entries)
        except Stopped as stopped:
            raise Unusable(f"{name} cannot be used: {stopped.observed}") from None
        except (NotFound, ValueError) as error:
            raise Unusable(str(error)) from None

    @property
    def title(self) -> str:
        tested = self.implementation
        return f"{tested.name} {tested.version}, {tested.precision}, specification {spec.version()}"

    def judge(self, case: CommittedCase) -> Verdict:
        self.implementation.turn_to(case.subject)
        with np.errstate(all="ignore"):
            return called(f"check {case.id}", judge, case, self.implementation, self.known)

    def reproduce(self, case: CommittedCase, verdict: Verdict) -> None:
        """Write a failure to where it was asked for."""
        if self.choices.repro is None or verdict.observed is None or verdict.difference is None:
            return
        directory = self.choices.directory / self.choices.repro
        directory.mkdir(parents=True, exist_ok=True)
        name, state = self.implementation.module, self.implementation.state
        text = program(name, self.choices.where, case, verdict.observed, verdict.difference, state)
        (directory / file_name(case)).write_text(text, encoding="utf-8")

    def record(self, word: str, subject: str, area: str, requirement: str) -> None:
        self.counts[word, subject, area] += 1
        if word == "known failure":
            self.failed.add((requirement, subject))

    def count(self, word: str | None = None, subject: str | None = None, area: str | None = None) -> int:
        return sum(
            n
            for (w, s, a), n in self.counts.items()
            if word in (None, w) and subject in (None, s) and area in (None, a)
        )

    def finish(self, partial: str | None) -> None:
        """Hold the run against what the specification calls for."""
        self.partial = partial
        ran, called_for = self.count(), manifest()["checks"][self.profile]
        if partial is None and ran < called_for:
            self.errors.append(f"only {ran} of {called_for} checks ran")
        if partial is None:
            subjects = {case.subject for case in cases_of(self.profile)}
            passed = [(requirement, subject) for requirement, subject in self.known.pairs() if subject in subjects]
            for requirement, subject in sorted(set(passed) - self.failed):
                self.errors.append(f"known failure {requirement} of {subject} passes: take it off the list")

    def summary(self) -> list[str]:
        counted = ", ".join(f"{self.count(word)} {word}" for word in WORDS)
        return [
            *(self._grid() if self.counts else []),
            *self._notes(),
            *(f"error: {error}" for error in self.errors),
            f"{self.count()} checks: {counted}: {self.claim()}",
        ]

    def _notes(self) -> list[str]:
        isolated = isinstance(self.implementation, Isolated)
        return [] if isolated or enforced() else ["note: the time limit needs the signals of POSIX, or isolation"]

    def _grid(self) -> list[str]:
        subjects = list(dict.fromkeys(subject for _, subject, _ in self.counts))
        width = max([len(subject) for subject in subjects], default=0) + 2
        lines = ["passed of all checks", " " * width + "".join(f"{area:>13}" for area in AREAS)]
        for subject in subjects:
            cells = [self._cell(subject, area) for area in AREAS]
            lines.append(f"{subject:<{width}}" + "".join(f"{cell:>13}" for cell in cells))
        return [*lines, ""]

    def _cell(self, subject: str, area: str) -> str:
        ran = self.count(None, subject, area)
        return f"{self.count('pass', subject, area)}/{ran}" if ran else "-"

    def claim(self) -> str:
        """What the run as a whole says; a run that is not whole claims nothing."""
        if self.errors or self.count("error"):
            return "ERROR"
        if self.count("fail") or self.count("dialect"):
            return "NOT CONFORMANT"
        if self.partial is not None:
            return f"PARTIAL ({self.partial})"
        if self.count("known failure"):
            return "NOT CONFORMANT, as known"
        lacking = {subject for _, subject, _ in self.counts if not self.implementation.provides(subject)}
        if not lacking:
            return f"CONFORMANT, profile {self.profile}"
        core = {case.subject for case in cases_of("core")}
        return "CONFORMANT in what it provides" if lacking & core else "CONFORMANT, profile core"
