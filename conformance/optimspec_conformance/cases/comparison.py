"""Compares an observed trace with the exact one, and finds the first difference."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..scenarios.trace import EXCEPTIONS, READ_OUTS, Difference, Unsupported
from ..scenarios.values import Json, Row, Trace, decode, encode_key, key_literal, number, number_name
from .committed import CommittedCase

RATES = {"float64": 1e-9, "float32": 1e-5}  # NUM-1
BITS = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}  # of the significand
WORD = re.compile(r"\w+")
NO_ROW: Row = {"error": {"kind": "nothing", "message": "nothing more happened"}}


@dataclass(frozen=True)
class Comparison:
    """The first difference of a trace, if there is one, and the largest error of any number until there.

    ``ulps`` is that error in units in the last place of the tolerance's reference; None if nothing was compared.
    """

    difference: Difference | None = None
    ulps: float | None = None


def compare(case: CommittedCase, observed: Trace, precision: str) -> Difference | None:
    """The first difference beyond the tolerance, if any."""
    return compare_with_error(case, observed, precision).difference


def compare_with_error(case: CommittedCase, observed: Trace, precision: str) -> Comparison:
    """The first difference beyond the tolerance, and the largest error."""
    if _construction_refused(case, observed):
        return Comparison()
    comparer = _RowComparer(case, precision)
    return Comparison(_first_difference(case, observed, comparer), comparer.ulps)


def _construction_refused(case: CommittedCase, observed: Trace) -> bool:
    """Whether construction was refused, and may be."""
    return "may_refuse" in case.options and observed[0].get("error", {}).get("kind") in ("type", "value")


def _first_difference(case: CommittedCase, observed: Trace, comparer: _RowComparer) -> Difference | None:
    assert case.trace is not None
    names_only = case.options.get("error") == "names"
    for row, expected in list(enumerate(case.trace))[case.options.get("from", 0) :]:
        if expected.get("by") in case.options.get("not_compared", ()):
            continue
        observed_row = observed[row] if row < len(observed) else NO_ROW
        for what, expected_text, observed_text, error in comparer.compare(expected, observed_row):
            requirement = None if names_only else expected.get("by")
            return Difference(row, what, expected_text, observed_text, error, requirement)
    if names_only and not comparer.refused:
        return Difference(len(case.trace) - 1, "error", "a refusal", "everything was accepted")
    return None


def compare_bits(case: CommittedCase, observed: Trace, other: Trace) -> Difference | None:
    """A law: the last rows of two runs have the same bits, unless a refusal leaves nothing to compare."""
    if _construction_refused(case, observed) and _construction_refused(case, other):
        return None
    constructed = "error" not in observed[0]
    for option, row in case.options.items():
        if option == "unless_refused" and constructed and "error" in observed[row]:
            error = observed[row]["error"]
            refused = error["kind"] in EXCEPTIONS or case.options.get("error") == "any"
            return None if refused else Difference(row, "error", " or ".join(EXCEPTIONS.values()), error["message"])
        if option == "if_refused" and constructed and "error" not in observed[row]:
            return None
    errors_allowed = {"unless_refused", "if_refused"} & set(case.options)
    for row, observed_row in enumerate(observed if constructed and not errors_allowed else []):
        if "error" in observed_row:
            return Difference(row, "error", "none", observed_row["error"]["message"])
    last_rows = list(enumerate(observed))[-case.rows :]
    for (row, observed_row), expected in zip(last_rows, other[-case.rows :], strict=False):
        if "error" in observed_row or "error" in expected:
            failed = observed_row if "error" in observed_row else expected
            return Difference(row, "error", "none", failed["error"]["message"])
        for name in case.options["reads"]:
            value, expected_value = require_supported(observed_row.get(name)), expected.get(name)
            if expected_value != value:
                return Difference(row, name, _text(expected_value), _text(value), "not the same bits")
    return None


def compare_scaled(case: CommittedCase, observed: Trace, other: Trace, precision: str) -> Comparison:
    """A law: the weights in the last rows of a run are ``scaled`` times those of another."""
    factor = float(case.options["scaled"])
    expected: Trace = []
    for row, other_row in enumerate(other):
        if not isinstance(other_row.get("weights"), list):
            return Comparison(Difference(row, "error in the other run", "none", _text(other_row)))
        weights = [
            [key, {**weight, "data": [number(factor * decode(value)) for value in weight["data"]]}]
            for key, weight in other_row["weights"]
        ]
        expected.append({"weights": weights})
    last_rows = {"from": len(other) - case.rows}
    return compare_with_error(replace(case, trace=expected, options=case.options | last_rows), observed, precision)


Differences = Iterator[tuple[str, str, str, str]]  # what differs, expected, observed, and how far they are apart


class _RowComparer:
    """Compares the rows of one case, to the tolerance that it asks for."""

    def __init__(self, case: CommittedCase, precision: str) -> None:
        self.options, self.precision = case.options, precision
        self.reads: list[str] = case.options["reads"]
        self.reads_by: dict[str, list[str]] = case.options.get("reads_by", {})
        self.refused = False
        self.ulps: float | None = None
        self.largest: dict[str, float] = {}  # finite value of each weight in the exact trace
        for row in case.trace or []:
            for key, weight in arrays_of(row):
                sizes = [abs(v) for v in map(decode, weight["data"]) if math.isfinite(v)]  # a fault's may be infinite
                self.largest[str(key)] = max([self.largest.get(str(key), 0.0), *sizes])

    def compare(self, expected: Row, observed: Row) -> Differences:
        if "error" in expected:
            yield from self.compare_errors(expected["error"], observed)
        elif "error" in observed:
            yield "error", "none", observed["error"]["message"], ""
        elif "changed" in expected:
            if observed["changed"]:
                yield "changed", "nothing", _text(observed["changed"]), ""
        elif "averaged" in expected:
            yield from self.compare_arrays(expected["averaged"], observed["averaged"], "averages")
        elif "members" in expected:
            if len(observed["members"]) != len(expected["members"]):
                yield "members", str(len(expected["members"])), str(len(observed["members"])), "members"
            for i, rows in enumerate(zip(expected["members"], observed["members"], strict=False)):
                for what, expected_text, observed_text, error in self.compare_read_outs(*rows, self.reads):
                    yield f"members[{i}].{what}", expected_text, observed_text, error
        else:
            fields = self.reads_by.get(expected.get("by", ""), self.reads)
            yield from self.compare_read_outs(expected, observed, fields)

    def compare_errors(self, expected: Row, observed: Row) -> Differences:
        kinds: list[str] = expected["kind"] if isinstance(expected["kind"], list) else [expected["kind"]]
        expected_text = " or ".join(EXCEPTIONS.get(kind, kind) for kind in kinds)
        values = [observed[name] for name in self.reads if isinstance(observed.get(name), dict)]
        raised = [value for value in values if "raised" in value]
        if raised and "error" not in observed and kinds == ["UserError"]:  # CYC-9 allows the read-out to raise it
            observed = {"error": {"kind": raised[0]["kind"], "message": raised[0]["raised"]}}
        if self.options.get("error") == "names":
            self.refused |= "error" in observed
            if "error" in observed and expected["names"] not in WORD.findall(observed["error"]["message"]):
                yield "message", f"one that names {expected['names']}", observed["error"]["message"], ""
        elif "error" not in observed:
            yield "error", expected_text, "accepted", ""
        elif observed["error"]["kind"] not in kinds and self.options.get("error") != "any":
            yield "error", expected_text, refusal_text(observed["error"]), ""

    def compare_read_outs(self, expected_row: Row, observed_row: Row, fields: list[str]) -> Differences:
        base = [decode(b) for b in expected_row.get("base", [])]
        for name in fields:
            expected = expected_row.get(name)
            if expected is None:
                continue
            observed = require_supported(observed_row.get(name))
            if observed is None:
                yield READ_OUTS[name], _text(expected), f'nothing: the row has no "{name}"', ""
            elif isinstance(observed, dict) and "raised" in observed:
                yield READ_OUTS[name], _text(expected), observed["raised"], ""
            elif name == "t":
                if expected != observed:
                    yield READ_OUTS[name], _text(expected), _text(observed), ""
            elif name == "weights":
                yield from self.compare_arrays(expected, observed)
            elif name == "opt_lr":
                yield from self.compare_rates(READ_OUTS[name], [expected], [observed], base or [decode(expected)])
            else:
                lists = list(expected), list(observed)
                yield from self.compare_rates(READ_OUTS[name], *lists, base, exact=name == "lr")

    def compare_rates(
        self, name: str, expected: list[Json], observed: list[Json], base: list[float], exact: bool = True
    ) -> Differences:
        """``exact``: the tolerance may be one that the case gives for its rates."""
        if len(expected) != len(observed):
            yield f"length of {name}", str(len(expected)), str(len(observed)), ""
            return
        for i, (rate, read) in enumerate(zip(map(decode, expected), map(decode, observed), strict=True)):
            error = 0.0 if rate == read else abs(read - rate)
            self.record_error(error, self.reference(rate, abs(base[i]), exact), self.precision)
            if error and not error <= self.tolerance(rate, abs(base[i]), exact):
                yield f"{name}[{i}]", _number(rate), _number(read), self.error_text(rate, read)

    def record_error(self, error: float, reference: float, precision: str) -> None:
        """Remember the largest error; infinite if a number should be finite and is not."""
        ulp = _ulp(reference, precision)
        ulps = 0.0 if error == 0 else error / ulp if error < math.inf and ulp else math.inf
        self.ulps = max(self.ulps or 0.0, ulps)

    def reference(self, expected: float, base: float, exact: bool) -> float:
        """What the tolerance of a rate is relative to."""
        if exact and {"ulps", "relative"} & set(self.options):
            return abs(expected)
        return max(base, abs(expected), float(self.options.get("largest_rate", 0.0)))

    def tolerance(self, expected: float, base: float, exact: bool) -> float:
        if exact and "ulps" in self.options:
            if self.precision == "float64":
                return float(self.options["ulps"] * np.spacing(expected))
            nearest = np.float32(expected)  # the arguments were rounded to float32, too: one unit more
            return float((self.options["ulps"] + 1) * np.spacing(nearest)) + abs(float(nearest) - expected)
        if exact and "relative" in self.options:
            return float(self.options["relative"]) * abs(expected)
        return RATES[self.precision] * self.reference(expected, base, exact)

    def error_text(self, expected: float, observed: float) -> str:
        if not (math.isfinite(observed) and math.isfinite(expected)):
            return "not finite"
        dtype = np.float32 if self.precision == "float32" else np.float64
        relative = f", {abs(observed - expected) / abs(expected):.2g} of it" if expected else ""
        return f"{abs(observed - expected) / float(np.spacing(dtype(abs(expected)))):.3g} ulps{relative}"

    def compare_arrays(self, expected: Json, observed: Json, what: str = "weights") -> Differences:
        keys, observed_keys = [key for key, _ in expected], [encode_key(key) for key, _ in observed]
        if keys != observed_keys:
            yield what, _text(keys), _text(observed_keys), ""
            return
        for (key, array), (_, observed_array) in zip(expected, observed, strict=True):
            called = key_literal(key) if what == "weights" else f"{what}[{key_literal(key)}]"
            for kind in ("dtype", "shape"):
                if array[kind] != observed_array[kind]:
                    yield f"{kind} of {called}", str(array[kind]), str(observed_array[kind]), ""
                    return
            exact = np.array([decode(value) for value in array["data"]])
            values = np.array([decode(value) for value in observed_array["data"]])
            with np.errstate(invalid="ignore"):
                errors = np.abs(values - exact)
            errors[(values == exact) | (np.isnan(values) & np.isnan(exact))] = 0
            largest = self.largest[str(key)]
            tolerance = float(self.options["tolerance"]) * largest
            self.record_error(float(errors.max(initial=0)), largest, array["dtype"])
            wrong = ~(errors <= tolerance)
            if wrong.any():
                i = int(np.argmax(wrong))
                text = f"{errors[i]:.2g}, allowed {tolerance:.2g}" if math.isfinite(errors[i]) else ""
                yield number_name(called, array["shape"], i), _number(float(exact[i])), _number(float(values[i])), text


def arrays_of(row: Row) -> Json:
    """The weights and the averages of a row."""
    return [*row.get("weights", []), *row.get("averaged", [])]


def refusal_text(error: Row) -> str:
    """The message of an error, with its kind if the message does not begin with that."""
    kind, message = error["kind"], error["message"]
    says_it = message.startswith(EXCEPTIONS.get(kind, kind)) and kind not in EXCEPTIONS.values()
    return message if says_it else f'{message} (of kind "{kind}")'


def _ulp(value: float, precision: str) -> float:
    """The unit in the last place of a number; 0 has none."""
    if value == 0 or not math.isfinite(value):
        return abs(value)
    return math.ldexp(1.0, math.frexp(value)[1] - BITS[precision])


def require_supported(value: Json) -> Json:
    """Raises Unsupported if the implementation does not have a read-out."""
    if isinstance(value, dict) and "unsupported" in value:
        raise Unsupported(value["unsupported"])
    return value


def _number(value: float) -> str:
    return f"{value:.12g}"


def _text(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
