"""Search: random scenarios, compared with the oracle after every operation, and shrunk to the smallest that differs.

Runs only with ``--optimspec-fuzz=N``, and is not part of the verdict until ``adopt`` commits what it finds.
"""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from ..cases.comparison import compare
from ..classes.catalogue import DEFINITIONS
from ..fuzz import draw
from ..fuzz.adopt import as_case
from ..implementations.protocol import ScenarioAborted
from ..scenarios.trace import Unsupported
from .start import start


@pytest.mark.parametrize("name", DEFINITIONS)
def test_search(name: str, request: pytest.FixtureRequest) -> None:
    implementation = start(request.config).implementation
    if not implementation.provides(name):
        pytest.skip(f"{implementation.name} has no {name}")

    @seed(request.config.getoption("optimspec_seed"))
    @settings(
        max_examples=request.config.getoption("optimspec_fuzz"),
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(st.randoms(use_true_random=False))
    def no_scenario_differs(random: Random) -> None:
        scenario = draw.scenario(random, DEFINITIONS[name])
        case = as_case(name, scenario)
        if case is None or not all(map(implementation.provides, case.needs)):
            return
        try:
            difference = compare(case, implementation.run(scenario), implementation.precision)
        except ScenarioAborted as aborted:
            difference = aborted.difference
        except Unsupported:
            return
        if difference is not None:
            message = (
                f"{difference.what} after operation {difference.row}: {difference.expected}, not {difference.observed}"
            )
            pytest.fail(
                f"{message}\n{json.dumps(scenario)}\nto commit it: optimspec dev adopt FILE",
                pytrace=False,
            )

    no_scenario_differs()
