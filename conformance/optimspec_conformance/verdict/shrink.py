"""The fewest operations that still show a difference."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice

import numpy as np

from ..cases.committed import CommittedCase
from ..cases.comparison import compare
from ..implementations.protocol import Implementation
from ..oracle.arithmetic import arithmetic_for
from ..oracle.run import exact_trace
from ..scenarios.trace import Difference
from ..scenarios.values import Json, Row, Scenario, key_literal

TRIES = 32
DIGITS = (0, 1, 2)  # after the point, in weights and gradients


def shrunk(case: CommittedCase, difference: Difference, implementation: Implementation) -> tuple[Scenario, Difference]:
    """A smaller scenario whose last operation shows a difference in the same field, and that difference."""
    smallest = {**case.scenario, "do": case.scenario["do"][: difference.row]}, difference
    size = max(difference.row // 2, 1)
    tries = TRIES
    while size and tries:
        for operations in islice(shorter(smallest[0]["do"], size), tries):
            tries -= 1
            scenario = {**case.scenario, "do": operations}
            found = shown(scenario, case, difference, implementation)
            if found is not None:
                smallest = scenario, found
                break
        else:
            size //= 2
    for scenario in simpler(smallest[0], smallest[1]):
        found = shown(scenario, case, difference, implementation)
        if found is not None:
            return scenario, found
    return smallest if len(smallest[0]["do"]) < difference.row else (case.scenario, difference)


def simpler(scenario: Scenario, difference: Difference) -> Iterator[Scenario]:
    """With shorter numbers in the one weight that differs, or in all."""
    first = [key_literal(key) for key, _ in scenario.get("weights") or []]
    differs = difference.what.rsplit("[", 1)[0]
    for digits in DIGITS if first else ():
        for key in (differs, None) if differs in first else (None,):
            changed: Scenario = kept(scenario, key, digits)
            yield changed


def kept(part: Json, key: str | None, digits: int) -> Json:
    """A part of a scenario with the arrays of one key alone, if there is one, rounded."""
    match part:
        case {"dtype": _, "data": data}:
            return {**part, "data": [repr(round(float(value), digits) + 0.0) for value in data]}
        case dict():
            return {name: kept(value, key, digits) for name, value in part.items()}
        case [[_, {"dtype": _} | {"plain": _}], *_] if key is not None:
            return [[name, kept(value, key, digits)] for name, value in part if key_literal(name) == key]
        case list():
            return [kept(entry, key, digits) for entry in part]
    return part


def shorter(operations: list[Row], size: int) -> Iterator[list[Row]]:
    """Without some consecutive operations; the last one stays."""
    for start in range(0, len(operations) - size, size):
        yield operations[:start] + operations[start + size :]


def shown(
    scenario: Scenario, case: CommittedCase, difference: Difference, implementation: Implementation
) -> Difference | None:
    """The first difference, if it is in the last row and in the same field, and nothing before was refused."""
    with suppress(Exception), np.errstate(all="ignore"):
        expected = exact_trace(scenario, arithmetic_for(scenario))
        found = compare(
            replace(case, scenario=scenario, trace=expected), implementation.run(scenario), implementation.precision
        )
        refused = any("error" in row for row in expected[:-1])
        if found and found.row == len(scenario["do"]) and field(found) == field(difference) and not refused:
            return found
    return None


def field(difference: Difference) -> str:
    return difference.what.split("[")[0]
