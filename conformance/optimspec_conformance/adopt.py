"""Commits what the search lane found, or draws: ``python -m optimspec_conformance.adopt FILE`` or ``--draw N``.

They are kept in ``sequences/``, a file for each class, and become golden vectors with the next ``generate``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

from . import oracle, search
from .catalogue import MODELS
from .committed import CommittedCase
from .generate import Unproven, attributed, options
from .scenario import Case, Scenario

SEQUENCES = Path(__file__).parent / "sequences"


def requirement(scenario: Scenario) -> str:
    """What a sequence as a whole shows: the rate that a step uses, a complete load, or the closed form."""
    if "optimizer" in scenario:
        return "OPT-1"
    return "STA-7" if any(row["op"] == "scheduler.load" for row in scenario["do"]) else "SCH-7"


def searched(name: str, scenario: Scenario) -> CommittedCase | None:
    """A random scenario as a case; None where plain arithmetic is too rough to prove anything."""
    case = Case(requirement(scenario), "searched", scenario)
    try:
        trace = attributed(MODELS[name], scenario, oracle.trace(scenario))
    except ZeroDivisionError:  # eps = 0 and a gradient that has always been 0
        return None
    try:
        qualified = options(MODELS[name], case, trace)
    except Unproven:
        return None
    return CommittedCase(
        "searched", "sequences", name, MODELS[name].profile, case.requirement, scenario, trace, options=qualified
    )


def sequences(name: str) -> list[Scenario]:
    """The committed scenarios of a class."""
    path = SEQUENCES / f"{name}.json"
    found: list[Scenario] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return found


def add(name: str, scenarios: list[Scenario]) -> None:
    SEQUENCES.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(scenario) for scenario in [*sequences(name), *scenarios])
    (SEQUENCES / f"{name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def subject(scenario: Scenario) -> str:
    """The class that a scenario is about."""
    made: Scenario = scenario["optimizer"] if "optimizer" in scenario else scenario["scheduler"]
    return str(made["class"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m optimspec_conformance.adopt", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="a scenario in JSON, as the search lane prints it")
    parser.add_argument("--draw", type=int, default=0, metavar="N", help="draw long sequences until every class has N")
    arguments = parser.parse_args()
    if arguments.file:
        scenario = json.loads(arguments.file.read_text(encoding="utf-8"))
        add(subject(scenario), [scenario])
    for name, model in MODELS.items():
        drawn: list[Scenario] = []
        for seed in range(1000):
            if len(sequences(name)) + len(drawn) >= arguments.draw:
                break
            scenario = search.scenario(Random(f"{name} {seed}"), model, length=40)
            case = searched(name, scenario) if len(scenario["do"]) >= 25 else None
            if case is not None and case.trace is not None and "error" not in case.trace[0]:
                drawn.append(scenario)
        if drawn:
            add(name, drawn)
    print("now run: python -m optimspec_conformance.generate")


if __name__ == "__main__":
    main()
