"""A failure as a program that shows it with the user's package alone."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from .committed import CommittedCase
from .comparison import NAMED, NAMES, Difference
from .scenario import Json, Row, Scenario, Trace, decode, shown_key
from .snippet import STATE, blocks, folded, imports, literal

AS_NUMBERS = {
    "t": "int(getattr(scheduler.last_epoch, 'value', scheduler.last_epoch))",
    "base": "[float(b) for b in scheduler.base_lrs]",
    "lr": "[float(lr) for lr in scheduler.get_last_lr()]",
    "opt_lr": "float(optimizer.current_lr)",
    "weights": "{key: numpy.asarray(state.value).tolist() for key, state in weights.items()}",
}


def file_name(case: CommittedCase) -> str:
    return quote(case.id.replace("/", "."), safe="=") + ".py"


def program(
    module: str, directory: Path, case: CommittedCase, observed: Trace, difference: Difference, state: str = STATE
) -> str:
    """Do what the check did, and end with what should have been, where a line can tell that."""
    lines = done(case.scenario, observed, difference, state)
    read = AS_NUMBERS.get(difference.what)
    if any(line.lstrip().startswith("#") for line in lines):
        lines.append("# a line with a # cannot be told in the native API: no claim is made")
    elif case.other is None:
        lines += claim(case, observed, difference)
    elif read:
        row = difference.row + len(case.other["do"]) - len(case.scenario["do"])
        before = [line for block in blocks(case.other, row, state) for line in block]
        lines = [*folded(before), f"expected = {read}", *lines, f"observed = {read}"]
        lines += ["print(observed, 'where', expected, 'is expected')", "assert observed == expected"]
    header = [f"# {case.id}", f"# {difference.what}: expected {difference.expected}, observed {difference.observed}"]
    found = ["import sys", f"sys.path.append({str(directory)!r})"]
    return "\n".join([*(" ".join(line.split()) for line in header), *found, *imports(module, lines, state), *lines, ""])


def done(scenario: Scenario, observed: Trace, difference: Difference, state: str) -> list[str]:
    """The operations, of which those that were refused may be; the last is not accepted if it should not be."""
    lines: list[str] = []
    accepted = difference.what == "error" and difference.observed == "accepted"
    for row, block in enumerate(blocks(scenario, difference.row, state)):
        if row == difference.row and accepted and not any(line.startswith("#") for line in lines):
            kinds = [name for name in difference.expected.split(" or ") if name in NAMED.values()] or ["Exception"]
            lines += ["try:", *(f"    {line}" for line in block), f"except ({', '.join(kinds)},):", "    pass", "else:"]
            lines += [f"    raise AssertionError({f'accepted, where {difference.expected} is expected'!r})"]
        elif row < difference.row and row < len(observed) and "error" in observed[row] and block:
            lines += ["with contextlib.suppress(Exception):", *(f"    {line}" for line in block)]
        else:
            lines += block
    return folded(lines)


def claim(case: CommittedCase, observed: Trace, difference: Difference) -> Iterator[str]:
    """The value that is expected, to half of the error that was seen."""
    row = difference.row
    if case.trace is None or row >= min(len(case.trace), len(observed)):
        return
    length = re.fullmatch(r"length of (.+)", difference.what)
    for name, shown_as in NAMES.items():
        if length and length[1] == shown_as:
            yield f"print({AS_NUMBERS[name]})"
            yield f"assert len({AS_NUMBERS[name]}) == {difference.expected}"
        elif difference.what == shown_as and "raised" in str(observed[row].get(name)):
            yield f"print({AS_NUMBERS[name]})"
    for read, right, seen in values(case.trace[row], observed[row], difference.what):
        error = abs(decode(right) - decode(seen))
        yield f"observed = {read}"
        yield f"print(observed, 'where', {literal(right)}, 'is expected')"
        yield f"assert abs(observed - {literal(right)}) <= {error / 2 if math.isfinite(error) else 0!r}"


def values(expected: Row, seen: Row, what: str) -> Iterator[tuple[str, Json, Json]]:
    """How to read the value that differs, and both of them."""
    for name in ("t", "base", "lr", "opt_lr"):
        right, got = expected.get(name), seen.get(name)
        match = re.fullmatch(rf"{re.escape(NAMES[name])}(?:\[(\d+)\])?", what)
        if match and isinstance(right, list) and isinstance(got, list) and match[1]:
            yield f"{AS_NUMBERS[name]}[{match[1]}]", right[int(match[1])], got[int(match[1])]
        elif match and right is not None and not isinstance(right, list) and "raised" not in str(got):
            yield AS_NUMBERS[name], right, got
    arrays = seen["weights"] if isinstance(seen.get("weights"), list) else []
    for (written, right), (_, got) in zip(expected.get("weights", []), arrays, strict=False):
        for i, (value, was) in enumerate(zip(right["data"], got["data"], strict=False)):
            if what == f"{shown_key(written)}[{i}]":
                yield f"numpy.asarray(weights[{shown_key(written)}].value).ravel()[{i}]", value, was
