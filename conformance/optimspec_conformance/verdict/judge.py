"""Runs a committed case and judges it: a result, and for a failure its text."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass, replace
from enum import StrEnum
from time import perf_counter

from .. import specification
from ..cases.committed import CommittedCase, only_of
from ..cases.comparison import Comparison, compare_bits, compare_scaled, compare_with_error
from ..cases.conventions import Conventions, Withdrawn
from ..cases.set_lr import with_set_lr
from ..classes.catalogue import OPTIMIZERS, SCHEDULERS
from ..classes.conventions import as_option, of_class
from ..implementations.protocol import Implementation, ScenarioAborted
from ..implementations.readout import exception_text
from ..scenarios.trace import Difference, Unsupported
from ..scenarios.values import Scenario, Trace
from ..specification import TIERS
from .diagnosis import Diagnosis
from .failure import example, summary
from .followed import FollowedConventions
from .known_failures import KnownFailures
from .shrink import shrink_scenario

LONGEST, WIDEST = 10, 120  # lines, and characters of each, of an example that is not shortened


class Result(StrEnum):
    """The possible results of a check; docs/kit.md explains each."""

    PASS = "pass"
    FAIL = "fail"
    CONVENTION = "convention"
    KNOWN_FAILURE = "known failure"
    ADVISORY = "advisory"
    NOT_PROVIDED = "not provided"
    WITHDRAWN = "withdrawn"
    ERROR = "error"


FAILING = (Result.FAIL, Result.CONVENTION, Result.KNOWN_FAILURE)
UNJUDGED = (Result.NOT_PROVIDED, Result.WITHDRAWN, Result.ERROR)  # of the implementation, these say nothing


@dataclass(frozen=True)
class Verdict:
    """The result of a check with its evidence, in the process that ran it.

    ``case`` is the case as it was judged: under the conventions, and for what the implementation provides; if a run was
    aborted, its scenario is that of this run. ``requirement`` is the one that was broken: a row may name it, otherwise
    it is that of the case. A failure has the ``observed`` trace, the first ``difference`` from the ``expected`` one,
    and the known mistake that explains it (``cause``, or as well one of ``tied``) or the ``convention`` that it follows
    undeclared, as the command line takes it. ``ulps`` is the largest error of any number that was compared.
    ``summary``, ``example`` and ``known``, why it is a known failure, are the parts of its text.
    """

    case: CommittedCase
    result: Result
    requirement: str
    summary: str = ""
    example: str = ""
    known: str = ""
    observed: Trace | None = None
    expected: Trace | None = None
    difference: Difference | None = None
    cause: str = ""
    tied: tuple[str, ...] = ()
    convention: str = ""
    ulps: float | None = None

    @property
    def text(self) -> str:
        known = f"known: {self.known}" if self.known else ""
        return "\n\n".join(part for part in (self.summary, self.example, known) if part)


@dataclass(frozen=True)
class CaseRun:
    """The traces of a case's scenarios, and their comparison. If ``aborted``, ``case`` has the scenario in question."""

    case: CommittedCase
    traces: list[Trace]
    comparison: Comparison
    aborted: bool = False


class Judge:
    """Judges the cases of one implementation: under its conventions, in some tiers, with its known failures."""

    def __init__(
        self,
        implementation: Implementation,
        known: KnownFailures,
        diagnosis: Diagnosis | None = None,
        tiers: Container[str] = TIERS,
    ) -> None:
        self.implementation, self.known, self.diagnosis, self.tiers = implementation, known, diagnosis, tiers
        self.followed = FollowedConventions(implementation)

    def judge(self, original: CommittedCase) -> Verdict:
        """Run a case and judge it. Never raises: an exception of the kit itself is the result ``error``."""
        requirement = self.followed.declared.requirement(original.requirement, original.subject)
        case, reporting = original, ""
        try:
            case = self.case(original, self.followed.declared)
            if original.requirement in self.implementation.not_observable:
                raise Unsupported(self.implementation.not_observable[original.requirement])
            reporting = f"{self.implementation.name}: "
            run = run_case(case, self.implementation)
        except Withdrawn as withdrawn:
            return Verdict(case, Result.WITHDRAWN, requirement, str(withdrawn))
        except Unsupported as unsupported:
            return Verdict(case, Result.NOT_PROVIDED, requirement, f"{reporting}{unsupported}")
        except Exception as error:
            text = f"{case.id}: the kit could not judge this: {exception_text(error)}"
            return Verdict(case, Result.ERROR, requirement, text)
        return self._verdict(run, original)

    def case(self, original: CommittedCase, conventions: Conventions) -> CommittedCase:
        """The case as it is judged under conventions: what the implementation provides, in the tiers asked for.

        Raises Withdrawn, or Unsupported.
        """
        return as_provided(only_of(conventions.case(original), self.tiers), self.implementation)

    def _verdict(self, run: CaseRun, original: CommittedCase) -> Verdict:
        case, observed, difference = run.case, run.traces[0], run.comparison.difference
        broken = case.requirement if difference is None else difference.requirement or case.requirement
        requirement = self.followed.declared.requirement(broken, case.subject)
        if difference is None:
            return Verdict(case, Result.PASS, requirement, ulps=run.comparison.ulps)
        failed = Verdict(
            case,
            Result.FAIL,
            requirement,
            observed=observed,
            expected=case.trace or run.traces[-1],
            difference=difference,
            ulps=run.comparison.ulps,
        )
        reason = self.known.reason(requirement, case.subject)
        explanation = ""
        if specification.requirements()[requirement].level != "MUST" and not run.aborted:
            failed = replace(failed, result=Result.ADVISORY)
        elif not run.aborted:
            failed, explanation = self._explained(failed, run, original, known=reason is not None)
        failed = replace(failed, summary=summary(case, requirement, observed, difference, explanation))
        try:
            failed = replace(failed, example=example(case.scenario, difference, self.implementation))
        except Exception as error:  # the failure is shown without it
            failed = replace(failed, example=f"    no example: {type(error).__name__}: {error}")
        if reason is not None and failed.result is not Result.ADVISORY:
            return replace(failed, result=Result.KNOWN_FAILURE, known=reason)
        return failed

    def _explained(self, failed: Verdict, run: CaseRun, original: CommittedCase, known: bool) -> tuple[Verdict, str]:
        """A failure with its convention or cause, and the explanation. It stays a failure if the kit has none.

        The list of known failures gives the causes of those that are ``known``.
        """
        try:
            undeclared = self.followed.explaining(
                original, lambda conventions: self._is_right(conventions, run, original)
            )
            if undeclared:
                following = replace(failed, result=Result.CONVENTION, convention=as_option(undeclared))
                return following, convention_text(undeclared)
            diagnosed = None if self.diagnosis is None or known else self.diagnosis.explain(run.case, run.traces)
        except Exception as error:
            return failed, f"the kit could not explain this: {type(error).__name__}: {error}"
        if diagnosed is None:
            return failed, ""
        return replace(failed, cause=diagnosed.cause, tied=diagnosed.tied), f"looks like: {diagnosed.text}"

    def _is_right(self, conventions: Conventions, run: CaseRun, original: CommittedCase) -> bool:
        """Whether a run that fails passes under conventions, or is withdrawn under them."""
        try:
            case = self.case(original, conventions)
        except Withdrawn:
            return True
        return compare_traces(case, run.traces, self.implementation.precision).difference is None


