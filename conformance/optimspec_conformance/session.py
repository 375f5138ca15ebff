"""A run of the kit on one implementation: what was judged, and what the run as a whole may claim."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from . import known_failures, known_failures_file, reports, spec
from .child import Apart
from .committed import AREAS, CommittedCase, cases_of, manifest
from .diagnosis import Diagnosis
from .folding import Folding
from .guard import Guarded, NotFound, Stopped, called, enforced, guarded, module_of
from .implementations import find
from .isolation import Isolated
from .known_failures import KnownFailures
from .process import PREFIX, Program, limited
from .record import FAILING, Record, record
from .reports.plot import series
from .repro import file_name, program
from .verdict import WORDS, Verdict, judge, shortened

UNKNOWN = "nothing that the kit knows"


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
    reports: tuple[str, ...] = ()
    write_known: str | None = None

    @property
    def where(self) -> Path:
        """The directory in which the implementation is found, if it is not installed."""
        return (self.directory / self.name).parent if self.name.endswith(".py") else self.directory


class ConformanceSession:
    """Collects verdicts by class, area and requirement."""

    def __init__(self, choices: Choices, implementation: Guarded | Apart, known: KnownFailures) -> None:
        self.choices, self.implementation, self.known = choices, implementation, known
        self.profile = choices.profile
        self.records: list[Record] = []
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.causes: Counter[str] = Counter()
        self.diagnosis, self.folding = Diagnosis(implementation), Folding()
        self.detailed: set[tuple[str, str]] = set()
        self.errors: list[str] = []
        self.notes: list[str] = []
        self.partial: str | None = None

    @classmethod
    def start(cls, choices: Choices) -> ConformanceSession:
        name, directory, precision, limit = choices.name, choices.directory, choices.precision, choices.limit
        try:
            entries = cls.listed(choices)
            reports.refuse(choices.reports, directory)
            if choices.isolate and not name.startswith(PREFIX):  # a program has a process of its own
                return cls(choices, Isolated(name, directory, precision, limit), entries)
            found = guarded(lambda: find(name, directory, precision), float("inf"))
            return cls(choices, limited(found, limit), entries)
        except Stopped as stopped:
            raise Unusable(f"{name} cannot be used: {stopped.observed}") from None
        except (NotFound, ValueError) as error:
            raise Unusable(str(error)) from None

    @staticmethod
    def listed(choices: Choices) -> KnownFailures:
        """The failures that are known before the run."""
        if choices.write_known is None:
            return known_failures.read(choices.directory / choices.known) if choices.known else KnownFailures()
        if choices.known not in (None, choices.write_known):
            raise ValueError(f"{choices.known}: the list that is read and {choices.write_known} must be the same file")
        path = choices.directory / choices.write_known
        return known_failures.read(path, unfinished=True) if path.exists() else KnownFailures()

    @property
    def title(self) -> str:
        tested = self.implementation
        return f"{tested.name} {tested.version}, {tested.precision}, specification {spec.version()}"

    def judge(self, case: CommittedCase) -> Verdict:
        self.implementation.turn_to(case.subject)
        with np.errstate(all="ignore"):
            verdict = called(f"check {case.id}", judge, case, self.implementation, self.known, self.diagnosis)
            if verdict.word not in ("fail", "dialect") or self.folding.told(record(case, verdict)):
                return verdict
            return shortened(case, verdict, self.implementation)

    def reproduce(self, case: CommittedCase, verdict: Verdict) -> None:
        """Write a failure to where it was asked for."""
        if self.choices.repro is None or verdict.observed is None or verdict.difference is None:
            return
        directory = self.choices.directory / self.choices.repro
        directory.mkdir(parents=True, exist_ok=True)
        if isinstance(self.implementation, Program):
            lines = self.implementation.requests(case.scenario, verdict.difference.row)
            path = (directory / file_name(case)).with_suffix(".jsonl")
            path.write_text("\n".join([*lines, ""]), encoding="utf-8")
            return
        name, state = module_of(self.implementation), self.implementation.state
        text = program(name, self.choices.where, case, verdict.observed, verdict.difference, state)
        (directory / file_name(case)).write_text(text, encoding="utf-8")

    def recorded(self, case: CommittedCase, verdict: Verdict) -> Record:
        """What to tell of a verdict; to a page, the first one of a requirement and class in full."""
        told = record(case, verdict)
        if verdict.word not in FAILING or told.pair in self.detailed or not reports.detailed(self.choices.reports):
            return told
        self.detailed.add(told.pair)
        return replace(told, text=verdict.text, plot=series(verdict))

    def record(self, told: Record) -> None:
        self.records.append(told)
        self.counts[told.word, told.subject, told.area] += 1
        if told.word in ("fail", "known failure"):
            self.causes[told.cause or UNKNOWN] += 1

    def count(self, word: str | None = None, subject: str | None = None, area: str | None = None) -> int:
        return sum(
            n
            for (w, s, a), n in self.counts.items()
            if word in (None, w) and subject in (None, s) and area in (None, a)
        )

    @property
    def called_for(self) -> int:
        """How many checks a whole run has."""
        called_for: int = manifest()["checks"][self.profile]
        return called_for

    def finish(self, partial: str | None) -> None:
        """Hold the run against what the specification calls for, and write what was asked for."""
        self.partial = partial
        ran = self.count()
        if partial is None and ran < self.called_for:
            self.errors.append(f"only {ran} of {self.called_for} checks ran")
        if self.choices.write_known is None:
            self.hold_against_known()
        else:
            self.write_known(self.choices.directory / self.choices.write_known)
        for name in self.choices.reports:
            self.notes.append(reports.write(self, name))

    def hold_against_known(self) -> None:
        failing: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for told in self.records:
            if told.word == "known failure":
                failing[told.pair][told.check] = told.seen
        ran = {told.check for told in self.records if told.word not in ("error", "not provided")}
        self.errors += self.known.expired(date.today())
        self.errors += self.known.passing(failing, self.whole)
        self.errors += self.known.unpinned(failing, ran)
        self.notes += self.known.changed(failing)

    @property
    def whole(self) -> set[str]:
        """The classes of which all checks have run."""
        return set() if self.partial is not None else {case.subject for case in cases_of(self.profile)}

    def write_known(self, path: Path) -> None:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        new = known_failures_file.update(self.known, self.records, self.whole)
        path.write_text(known_failures_file.written(new.known, before), encoding="utf-8")
        told = f"{len(new.known.entries)} entries, {new.unfinished} of them to be filled in"
        gone = "".join(f", {requirement} of {subject} taken off" for requirement, subject in new.gone)
        self.notes.append(f"{path.name}: {told}{gone}")

    def summary(self) -> list[str]:
        counted = ", ".join(f"{self.count(word)} {word}" for word in WORDS)
        return [
            *(self._grid() if self.counts else []),
            *self._causes(),
            *self._notes(),
            *(f"error: {error}" for error in self.errors),
            f"{self.count()} checks: {counted}: {self.claim()}",
        ]

    def _causes(self) -> list[str]:
        if not self.causes.keys() - {UNKNOWN}:
            return []
        ordered = sorted(self.causes.most_common(), key=lambda counted: counted[0] == UNKNOWN)
        told = [f"{n:>6}  {cause}" for cause, n in ordered]
        return ["what failures look like, and how many checks each explains", *told, ""]

    def _notes(self) -> list[str]:
        notes = [] if enforced() else ["the time limit needs the signals of POSIX, or isolation"]
        if isinstance(self.implementation, Apart):
            deaths = self.implementation.deaths
            notes = [f"the process had to be started again: {deaths} times"] if deaths else []
        return [f"note: {note}" for note in [*notes, *self.notes]]

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
        judged = {told.pair for told in self.records if told.word != "not provided"}
        lacking = {told.subject for told in self.records if told.pair not in judged}
        if not lacking:
            return f"CONFORMANT, profile {self.profile}"
        core = {case.subject for case in cases_of("core")}
        return "CONFORMANT in what it provides" if lacking & core else "CONFORMANT, profile core"
