"""No composite has a rate that is negative or nan, however its members are drawn: a note in composition.md."""

from __future__ import annotations

from random import Random

import pytest
from optimspec_conformance.classes.catalogue import COMPOSITES
from optimspec_conformance.fuzz.draw import schedule
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.operations import step
from optimspec_conformance.scenarios.values import Scenario, decode

DRAWN, JUDGED = 300, 150
FAR = [step() for _ in range(60)] + [step(500), step(10000)]


def rates(config: Scenario) -> list[float]:
    """From the construction on, unless it is refused."""
    rows = exact_trace({"scheduler": config, "do": FAR})
    return [decode(rate) for row in rows if "error" not in row for rate in row["lr"]]


def grows_below_zero(config: Scenario) -> bool:
    """Whether a member is a cycle that grows: below its base rate it has no end."""
    members = config.get("schedulers", [])
    return any(map(grows_below_zero, members)) or decode(config.get("gamma", "1.0")) > 1


@pytest.mark.parametrize("name", COMPOSITES)
def test_no_rate_is_negative_or_nan(name: str) -> None:
    drawn = [schedule(Random(seed), COMPOSITES[name], last_epoch=0) for seed in range(DRAWN)]
    found = [rates(config) for config in drawn if not grows_below_zero(config)]
    assert sum(map(bool, found)) >= JUDGED
    assert not [rate for of_one in found for rate in of_one if not rate >= 0]
