"""Surroundings: variations of an optimizer's scenario that do not change what its case checks.

The general cases of optimizers draw from them, so that whatever is checked is checked as well with gradients in another
order than the weights, with arrays in another order of memory, and so on. Each case of a requirement has those that the
cases before it had least often; its class and its name decide between equals.

What not every library has is not here: half precision, several dtypes, groups, values that are set from outside, arrays
without elements. These have cases of their own in ``areas``, so that a library without them is judged on the rest. So
have loads into an optimizer that was used, and weights that are registered in another order after a state was saved:
what comes between a save and a load is what a case of a state is about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from zlib import crc32

from ..classes.definition import Definition, OptimizerDefinition
from ..scenarios.case import Case
from ..scenarios.operations import optimizer_save
from ..scenarios.values import Json, Row, Scenario, array

AREAS = ("groups", "state", "updates", "scaling")  # whose cases are general
ROW_NUMBERS = ("from", "unless_refused", "if_refused")  # options
Surrounding = Callable[[Scenario], Scenario]  # gives the scenario as it is where it cannot be around it


def surrounded(definition: Definition, area: str, cases: Iterable[Case]) -> Iterator[Case]:
    """The cases of an area, the general ones in their surroundings."""
    if not isinstance(definition, OptimizerDefinition) or area not in AREAS:
        yield from cases
        return
    drawn: Counter[tuple[str, Surrounding]] = Counter()
    for case in cases:
        versions = {change: version for change in SURROUNDINGS if (version := within(change, case)) is not None}
        if not versions:
            yield case
            continue

        def often(change: Surrounding, case: Case = case) -> tuple[int, int]:
            name = f"{definition.name}/{case.name}/{change.__name__}"
            return drawn[case.requirement, change], crc32(name.encode())

        least = min(versions, key=often)
        drawn[case.requirement, least] += 1
        yield versions[least]


def within(change: Surrounding, case: Case) -> Case | None:
    """The case in some surroundings; None if they cannot be around it, or around only one of its two scenarios."""
    scenario, other = change(case.scenario), case.other and change(case.other)
    if scenario == case.scenario or (other is not None and other == case.other):
        return None
    more = len(scenario["do"]) - len(case.scenario["do"])
    options = {option: value + more if option in ROW_NUMBERS else value for option, value in case.options.items()}
    return replace(case, scenario=scenario, other=other, options=options)


def gradients_in_reverse(scenario: Scenario) -> Scenario:
    """Gradients in the reverse of the order in which the weights were registered."""

    def reverse(row: Row) -> Row:
        return {**row, "grads": row["grads"][::-1]} if isinstance(row.get("grads"), list) else row

    return {**scenario, "do": [reverse(row) for row in scenario["do"]]}


def arrays_transposed(scenario: Scenario) -> Scenario:
    """Arrays of several axes whose elements lie in memory as those of their transpose."""
    laid: Scenario = laid_out(scenario, "transposed")
    return laid


def arrays_spread(scenario: Scenario) -> Scenario:
    """The same, with gaps between the elements."""
    laid: Scenario = laid_out(scenario, "spread")
    return laid


def laid_out(part: Json, layout: str) -> Json:
    """A part of a scenario with a layout for its arrays of several axes."""
    match part:
        case {"data": _, "shape": shape} if sum(length > 1 for length in shape) > 1:
            return {**part, "layout": layout}
        case dict():
            return {name: laid_out(value, layout) for name, value in part.items()}
        case list():
            return [laid_out(entry, layout) for entry in part]
    return part


def idle_weight_in_front(scenario: Scenario) -> Scenario:
    """A first weight that never has a gradient, if others have none in some step."""
    keys = [key for key, _ in scenario["weights"] or []]
    updates = [[key for key, _ in row["grads"]] for row in scenario["do"] if isinstance(row.get("grads"), list)]
    if all(key in given for given in updates for key in keys):
        return scenario
    first_dtype = scenario["weights"][0][1]["dtype"]
    return {**scenario, "weights": [["idle", array([1.0], dtype=first_dtype)], *scenario["weights"]]}


def state_asked_for_first(scenario: Scenario) -> Scenario:
    """A state that is saved before the first step, and not used, if another one is saved later."""
    if any(row["op"] == "optimizer.save" for row in scenario["do"]):
        return {**scenario, "do": [optimizer_save("asked"), *scenario["do"]]}
    return scenario


SURROUNDINGS = (gradients_in_reverse, arrays_transposed, arrays_spread, idle_weight_in_front, state_asked_for_first)
