"""What a failure says: the requirement, the first difference, and a program that shows it."""

from __future__ import annotations

from .. import specification
from ..cases.committed import CommittedCase
from ..implementations.protocol import Implementation
from ..scenarios.trace import Difference
from ..scenarios.values import Json, Scenario, Trace


def summary(case: CommittedCase, observed: Trace, difference: Difference, explanation: str = "") -> str:
    """The requirement and its sentence; the first difference, with the rows before it; what explains it."""
    requirement = specification.requirements()[difference.requirement or case.requirement]
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
    lines += ["", f"    {explanation}"] if explanation else []
    return "\n".join(lines)


def example(scenario: Scenario, difference: Difference, implementation: Implementation) -> str:
    """How to see a difference without the kit."""
    return "\n".join(f"    {line}" for line in implementation.show(scenario, difference))


def happened(scenario: Scenario, row: int) -> str:
    if row == 0:
        return "construction"
    operation = scenario["do"][row - 1]
    details = [f"{name}={_short(value)}" for name, value in operation.items() if name != "op"]
    return f"{operation['op']}({', '.join(details)}), operation {row}"


def table(case: CommittedCase, observed: Trace, rows: range) -> list[str]:
    """A table of the rates in some rows, if there are any."""
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
