"""The corpus: long random sequences of operations, drawn once and committed, one file a class."""

from __future__ import annotations

import json
from pathlib import Path

from ..classes.catalogue import DEFINITIONS
from ..scenarios.text import write_file
from ..scenarios.values import Row, Scenario, Trace

SEQUENCES = Path(__file__).parents[1] / "sequences"
REQUIREMENTS = {"load": "STA-7", "save": "STA-1", "scribble": "SCH-10"}  # of a sequence in which that happens


def requirement(scenario: Scenario, trace: Trace) -> str:
    """The requirement that a sequence checks: the rate of an update, or the schedule's formula, unless more happens.

    The requirement of the formula is that of the first case of a class.
    """
    operations = {_kind(row) for row in scenario["do"]}
    more = [id_ for operation, id_ in REQUIREMENTS.items() if operation in operations]
    more += ["SCH-25"] if any("error" in row for row in trace) else []
    if more:
        return more[0]
    return "OPT-1" if "optimizer" in scenario else next(iter(DEFINITIONS[subject(scenario)].cases())).requirement


def values_part(scenario: Scenario, trace: Trace) -> Scenario:
    """A sequence without states, without what is overwritten, and without what is refused."""
    rows = zip(scenario["do"], trace[1:], strict=True)
    return scenario | {"do": [row for row, exact in rows if "error" not in exact and _kind(row) not in REQUIREMENTS]}


def _kind(operation: Row) -> str:
    return str(operation["op"]).rpartition(".")[2]


def sequences(name: str) -> list[Scenario]:
    """The committed scenarios of a class."""
    path = SEQUENCES / f"{name}.json"
    scenarios: list[Scenario] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return scenarios


def add(name: str, scenarios: list[Scenario]) -> None:
    """Append scenarios to those of a class."""
    SEQUENCES.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(scenario) for scenario in [*sequences(name), *scenarios])
    write_file(SEQUENCES / f"{name}.json", f"[\n{lines}\n]\n")


def subject(scenario: Scenario) -> str:
    """The class that a scenario is about."""
    config: Scenario = scenario["optimizer"] if "optimizer" in scenario else scenario["scheduler"]
    return str(config["class"])
