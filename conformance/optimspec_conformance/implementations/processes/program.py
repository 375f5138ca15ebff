"""A program in any language that answers scenarios with traces, as JSON Lines on its standard input and output.

The protocol is docs/process-protocol.md; its schemas are vectors/request.schema.json and vectors/answer.schema.json.
"""

from __future__ import annotations

import json
import math
import shlex
import shutil
from pathlib import Path
from typing import NoReturn

from ... import specification
from ...classes.catalogue import DEFINITIONS, nearest
from ...scenarios.trace import Difference, Unsupported
from ...scenarios.values import Json, Scenario, Trace, tagged
from ..protocol import AbnormalExit, CannotTest, FailedRun
from .child import LineProcess, quote, started
from .messages import FEATURES, PROTOCOL, Malformed, read_answer, read_hello
from .remote import SubprocessImplementation

PREFIX = "cmd:"
START = 30.0  # seconds in which a program says hello
SET_LR, PICKLE, BUFFERS = "set_lr", "pickle", "buffers"  # features
REUSED = ("grads", "metric")  # arrays of the caller, which may be overwritten once a call has returned
NOT_IN_EVERY_LANGUAGE = frozenset({"STA-4", "OPT-22", "OPT-25"})  # no serialization; types that rule a call out
FOLLOWS = "one that follows the protocol"
THE_PROGRAM = "the program"  # the field of a difference whose text is the program's own message


def hello() -> Json:
    return {"hello": {"protocol": PROTOCOL, "specification": specification.version()}}


def required_features(scenario: Scenario) -> set[str]:
    """The features without which a program cannot run a scenario."""
    names = {name for row in scenario["do"] for name in (row["op"].split(".")[-1], row.get("via"))}
    names |= {BUFFERS for row in scenario["do"] if row["op"] == "scribble" and row["on"] in REUSED}
    names |= {*tagged(scenario, "dtype"), *(tag for tag in ("same", "seed") if [*tagged(scenario, tag)])}
    return names & set(FEATURES)


class Program(SubprocessImplementation):
    """A program. ``name`` is the value of ``--impl``, ``limit`` is in seconds for each scenario."""

    excused = NOT_IN_EVERY_LANGUAGE
    speaks_protocol = True

    def __init__(self, name: str, directory: Path, precision: str | None = None, limit: float = math.inf) -> None:
        super().__init__(limit)
        self.command_line = name.removeprefix(PREFIX).strip()
        self.directory, self.command = directory, command(self.command_line, directory)
        try:
            self.ensure_started()
        except AbnormalExit as exit:
            why = " ".join(f"{exit.what}: {exit.observed}".split())
            raise CannotTest(f"{name} cannot be used: it was sent {json.dumps(hello())}; {why}") from None
        self._check_names()
        self.name, self.version = self.hello["name"], self.hello["version"]
        self.not_observable = self.hello.get("not_observable", {})
        self.conventions = self.hello.get("conventions", {})
        self.tiers = tuple(self.hello.get("tiers", specification.TIERS))
        self.pickles = PICKLE in self.hello["features"]
        self.declared_precision = precision or self.hello["precision"]

    def _check_names(self) -> None:
        """Refuse names that the specification does not have, if the program is for this version of it."""
        if self.hello.get("specification", specification.version()) != specification.version():
            return
        not_observable = self.hello.get("not_observable", {})
        for verb, names, what, allowed in (
            ("provides", self.hello["provides"], "class", DEFINITIONS),
            ("has in not_observable", not_observable, "requirement", specification.requirements()),
        ):
            for name in names:
                if name not in allowed:
                    self.close()
                    raise CannotTest(f"{self.command_line} {verb} {name}: no such {what}{nearest(name, allowed)}")

    def provides(self, name: str) -> bool:
        return name in self.hello["provides"] or name in self.hello["features"]

    def has_set_lr(self, name: str) -> bool:
        return SET_LR in self.hello["features"]

    def spawn(self) -> LineProcess:
        try:
            return LineProcess(started(self.command, self.directory))
        except OSError as error:
            raise CannotTest(f"{PREFIX}{self.command_line} cannot be started: {error}") from None

    def handshake(self, child: LineProcess) -> None:
        child.send(hello())
        line = child.receive(START)
        try:
            self.check_handshake(read_hello(line))
        except Malformed as error:
            raise AbnormalExit("the answer to hello", FOLLOWS, child.with_last_words(describe(error, line))) from None

    def run(self, scenario: Scenario) -> Trace:
        missing = required_features(scenario) - set(self.hello["features"])
        if missing:
            raise Unsupported(f"has no {', '.join(sorted(missing))}")
        return super().run(scenario)

    def parse_answer(self, answer: bytes, scenario: Scenario) -> Trace:
        try:
            content = read_answer(answer, self.request_id, scenario)
        except Malformed as error:
            self.fail("the answer", FOLLOWS, describe(error, answer))
        if "unsupported" in content:
            raise Unsupported(content["unsupported"])
        if "error" in content:
            self.fail(THE_PROGRAM, "a trace", content["error"])
        trace: Trace = content["trace"]
        return trace

    def show(self, scenario: Scenario, difference: Difference) -> list[str]:
        return [f"to see it, send to {self.command_line}", *requests(scenario, difference)]

    def reproduce(self, run: FailedRun, directory: Path) -> dict[str, str]:
        rows = [json.dumps({"row": number, kind: row}) for number, kind, row in run.last_rows()]
        return {
            ".jsonl": "\n".join([*requests(run.scenario, run.difference), ""]),
            **({".rows.jsonl": "\n".join([*rows, ""])} if rows else {}),
        }

    def fail(self, what: str, expected: str, observed: str) -> NoReturn:
        message = observed if self.child is None else self.child.with_last_words(observed)
        raise AbnormalExit(what, expected, message)


def describe(error: Malformed, line: bytes) -> str:
    return f"{error}, in {quote(line)}"


def requests(scenario: Scenario, difference: Difference) -> list[str]:
    """The requests that reproduce a difference."""
    shortened = {**scenario, "do": scenario["do"][: difference.row]}
    return [json.dumps(hello()), json.dumps({"id": 1, "scenario": shortened})]


def command(command_line: str, directory: Path) -> list[str]:
    """The words of a command; the first one is the path of an existing program."""
    try:
        words = shlex.split(command_line)
    except ValueError as error:
        raise CannotTest(f"{PREFIX}{command_line} is no command: {error}") from None
    if not words:
        raise CannotTest(f"{PREFIX} needs a program, as in {PREFIX}node schedules.js")
    executable = shutil.which(directory / words[0] if "/" in words[0] else words[0])
    if executable is None:
        raise CannotTest(f"no program {words[0]!r}: looked for it on the PATH, or with a / in it from {directory}")
    return [executable, *words[1:]]
