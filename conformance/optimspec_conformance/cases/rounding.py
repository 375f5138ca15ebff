"""What the rounding of arguments to float32 changes: an implementation in float32 must not fail for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..oracle.run import exact_trace
from ..scenarios.values import Json, number
from .committed import CommittedCase
from .comparison import compare

TAGS = {"fn", "str", "float", "float32", "0-d"}  # of values that are not plain floats
NO_ARGUMENTS = {"op", "class", "weights", "grads", "as", "from", "on", "via", "how"}


def in_float32(value: Json) -> Json:
    """A scenario with its arguments rounded to float32."""
    if isinstance(value, str) and value != "@scheduler":
        with np.errstate(over="ignore"):
            return number(float(np.float32(value)))
    if isinstance(value, list):
        return [in_float32(entry) for entry in value]
    if isinstance(value, dict) and not TAGS & set(value):
        return {key: entry if key in NO_ARGUMENTS else in_float32(entry) for key, entry in value.items()}
    return value


def survives_rounding(case: CommittedCase) -> bool:
    """Whether the exact values for arguments in float32 are within the tolerance of float32."""
    assert case.trace is not None
    rows = list(zip(case.trace, exact_trace(in_float32(case.scenario)), strict=True))
    if any(("error" in exact) != ("error" in rounded) for exact, rounded in rows):
        return False
    accepted = [pair for pair in rows if "error" not in pair[0]]
    options = {name: value for name, value in case.options.items() if name not in ("from", "error")}
    case = replace(case, trace=[exact for exact, _ in accepted], options=options)
    return compare(case, [rounded for _, rounded in accepted], "float32") is None
