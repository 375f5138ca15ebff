"""Compares an observed trace with the exact one, and finds the first difference."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..scenarios.trace import EXCEPTIONS, READ_OUTS, Difference, Unsupported
from ..scenarios.values import Json, Row, Trace, decode, encode_key, number, shown_key
from .committed import CommittedCase

RATES = {"float64": 1e-9, "float32": 1e-5}  # NUM-1
BITS = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}  # of the significand


@dataclass(frozen=True)
class Compared:
    """Where a trace first differs, if it does, and the largest error of any number until there.

    ``ulps`` is that error in units in the last place of the tolerance's reference; None if nothing was compared.
    """

    difference: Difference | None = None
    ulps: float | None = None


def compare(case: CommittedCase, observed: Trace, precision: str) -> Difference | None:
    """The first difference beyond the tolerance, if any."""
    return compared(case, observed, precision).difference


def compared(case: CommittedCase, observed: Trace, precision: str) -> Compared:
    """The same, with the largest error."""
    if _refused(case, observed):
        return Compared()
    comparison = _Comparison(case, precision)
    return Compared(_first(case, observed, comparison), comparison.ulps)


def _refused(case: CommittedCase, observed: Trace) -> bool:
    """Whether construction was refused, if it may be."""
    return "may_refuse" in case.options and observed[0].get("error", {}).get("kind") in ("type", "value")


def _first(case: CommittedCase, observed: Trace, comparison: _Comparison) -> Difference | None:
    assert case.trace is not None
    for row, expected in list(enumerate(case.trace))[case.options.get("from", 0) :]:
        got = (
            observed[row] if row < len(observed) else {"error": {"kind": "nothing", "message": "nothing more happened"}}
        )
        for what, right, seen, error in comparison.row(expected, got):
            by = None if case.options.get("error") == "names" else expected.get("by")
            return Difference(row, what, right, seen, error, by)
    if case.options.get("error") == "names" and not comparison.refused:
        return Difference(len(case.trace) - 1, "error", "a refusal", "everything was accepted")
    return None


def same_bits(case: CommittedCase, observed: Trace, other: Trace) -> Difference | None:
    """None if the last rows of two runs have the same bits, or a refusal leaves nothing to compare."""
    if _refused(case, observed) and _refused(case, other):
        return None
    built = "error" not in observed[0]
    for option, row in case.options.items():
        if option == "unless_refused" and built and "error" in observed[row]:
            error = observed[row]["error"]
            refused = error["kind"] in EXCEPTIONS
            return None if refused else Difference(row, "error", " or ".join(EXCEPTIONS.values()), error["message"])
        if option == "if_refused" and built and "error" not in observed[row]:
            return None
    tolerant = {"unless_refused", "if_refused"} & set(case.options)
    for row, got in enumerate(observed if built and not tolerant else []):
        if "error" in got:
            return Difference(row, "error", "none", got["error"]["message"])
    pairs = list(enumerate(observed))[-case.rows :]
    for (row, got), right in zip(pairs, other[-case.rows :], strict=False):
        if "error" in got or "error" in right:
            failed = got if "error" in got else right
            return Difference(row, "error", "none", failed["error"]["message"])
        for name in case.options["reads"]:
            if right.get(name) != provided(got.get(name)):
                return Difference(row, name, _flat(right.get(name)), _flat(got.get(name)), "not the same bits")
    return None


def scaled(case: CommittedCase, observed: Trace, other: Trace, precision: str) -> Compared:
    """Whether the weights in the last rows of a run are ``scaled`` times those of another."""
    factor = float(case.options["scaled"])
    expected: Trace = []
    for row, right in enumerate(other):
        if not isinstance(right.get("weights"), list):
            return Compared(Difference(row, "error in the other run", "none", _flat(right)))
        weights = [[key, {**w, "data": [number(factor * decode(v)) for v in w["data"]]}] for key, w in right["weights"]]
        expected.append({"weights": weights})
    last = {"from": len(other) - case.rows}
    return compared(replace(case, trace=expected, options=case.options | last), observed, precision)


Found = Iterator[tuple[str, str, str, str]]


class _Comparison:
    """Compares the rows of one case, to the tolerance that it asks for."""

    def __init__(self, case: CommittedCase, precision: str) -> None:
        self.options, self.precision = case.options, precision
        self.reads: list[str] = case.options["reads"]
        self.reads_by: dict[str, list[str]] = case.options.get("reads_by", {})
        self.refused = False
        self.ulps: float | None = None
        self.largest: dict[str, float] = {}
        for row in case.trace or []:
            for key, weight in row.get("weights", []):
                sizes = [abs(v) for v in map(decode, weight["data"]) if math.isfinite(v)]  # a fault's may be infinite
                self.largest[str(key)] = max([self.largest.get(str(key), 0.0), *sizes])

    def row(self, expected: Row, got: Row) -> Found:
        if "error" in expected:
            yield from self.error(expected["error"], got)
        elif "error" in got:
            yield "error", "none", got["error"]["message"], ""
        elif "changed" in expected:
            if got["changed"]:
                yield "changed", "nothing", _flat(got["changed"]), ""
        elif "members" in expected:
            if len(got["members"]) != len(expected["members"]):
                yield "members", str(len(expected["members"])), str(len(got["members"])), "members"
            for i, (right, seen) in enumerate(zip(expected["members"], got["members"], strict=False)):
                for what, wanted, was, error in self.read(right, seen, self.reads):
                    yield f"members[{i}].{what}", wanted, was, error
        else:
            yield from self.read(expected, got, self.reads_by.get(expected.get("by", ""), self.reads))

    def error(self, expected: Row, got: Row) -> Found:
        kinds: list[str] = expected["kind"] if isinstance(expected["kind"], list) else [expected["kind"]]
        wanted = " or ".join(EXCEPTIONS.get(kind, kind) for kind in kinds)
        raised = [got[name] for name in self.reads if isinstance(got.get(name), dict) and "raised" in got[name]]
        if raised and "error" not in got and kinds == ["UserError"]:  # CYC-9 allows the read-out to raise it
            got = {"error": {"kind": raised[0]["kind"], "message": raised[0]["raised"]}}
        if self.options.get("error") == "names":
            self.refused |= "error" in got
            if "error" in got and expected["names"] not in got["error"]["message"]:
                yield "message", f"one that names {expected['names']}", got["error"]["message"], ""
        elif "error" not in got:
            yield "error", wanted, "accepted", ""
        elif got["error"]["kind"] not in kinds and self.options.get("error") != "any":
            yield "error", wanted, got["error"]["message"], ""

    def read(self, expected: Row, got: Row, fields: list[str]) -> Found:
        base = [decode(b) for b in expected.get("base", [])]
        for name in fields:
            right = expected.get(name)
            if right is None:
                continue
            seen = provided(got.get(name))
            if isinstance(seen, dict) and "raised" in seen:
                yield READ_OUTS[name], _flat(right), seen["raised"], ""
            elif name == "t":
                if right != seen:
                    yield READ_OUTS[name], _flat(right), _flat(seen), ""
            elif name == "weights":
                yield from self.weights(right, seen or [])
            elif name == "opt_lr":
                yield from self.rates(READ_OUTS[name], [right], [seen], base or [decode(right)])
            else:
                yield from self.rates(READ_OUTS[name], list(right), list(seen or []), base, exact=name == "lr")

    def rates(self, name: str, expected: list[Json], got: list[Json], base: list[float], exact: bool = True) -> Found:
        if len(expected) != len(got):
            yield f"length of {name}", str(len(expected)), str(len(got)), ""
            return
        for i, (right, seen) in enumerate(zip(map(decode, expected), map(decode, got), strict=True)):
            error = 0.0 if right == seen else abs(seen - right)
            self.note(error, self.scale(right, abs(base[i]), exact), self.precision)
            if error and not error <= self.allowed(right, abs(base[i]), exact):
                yield f"{name}[{i}]", _number(right), _number(seen), self.how_far(right, seen)

    def note(self, error: float, scale: float, precision: str) -> None:
        """Remember the largest error; infinite if a number should be finite and is not."""
        unit = _unit(scale, precision)
        ulps = 0.0 if error == 0 else error / unit if error < math.inf and unit else math.inf
        self.ulps = max(self.ulps or 0.0, ulps)

    def scale(self, right: float, base: float, exact: bool) -> float:
        """What the tolerance of a rate is relative to."""
        if exact and {"ulps", "relative"} & set(self.options):
            return abs(right)
        return max(base, abs(right), float(self.options.get("max_lr", 0.0)))

    def allowed(self, right: float, base: float, exact: bool) -> float:
        if exact and "ulps" in self.options:
            if self.precision == "float64":
                return float(self.options["ulps"] * np.spacing(right))
            nearest = np.float32(right)  # the arguments were rounded to float32, too: one unit more
            return float((self.options["ulps"] + 1) * np.spacing(nearest)) + abs(float(nearest) - right)
        if exact and "relative" in self.options:
            return float(self.options["relative"]) * abs(right)
        return RATES[self.precision] * self.scale(right, base, exact)

    def how_far(self, right: float, seen: float) -> str:
        if not (math.isfinite(seen) and math.isfinite(right)):
            return "not finite"
        kind = np.float32 if self.precision == "float32" else np.float64
        relative = f", {abs(seen - right) / abs(right):.2g} of it" if right else ""
        return f"{abs(seen - right) / float(np.spacing(kind(abs(right)))):.3g} ulps{relative}"

    def weights(self, expected: Json, got: Json) -> Found:
        right, seen = [key for key, _ in expected], [encode_key(key) for key, _ in got]
        if right != seen:
            yield "weights", _flat(right), _flat(seen), ""
            return
        for (key, right), (_, seen) in zip(expected, got, strict=True):
            for name in ("dtype", "shape"):
                if right[name] != seen[name]:
                    yield f"{name} of {shown_key(key)}", str(right[name]), str(seen[name]), ""
                    return
            exact, observed = (np.array([decode(v) for v in array["data"]]) for array in (right, seen))
            with np.errstate(invalid="ignore"):
                off = np.abs(observed - exact)
            same = (observed == exact) | (np.isnan(observed) & np.isnan(exact))
            off[same] = 0
            largest = self.largest[str(key)]
            allowed = float(self.options["tolerance"]) * largest
            self.note(float(off.max(initial=0)), largest, right["dtype"])
            wrong = ~(off <= allowed)
            if wrong.any():
                i = int(np.argmax(wrong))
                error = f"{off[i]:.2g}, allowed {allowed:.2g}"
                yield f"{shown_key(key)}[{i}]", _number(float(exact[i])), _number(float(observed[i])), error


def _unit(value: float, precision: str) -> float:
    """The unit in the last place of a number; 0 has none."""
    if value == 0 or not math.isfinite(value):
        return abs(value)
    return math.ldexp(1.0, math.frexp(value)[1] - BITS[precision])


def provided(seen: Json) -> Json:
    """What was read. Raises Unsupported if the implementation does not have the read-out."""
    if isinstance(seen, dict) and "unsupported" in seen:
        raise Unsupported(seen["unsupported"])
    return seen


def _number(value: float) -> str:
    return f"{value:.12g}"


def _flat(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
