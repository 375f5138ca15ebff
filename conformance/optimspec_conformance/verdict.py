"""What becomes of a committed case: one result word, and what a failure says."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Literal

from . import oracle, spec
from .catalogue import MODELS, dialects
from .committed import CommittedCase
from .comparison import Difference, compare, same_bits, scaled
from .guard import BrokenOff, Implementation, lacks_of, module_of, state_of
from .known_failures import KnownFailures
from .model import Dialect
from .scenario import Json, Row, Scenario, Trace, Unsupported, classes
from .snippet import snippet

Word = Literal["pass", "fail", "dialect", "known failure", "advisory", "not provided", "error"]
WORDS: tuple[Word, ...] = ("pass", "fail", "dialect", "known failure", "advisory", "not provided", "error")


@dataclass(frozen=True)
class Verdict:
    """``requirement`` is the one that the verdict is about: as a rule, but not always, the one of the case.

    A failure has what was observed, too, and where that first differs.
    """

    word: Word
    requirement: str
    text: str = ""
    observed: Trace | None = None
    difference: Difference | None = None


def judge(case: CommittedCase, implementation: Implementation, known: KnownFailures) -> Verdict:
    """Run a case and say what became of it. Never raises: what goes wrong in the kit itself is the word error."""
    missing = [name for name in case.needs() if not implementation.provides(name)]
    if missing:
        return Verdict("not provided", case.requirement, f"{implementation.name} has no {', '.join(missing)}")
    if case.requirement in lacks_of(implementation):
        return Verdict("not provided", case.requirement, lacks_of(implementation)[case.requirement])
    try:
        try:
            observed, difference = run(case, implementation)
            broken_off = False
        except BrokenOff as off:
            observed, difference, broken_off = off.trace, off.difference, True
            case = replace(case, scenario=off.scenario)
        if difference is None:
            return Verdict("pass", case.requirement)
        broken = difference.requirement or case.requirement
        if spec.requirements()[broken].level != "MUST" and not broken_off:
            return Verdict("advisory", broken, failure(case, observed, difference, implementation))
        dialect = None if broken_off else spoken(case, observed, implementation)
        explained = "" if dialect is None else f'speaks the dialect "{dialect.name}": {dialect.about}'
        text = failure(case, observed, difference, implementation, explained)
    except Unsupported as lacking:
        return Verdict("not provided", case.requirement, f"{implementation.name}: {lacking}")
    except Exception as error:
        text = f"{case.id}: the kit could not judge this: {type(error).__name__}: {error}"
        return Verdict("error", case.requirement, text)
    seen = (observed, difference)
    reason = known.reason(broken, case.subject)
    if reason is not None:
        return Verdict("known failure", broken, f"{text}\n\nknown: {reason}", *seen)
    return Verdict("fail" if dialect is None else "dialect", broken, text, *seen)


def run(case: CommittedCase, implementation: Implementation) -> tuple[Trace, Difference | None]:
    """What was observed, and the first difference from what is right."""
    started = perf_counter()
    observed = implementation.run(case.scenario)
    seconds = perf_counter() - started
    if case.other is not None and "scaled" in case.options:
        return observed, scaled(case, observed, implementation.run(case.other), implementation.precision)
    if case.other is not None:
        return observed, same_bits(case, observed, implementation.run(case.other))
    if seconds > case.options.get("seconds", math.inf):
        limit = f"{case.options['seconds']:g} s"
        return observed, Difference(len(observed) - 1, "time taken", f"less than {limit}", f"{seconds:.1f} s")
    return observed, compare(case, observed, implementation.precision)


EXACTNESS = ("ulps", "relative")


def spoken(case: CommittedCase, observed: Trace, implementation: Implementation) -> Dialect | None:
    """The dialect of a class of the case that explains all that was observed."""
    if case.other is not None:
        return None
    loosely = {name: value for name, value in case.options.items() if name not in EXACTNESS}
    if compare(replace(case, options=loosely), observed, implementation.precision) is None:
        return None  # a rounding error is nobody's dialect
    for name in sorted(set(classes(case.scenario))):
        for dialect, speaking in dialects(name):
            with suppress(ZeroDivisionError):
                trace = oracle.trace(case.scenario, models={**MODELS, name: speaking})
                heard = replace(case, trace=trace, options=loosely)
                if compare(heard, observed, implementation.precision) is None:
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
    before = [_rates(case, observed, row) for row in range(max(difference.row - 2, 0), difference.row + 1)]
    if case.trace is not None and any(before):
        lines += ["", f"    {'t':>8}  {'expected rate':<24}observed rate", *(f"    {line}" for line in before if line)]
    lines += ["", f"    {explained}"] if explained else []
    lines += [
        "",
        *(
            f"    {line}"
            for line in snippet(module_of(implementation), case.scenario, difference.row, state_of(implementation))
        ),
    ]
    return "\n".join(lines)


def happened(scenario: Scenario, row: int) -> str:
    if row == 0:
        return "construction"
    operation = scenario["do"][row - 1]
    details = [f"{name}={_short(value)}" for name, value in operation.items() if name != "op"]
    return f"{operation['op']}({', '.join(details)}), operation {row}"


def _rates(case: CommittedCase, observed: Trace, row: int) -> str:
    expected = (case.trace or [])[row] if row < len(case.trace or []) else {}
    seen: Row = observed[row] if row < len(observed) else {}
    if "lr" not in expected or not isinstance(seen.get("lr"), list):
        return ""
    return f"{expected['t']:>8}  {_list(expected['lr']):<24}{_list(seen['lr'])}"


def _list(rates: list[Json]) -> str:
    return ", ".join(f"{float(rate):.10g}" if isinstance(rate, str) else rate["float"] for rate in rates)


def _short(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 40 else "…"
