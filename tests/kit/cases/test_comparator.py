"""The comparator that the page of the vectors has agrees with the kit's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.cases.comparison import compare
from optimspec_conformance.scenarios.values import Json, Row, Trace
from runs import ROOT

PAGE = (ROOT / "docs" / "vectors.md").read_text(encoding="utf-8")
CODE = re.findall(r"^```python\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)[-1]
NAMESPACE: dict[str, Any] = {}
exec(CODE, NAMESPACE)
first_failure: Callable[..., int | None] = NAMESPACE["first_failure"]
TRACED = [case for case in cases() if case.trace is not None and case.options.get("error") != "names"]
FACTORS = (1.0, 1 + 3e-16, 1 + 3e-10, 1 + 3e-7, 1 + 3e-5, 1.1)


def observed(trace: Trace) -> Trace:
    """The exact trace as an implementation would give it."""
    found = []
    for row in deepcopy(trace):
        if "error" in row:
            kind = row["error"]["kind"]
            row["error"] = {
                "kind": kind if isinstance(kind, str) else kind[0],
                "message": row["error"].get("names", ""),
            }
        found.append(row)
    return found


def altered(row: Row, random: Random) -> Row:
    """One of its fields, a little or very different."""
    field = random.choice([name for name in row if name != "by"])
    factor = random.choice(FACTORS)

    def changed(value: Json) -> Json:
        return repr(float(value) * factor) if isinstance(value, str) else value

    match field, row[field]:
        case "t", t:
            return {**row, "t": t + random.choice((0, 1))}
        case "error", error:
            return random.choice([{**row, "error": {**error, "kind": "other"}}, {"t": 0}])
        case "opt_lr", rate:
            return {**row, "opt_lr": changed(rate)}
        case "base" | "lr", rates:
            return {**row, field: random.choice([[changed(rate) for rate in rates], {"raised": "no", "kind": "value"}])}
        case "weights", [[key, weight], *rest]:
            return {**row, "weights": [[key, {**weight, "data": [changed(value) for value in weight["data"]]}], *rest]}
    return random.choice([row, {"error": {"kind": "value", "message": "no"}}])


def test_it_has_at_most_sixty_lines() -> None:
    assert len([line for line in CODE.splitlines() if line]) <= 60


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_it_finds_the_row_that_the_kit_finds(precision: str) -> None:
    random = Random(1)
    found = {False: 0, True: 0}
    for case in TRACED:
        assert case.trace is not None
        exact = observed(case.trace)
        assert first_failure(case.trace, exact, case.options, precision) is None
        if sum(len(weight["data"]) for row in exact for _, weight in row.get("weights", [])) > 2000:
            continue
        for _ in range(3):
            i = random.randrange(len(exact))
            wrong = [*exact[:i], altered(exact[i], random), *exact[i + 1 :]]
            failed = by_the_kit(case, wrong, precision)
            assert first_failure(case.trace, wrong, case.options, precision) == failed, (case.id, wrong[i])
            found[failed is not None] += 1
    assert min(found.values()) > 1000


def by_the_kit(case: CommittedCase, trace: Trace, precision: str) -> int | None:
    difference = compare(case, trace, precision)
    return None if difference is None else difference.row
