"""The text of a failure: the requirement, the first difference, and a program that shows it."""

from __future__ import annotations

from .. import specification
from ..cases.committed import CommittedCase
from ..implementations.protocol import Implementation
from ..scenarios.trace import Difference
from ..scenarios.values import Json, Scenario, Trace


def summary(case: CommittedCase, broken: str, observed: Trace, difference: Difference, explanation: str = "") -> str:
    """The broken requirement and its sentence; the first difference, with the rows before it; the explanation."""
    requirement = specification.requirements()[broken]
    lines = [
        f"{requirement.id}  {requirement.sentence}",
        f"    spec/{requirement.page}#{requirement.id}, check {case.id}",
        "",
        f"    {place(case.scenario, observed, difference.row)}: {difference.what}",
        f"        expected  {difference.expected}",
        f"        observed  {difference.observed}" + (f"    off by {difference.error}" if difference.error else ""),
    ]
    lines += rate_table(case, observed, range(max(difference.row - 2, 0), difference.row + 1))
    lines += ["", f"    {explanation}"] if explanation else []
    return "\n".join(lines)


def example(scenario: Scenario, difference: Difference, implementation: Implementation) -> str:
    """How to see a difference without the kit."""
    return "\n".join(f"    {line}" for line in implementation.show(scenario, difference))


def place(scenario: Scenario, observed: Trace, row: int) -> str:
    """Where a difference is, as far as the rows that were observed tell."""
    if row and not observed:
        return f"somewhere in {row} operations"
    return f"{'after' if row < len(observed) else 'by the end of'} {describe_operation(scenario, row)}"


def describe_operation(scenario: Scenario, row: int) -> str:
    if row == 0:
        return "construction"
    operation = scenario["do"][row - 1]
    details = [f"{name}={_argument(value)}" for name, value in operation.items() if name != "op"]
    return f"{operation['op']}({', '.join(details)}), operation {row}"


def rate_table(case: CommittedCase, observed: Trace, rows: range) -> list[str]:
    """A table of expected and observed rates in some rows, if there are any."""
    lines = [
        (str(expected["t"]), _rates(expected["lr"]), _rates(observed_row["lr"]))
        for expected, observed_row in list(zip(case.trace or [], observed, strict=False))[rows.start : rows.stop]
        if "lr" in expected and isinstance(observed_row.get("lr"), list)
    ]
    lines = [("t", "expected rate", "observed rate"), *lines] if lines else []
    width = max((len(exact) for _, exact, _ in lines), default=0)
    return [""] * bool(lines) + [f"    {t:>8}  {exact:<{width}}  {observed_row}" for t, exact, observed_row in lines]


def _rates(rates: list[Json]) -> str:
    return ", ".join(f"{float(rate):.10g}" if isinstance(rate, str) else rate["float"] for rate in rates)


def _argument(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 40 else "…"
