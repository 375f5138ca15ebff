"""What a failure looks like: the variants whose whole trace is the one that was observed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random

import numpy as np

from ..cases.committed import CommittedCase, cases
from ..cases.comparison import compare
from ..classes.catalogue import DEFINITIONS, SCHEDULERS
from ..classes.definition import Definition
from ..classes.faults import Fault
from ..faults.bank import diagnosable_faults
from ..faults.schedulers import OF_ALL
from ..implementations.protocol import Implementation, ScenarioAborted
from ..oracle.arithmetic import EXACT, plain
from ..oracle.run import exact_trace
from ..oracle.schedulers import Definitions
from ..scenarios.trace import READ_OUTS, Unsupported
from ..scenarios.values import Row, Trace

SHOWN = 3  # how many explanations of one failure are told
PROVEN = 4  # what has explained so many failures of a class, and was never refuted, is tried alone
UNEXPLAINED = 12  # so many unexplained failures of a class are looked at in full
WITNESSES, TRIED = 3, 40  # other checks that must fail, too, and among how many they are looked for
STEPS = 3000  # a scenario with more steps of weights is not run again for every variant
EXACTNESS = ("ulps", "relative")
SINGLE = Fault("rates in single precision", "NUM-1", lambda definition: definition)


@dataclass(frozen=True)
class Candidate:
    """Faults of classes: one as a rule, two at most, or one that all schedulers of a scenario share."""

    faults: tuple[tuple[str, Fault], ...]

    @property
    def cause(self) -> str:
        return self.describe("")

    def describe(self, subject: str) -> str:
        """In words; the class that a check is about goes without saying."""
        classes, names = zip(*self.faults, strict=True)
        if len(set(names)) < len(names):
            return f"all schedulers: {_named(names[0])}"
        alone = len(set(classes)) == 1
        said = [
            _named(fault) if alone or name == subject else f"{name}: {_named(fault)}" for name, fault in self.faults
        ]
        of_other = alone and classes[0] != subject
        return (f"{classes[0]}: " if of_other else "") + ", and ".join(said)

    def definitions(self) -> dict[str, Definition]:
        changed: dict[str, Definition] = dict(DEFINITIONS)
        for name, fault in self.faults:
            changed[name] = fault.change(changed[name])
        return changed


def _named(fault: Fault) -> str:
    return f"{fault.name} ({fault.requirement})"


@dataclass(frozen=True)
class Explanation:
    """``cause`` is what comes first, and what failures are counted by; ``text`` has the other possibilities, too."""

    cause: str
    text: str


class ObservedRun:
    """A run of a case, and what was observed in it. Roundings are no matter here, so it is compared loosely."""

    def __init__(self, case: CommittedCase, observed: Trace, precision: str) -> None:
        options = {name: value for name, value in case.options.items() if name not in EXACTNESS}
        if "weights" in case.scenario:
            asked = float(options.get("tolerance", 1e-6))
            options["tolerance"] = max(asked, min(10 * asked, 1e-4))
        trains = "weights" in case.scenario
        self.arithmetic = plain("float64")[1] if trains else EXACT
        right = case.trace or exact_trace(case.scenario, self.arithmetic)
        self.case = replace(case, trace=right, other=None, options=options)
        self.observed, self.precision = observed, precision

    def spoken(self, definitions: Definitions) -> bool:
        """Whether these models explain all that was observed, and the right ones do not."""
        return self.wrong and self.up_to_first_difference().explained(definitions) and self.explained(definitions)

    def explained(self, definitions: Definitions) -> bool:
        with suppress(Exception), np.errstate(all="ignore"):
            return not self.differs(exact_trace(self.case.scenario, self.arithmetic, definitions), self.observed)
        return False

    @property
    def cheap(self) -> bool:
        steps = [row.get("n", 1) * len(row["grads"]) for row in self.case.scenario["do"] if "grads" in row]
        return bool(sum(steps) <= STEPS)

    def differs(self, trace: Trace, observed: Trace, precision: str | None = None) -> bool:
        """Whether two traces differ in what the case reads."""
        rights = self.case.trace or []
        said = [{**row, "by": right["by"]} if "by" in right else row for row, right in zip(trace, rights, strict=False)]
        return compare(replace(self.case, trace=said), observed, precision or self.precision) is not None

    def differs_anywhere(self, trace: Trace) -> bool:
        """Whether what was observed differs from a trace in any field."""
        options = self.case.options | {"reads": list(READ_OUTS), "reads_by": {}}
        return compare(replace(self.case, trace=trace, options=options), self.observed, self.precision) is not None

    @property
    def wrong(self) -> bool:
        return self.differs(self.case.trace or [], self.observed)

    def up_to_first_difference(self) -> ObservedRun:
        """The part that ends with the first difference: most candidates need no more to be refuted."""
        first = compare(self.case, self.observed, self.precision)
        if first is None or "error" in self.case.options:
            return self
        rows = first.row + 1
        scenario = self.case.scenario | {"do": self.case.scenario["do"][: first.row]}
        begun = replace(self.case, scenario=scenario, trace=(self.case.trace or [])[:rows])
        return ObservedRun(begun, self.observed[:rows], self.precision)

    def not_diagnosable(self) -> bool:
        """Nothing that is trace_under here makes a constructor refuse, or accept, what it should not."""
        rights = self.case.trace or []
        broken_off = "error" in self.observed[0] and "error" not in rights[0]
        accepted = any(
            "error" in right and "error" not in row for right, row in zip(rights, self.observed, strict=False)
        )
        return broken_off or accepted or not self.cheap

    def trace_under(self, candidate: Candidate) -> Trace | None:
        """The trace of a candidate; None where it is the right one, or there is none."""
        with suppress(Exception), np.errstate(all="ignore"):
            trace = exact_trace(self.case.scenario, self.arithmetic, candidate.definitions())
            return trace if self.differs(self.case.trace or [], as_observed(trace)) else None
        return None

    def in_single_precision(self) -> bool:
        """Rates that are float32 numbers near the right ones."""
        if self.precision == "float32" or "lr" not in self.case.options["reads"]:
            return False
        rows = zip(self.case.trace or [], self.observed, strict=False)
        rates = [(a.get("lr", []), b["lr"]) for a, b in rows if isinstance(b.get("lr"), list)]
        both = [pair for right, seen in rates for pair in zip(right, seen, strict=False)]
        rounded = [b for a, b in both if a != b and isinstance(b, str)]
        single = [float(rate) == float(np.float32(float(rate))) for rate in rounded]
        return bool(single) and all(single) and not self.differs(self.case.trace or [], self.observed, "float32")


def as_observed(trace: Trace) -> Trace:
    """A trace of the oracle as an implementation would give it."""

    def row(said: Row) -> Row:
        if "error" not in said:
            return said
        kind = said["error"]["kind"]
        return {
            "error": {"kind": kind[0] if isinstance(kind, list) else kind, "message": said["error"].get("names", "")}
        }

    return [row(said) for said in trace]


class Diagnosis:
    """Explains the failures of a run. What explained earlier failures of a class comes first."""

    def __init__(self, implementation: Implementation) -> None:
        self.implementation = implementation
        self.explained: dict[str, Counter[Candidate]] = defaultdict(Counter)
        self.refuted: dict[str, set[Candidate]] = defaultdict(set)
        self.unexplained: Counter[str] = Counter()
        self.vetted: dict[Candidate, bool] = {}

    def contradicted(self, candidate: Candidate) -> bool:
        """Whether other checks in which a candidate makes a difference do not show it, or even pass."""
        if candidate not in self.vetted:
            shown = []
            for part in self.witnesses(candidate):
                shown.append(self.shows(candidate, part))
                if shown[-1] == "pass":
                    break
            self.vetted[candidate] = "pass" in shown or (bool(shown) and "the same" not in shown)
        return self.vetted[candidate]

    def witnesses(self, candidate: Candidate) -> Iterator[ObservedRun]:
        """Some cases of its class in which it makes a difference."""
        found, name = 0, candidate.faults[0][0]
        mine = [case for case in cases() if case.subject == name and case.trace]
        for case in Random(name).sample(mine, min(TRIED, len(mine))):
            part = ObservedRun(case, as_observed(case.trace or []), self.implementation.precision)
            provided = all(map(self.implementation.provides, case.needs))
            if provided and part.cheap and part.trace_under(candidate) is not None:
                yield part
                found += 1
            if found == WITNESSES:
                return

    def shows(self, candidate: Candidate, witness: ObservedRun) -> str:
        try:
            observed = self.implementation.run(witness.case.scenario)
        except (ScenarioAborted, Unsupported):
            return "another"
        if not witness.differs(witness.case.trace or [], observed):
            return "pass"
        return "another" if witness.differs(witness.trace_under(candidate) or [], observed) else "the same"

    def explain(self, case: CommittedCase, runs: list[Trace]) -> Explanation | None:
        """What explains every run of a case to within the tolerance; None where nothing does, or it is rounding."""
        both_runs = zip((case, replace(case, scenario=case.other or {})), runs, strict=False)
        precision = self.implementation.precision
        parts = [ObservedRun(run, observed, precision) for run, observed in both_runs]
        if any(part.not_diagnosable() for part in parts) or not any(part.wrong for part in parts):
            return None
        if any(part.in_single_precision() for part in parts):
            rounded = Candidate(((case.subject, SINGLE),))
            return Explanation(rounded.cause, rounded.describe(case.subject))
        known, refuted = self.explained[case.subject], self.refuted[case.subject]
        built = set(case.needs)
        proven = [
            candidate
            for candidate, n in known.items()
            if n >= PROVEN and candidate not in refuted and {name for name, _ in candidate.faults} <= built
        ]
        found = self.matching(case, parts, proven)
        if not found and self.unexplained[case.subject] < UNEXPLAINED:
            found = self.matching(case, parts, single(case)) or self.matching(case, parts, alike(case))
            found = found or self.matching(case, parts, self.double(case))
        if not found:
            self.unexplained[case.subject] += 1
            return None
        found.sort(key=lambda candidate: (len(candidate.faults), candidate in refuted, -known[candidate]))
        known.update(found)
        told = list(dict.fromkeys(candidate.describe(case.subject) for candidate in found))[:SHOWN]
        return Explanation(found[0].cause, ", or ".join(told))

    def matching(
        self, case: CommittedCase, parts: list[ObservedRun], candidates: Iterable[Candidate]
    ) -> list[Candidate]:
        """The candidates that explain all that a case reads, those first that explain the rest of the rows, too."""
        found, nearly = [], []
        beginning = next(part for part in parts if part.wrong).up_to_first_difference()
        for candidate in candidates:
            begun = beginning.trace_under(candidate)
            if begun is None or beginning.differs(begun, beginning.observed):
                self.refuted[case.subject].update([candidate] if begun else [])
                continue
            traces = [part.trace_under(candidate) for part in parts]
            said = [trace or part.case.trace or [] for trace, part in zip(traces, parts, strict=True)]
            if any(part.differs(trace, part.observed) for part, trace in zip(parts, said, strict=True)):
                self.refuted[case.subject].add(candidate)
            elif any(part.differs_anywhere(trace) for part, trace in zip(parts, said, strict=True)):
                nearly.append(candidate)
            else:
                found.append(candidate)
        found, nearly = ([one for one in those if not self.contradicted(one)] for those in (found, nearly))
        return [*found, *nearly]

    def double(self, case: CommittedCase) -> Iterator[Candidate]:
        """What explains most of a class so far, with another fault of it, or with what explains most of another."""
        leading = [found for name in case.needs for found, _ in self.explained[name].most_common(1)]
        leading = [candidate for candidate in dict.fromkeys(leading) if len(candidate.faults) == 1]
        yield from (Candidate(one.faults + other.faults) for one, other in combinations(leading, 2))
        for candidate in leading:
            if candidate.faults[0][0] == case.subject:
                others = ((case.subject, fault) for fault in diagnosable_faults(case.subject))
                yield from (Candidate((*candidate.faults, other)) for other in others if other != candidate.faults[0])


def single(case: CommittedCase) -> Iterator[Candidate]:
    """One fault of one class, the one that the case is about first."""
    for name in dict.fromkeys([case.subject, *case.needs]):
        yield from (Candidate(((name, fault),)) for fault in diagnosable_faults(name))


def alike(case: CommittedCase) -> Iterator[Candidate]:
    """One fault of all schedulers, as a common base class has it."""
    schedulers = [name for name in case.needs if name in SCHEDULERS]
    if len(schedulers) > 1:
        yield from (Candidate(tuple((name, fault) for name in schedulers)) for fault in OF_ALL)
