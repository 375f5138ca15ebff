"""A run of the kit on one implementation: judges checks, collects their results, and writes reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from .. import reports
from ..cases.committed import CommittedCase, as_in_manifest
from ..classes.catalogue import DEFINITIONS
from ..classes.conventions import parse
from ..implementations.find import open_implementation
from ..implementations.guard import in_named_frame
from ..implementations.protocol import CannotTest, FailedRun, Implementation
from ..oracle.arithmetic import arithmetic_for
from ..oracle.run import exact_trace
from ..reports import known_failures_file
from ..reports.causes import kind
from ..reports.check_result import CheckResult, check_result
from ..reports.plot import series
from ..reports.run_result import RunResult
from ..scenarios.text import one_line, read_file, reason, try_file, try_folder, write_file
from ..verdict import known_failures
from ..verdict.diagnosis import Diagnosis
from ..verdict.judge import FAILING, Judge, Result, Verdict, can_be_shorter, with_shorter_example
from ..verdict.known_failures import KnownFailures
from ..verdict.shrink import shrink_scenario
from .options import DEFAULT, PROFILES

LONGEST = 200  # characters of an error
IN_FULL = 30  # lines of failures that are shown in full; of the others, the summary shows the causes
NOT_FORGIVEN = (Result.FAIL, Result.CONVENTION)


@dataclass(frozen=True)
class Settings:
    """The options of a run. ``limit`` is in seconds, for each check."""

    name: str
    directory: Path
    precision: str | None = None
    known: str | None = None
    convention: str | None = None
    profile: str = PROFILES[-1]
    tiers: tuple[str, ...] | None = None  # those that the implementation declares
    limit: float = 10.0
    isolate: bool = False
    repro: str | None = None
    reports: tuple[str, ...] = ()
    write_known: str | None = None

    @classmethod
    def from_config(cls, config: pytest.Config) -> Settings:
        option = config.getoption
        return cls(
            name=DEFAULT if option("impl") is None else option("impl"),
            directory=config.invocation_params.dir,
            precision=option("optimspec_precision"),
            known=option("optimspec_known_failures"),
            convention=",".join(option("optimspec_convention")) or None,
            profile=option("optimspec_profile"),
            tiers=option("optimspec_tier"),
            limit=option("optimspec_time_limit"),
            isolate=option("optimspec_isolate"),
            repro=option("optimspec_repro"),
            reports=tuple(option("optimspec_report")),
            write_known=option("optimspec_write_known_failures"),
        )

    @property
    def files(self) -> list[str]:
        """The files that the run is to write."""
        return [*self.reports, *filter(None, [self.write_known])]

    @property
    def import_directory(self) -> Path:
        """The directory from which the implementation is imported, if it is not installed."""
        return (self.directory / self.name).parent if self.name.endswith(".py") else self.directory


class ConformanceSession:
    """Runs checks in this process (``run_check``), and collects results of this or other processes (``record``)."""

    def __init__(self, settings: Settings, implementation: Implementation, known: KnownFailures) -> None:
        self.settings, self.implementation, self.known = settings, implementation, known
        self.tiers = settings.tiers or implementation.tiers
        self.run_result = RunResult(implementation, settings.profile, known, self.tiers)
        self.judge = Judge(implementation, known, Diagnosis(implementation), self.tiers)
        # A worker shortens and details the first failure of a kind by itself: only it has the run. Which of these are
        # shown is decided once, in the process that reports.
        self.shortened: set[str] = set()  # kinds of failures
        self.detailed: set[tuple[str, str]] = set()  # requirements and classes
        self.shown: set[str] = set()  # kinds of failures that were shown in full
        self.lines = 0  # of these

    @classmethod
    def start(cls, settings: Settings) -> ConformanceSession:
        """A session for the settings. Raises CannotTest."""
        if not as_in_manifest():
            raise CannotTest("the golden vectors are not those of their manifest: install the kit again")
        try:
            known = load_known_failures(settings)
        except ValueError as error:
            raise CannotTest(str(error)) from None
        tries = [(name, try_file) for name in settings.files]
        tries += [(settings.repro, try_folder)] if settings.repro else []
        for name, attempt in tries:
            try:
                attempt(settings.directory / name)
            except (OSError, ValueError) as error:
                raise CannotTest(f"{name} cannot be written: {reason(error)}") from None
        try:
            conventions = {} if settings.convention is None else parse(settings.convention)
        except ValueError as error:
            raise CannotTest(f"--optimspec-convention: {error}") from None
        implementation = open_implementation(
            settings.name, settings.directory, settings.precision, settings.limit, settings.isolate, conventions
        )
        return cls(settings, implementation, known)

    def run_check(self, case: CommittedCase) -> CheckResult:
        """Run and judge a case."""
        self.implementation.begin_class(case.subject)
        with np.errstate(all="ignore"):
            verdict = in_named_frame(f"check {case.id}", self.judge.judge, case)
            result = check_result(verdict)
            if result.result in NOT_FORGIVEN and kind(result) not in self.shortened and can_be_shorter(verdict):
                self.shortened.add(kind(result))
                result = replace(result, text=with_shorter_example(verdict, self.implementation).text)
        try:
            self._reproduce(verdict)
        except OSError as error:
            result = replace(result, unwritten=f"{self.settings.repro}: {reason(error)}")
        return self._with_details(result, verdict)

    def _reproduce(self, verdict: Verdict) -> None:
        """Write a failure as a program, if the settings ask for it."""
        case = verdict.case
        if self.settings.repro is None or verdict.observed is None or verdict.difference is None:
            return
        directory = self.settings.directory / self.settings.repro
        directory.mkdir(parents=True, exist_ok=True)
        run = FailedRun(case.id, case.scenario, verdict.observed, verdict.difference, case.trace, case.other)
        if can_be_shorter(verdict):
            run = self._smallest(run, case)
        for suffix, text in self.implementation.reproduce(run, self.settings.import_directory).items():
            write_file(directory / (file_stem(case.id) + suffix), text)

    def _smallest(self, run: FailedRun, case: CommittedCase) -> FailedRun:
        """The same failure with fewer operations, if there is such a run."""
        scenario, difference = shrink_scenario(case, run.difference, self.implementation)
        if scenario is case.scenario:
            return run
        expected = exact_trace(scenario, arithmetic_for(scenario), case.definitions)
        return replace(
            run,
            scenario=scenario,
            observed=self.implementation.run(scenario),
            difference=difference,
            expected=expected,
        )

    def _with_details(self, result: CheckResult, verdict: Verdict) -> CheckResult:
        """For a page, the first failure of a requirement and class has its text and a plot."""
        if (
            result.result not in FAILING
            or result.pair in self.detailed
            or not reports.needs_details(self.settings.reports)
        ):
            return result
        self.detailed.add(result.pair)
        return replace(result, detailed=True, plot=series(verdict))

    def record(self, result: CheckResult) -> None:
        """Collect a result."""
        self.run_result.add(result)
        if result.unwritten and result.unwritten not in self.run_result.unwritten:
            self.run_result.unwritten.append(result.unwritten)

    def shows(self, result: CheckResult, lines: int) -> bool:
        """Whether a failure is shown in full: the first ones of different kinds, until there are too many lines."""
        if result.result not in NOT_FORGIVEN:
            return True
        if kind(result) in self.shown or (self.shown and self.lines + lines > IN_FULL):
            return False
        self.shown.add(kind(result))
        self.lines += lines
        return True

    def compare_worker(self, worker: str, provided: list[str]) -> None:
        """Note the classes that only one of a worker's implementation and the one here provides."""
        different = sorted(set(provided) ^ set(self.provided))
        if different:
            self.run_result.errors.append(f"{worker} and this process do not provide the same: {', '.join(different)}")

    @property
    def provided(self) -> list[str]:
        return [name for name in DEFINITIONS if self.implementation.provides(name)]

    def record_failure(self, check: str, text: str) -> None:
        """Collect a check that failed without a result."""
        name = check.partition("::")[2]
        self.run_result.errors.append(f"{name} failed without a result: {one_line(text)[:LONGEST]}")

    def finish(self, partial: str | None) -> None:
        """Compare the run with what the specification calls for, and write the reports."""
        self.run_result.end(partial)
        if self.settings.write_known is None:
            self._check_known_failures()
        else:
            self._write(self.settings.write_known, self._write_known_failures)
        for name in self.settings.reports:
            self._write(name, reports.write, self.run_result, name, self.settings.directory)

    def _write(self, name: str, write: Callable[..., str], *arguments: object) -> None:
        """Write a file, and note it. One that cannot be written does not stop the others."""
        try:
            self.run_result.notes.append(write(*arguments))
        except (OSError, ValueError) as error:
            self.run_result.unwritten.append(f"{name}: {reason(error)}")

    def close(self) -> None:
        self.implementation.close()

    def _check_known_failures(self) -> None:
        failing: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for check in self.run_result.checks:
            if check.result is Result.KNOWN_FAILURE:
                failing[check.pair][check.check] = check.observed
        ran = {check.check for check in self.run_result.checks if check.judged}
        self.run_result.errors += self.known.expired(date.today())
        self.run_result.errors += self.known.passing(failing, self.run_result.whole_classes)
        self.run_result.errors += self.known.passing_counterexamples(failing, ran)
        self.run_result.notes += self.known.changed_counterexamples(failing)

    def _write_known_failures(self) -> str:
        """Update the list as it is now: it may have been edited during the run."""
        path = self.settings.directory / str(self.settings.write_known)
        known, before = load_known_failures(self.settings), read_file(path) if path.exists() else ""
        update = known_failures_file.update(known, self.run_result.failures, self.run_result.whole_classes)
        write_file(path, known_failures_file.list_text(update.known, before))
        entries = f"{len(update.known.entries)} entries, {update.unfinished} of them to be filled in"
        removed = "".join(f", {requirement} of {subject} removed" for requirement, subject in update.removed)
        return f"{path.name}: {entries}{removed}"


def load_known_failures(settings: Settings) -> KnownFailures:
    """The list of known failures with which the run is compared. Raises ValueError."""
    if settings.write_known is None:
        return known_failures.read(settings.directory / settings.known) if settings.known else KnownFailures()
    if settings.known not in (None, settings.write_known):
        raise ValueError(f"{settings.known}: the list that is read and {settings.write_known} must be the same file")
    path = settings.directory / settings.write_known
    return known_failures.read(path, unfinished=True) if path.exists() else KnownFailures()


def file_stem(check: str) -> str:
    """The name of a check as that of a file."""
    return quote(check.replace("/", "."), safe="=")
