"""Parses what a program writes, and checks it: against vectors/answer.schema.json, then against the request."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import NoReturn

from jsonschema_rs import ValidationError, ValidationErrorKind, validator_for

from ...scenarios.text import one_line
from ...scenarios.values import Json, Row, Scenario, Trace, count_in_row, number

SCHEMA = Path(__file__).parents[2] / "vectors" / "answer.schema.json"
_DEFINITIONS: Json = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
_VALIDATORS = {
    name: validator_for({"$ref": f"#/$defs/{name}", "$defs": _DEFINITIONS}) for name in ("greeting", "answer")
}
PROTOCOL: int = _DEFINITIONS["hello"]["properties"]["protocol"]["const"]
FEATURES: tuple[str, ...] = tuple(_DEFINITIONS["hello"]["properties"]["features"]["items"]["enum"])
READ_OUTS = {
    "scheduler.members": "members",
    "intact": "changed",
    "optimizer.averaged": "averaged",
}  # the field that these operations must return
MESSAGES = ("error", "unsupported", "message", "kind", "raised")  # fields whose text is shown
DEPTH = 100  # levels of nested JSON; thousands would overflow the validator's stack
LENGTH = 80  # characters of a value that a message shows
FLOATS = {"base", "lr", "opt_lr", "data"}  # the fields that hold them
ARRAYS = {"weights", "averaged"}  # the fields that hold pairs of key and array

# How a message words each keyword of the schema.
RULES = {
    "type": "be of type {}",
    "const": "be {}",
    "enum": "be {}",
    "pattern": 'be a number such as "0.1", "1e-07" or "0x1.8p-3"',
    "minimum": "be at least {}",
    "required": "have {}",
    "additionalProperties": "not have {}",
    "minProperties": "have {} or more fields",
    "minItems": "have {} or more entries",
    "maxItems": "have {} or fewer entries",
}


class Malformed(Exception):
    """A line that does not follow the protocol. The message names the field and the rule."""


def read_hello(line: bytes) -> Json:
    content = _parse(line)
    match content:
        case {"hello": {"protocol": protocol}} if protocol != PROTOCOL:
            raise Malformed(f"hello/protocol must be {PROTOCOL}, as this kit speaks {PROTOCOL}: got {_short(protocol)}")
    _validate(content, "greeting")
    return content["hello"]


def read_answer(line: bytes, request_id: int, scenario: Scenario) -> Json:
    """The answer to a request: its id, with a trace, an error or what is unsupported."""
    content = _parse(line)
    _validate(content, "answer")
    if content["id"] != request_id:
        raise Malformed(f"id must be {request_id}, that of the request: got {_short(content['id'])}")
    if "trace" in content:
        _match_operations(content["trace"], scenario)
        _match_shapes(content["trace"], "trace")
        if b"0x" in line.lower():
            content["trace"] = [_in_decimal(row) for row in content["trace"]]
    for row in [content, *content.get("trace", [])]:
        _print_safely(row)
    return content


def _print_safely(row: Row) -> None:
    """Make each message of a row one line of printable characters."""
    for name, value in row.items():
        if isinstance(value, dict):
            _print_safely(value)
        elif name in MESSAGES and isinstance(value, str):
            row[name] = one_line(value)


def _parse(line: bytes) -> Json:
    try:
        content = json.loads(line.decode("utf-8-sig"), parse_float=_number, parse_constant=_refuse)
        if b"\\ud" in line.lower():  # a surrogate is Unicode only as one of a pair
            json.dumps(content, ensure_ascii=False).encode()
    except ValueError as error:
        raise Malformed(f"not JSON: {error}{_where(error)}") from None
    except RecursionError:
        raise Malformed(f"nested more than {DEPTH} levels deep") from None
    if line.count(b"[") + line.count(b"{") > DEPTH:
        _limit_depth(content)
    return content


def _where(error: ValueError) -> str:
    """The likely mistake, if a line is not JSON."""
    if not isinstance(error, json.JSONDecodeError):
        return ""
    if error.pos == 0 and error.doc.strip():
        return "; standard output has answers alone"
    return "; an answer is one line" if error.pos >= len(error.doc.rstrip()) else ""


def _number(text: str) -> int | float:
    """A number with a fraction or an exponent. To JSON Schema, 3.0 is an integer."""
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:LENGTH]} is beyond float64")
    return int(value) if value.is_integer() else value


def _refuse(constant: str) -> NoReturn:
    name = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}[constant]
    raise Malformed(f'not JSON: {constant} must be written {{"float": "{name}"}}')


def _limit_depth(content: Json) -> None:
    level = [content]
    for _ in range(DEPTH):
        values = (value for outer in level for value in (outer.values() if isinstance(outer, dict) else outer))
        level = [value for value in values if isinstance(value, (dict, list))]
    if level:
        raise Malformed(f"nested more than {DEPTH} levels deep")


# ------------------------------------------------------------------------------------------------------- the schema


def _validate(content: Json, name: str) -> None:
    try:
        _VALIDATORS[name].validate(content)
    except ValidationError as error:
        path = "/".join(map(str, error.instance_path)) or f"the {name}"
        raise Malformed(f"{path} must {_rule(error.kind)}: got {_short(error.instance)}{_hint(error)}") from None


def _rule(kind: ValidationErrorKind) -> str:
    if isinstance(kind, ValidationErrorKind.OneOfNotValid):
        return " or ".join(_rule(errors[0].kind) for errors in kind.context)
    if isinstance(kind, ValidationErrorKind.OneOfMultipleValid):
        return "be of one kind, not of several"
    values = kind.value if isinstance(kind.value, list) else [kind.value]
    words = [f'"{value[:LENGTH]}"' if isinstance(value, str) else str(value) for value in values]
    return RULES[kind.name].format(" or ".join(words))


def _hint(error: ValidationError) -> str:
    """A hint at the likely mistake, if a value violates the schema."""
    is_number = isinstance(error.instance, (int, float)) and not isinstance(error.instance, bool)
    if is_number and FLOATS & set(error.instance_path):
        return f'; a float is written as a string, "{error.instance}"'
    if isinstance(error.instance, list) and ARRAYS & set(error.instance_path[-3:-2]):
        return '; a key that is a tuple is written {"tuple": […]}'
    if error.instance in ("nan", "inf", "-inf"):
        return f'; it is written {{"float": "{error.instance}"}}'
    return ""


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LENGTH else f"{text[:LENGTH]}…"


# ------------------------------------------------------------------------------------------ what no schema can express


def _match_operations(trace: Trace, scenario: Scenario) -> None:
    rows, operations = len(trace), scenario["do"]
    if rows != len(operations) + 1 and not (rows == 1 and "error" in trace[0]):
        raise Malformed(
            f"trace must have {len(operations) + 1} rows, for the construction and each operation: got {rows}"
        )
    for i, (operation, row) in enumerate(zip(operations, trace[1:], strict=False), 1):
        field = READ_OUTS.get(operation["op"])
        if field is not None and field not in row and "error" not in row:
            raise Malformed(f'trace/{i} must have "{field}", after {operation["op"]}: got {_short(row)}')


def _match_shapes(rows: list[Row], path: str) -> None:
    for i, row in enumerate(rows):
        for name in ARRAYS & row.keys():
            for j, (_, array) in enumerate(row[name] if isinstance(row[name], list) else []):
                shape, size = array["shape"], len(array["data"])
                if size != (needed := count_in_row(shape)):
                    where = f"{path}/{i}/{name}/{j}/1/data"
                    raise Malformed(f"{where} must have {needed} entries for the shape {_short(shape)}: got {size}")
        _match_shapes(row.get("members", []), f"{path}/{i}/members")


# ------------------------------------------------------------------------------------------------ hexadecimal floats


def _in_decimal(row: Row) -> Row:
    """A row with decimal floats."""
    converted = dict(row)
    for name in ("base", "lr"):
        if isinstance(row.get(name), list):
            converted[name] = [_decimal(value) for value in row[name]]
    if "opt_lr" in row:
        converted["opt_lr"] = _decimal(row["opt_lr"])
    for name in ARRAYS & row.keys():
        if isinstance(row[name], list):
            converted[name] = [[key, a | {"data": [_decimal(value) for value in a["data"]]}] for key, a in row[name]]
    if "members" in row:
        converted["members"] = [_in_decimal(member) for member in row["members"]]
    return converted


def _decimal(value: Json) -> Json:
    if not isinstance(value, str) or "x" not in value.lower():
        return value
    try:
        return number(float.fromhex(value))
    except OverflowError:
        raise Malformed(f"{value} is beyond float64") from None
