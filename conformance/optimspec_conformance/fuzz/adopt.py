"""Adds scenarios to the corpus: one that a search found (``optimspec dev adopt FILE``) or new ones (``--draw N``).

``optimspec dev generate`` makes golden vectors of them.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from ..cases.attribution import attribute_rows
from ..cases.committed import CommittedCase
from ..cases.corpus import add, requirement, sequences, subject
from ..cases.options import options
from ..cases.rounding import survives_rounding
from ..cases.tolerances import Unproven, is_well_conditioned
from ..classes.catalogue import DEFINITIONS
from ..classes.definition import OptimizerDefinition
from ..oracle.run import exact_trace
from ..scenarios.case import Case
from ..scenarios.text import read_json
from ..scenarios.values import Scenario
from . import draw


def as_case(name: str, scenario: Scenario) -> CommittedCase | None:
    """A random scenario as a case; None if arithmetic is too inexact for it to prove anything."""
    try:
        trace = attribute_rows(DEFINITIONS[name], scenario, exact_trace(scenario))
    except ZeroDivisionError:  # eps = 0 and a gradient that has always been 0
        return None
    case = Case(requirement(scenario, trace), "drawn", scenario)
    try:
        case_options = options(DEFINITIONS[name], case, trace)
    except Unproven:
        return None
    if "weights" in scenario and not is_well_conditioned(scenario, trace, float(case_options["tolerance"])):
        return None
    drawn = CommittedCase(
        "drawn",
        "sequences",
        name,
        DEFINITIONS[name].profile,
        case.requirement,
        scenario,
        trace,
        options=case_options,
    )
    return drawn if survives_rounding(drawn) else None


def adopt_file(file: Path) -> None:
    """Add a scenario from a JSON file, as the search lane prints it."""
    scenario = read_json(file)
    add(subject(scenario), [scenario])


def draw_until(count: int) -> None:
    """Draw long sequences until every class has ``count``: two of four without schedulers, three without extras."""
    for name, definition in DEFINITIONS.items():
        drawn: list[Scenario] = []
        for seed in range(1000):
            if len(sequences(name)) + len(drawn) >= count:
                break
            scenario = draw.scenario(Random(f"{name} {seed}"), definition, length=40)
            number = len(sequences(name)) + len(drawn)
            if number % 4 < 3:
                scenario = draw.plain(scenario)
            if number % 4 < 2 and isinstance(definition, OptimizerDefinition):
                scenario = draw.without_scheduler(scenario)
            case = as_case(name, scenario) if len(scenario["do"]) >= 25 else None
            if case is not None and case.trace is not None and "error" not in case.trace[0]:
                drawn.append(scenario)
        if drawn:
            add(name, drawn)
