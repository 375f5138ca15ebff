"""Explains failures by known faults: those whose whole trace equals the observed one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random

from ..cases.committed import CommittedCase, entries, load
from ..cases.conventions import Withdrawn, under
from ..classes.catalogue import DEFINITIONS, SCHEDULERS
from ..classes.definition import Definition
from ..classes.faults import Fault
from ..faults.bank import diagnosable_faults, faults_of_all_schedulers
from ..implementations.protocol import Implementation, ScenarioAborted
from ..scenarios.trace import Unsupported
from ..scenarios.values import Trace
from .observed_run import ObservedRun, as_observed

SHOWN = 3  # explanations of one failure
MIN_PROVEN = 4  # a candidate that explained as many failures of a class, and was never refuted, is tried first, alone
MAX_UNEXPLAINED = 12  # failures of a class that may remain unexplained before only proven candidates are tried
WITNESSES, SAMPLE = 3, 40  # other checks that must fail, too; and how many checks are searched for them
SINGLE_PRECISION = Fault("rates in single precision", "NUM-1", lambda definition: definition)

SINGLE_PRECISION_WEIGHTS = Fault("something computed in single precision", "OPT-12", lambda definition: definition)


@dataclass(frozen=True)
class Candidate:
    """Faults that may explain a failure: usually one, at most two, or one that all schedulers share."""

    faults: tuple[tuple[str, Fault], ...]

    @property
    def cause(self) -> str:
        return self.describe("")

    def describe(self, subject: str) -> str:
        """The candidate in words, without the name of the class that the check is about."""
        classes, faults = zip(*self.faults, strict=True)
        if len(set(faults)) < len(faults):
            return f"all schedulers: {_label(faults[0])}"
        one_class = len(set(classes)) == 1
        names = [
            _label(fault) if one_class or name == subject else f"{name}: {_label(fault)}" for name, fault in self.faults
        ]
        of_another = one_class and classes[0] != subject
        return (f"{classes[0]}: " if of_another else "") + ", and ".join(names)

    def definitions(self, base: Mapping[str, Definition] = DEFINITIONS) -> dict[str, Definition]:
        """The definitions of all classes, those of some with its faults."""
        definitions = dict(base)
        for name, fault in self.faults:
            definitions[name] = fault.change(definitions[name])
        return definitions


def _label(fault: Fault) -> str:
    return f"{fault.name} ({fault.requirement})"


@dataclass(frozen=True)
class Explanation:
    """``cause`` names the best candidate, ``tied`` others that explain as much; ``text`` names further ones, too."""

    cause: str
    text: str
    tied: tuple[str, ...] = ()


class Diagnosis:
    """Explains the failures of a run. Candidates that explained earlier failures of a class are tried first."""

    def __init__(self, implementation: Implementation) -> None:
        self.implementation = implementation
        self.conventions = under(implementation.conventions)
        self.explained: dict[str, Counter[Candidate]] = defaultdict(Counter)
        self.refuted: dict[str, set[Candidate]] = defaultdict(set)
        self.unexplained: Counter[tuple[str, bool]] = Counter()  # of a class: refusals, and others
        self.contradictions: dict[Candidate, bool] = {}

    def explain(self, case: CommittedCase, traces: list[Trace]) -> Explanation | None:
        """The faults that explain all runs of a case, to within the tolerance; None if no fault does."""
        cases_and_traces = zip((case, replace(case, scenario=case.other or {})), traces, strict=False)
        runs = [ObservedRun(run, observed, self.implementation.precision) for run, observed in cases_and_traces]
        if any(run.not_diagnosable for run in runs) or not any(run.wrong for run in runs):
            return None
        if any(run.in_single_precision() for run in runs):
            return explanation(case, SINGLE_PRECISION)
        counts, refuted = self.explained[case.subject], self.refuted[case.subject]
        candidates = self.matching(case, runs, self.proven(case))
        kind = case.subject, any("error" in row for trace in traces for row in trace)
        if not candidates and self.unexplained[kind] < MAX_UNEXPLAINED:
            candidates = (
                self.matching(case, runs, single_faults(case))
                or self.matching(case, runs, shared_faults(case))
                or self.matching(case, runs, self.double_faults(case))
            )
        if not candidates and any(run.weights_in_single_precision() for run in runs):
            return explanation(case, SINGLE_PRECISION_WEIGHTS)
        if not candidates:
            self.unexplained[kind] += 1
            return None
        rank = {one: (len(one.faults), one in refuted, -counts[one]) for one in candidates}
        candidates.sort(key=rank.__getitem__)
        counts.update(candidates)
        tied = dict.fromkeys(one.cause for one in candidates if rank[one] == rank[candidates[0]])
        texts = list(dict.fromkeys(candidate.describe(case.subject) for candidate in candidates))[:SHOWN]
        return Explanation(candidates[0].cause, ", or ".join(texts), tuple(tied)[1:])

    def proven(self, case: CommittedCase) -> list[Candidate]:
        """The candidates that explained several failures of the class, and were never refuted."""
        return [
            candidate
            for candidate, n in self.explained[case.subject].items()
            if n >= MIN_PROVEN
            and candidate not in self.refuted[case.subject]
            and {name for name, _ in candidate.faults} <= set(case.classes)
        ]

    def matching(
        self, case: CommittedCase, runs: list[ObservedRun], candidates: Iterable[Candidate]
    ) -> list[Candidate]:
        """The candidates that explain all that a case reads; first those that explain the other read-outs, too."""
        exact, partial = [], []
        shortened = next(run for run in runs if run.wrong).up_to_first_difference()
        for candidate in candidates:
            trace = shortened.trace_under(candidate.definitions)
            if trace is None or shortened.differs(trace, shortened.observed):
                self.refuted[case.subject].update([candidate] if trace else [])
                continue
            traces = [run.trace_under(candidate.definitions) or run.expected for run in runs]
            if any(run.differs(trace, run.observed) for run, trace in zip(runs, traces, strict=True)):
                self.refuted[case.subject].add(candidate)
            elif any(run.differs_anywhere(trace) for run, trace in zip(runs, traces, strict=True)):
                partial.append(candidate)
            else:
                exact.append(candidate)
        exact, partial = (
            [candidate for candidate in matches if not self.contradicted(candidate)] for matches in (exact, partial)
        )
        return [*exact, *partial]

    def contradicted(self, candidate: Candidate) -> bool:
        """Whether the witnesses rule a candidate out: one of them passes, or several show something else."""
        if candidate not in self.contradictions:
            outcomes = []
            for witness in self.witnesses(candidate):
                outcome = self.witness_outcome(candidate, witness)
                outcomes += [] if outcome is None else [outcome]
                if outcome == "pass":
                    break
            self.contradictions[candidate] = "pass" in outcomes or (len(outcomes) > 1 and "same" not in outcomes)
        return self.contradictions[candidate]

    def witnesses(self, candidate: Candidate) -> Iterator[ObservedRun]:
        """Some cases of the candidate's class in which it makes a difference."""
        count, name = 0, candidate.faults[0][0]
        of_class = [entry for entry in entries() if entry.subject == name and entry.exact]
        for entry in Random(name).sample(of_class, min(SAMPLE, len(of_class))):
            try:
                witness = self.conventions.case(load(entry.id))
            except Withdrawn:
                continue
            run = ObservedRun(witness, as_observed(witness.trace or []), self.implementation.precision)
            provided = all(map(self.implementation.provides, witness.needs))
            if provided and run.cheap and run.trace_under(candidate.definitions) is not None:
                yield run
                count += 1
            if count == WITNESSES:
                return

    def witness_outcome(self, candidate: Candidate, witness: ObservedRun) -> str | None:
        """Run a witness: it can pass, show the same fault, or another; None if the implementation cannot run it."""
        try:
            observed = self.implementation.run(witness.case.scenario)
        except Unsupported:
            return None
        except ScenarioAborted:
            return "other"
        try:
            if not witness.differs(witness.expected, observed):
                return "pass"
            trace = witness.trace_under(candidate.definitions) or []
            return "other" if witness.differs(trace, observed) else "same"
        except Unsupported:
            return None

    def double_faults(self, case: CommittedCase) -> Iterator[Candidate]:
        """Pairs: the best candidates of two classes so far, or that of the class with another fault of it."""
        best = [candidate for name in case.classes for candidate, _ in self.explained[name].most_common(1)]
        best = [candidate for candidate in dict.fromkeys(best) if len(candidate.faults) == 1]
        yield from (Candidate(first.faults + second.faults) for first, second in combinations(best, 2))
        for candidate in best:
            if candidate.faults[0][0] == case.subject:
                others = ((case.subject, fault) for fault in diagnosable_faults(case.subject))
                yield from (
                    Candidate((*candidate.faults, second)) for second in others if second != candidate.faults[0]
                )


def explanation(case: CommittedCase, fault: Fault) -> Explanation:
    candidate = Candidate(((case.subject, fault),))
    return Explanation(candidate.cause, candidate.describe(case.subject))


def single_faults(case: CommittedCase) -> Iterator[Candidate]:
    """One fault of one class; the class of the check comes first."""
    for name in dict.fromkeys([case.subject, *case.classes]):
        yield from (Candidate(((name, fault),)) for fault in diagnosable_faults(name))


def shared_faults(case: CommittedCase) -> Iterator[Candidate]:
    """One fault that all schedulers share, as if it were in their base class."""
    schedulers = [name for name in case.classes if name in SCHEDULERS]
    if len(schedulers) > 1:
        yield from (Candidate(tuple((name, fault) for name in schedulers)) for fault in faults_of_all_schedulers())
