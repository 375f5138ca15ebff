"""Two oracles written apart agree: the kit's in 50 digits, and the numpy example in float64, from the pages alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy_optim
import pytest
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.classes.catalogue import OPTIMIZERS
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.values import Json, decode

EXAMPLE = NativeImplementation("numpy_optim", numpy_optim, precision="float64")


def in_float64(written: Json) -> Json:
    if isinstance(written, dict):
        return {name: "float64" if name == "dtype" else in_float64(value) for name, value in written.items()}
    return [in_float64(entry) for entry in written] if isinstance(written, list) else written


def weights(row: Any) -> dict[str, np.ndarray[Any, Any]]:
    return {str(key): np.array([decode(v) for v in weight["data"]]) for key, weight in row.get("weights", [])}


def trajectories(name: str) -> list[CommittedCase]:
    return [c for c in cases() if c.subject == name and c.area in ("golden", "updates", "sequences") and c.trace]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_oracles_agree_in_float64(name: str) -> None:
    compared = 0
    for case in trajectories(name):
        scenario = in_float64(case.scenario)
        exact, observed = exact_trace(scenario), EXAMPLE.run(scenario)
        for row, (right, seen) in enumerate(zip(exact, observed, strict=True)):
            if row < case.options.get("from", 0):
                continue
            for (key, wanted), got in zip(weights(right).items(), weights(seen).values(), strict=True):
                largest = np.abs(wanted[np.isfinite(wanted)]).max(initial=1e-300)
                np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9 * largest, err_msg=f"{case.id} {row} {key}")
                compared += 1
    assert compared > 100
