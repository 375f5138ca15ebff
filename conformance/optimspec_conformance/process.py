"""A program in any language, which answers scenarios with traces: JSON Lines on its standard input and output.

docs/process-protocol.md tells of it; the schemas are vectors/request.schema.json and vectors/answer.schema.json.
"""

from __future__ import annotations

import json
import math
import re
import shlex
import shutil
from pathlib import Path
from typing import Any, NoReturn

from . import spec
from .child import Apart, Child, quoted
from .guard import Guarded, Implementation, NotFound, Stopped
from .scenario import BFLOAT16, Json, Scenario, Trace, Unsupported, tagged

PREFIX = "cmd:"
PROTOCOL = 1
START = 30.0  # seconds in which a program says hello
JOURNEYS = ("pickle", "deepcopy", "json", "plain")
FEATURES = (*JOURNEYS, "scribble", "tamper", "intact", "bystander", BFLOAT16)
FLOAT = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
SHOWN_BY = {"scheduler.members": "members", "intact": "changed"}  # and all other operations by the read-outs


def hello() -> Json:
    return {"hello": {"protocol": PROTOCOL, "specification": spec.version()}}


def needed(scenario: Scenario) -> set[str]:
    """The features without which a program cannot run a scenario."""
    found = {name for row in scenario["do"] for name in (row["op"], row.get("via"))} | set(tagged(scenario, "dtype"))
    return found & set(FEATURES)


class Program(Apart):
    """``name`` is the option as it was given, ``limit`` is in seconds for each scenario."""

    def __init__(self, name: str, directory: Path, precision: str | None = None, limit: float = math.inf) -> None:
        super().__init__(limit)
        self.written = name.removeprefix(PREFIX).strip()
        self.directory, self.command = directory, command(self.written, directory)
        self.hello: Json = {}
        try:
            self.living()
        except Stopped as stopped:
            why = " ".join(f"{stopped.what}: {stopped.observed}".split())
            tried = f"it was sent {json.dumps(hello())} and had {START:g} s to answer"
            raise NotFound(f"{name} cannot be used: {tried}; {why}") from None
        self.name, self.version, self.state = self.hello["name"], self.hello["version"], ""
        self.precision = precision or self.hello["precision"]

    def provides(self, name: str) -> bool:
        return name in self.hello["provides"] or name in self.hello["features"]

    def spawn(self) -> Child:
        try:
            return Child(self.command, self.directory)
        except OSError as error:
            raise NotFound(f"{PREFIX}{self.written} cannot be started: {error}") from None

    def greet(self, child: Child) -> None:
        child.send(hello())
        line = child.receive(START)
        try:
            self.hello = greeting(parsed(line))
        except Malformed as error:
            words = child.with_last_words(quoted(line))
            raise Stopped(f"an answer to hello that is {error}", "one that follows the protocol", words) from None

    def run(self, scenario: Scenario) -> Trace:
        lacking = needed(scenario) - set(self.hello["features"])
        if lacking:
            raise Unsupported(f"has no {', '.join(sorted(lacking))}")
        return super().run(scenario)

    def understood(self, answer: bytes, scenario: Scenario) -> Trace:
        try:
            content = parsed(answer)
            if content.get("id") != self.asked:
                raise Malformed(f"not the one to {self.asked}")
            if set(content) == {"id", "unsupported"} and isinstance(content["unsupported"], str):
                raise Unsupported(content["unsupported"])
            if set(content) == {"id", "error"} and isinstance(content["error"], str):
                self.fail("the program", "a trace", content["error"])
            if set(content) != {"id", "trace"}:
                raise Malformed("not one of trace, error and unsupported")
            return trace(content["trace"], scenario)
        except Malformed as error:
            self.fail(f"an answer that is {error}", "one that follows the protocol", quoted(answer))

    def requests(self, scenario: Scenario, rows: int) -> list[str]:
        """The lines to send to see a row of a trace."""
        cut = {**scenario, "do": scenario["do"][:rows]}
        return [json.dumps(hello()), json.dumps({"id": 1, "scenario": cut})]

    def fail(self, what: str, expected: str, observed: str) -> NoReturn:
        words = observed if self.child is None else self.child.with_last_words(observed)
        raise Stopped(what, expected, words)


def limited(found: Implementation, limit: float) -> Guarded | Program:
    """An implementation that is kept to a limit, in seconds: a program waits no longer, all others are interrupted."""
    if not isinstance(found, Program):
        return Guarded(found, limit)
    found.limit = limit
    return found


def command(written: str, directory: Path) -> list[str]:
    """The words of a command, the first of which is a program that exists."""
    try:
        words = shlex.split(written)
    except ValueError as error:
        raise NotFound(f"{PREFIX}{written} is no command: {error}") from None
    if not words:
        raise NotFound(f"{PREFIX} needs a program, as in {PREFIX}node schedules.js")
    found = shutil.which(directory / words[0] if "/" in words[0] else words[0])
    if found is None:
        raise NotFound(f"no program {words[0]!r}: looked for it on the PATH, or with a / in it from {directory}")
    return [found, *words[1:]]


# ---------------------------------------------------------------------- what a program may write, as the schema says it


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
