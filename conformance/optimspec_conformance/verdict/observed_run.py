"""One run of a case, to be compared with traces of faults: loosely, to ignore rounding errors."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np

from ..cases.committed import CommittedCase
from ..cases.comparison import compare
from ..oracle.arithmetic import arithmetic_for
from ..oracle.run import exact_trace
from ..oracle.schedulers import Definitions
from ..scenarios.trace import READ_OUTS
from ..scenarios.values import Json, Row, Trace, tagged

MAX_STEPS = 3000  # a scenario with more steps of weights is not run again for every candidate
SINGLE = 2.0**-20  # some rounding errors of float32
EXACT_OPTIONS = ("ulps", "relative")


class ObservedRun:
    """A case with the trace that was observed in it."""

    def __init__(self, case: CommittedCase, observed: Trace, precision: str) -> None:
        options = {name: value for name, value in case.options.items() if name not in EXACT_OPTIONS}
        if "weights" in case.scenario:
            tolerance = float(options.get("tolerance", 1e-6))
            options["tolerance"] = max(tolerance, min(10 * tolerance, 1e-4))
        self.original = case  # with its own tolerance
        self.arithmetic = arithmetic_for(case.scenario)
        expected = case.trace or exact_trace(case.scenario, self.arithmetic, case.definitions)
        self.case = replace(case, trace=expected, other=None, options=options)
        self.expected, self.observed, self.precision = expected, observed, precision

    @property
    def wrong(self) -> bool:
        return self.differs(self.expected, self.observed)

    @property
    def cheap(self) -> bool:
        """Whether it can be recomputed for every candidate: it is not long, and has no large arrays."""
        steps = [row.get("n", 1) * len(row["grads"]) for row in self.case.scenario["do"] if "grads" in row]
        return sum(steps) <= MAX_STEPS and next(tagged(self.case.scenario, "seed"), None) is None

    @property
    def not_diagnosable(self) -> bool:
        """Whether no candidate can explain it: wrong refusals and acceptances are not compared, nor are long runs."""
        refused = "error" in self.observed[0] and "error" not in self.expected[0]
        pairs = zip(self.expected, self.observed, strict=False)
        accepted = any("error" in expected and "error" not in observed for expected, observed in pairs)
        return refused or accepted or not self.cheap

    def differs(self, trace: Trace, observed: Trace, precision: str | None = None) -> bool:
        """Whether two traces differ in what the case reads."""
        expected = [
            {**row, "by": exact["by"]} if "by" in exact else row
            for row, exact in zip(trace, self.expected, strict=False)
        ]
        return compare(replace(self.case, trace=expected), observed, precision or self.precision) is not None

    def differs_anywhere(self, trace: Trace) -> bool:
        """Whether the observed trace differs from another in any field."""
        supported = [name for name in READ_OUTS if not any(_unsupported(row.get(name)) for row in self.observed)]
        options = self.case.options | {"reads": supported, "reads_by": {}}
        return compare(replace(self.case, trace=trace, options=options), self.observed, self.precision) is not None

    def up_to_first_difference(self) -> ObservedRun:
        """The run up to its first difference, which refutes most candidates."""
        difference = compare(self.case, self.observed, self.precision)
        if difference is None or "error" in self.case.options:
            return self
        rows = difference.row + 1
        scenario = self.case.scenario | {"do": self.case.scenario["do"][: difference.row]}
        shortened = replace(self.original, scenario=scenario, trace=self.expected[:rows], other=None)
        return ObservedRun(shortened, self.observed[:rows], self.precision)

    def trace_under(self, change: Callable[[Definitions], Definitions]) -> Trace | None:
        """The exact trace under changed definitions; None if they make no difference, or it cannot be computed."""
        with suppress(Exception), np.errstate(all="ignore"):
            trace = exact_trace(self.case.scenario, self.arithmetic, change(self.case.definitions))
            unchanged = trace == self.expected or not self.differs(self.expected, as_observed(trace))
            return None if unchanged else trace
        return None

    def weights_in_single_precision(self) -> bool:
        """Whether float64 weights are wrong, and right to the digits of float32."""
        arrays = [weight for row in self.expected for _, weight in row.get("weights", [])]
        if "weights" not in self.case.options["reads"] or {array["dtype"] for array in arrays} != {"float64"}:
            return False
        options = self.case.options | {"tolerance": repr(SINGLE)}
        return self.wrong and compare(replace(self.case, options=options), self.observed, "float32") is None

    def in_single_precision(self) -> bool:
        """Whether the rates that differ are float32 numbers, within the tolerance of float32."""
        if self.precision == "float32" or "lr" not in self.case.options["reads"]:
            return False
        rows = zip(self.expected, self.observed, strict=False)
        rates = [
            (expected.get("lr", []), observed["lr"])
            for expected, observed in rows
            if isinstance(observed.get("lr"), list)
        ]
        pairs = [pair for both in rates for pair in zip(*both, strict=False)]
        differing = [observed for expected, observed in pairs if expected != observed and isinstance(observed, str)]
        single = [float(rate) == float(np.float32(float(rate))) for rate in differing]
        return bool(single) and all(single) and not self.differs(self.expected, self.observed, "float32")


def _unsupported(read: Json) -> bool:
    return isinstance(read, dict) and "unsupported" in read


def as_observed(trace: Trace) -> Trace:
    """A trace of the oracle in the form of an observed one."""

    def observed_row(exact: Row) -> Row:
        if "error" not in exact:
            return exact
        kind = exact["error"]["kind"]
        raised = kind[0] if isinstance(kind, list) else kind
        return {"error": {"kind": raised, "message": exact["error"].get("names", "")}}

    return [observed_row(exact) for exact in trace]
