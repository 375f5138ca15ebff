"""The corpus: long random sequences of operations, drawn once and committed, one file a class."""

from __future__ import annotations

import json
from pathlib import Path

from ..scenarios.text import write_file
from ..scenarios.values import Scenario

SEQUENCES = Path(__file__).parents[1] / "sequences"


def requirement(scenario: Scenario) -> str:
    """The requirement that a whole sequence checks: the rate of an update, a complete load, or the closed form."""
    if "optimizer" in scenario:
        return "OPT-1"
    return "STA-7" if any(row["op"] == "scheduler.load" for row in scenario["do"]) else "SCH-7"


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
