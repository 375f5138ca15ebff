"""The fewest operations that still show a difference."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice, product

import numpy as np

from ..cases.committed import CommittedCase
from ..cases.comparison import compare
from ..implementations.protocol import Implementation
from ..oracle.arithmetic import arithmetic_for
from ..oracle.run import exact_trace
from ..scenarios.trace import Difference
from ..scenarios.values import Json, Row, Scenario, decode, key_literal, number

TRIES = 32
DIGITS = (0, 1, 2)  # after the point, in weights and gradients


def shrink_scenario(
    case: CommittedCase, difference: Difference, implementation: Implementation
) -> tuple[Scenario, Difference]:
    """A smaller scenario whose last operation shows a difference in the same field, and that difference."""
    smallest = {**case.scenario, "do": case.scenario["do"][: difference.row]}, difference
    count = max(difference.row // 2, 1)
    tries_left = TRIES
    while count and tries_left:
        for operations in islice(shorter_sequences(smallest[0]["do"], count), tries_left):
            tries_left -= 1
            scenario = {**case.scenario, "do": operations}
            smaller_difference = same_difference(scenario, case, difference, implementation)
            if smaller_difference is not None:
                smallest = scenario, smaller_difference
                break
        else:
            count //= 2
    for scenario in simpler_scenarios(smallest[0], smallest[1]):
        smaller_difference = same_difference(scenario, case, difference, implementation)
        if smaller_difference is not None:
            return scenario, smaller_difference
    return smallest if len(smallest[0]["do"]) < difference.row else (case.scenario, difference)


def simpler_scenarios(scenario: Scenario, difference: Difference) -> Iterator[Scenario]:
    """The scenario with shorter numbers and plain arrays, in the differing weight alone or in all weights."""
    keys = [key_literal(key) for key, _ in scenario.get("weights") or []]
    differing = difference.what.rsplit("[", 1)[0]
    for keeps, digits in product((False, True), DIGITS if keys else ()):
        for key in (differing, None) if differing in keys else (None,):
            simplified: Scenario = simplify_arrays(scenario, key, digits, keeps)
            yield simplified


def simplify_arrays(part: Json, key: str | None, digits: int, keeps_layout: bool) -> Json:
    """A part of a scenario with its arrays rounded, in one block of memory; with a key, only that weight's arrays."""

    def simplify(part: Json) -> Json:
        match part:
            case {"dtype": _, "data": data}:
                kept = {name: value for name, value in part.items() if name != "layout" or keeps_layout}
                return {**kept, "data": [number(round(decode(value), digits) + 0.0) for value in data]}
            case dict():
                return {name: simplify(value) for name, value in part.items()}
            case [[_, {"dtype": _} | {"plain": _}], *_] if key is not None:
                return [[name, simplify(value)] for name, value in part if key_literal(name) == key]
            case list():
                return [simplify(entry) for entry in part]
        return part

    return simplify(part)


def shorter_sequences(operations: list[Row], size: int) -> Iterator[list[Row]]:
    """The operations without ``size`` consecutive ones; the last one stays."""
    for start in range(0, len(operations) - size, size):
        yield operations[:start] + operations[start + size :]


def same_difference(
    scenario: Scenario, case: CommittedCase, difference: Difference, implementation: Implementation
) -> Difference | None:
    """The first difference, if it is in the last row and the same field, and nothing before it was refused."""
    with suppress(Exception), np.errstate(all="ignore"):
        expected = exact_trace(scenario, arithmetic_for(scenario), case.definitions)
        first = compare(
            replace(case, scenario=scenario, trace=expected), implementation.run(scenario), implementation.precision
        )
        refused = any("error" in row for row in expected[:-1])
        if first and first.row == len(scenario["do"]) and field_name(first) == field_name(difference) and not refused:
            return first
    return None


def field_name(difference: Difference) -> str:
    return difference.what.split("[")[0]
