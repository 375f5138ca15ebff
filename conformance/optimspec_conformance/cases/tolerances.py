"""Tolerances: weights may differ from the exact ones by eight times the error of plain numpy runs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..classes.catalogue import DEFINITIONS
from ..oracle.arithmetic import Arithmetic, noisy, plain
from ..oracle.run import exact_trace
from ..oracle.schedulers import Definitions
from ..scenarios.case import Case
from ..scenarios.values import Json, Scenario, Trace, decode
from .committed import CommittedCase
from .comparison import arrays_of, compare_scaled


class Unproven(ValueError):
    """A vector on which plain arithmetic is too inexact for the vector to prove anything."""


RATES = ("max_lr", "eta_min", "warmup_start_lr")  # and in a composite the base rates of its members
LARGEST = float(np.finfo(np.float64).max)
ROUNDING = {"float32": 2.0**-24, "float64": 2.0**-53}


def tolerance_of_law(case: Case, definitions: Definitions = DEFINITIONS) -> float:
    """The sum of the tolerances of both runs. Raises ValueError if the oracle breaks the law."""
    assert case.other is not None
    first, second = (exact_trace(run, definitions=definitions) for run in (case.scenario, case.other))
    tolerance_of_both = tolerance(case, first, definitions) + tolerance(
        replace(case, scenario=case.other), second, definitions
    )
    options = {**case.options, "reads": ["weights"], "tolerance": repr(8 * ROUNDING["float64"])}
    law = CommittedCase(
        "", "", "", "", case.requirement, case.scenario, other=case.other, rows=case.rows, options=options
    )
    difference = compare_scaled(law, first, second, "float64").difference
    if difference is not None:
        raise ValueError(f"{case.requirement}/{case.name} is no law: {difference}")
    return tolerance_of_both


def rates(scenario: Json, names: tuple[str, ...] = RATES) -> Iterator[float]:
    """The rates among the arguments that the error of a rate is relative to (NUM-1)."""
    if isinstance(scenario, dict):
        for argument in [scenario[name] for name in names if name in scenario and "class" in scenario]:
            value = decode(argument)
            entries = value if isinstance(value, (list, tuple)) else [value]
            yield from (abs(float(rate)) for rate in entries if isinstance(rate, (int, float)) and abs(rate) <= LARGEST)
        for key, value in scenario.items():
            yield from rates(value, (*RATES, "base_lr") if key == "schedulers" else names)
    elif isinstance(scenario, list):
        for value in scenario:
            yield from rates(value, names)


def tolerance(case: Case, exact: Trace, definitions: Definitions = DEFINITIONS) -> float:
    """Eight times the error of plain runs in the weights' own dtype, relative to the largest value of each weight."""
    dtype = dtype_of(case.scenario)
    error = max(ROUNDING[dtype], largest_error(case.scenario, exact, plain(dtype), definitions))
    if not 8 * error <= 1e-3:
        raise Unproven(f"{case.requirement}/{case.name}: plain runs err by {error}")
    return 8 * error


def is_well_conditioned(scenario: Scenario, exact: Trace, tolerance: float) -> bool:
    """Whether weights stay within a tolerance when every operation errs by one more rounding error.

    If they do not, large numbers nearly cancel, and a correct implementation may fail.
    """
    return noisy_error(scenario, exact) <= tolerance


def noisy_error(scenario: Scenario, exact: Trace, definitions: Definitions = DEFINITIONS) -> float:
    """The largest error of plain runs in which every operation errs by one more rounding error."""
    dtype = dtype_of(scenario)
    return largest_error(scenario, exact, [noisy(dtype, seed) for seed in range(4)], definitions)


def dtype_of(scenario: Scenario) -> str:
    """The dtype of the weights; where dtypes are mixed, all weights but the last are exact."""
    dtype: str = (scenario["weights"] or [["", {"dtype": "float32"}]])[-1][1]["dtype"]
    return dtype


def largest_error(
    scenario: Scenario, exact: Trace, arithmetics: list[Arithmetic], definitions: Definitions = DEFINITIONS
) -> float:
    """The largest error of runs in other arithmetic, relative to the largest value of each weight."""
    largest: dict[str, float] = {}
    for expected in exact:
        for key, weight in arrays_of(expected):
            sizes = [abs(v) for v in decode(weight["data"]) if math.isfinite(v)]
            largest[str(key)] = max([largest.get(str(key), 0.0), *sizes])
    with np.errstate(all="ignore"):
        runs = [exact_trace(scenario, arithmetic, definitions) for arithmetic in arithmetics]
    error = 0.0
    for expected, observed in [pair for run in runs for pair in zip(exact, run, strict=True)]:
        for (key, array), (_, other) in zip(arrays_of(expected), arrays_of(observed), strict=True):
            one, two = np.array(decode(array["data"])), np.array(decode(other["data"]))
            errors = np.where((one == two) | (np.isnan(one) & np.isnan(two)), 0.0, np.abs(one - two))
            error = float(np.max([error, errors.max(initial=0.0) / (largest[str(key)] or 1.0)]))
    return error