def judge(
    case: CommittedCase, implementation: Implementation, known: KnownFailures, diagnosis: Diagnosis | None = None
) -> Verdict:
    """Run a single case of an implementation and judge it."""
    return Judge(implementation, known, diagnosis).judge(case)


def as_provided(case: CommittedCase, implementation: Implementation) -> CommittedCase:
    """The case; if only schedulers are missing for it, one with ``set_lr`` in their place. Raises Unsupported.

    If states cannot be pickled, only STA-4 requires it: in other cases, the state is kept without a round trip.
    """
    if not implementation.pickles and case.requirement != "STA-4":
        case = replace(case, scenario=without_pickle(case.scenario), other=case.other and without_pickle(case.other))
    missing = [name for name in case.needs if not implementation.provides(name)]
    if not missing:
        return case
    reason = f"{implementation.name} has no {', '.join(missing)}"
    if case.subject in OPTIMIZERS and SCHEDULERS.keys() >= {*missing} and implementation.has_set_lr(case.subject):
        try:
            return with_set_lr(case)
        except Unsupported as unsupported:
            reason += f", and set_lr is no substitute: {unsupported}"
    raise Unsupported(reason)


def without_pickle(scenario: Scenario) -> Scenario:
    """The scenario with states that are saved without pickle."""
    kept = [{k: v for k, v in row.items() if (k, v) != ("via", "pickle")} for row in scenario["do"]]
    return {**scenario, "do": kept}


def run_case(case: CommittedCase, implementation: Implementation) -> CaseRun:
    """Run the scenarios of a case, and compare the traces."""
    try:
        started = perf_counter()
        observed = implementation.run(case.scenario)
        seconds = perf_counter() - started
        traces = [observed, *([] if case.other is None else [implementation.run(case.other)])]
    except ScenarioAborted as aborted:
        aborted_case = replace(case, scenario=aborted.scenario)
        return CaseRun(aborted_case, [aborted.trace], Comparison(aborted.difference), aborted=True)
    if seconds > case.options.get("seconds", math.inf):
        limit = f"less than {case.options['seconds']:g} s"
        difference = Difference(len(observed) - 1, "time taken", limit, f"{seconds:.1f} s")
        return CaseRun(case, traces, Comparison(difference))
    return CaseRun(case, traces, compare_traces(case, traces, implementation.precision))


def compare_traces(case: CommittedCase, observed: list[Trace], precision: str) -> Comparison:
    """Compare the trace of a case with the exact one, or those of a law with each other."""
    if case.other is None:
        return compare_with_error(case, observed[0], precision)
    if "scaled" in case.options:
        return compare_scaled(case, observed[0], observed[1], precision)
    return Comparison(compare_bits(case, observed[0], observed[1]))


def convention_text(undeclared: dict[str, str]) -> str:
    """The undeclared conventions, and how to declare them."""
    about = "; ".join(f"{name}: {of_class(subject, name).about}" for subject, name in undeclared.items())
    return f"follows a convention, {about}; to declare it: --optimspec-convention={as_option(undeclared)}"


def can_be_shorter(verdict: Verdict) -> bool:
    """Whether the example of a failure is long, and fewer operations might do."""
    difference, observed = verdict.difference, verdict.observed or []
    if difference is None or verdict.case.other is not None or difference.row >= len(observed):  # it hung or died
        return False
    return sum(len(line) // WIDEST + 1 for line in verdict.example.splitlines()) > LONGEST


def with_shorter_example(verdict: Verdict, implementation: Implementation) -> Verdict:
    """The failure with a shorter example, if there is one. Runs the implementation many times."""
    assert verdict.difference is not None
    scenario, difference = shrink_scenario(verdict.case, verdict.difference, implementation)
    if scenario is verdict.case.scenario:
        return verdict
    return replace(verdict, example=f"    a shorter example:\n{example(scenario, difference, implementation)}")
