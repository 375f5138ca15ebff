"""Writes a failure as a Python program that needs only the user's package."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

from ..scenarios.trace import EXCEPTIONS, READ_OUTS
from ..scenarios.values import Json, Row, decode, key_literal, number_name
from .protocol import FailedRun
from .snippet import SnippetWriter, fold_repeats, imports, literal, read_expression

LONGEST = 400  # characters of a row
AS_NUMBERS = {
    "t": "int(getattr(scheduler.last_epoch, 'value', scheduler.last_epoch))",
    "base": "[float(b) for b in scheduler.base_lrs]",
    "lr": "[float(lr) for lr in scheduler.get_last_lr()]",
    "opt_lr": "float(optimizer.current_lr)",
    "weights": "{key: numpy.asarray(state.value).tolist() for key, state in weights.items()}",
}


def program(run: FailedRun, module: str, state: str, directory: Path) -> str:
    """Replay a check, then assert the expected value where one line can express it."""
    scenario, difference = run.scenario, run.difference
    lines = replay(run, state)
    expression = AS_NUMBERS.get(difference.what)
    if any(line.lstrip().startswith("#") for line in lines):
        lines.append("# a line with a # has no equivalent in the native API: nothing is asserted")
    elif run.other is None:
        lines += assertion(run)
    elif expression:
        row = difference.row + len(run.other["do"]) - len(scenario["do"])
        before = [line for block in SnippetWriter(run.other, state).blocks(row) for line in block]
        lines = [*fold_repeats(before), f"expected = {expression}", *lines, f"observed = {expression}"]
        lines += ["print(observed, 'where', expected, 'is expected')", "assert repr(observed) == repr(expected)"]
    header = [f"# {run.check}", f"# {difference.what}: expected {difference.expected}, observed {difference.observed}"]
    header += [f"# row {number}, {kind}: {_short(row)}" for number, kind, row in run.last_rows()]
    path = ["import sys", f"sys.path.append({str(directory)!r})"]
    return "\n".join([*(" ".join(line.split()) for line in header), *path, *imports(module, lines, state), *lines, ""])


def _short(row: Row) -> str:
    text = json.dumps(row)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def replay(run: FailedRun, state: str) -> list[str]:
    """The operations up to the difference. Refused ones may fail again; the last one must, if a refusal is expected."""
    difference, observed = run.difference, run.observed
    lines: list[str] = []
    accepted = difference.what == "error" and difference.observed == "accepted"
    for row, block in enumerate(SnippetWriter(run.scenario, state).blocks(difference.row)):
        if row == difference.row and accepted and not any(line.startswith("#") for line in lines):
            kinds = [name for name in difference.expected.split(" or ") if name in EXCEPTIONS.values()] or ["Exception"]
            lines += ["try:", *(f"    {line}" for line in block), f"except ({', '.join(kinds)},):", "    pass", "else:"]
            lines += [f"    raise AssertionError({f'accepted, where {difference.expected} is expected'!r})"]
        elif row < difference.row and row < len(observed) and "error" in observed[row] and block:
            lines += ["with contextlib.suppress(Exception):", *(f"    {line}" for line in block)]
        else:
            lines += block
    return fold_repeats(lines)


def assertion(run: FailedRun) -> Iterator[str]:
    """Lines that assert the expected value, to half of the observed error."""
    difference, observed = run.difference, run.observed
    row = difference.row
    if run.expected is None or row >= min(len(run.expected), len(observed)):
        return
    match = re.fullmatch(r"length of (.+)", difference.what)
    for name, shown_as in READ_OUTS.items():
        if match and match[1] == shown_as:
            yield f"print({AS_NUMBERS[name]})"
            yield f"assert len({AS_NUMBERS[name]}) == {difference.expected}"
        elif difference.what == shown_as and "raised" in str(observed[row].get(name)):
            yield f"print({AS_NUMBERS[name]})"
    for read, exact, value in differing_values(run.expected[row], observed[row], difference.what):
        error = abs(decode(exact) - decode(value))
        yield f"observed = {read}"
        yield f"print(observed, 'where', {literal(exact)}, 'is expected')"
        if math.isnan(decode(exact)):
            yield "assert observed != observed"
        else:
            yield f"assert abs(observed - {literal(exact)}) <= {error / 2 if math.isfinite(error) else 0!r}"


def differing_values(expected: Row, observed: Row, what: str) -> Iterator[tuple[str, Json, Json]]:
    """The expression that reads the differing value, with its expected and observed value."""
    for name in ("t", "base", "lr", "opt_lr"):
        exact, value = expected.get(name), observed.get(name)
        match = re.fullmatch(rf"{re.escape(READ_OUTS[name])}(?:\[(\d+)\])?", what)
        if match and isinstance(exact, list) and isinstance(value, list) and match[1]:
            yield f"{AS_NUMBERS[name]}[{match[1]}]", exact[int(match[1])], value[int(match[1])]
        elif match and exact is not None and not isinstance(exact, list) and "raised" not in str(value):
            yield AS_NUMBERS[name], exact, value
    arrays = observed["weights"] if isinstance(observed.get("weights"), list) else []
    for (key, array), (_, observed_array) in zip(expected.get("weights", []), arrays, strict=False):
        for i, (number, observed_number) in enumerate(zip(array["data"], observed_array["data"], strict=False)):
            if what == number_name(key_literal(key), array["shape"], i):
                yield read_expression(what) or "", number, observed_number
