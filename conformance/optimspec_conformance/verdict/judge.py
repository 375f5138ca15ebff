"""Runs a committed case and judges it: a result, and for a failure its text."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from time import perf_counter

from .. import specification
from ..cases.committed import CommittedCase
from ..cases.comparison import Comparison, compare_bits, compare_scaled, compare_with_error
from ..classes.catalogue import DEFINITIONS, dialects
from ..classes.definition import Dialect
from ..implementations.protocol import Implementation, ScenarioAborted
from ..scenarios.trace import Difference, Unsupported
from ..scenarios.values import Trace, classes
from .diagnosis import Diagnosis
from .failure import example, summary
from .known_failures import KnownFailures
from .observed_run import ObservedRun
from .shrink import shrink_scenario

LONGEST, WIDEST = 10, 120  # lines, and characters of each, of an example that is not shortened


class Result(StrEnum):
    """The possible results of a check; docs/kit.md explains each."""

    PASS = "pass"
    FAIL = "fail"
    DIALECT = "dialect"
    KNOWN_FAILURE = "known failure"
    ADVISORY = "advisory"
    NOT_PROVIDED = "not provided"
    ERROR = "error"


FAILING = (Result.FAIL, Result.DIALECT, Result.KNOWN_FAILURE)


@dataclass(frozen=True)
class Verdict:
    """The result of a check with its evidence, in the process that ran it.

    ``requirement`` is the one that was broken: a row may name it, otherwise it is that of the case. A failure has the
    ``observed`` trace, the first ``difference`` from the ``expected`` one, and the known mistake that explains it
    (``cause``) or the ``dialect`` that it follows. ``ulps`` is the largest error of all numbers compared. ``summary``,
    ``example`` and ``note`` are the parts of its text.
    """

    result: Result
    requirement: str
    summary: str = ""
    example: str = ""
    note: str = ""
    observed: Trace | None = None
    expected: Trace | None = None
    difference: Difference | None = None
    cause: str = ""
    dialect: str = ""
    ulps: float | None = None

    @property
    def text(self) -> str:
        return "\n\n".join(part for part in (self.summary, self.example, self.note) if part)


@dataclass(frozen=True)
class CaseRun:
    """The traces of a case's scenarios, and their comparison. If ``aborted``, ``case`` has the scenario in question."""

    case: CommittedCase
    traces: list[Trace]
    comparison: Comparison
    aborted: bool = False


def judge(
    case: CommittedCase, implementation: Implementation, known: KnownFailures, diagnosis: Diagnosis | None = None
) -> Verdict:
    """Run a case and judge it. Never raises: an exception of the kit itself is the result ``error``."""
    missing = [name for name in case.needs if not implementation.provides(name)]
    if missing:
        return Verdict(Result.NOT_PROVIDED, case.requirement, f"{implementation.name} has no {', '.join(missing)}")
    if case.requirement in implementation.not_observable:
        return Verdict(Result.NOT_PROVIDED, case.requirement, implementation.not_observable[case.requirement])
    try:
        return _verdict(run_case(case, implementation), implementation, known, diagnosis)
    except Unsupported as unsupported:
        return Verdict(Result.NOT_PROVIDED, case.requirement, f"{implementation.name}: {unsupported}")
    except Exception as error:
        text = f"{case.id}: the kit could not judge this: {type(error).__name__}: {error}"
        return Verdict(Result.ERROR, case.requirement, text)


def run_case(case: CommittedCase, implementation: Implementation) -> CaseRun:
    """Run the scenarios of a case, and compare the traces."""
    try:
        started = perf_counter()
        observed = implementation.run(case.scenario)
        seconds = perf_counter() - started
        if case.other is not None:
            return _compare_law(case, observed, implementation.run(case.other), implementation.precision)
    except ScenarioAborted as aborted:
        aborted_case = replace(case, scenario=aborted.scenario)
        return CaseRun(aborted_case, [aborted.trace], Comparison(aborted.difference), aborted=True)
    if seconds > case.options.get("seconds", math.inf):
        limit = f"less than {case.options['seconds']:g} s"
        difference = Difference(len(observed) - 1, "time taken", limit, f"{seconds:.1f} s")
        return CaseRun(case, [observed], Comparison(difference))
    return CaseRun(case, [observed], compare_with_error(case, observed, implementation.precision))


def _compare_law(case: CommittedCase, observed: Trace, other: Trace, precision: str) -> CaseRun:
    if "scaled" in case.options:
        return CaseRun(case, [observed, other], compare_scaled(case, observed, other, precision))
    return CaseRun(case, [observed, other], Comparison(compare_bits(case, observed, other)))


def _verdict(
    run: CaseRun, implementation: Implementation, known: KnownFailures, diagnosis: Diagnosis | None
) -> Verdict:
    case, observed, difference = run.case, run.traces[0], run.comparison.difference
    if difference is None:
        return Verdict(Result.PASS, case.requirement, ulps=run.comparison.ulps)
    failed = Verdict(
        Result.FAIL,
        difference.requirement or case.requirement,
        example=example(case.scenario, difference, implementation),
        ulps=run.comparison.ulps,
    )
    if specification.requirements()[failed.requirement].level != "MUST" and not run.aborted:
        return replace(failed, result=Result.ADVISORY, summary=summary(case, observed, difference))
    failed = replace(failed, observed=observed, expected=case.trace or run.traces[-1], difference=difference)
    reason = known.reason(failed.requirement, case.subject)
    dialect = None if run.aborted else dialect_of(case, observed, implementation)
    explanation = ""
    if dialect is not None:
        failed = replace(failed, result=Result.DIALECT, dialect=dialect.name)
        explanation = f'speaks the dialect "{dialect.name}": {dialect.about}'
    elif diagnosis is not None and not run.aborted and reason is None:
        diagnosed = diagnosis.explain(case, run.traces)
        if diagnosed is not None:
            failed, explanation = replace(failed, cause=diagnosed.cause), f"looks like: {diagnosed.text}"
    failed = replace(failed, summary=summary(case, observed, difference, explanation))
    if reason is not None:
        return replace(failed, result=Result.KNOWN_FAILURE, note=f"known: {reason}")
    return failed


def dialect_of(case: CommittedCase, observed: Trace, implementation: Implementation) -> Dialect | None:
    """The dialect that explains the whole observed trace, if there is one."""
    if case.other is not None:
        return None
    run = ObservedRun(case, observed, implementation.precision)
    for name in sorted(set(classes(case.scenario))):
        for dialect, definition in dialects(name):
            if run.explained_by({**DEFINITIONS, name: definition}):
                return dialect
    return None


def with_shorter_example(case: CommittedCase, verdict: Verdict, implementation: Implementation) -> Verdict:
    """The failure with a shorter example, if its own is long. Runs the implementation many times."""
    difference, observed = verdict.difference, verdict.observed or []
    if difference is None or case.other is not None or difference.row >= len(observed):  # it hung or died
        return verdict
    if sum(len(line) // WIDEST + 1 for line in verdict.example.splitlines()) <= LONGEST:
        return verdict
    scenario, shorter_difference = shrink_scenario(case, difference, implementation)
    if scenario is case.scenario:
        return verdict
    return replace(verdict, example=f"    a shorter example:\n{example(scenario, shorter_difference, implementation)}")
