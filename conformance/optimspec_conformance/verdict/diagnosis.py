"""What a failure looks like: the faults whose whole trace is the one that was observed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random

from ..cases.committed import CommittedCase, cases
from ..classes.catalogue import DEFINITIONS, SCHEDULERS
from ..classes.definition import Definition
from ..classes.faults import Fault
from ..faults.bank import diagnosable_faults, faults_of_all_schedulers
from ..implementations.guard import watchdog
from ..implementations.protocol import Implementation, ScenarioAborted
from ..scenarios.trace import Unsupported
from ..scenarios.values import Trace
from .observed_run import ObservedRun, as_observed

SHOWN = 3  # explanations of one failure
PROVEN = 4  # a candidate that explained so many failures of a class, and was never refuted, is tried alone
UNEXPLAINED = 12  # unexplained failures of a class that are examined in full
WITNESSES, TRIED = 3, 40  # other checks that must fail too, and among how many they are looked for
SINGLE = Fault("rates in single precision", "NUM-1", lambda definition: definition)


@dataclass(frozen=True)
class Candidate:
    """Faults of classes: usually one, two at most, or one that all schedulers of a scenario share."""

    faults: tuple[tuple[str, Fault], ...]

    @property
    def cause(self) -> str:
        return self.describe("")

    def describe(self, subject: str) -> str:
        """In words, without the name of the class that the check is about."""
        classes, faults = zip(*self.faults, strict=True)
        if len(set(faults)) < len(faults):
            return f"all schedulers: {_named(faults[0])}"
        alone = len(set(classes)) == 1
        names = [
            _named(fault) if alone or name == subject else f"{name}: {_named(fault)}" for name, fault in self.faults
        ]
        of_another = alone and classes[0] != subject
        return (f"{classes[0]}: " if of_another else "") + ", and ".join(names)

    def definitions(self) -> dict[str, Definition]:
        changed: dict[str, Definition] = dict(DEFINITIONS)
        for name, fault in self.faults:
            changed[name] = fault.change(changed[name])
        return changed


def _named(fault: Fault) -> str:
    return f"{fault.name} ({fault.requirement})"


@dataclass(frozen=True)
class Explanation:
    """``cause`` is the best candidate, ``tied`` are those that are as good; ``text`` has further possibilities, too."""

    cause: str
    text: str
    tied: tuple[str, ...] = ()


class Diagnosis:
    """Explains the failures of a run. What explained earlier failures of a class is tried first."""

    def __init__(self, implementation: Implementation) -> None:
        self.implementation = implementation
        self.explained: dict[str, Counter[Candidate]] = defaultdict(Counter)
        self.refuted: dict[str, set[Candidate]] = defaultdict(set)
        self.unexplained: Counter[tuple[str, bool]] = Counter()  # of a class: refusals, and others
        self.vetted: dict[Candidate, bool] = {}

    def explain(self, case: CommittedCase, traces: list[Trace]) -> Explanation | None:
        """What explains every run of a case to within the tolerance; None if nothing does, or it is rounding."""
        watchdog.rest()  # this may take long
        both = zip((case, replace(case, scenario=case.other or {})), traces, strict=False)
        runs = [ObservedRun(run, observed, self.implementation.precision) for run, observed in both]
        if any(run.not_diagnosable for run in runs) or not any(run.wrong for run in runs):
            return None
        if any(run.in_single_precision() for run in runs):
            rounded = Candidate(((case.subject, SINGLE),))
            return Explanation(rounded.cause, rounded.describe(case.subject))
        known, refuted = self.explained[case.subject], self.refuted[case.subject]
        found = self.matching(case, runs, self.proven(case))
        kind = case.subject, any("error" in row for trace in traces for row in trace)
        if not found and self.unexplained[kind] < UNEXPLAINED:
            found = self.matching(case, runs, single(case)) or self.matching(case, runs, alike(case))
            found = found or self.matching(case, runs, self.double(case))
        if not found:
            self.unexplained[kind] += 1
            return None
        rank = {one: (len(one.faults), one in refuted, -known[one]) for one in found}
        found.sort(key=rank.__getitem__)
        known.update(found)
        tied = dict.fromkeys(candidate.cause for candidate in found if rank[candidate] == rank[found[0]])
        texts = list(dict.fromkeys(candidate.describe(case.subject) for candidate in found))[:SHOWN]
        return Explanation(found[0].cause, ", or ".join(texts), tuple(tied)[1:])

    def proven(self, case: CommittedCase) -> list[Candidate]:
        """What has explained several failures of the class, and was never refuted."""
        return [
            candidate
            for candidate, n in self.explained[case.subject].items()
            if n >= PROVEN
            and candidate not in self.refuted[case.subject]
            and {name for name, _ in candidate.faults} <= set(case.classes)
        ]

    def matching(
        self, case: CommittedCase, runs: list[ObservedRun], candidates: Iterable[Candidate]
    ) -> list[Candidate]:
        """The candidates that explain all that a case reads; first those that explain the other read-outs, too."""
        exactly, nearly = [], []
        beginning = next(run for run in runs if run.wrong).up_to_first_difference()
        for candidate in candidates:
            first = beginning.trace_under(candidate.definitions)
            if first is None or beginning.differs(first, beginning.observed):
                self.refuted[case.subject].update([candidate] if first else [])
                continue
            traces = [run.trace_under(candidate.definitions) or run.expected for run in runs]
            if any(run.differs(trace, run.observed) for run, trace in zip(runs, traces, strict=True)):
                self.refuted[case.subject].add(candidate)
            elif any(run.differs_anywhere(trace) for run, trace in zip(runs, traces, strict=True)):
                nearly.append(candidate)
            else:
                exactly.append(candidate)
        exactly, nearly = ([one for one in those if not self.contradicted(one)] for those in (exactly, nearly))
        return [*exactly, *nearly]

    def contradicted(self, candidate: Candidate) -> bool:
        """Whether other checks in which a candidate makes a difference do not show it, or even pass."""
        if candidate not in self.vetted:
            shown = []
            for witness in self.witnesses(candidate):
                found = self.shows(candidate, witness)
                shown += [] if found is None else [found]
                if found == "pass":
                    break
            self.vetted[candidate] = "pass" in shown or (bool(shown) and "the same" not in shown)
        return self.vetted[candidate]

    def witnesses(self, candidate: Candidate) -> Iterator[ObservedRun]:
        """Some cases of its class in which it makes a difference."""
        found, name = 0, candidate.faults[0][0]
        of_class = [case for case in cases() if case.subject == name and case.trace]
        for case in Random(name).sample(of_class, min(TRIED, len(of_class))):
            run = ObservedRun(case, as_observed(case.trace or []), self.implementation.precision)
            provided = all(map(self.implementation.provides, case.needs))
            if provided and run.cheap and run.trace_under(candidate.definitions) is not None:
                yield run
                found += 1
            if found == WITNESSES:
                return

    def shows(self, candidate: Candidate, witness: ObservedRun) -> str | None:
        """What a witness says of a candidate; None if the implementation cannot run it."""
        try:
            observed = self.implementation.run(witness.case.scenario)
        except Unsupported:
            return None
        except ScenarioAborted:
            return "another"
        finally:
            watchdog.rest()
        try:
            if not witness.differs(witness.expected, observed):
                return "pass"
            trace = witness.trace_under(candidate.definitions) or []
            return "another" if witness.differs(trace, observed) else "the same"
        except Unsupported:
            return None

    def double(self, case: CommittedCase) -> Iterator[Candidate]:
        """What explains most of a class so far, with another fault of it, or with what explains most of another."""
        leading = [found for name in case.classes for found, _ in self.explained[name].most_common(1)]
        leading = [candidate for candidate in dict.fromkeys(leading) if len(candidate.faults) == 1]
        yield from (Candidate(one.faults + other.faults) for one, other in combinations(leading, 2))
        for candidate in leading:
            if candidate.faults[0][0] == case.subject:
                others = ((case.subject, fault) for fault in diagnosable_faults(case.subject))
                yield from (Candidate((*candidate.faults, other)) for other in others if other != candidate.faults[0])


def single(case: CommittedCase) -> Iterator[Candidate]:
    """One fault of one class; that of the check comes first."""
    for name in dict.fromkeys([case.subject, *case.classes]):
        yield from (Candidate(((name, fault),)) for fault in diagnosable_faults(name))


def alike(case: CommittedCase) -> Iterator[Candidate]:
    """One fault of all schedulers, as a common base class would have it."""
    schedulers = [name for name in case.classes if name in SCHEDULERS]
    if len(schedulers) > 1:
        yield from (Candidate(tuple((name, fault) for name in schedulers)) for fault in faults_of_all_schedulers())
