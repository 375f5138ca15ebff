"""What becomes of a committed case: one result word, and what a failure says."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Literal

from . import spec
from .catalogue import MODELS, dialects
from .committed import CommittedCase
from .comparison import Compared, Difference, compared, same_bits, scaled
from .diagnosis import Diagnosis, Part
from .guard import BrokenOff, Implementation, lacks_of, module_of, state_of
from .known_failures import KnownFailures
from .model import Dialect
from .process import Program
from .scenario import Json, Scenario, Trace, Unsupported, classes
from .shrink import shrunk
from .snippet import snippet

Word = Literal["pass", "fail", "dialect", "known failure", "advisory", "not provided", "error"]
WORDS: tuple[Word, ...] = ("pass", "fail", "dialect", "known failure", "advisory", "not provided", "error")

LONGEST, WIDEST = 10, 120  # lines, and characters of each, of a snippet that is shown as it comes


@dataclass(frozen=True)
class Verdict:
    """``requirement`` is the one that the verdict is about: as a rule, but not always, the one of the case.

    A failure has what was observed, too, and where that first differs; ``cause`` is the variant that explains it, where
    one does, ``dialect`` the one that it speaks. ``expected`` is what it was compared with, where that is a trace.
    ``ulps`` is the largest error among the numbers that were compared, if any were.
    """

    word: Word
    requirement: str
    text: str = ""
    observed: Trace | None = None
    difference: Difference | None = None
    cause: str = ""
    dialect: str = ""
    ulps: float | None = None
    expected: Trace | None = None


def judge(
    case: CommittedCase, implementation: Implementation, known: KnownFailures, diagnosis: Diagnosis | None = None
) -> Verdict:
    """Run a case and say what became of it. Never raises: what goes wrong in the kit itself is the word error."""
    missing = [name for name in case.needs if not implementation.provides(name)]
    if missing:
        return Verdict("not provided", case.requirement, f"{implementation.name} has no {', '.join(missing)}")
    if case.requirement in lacks_of(implementation):
        return Verdict("not provided", case.requirement, lacks_of(implementation)[case.requirement])
    try:
        try:
            runs, result = run(case, implementation)
            broken_off = False
        except BrokenOff as off:
            runs, result, broken_off = [off.trace], Compared(off.difference), True
            case = replace(case, scenario=off.scenario)
        difference, ulps = result.difference, result.ulps
        if difference is None:
            return Verdict("pass", case.requirement, ulps=ulps)
        broken = difference.requirement or case.requirement
        observed = runs[0]
        if spec.requirements()[broken].level != "MUST" and not broken_off:
            return Verdict("advisory", broken, failure(case, observed, difference, implementation), ulps=ulps)
        dialect = None if broken_off else spoken(case, observed, implementation)
        explained = "" if dialect is None else f'speaks the dialect "{dialect.name}": {dialect.about}'
        cause, reason = "", known.reason(broken, case.subject)
        if dialect is None and diagnosis is not None and not broken_off and reason is None:
            found = diagnosis.explain(case, runs)
            explained, cause = ("", "") if found is None else (found.text, found.cause)
            explained = explained and f"looks like: {explained}"
        text = failure(case, observed, difference, implementation, explained)
    except Unsupported as lacking:
        return Verdict("not provided", case.requirement, f"{implementation.name}: {lacking}")
    except Exception as error:
        text = f"{case.id}: the kit could not judge this: {type(error).__name__}: {error}"
        return Verdict("error", case.requirement, text)
    seen = (observed, difference, cause, "" if dialect is None else dialect.name, ulps, case.trace or runs[-1])
    if reason is not None:
        return Verdict("known failure", broken, f"{text}\n\nknown: {reason}", *seen)
    return Verdict("fail" if dialect is None else "dialect", broken, text, *seen)


def run(case: CommittedCase, implementation: Implementation) -> tuple[list[Trace], Compared]:
    """What was observed in each run of a case, and how far it is from what is right."""
    started = perf_counter()
    observed = implementation.run(case.scenario)
    seconds = perf_counter() - started
    if case.other is not None:
        other = implementation.run(case.other)
        if "scaled" in case.options:
            return [observed, other], scaled(case, observed, other, implementation.precision)
        return [observed, other], Compared(same_bits(case, observed, other))
    if seconds > case.options.get("seconds", math.inf):
        limit = f"{case.options['seconds']:g} s"
        slow = Difference(len(observed) - 1, "time taken", f"less than {limit}", f"{seconds:.1f} s")
        return [observed], Compared(slow)
    return [observed], compared(case, observed, implementation.precision)


def spoken(case: CommittedCase, observed: Trace, implementation: Implementation) -> Dialect | None:
    """The dialect of a class of the case that explains all that was observed."""
    if case.other is not None:
        return None
    part = Part(case, observed, implementation.precision)  # a rounding error is nobody's dialect
    for name in sorted(set(classes(case.scenario))):
        for dialect, speaking in dialects(name):
            if part.spoken({**MODELS, name: speaking}):
                return dialect
    return None


def failure(
    case: CommittedCase,
    observed: Trace,
    difference: Difference,
    implementation: Implementation,
    explained: str = "",
) -> str:
    """The requirement and its sentence; the first difference, with the rows before it; what explains it; a snippet."""
    requirement = spec.requirements()[difference.requirement or case.requirement]
    when = "after" if difference.row < len(observed) else "by the end of"
    lines = [
        f"{requirement.id}  {requirement.sentence}",
        f"    spec/{requirement.page}#{requirement.id}, check {case.id}",
        "",
        f"    {when} {happened(case.scenario, difference.row)}: {difference.what}",
        f"        expected  {difference.expected}",
        f"        observed  {difference.observed}" + (f"    off by {difference.error}" if difference.error else ""),
    ]
    lines += table(case, observed, range(max(difference.row - 2, 0), difference.row + 1))
    lines += ["", f"    {explained}"] if explained else []
    return "\n".join(["\n".join(lines), "", example(case.scenario, difference, implementation)])


def shortened(case: CommittedCase, verdict: Verdict, implementation: Implementation) -> Verdict:
    """A failure with a shorter example, where that of the check is long. It runs the implementation again and again."""
    difference, observed = verdict.difference, verdict.observed or []
    if difference is None or case.other is not None or difference.row >= len(observed):  # it hung or died
        return verdict
    long = example(case.scenario, difference, implementation)
    if sum(len(line) // WIDEST + 1 for line in long.splitlines()) <= LONGEST:
        return verdict
    scenario, there = shrunk(case, difference, implementation)
    if scenario is case.scenario:
        return verdict
    short = f"    less that still shows it:\n{example(scenario, there, implementation)}"
    return replace(verdict, text=verdict.text.removesuffix(long) + short)


def example(scenario: Scenario, difference: Difference, implementation: Implementation) -> str:
    """How to see a difference without the kit: as Python, or as lines for a program."""
    if isinstance(implementation, Program):
        lines = [f"to see it, send to {implementation.written}", *implementation.requests(scenario, difference.row)]
    else:
        lines = snippet(module_of(implementation), scenario, difference, state_of(implementation))
    return "\n".join(f"    {line}" for line in lines)


def happened(scenario: Scenario, row: int) -> str:
    if row == 0:
        return "construction"
    operation = scenario["do"][row - 1]
    details = [f"{name}={_short(value)}" for name, value in operation.items() if name != "op"]
    return f"{operation['op']}({', '.join(details)}), operation {row}"


def table(case: CommittedCase, observed: Trace, rows: range) -> list[str]:
    """The rates of some rows, where there are any."""
    found = [
        (str(right["t"]), _list(right["lr"]), _list(seen["lr"]))
        for right, seen in list(zip(case.trace or [], observed, strict=False))[rows.start : rows.stop]
        if "lr" in right and isinstance(seen.get("lr"), list)
    ]
    found = [("t", "expected rate", "observed rate"), *found] if found else []
    width = max((len(expected) for _, expected, _ in found), default=0)
    return [""] * bool(found) + [f"    {t:>8}  {expected:<{width}}  {seen}" for t, expected, seen in found]


def _list(rates: list[Json]) -> str:
    return ", ".join(f"{float(rate):.10g}" if isinstance(rate, str) else rate["float"] for rate in rates)


def _short(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 40 else "…"
