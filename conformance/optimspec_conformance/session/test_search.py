"""Search: random scenarios, compared with the oracle after every operation, and shrunk to the smallest that differs.

Runs only with ``--optimspec-fuzz=N``, and is not part of the verdict until ``adopt`` commits what it finds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
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
from .collection import FAILED_SEARCH, SEARCH_COUNT
from .start import start

RAN = "ran"


ENOUGH = 0.2  # of the scenarios must run, or the search says nothing


@pytest.mark.parametrize("name", DEFINITIONS)
def test_search(name: str, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    implementation = start(request.config).implementation
    if not implementation.provides(name):
        pytest.skip(f"{implementation.name} has no {name}")
    outcomes: Counter[str] = Counter()

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
        if case is None:
            return
        missing = [need for need in case.needs if not implementation.provides(need)]
        if missing:
            outcomes[f"no {missing[0]}"] += 1
            return
        try:
            difference = compare(case, implementation.run(scenario), implementation.precision)
        except ScenarioAborted as aborted:
            difference = aborted.difference
        except Unsupported as unsupported:
            outcomes[str(unsupported)] += 1
            return
        outcomes[RAN] += 1
        if difference is not None:
            where = f"{difference.what} after operation {difference.row}"
            values = f"{difference.expected}, not {difference.observed}"
            adopt = "to commit it: optimspec dev adopt FILE"
            pytest.fail(f"{where}: {values}\n{json.dumps(scenario)}\n{adopt}", pytrace=False)

    try:
        no_scenario_differs()
    except pytest.fail.Exception:
        record_property(FAILED_SEARCH, name)
        raise
    ran, drawn = outcomes.pop(RAN, 0), outcomes.total()
    record_property(SEARCH_COUNT, f"{name} {ran} of {ran + drawn}")
    if ran < ENOUGH * (ran + drawn):
        reasons = "; ".join(f"{n} × {reason}" for reason, n in outcomes.most_common(3))
        pytest.fail(f"only {ran} of {ran + drawn} scenarios of {name} could be run: {reasons}", pytrace=False)
