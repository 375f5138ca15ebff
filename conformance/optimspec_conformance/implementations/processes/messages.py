"""What a program may write, as the schema says it."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from ...scenarios.values import BFLOAT16, Json, Scenario, Trace
from .child import quoted

PROTOCOL = 1
ROUND_TRIPS = ("pickle", "deepcopy", "json", "plain")
FEATURES = (*ROUND_TRIPS, "scribble", "tamper", "intact", "bystander", BFLOAT16)
FLOAT = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
SHOWN_BY = {"scheduler.members": "members", "intact": "changed"}  # and all other operations by the read-outs


class Malformed(Exception):
    """What a line is instead of an answer."""


def parsed(line: bytes) -> dict[str, Json]:
    def refuse(constant: str) -> NoReturn:
        raise Malformed(f"no JSON: it has a {constant}")

    try:
        content = json.loads(line, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise Malformed("no JSON") from None
    if not isinstance(content, dict):
        raise Malformed("no JSON object")
    return content


def greeting(content: dict[str, Json]) -> Json:
    hello = content.get("hello")
    if not isinstance(hello, dict):
        raise Malformed("no hello")
    if hello.get("protocol") != PROTOCOL:
        raise Malformed(f"of another protocol: this kit speaks {PROTOCOL}")
    for name in ("name", "version"):
        if not isinstance(hello.get(name), str):
            raise Malformed(f"without a {name}")
    if hello.get("precision") not in ("float64", "float32"):
        raise Malformed("without a precision of float64 or float32")
    for name in ("provides", "features"):
        if not isinstance(hello.get(name), list) or not all(isinstance(entry, str) for entry in hello[name]):
            raise Malformed(f"without a list {name} of strings")
    unknown = [feature for feature in hello["features"] if feature not in FEATURES]
    if unknown:
        raise Malformed(f"of unknown features {unknown}: there are {', '.join(FEATURES)}")
    return hello


def trace(content: Json, scenario: Scenario) -> Trace:
    if not isinstance(content, list):
        raise Malformed("no trace")
    for i, row in enumerate(content):
        if not is_row(row):
            raise Malformed(f"no trace: row {i} is {quoted(json.dumps(row).encode())}")
    refused = len(content) == 1 and "error" in content[0]
    if not refused and len(content) != len(scenario["do"]) + 1:
        raise Malformed(f"a trace of {len(content)} rows, where the construction and each operation have one")
    for operation, row in zip(scenario["do"], content[1:], strict=False):
        read = SHOWN_BY.get(operation["op"])
        if read is not None and read not in row and "error" not in row:
            raise Malformed(f"without {read} after {operation['op']}")
    return content


def is_row(row: Json) -> bool:
    return isinstance(row, dict) and bool(row) and all(map(is_entry, row.items()))


def is_entry(entry: tuple[str, Json]) -> bool:
    match entry:
        case ("error", {"kind": str(), "message": str(), **others}):
            return not others
        case ("t" | "base" | "lr" | "opt_lr" | "weights", {"kind": str(), "raised": str(), **others}):
            return not others
        case ("t", value):
            return isinstance(value, int) and not isinstance(value, bool)
        case ("base" | "lr", list(values)):
            return all(map(is_number, values))
        case ("opt_lr", value):
            return is_number(value)
        case ("weights", list(weights)):
            return all(map(is_weight, weights))
        case ("members", list(rows)):
            return all(map(is_row, rows))
        case ("changed", list(names)):
            return all(isinstance(name, str) for name in names)
    return False


def is_weight(weight: Json) -> bool:
    match weight:
        case [key, {"dtype": str(), "shape": [*shape], "data": [*data], **others}]:
            sizes = all(isinstance(size, int) and size >= 0 for size in shape)
            return not others and is_key(key) and sizes and math.prod(shape) == len(data) and all(map(is_number, data))
    return False


def is_key(key: Json) -> bool:
    match key:
        case {"tuple": [*entries], **others}:
            return not others and all(map(is_key, entries))
    return isinstance(key, (str, int)) and not isinstance(key, bool)


def is_number(value: Any) -> bool:
    match value:
        case str():
            return FLOAT.fullmatch(value) is not None
        case {"float": "nan" | "inf" | "-inf", **others}:
            return not others
    return False
