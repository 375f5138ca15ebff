"""What ``optimspec smoke`` asks of a program before any rate: whether it speaks the process protocol.

Each question is a scenario of the first scheduler and the first optimizer that the program has. No answer depends on a
formula: what comes back is what was sent.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..classes.catalogue import OPTIMIZERS, PLATEAUS, SCHEDULERS, SCHEDULES
from ..classes.definition import PlateauDefinition, ScheduleDefinition
from ..implementations.processes.program import THE_PROGRAM
from ..implementations.protocol import Implementation, ScenarioAborted
from ..scenarios.operations import jump, measure, optimizer_step, read, step
from ..scenarios.trace import EXCEPTIONS, Unsupported
from ..scenarios.values import Json, Row, Scenario, array, decode, string

AFTER = (1_000_000, 10)  # ids, of which the second one is smaller
MANY = 3000  # operations of a line that is longer than the buffers of most languages
DIGITS = ["0.12345678901234568", "1.2345678901234567e-05", "98765.43210987654"]  # that need all 17
UNKNOWN: Row = {"op": "levitate"}


@dataclass(frozen=True)
class Wrong(Exception):
    """What is wrong with an answer."""

    message: str


Question = Callable[[Implementation], None]


def findings(program: Implementation) -> Iterator[tuple[str, str]]:
    """Each question, with what is wrong; empty if nothing is. One that cannot be asked is left out."""
    yield "hello", ""
    for name, question in QUESTIONS.items():
        try:
            question(program)
            yield name, ""
        except Wrong as wrong:
            yield name, wrong.message
        except ScenarioAborted as aborted:
            yield name, f"{aborted.difference.what}: {aborted.difference.observed}"
        except Unsupported:
            continue


def scheduler(program: Implementation, base_lr: Json = "0.5") -> Scenario:
    """The first scheduler that takes any ``base_lr``. Raises Unsupported."""
    definitions: dict[str, ScheduleDefinition | PlateauDefinition] = {**SCHEDULES, **PLATEAUS}
    for name, definition in definitions.items():
        if program.provides(name) and "max_lr" not in definition.parameters:
            return definition.config(base_lr)
    raise Unsupported("no scheduler")


def optimizer(program: Implementation) -> Scenario:
    """The first optimizer that wraps no other and takes any weight. Raises Unsupported."""
    for name, definition in OPTIMIZERS.items():
        if program.provides(name) and not definition.is_wrapper and definition.matrices is None:
            return {"class": name, "lr": "0.5"}
    raise Unsupported("no optimizer")


def either(program: Implementation) -> Scenario:
    """A scenario without operations."""
    try:
        return {"scheduler": scheduler(program), "do": []}
    except Unsupported:
        return {"optimizer": optimizer(program), "weights": [["w", array([1.0])]], "do": []}


def ids(program: Implementation) -> None:
    """The answer has the id of its request, whatever that is."""
    for number in AFTER:
        program.request_id = number
        program.run(either(program))


def long_lines(program: Implementation) -> None:
    """A line is read to its end."""
    scenario = {**either(program), "do": [read()] * MANY}
    try:
        program.run(scenario)
    except ScenarioAborted as aborted:
        size = len(json.dumps(scenario))
        raise Wrong(f"a line of {size} characters must be read to its end: {aborted.difference.observed}") from None


def rows(program: Implementation) -> None:
    """Each row has all that can be read; and ``n`` steps are n."""
    config = scheduler(program)
    do = [jump(0), step(), step(3), read()] if config["class"] in SCHEDULES else [measure("1.0"), read()]
    times = [0, 0, 1, 4, 4] if config["class"] in SCHEDULES else [0, 1, 1]
    trace = program.run({"scheduler": config, "do": do})
    for number, (row, t) in enumerate(zip(trace, times, strict=False)):
        require_fields(row, number, ("t", "base", "lr"))
        if row["t"] != t:
            after = f"after {do[number - 1]}" if number else "after the construction"
            raise Wrong(f"trace/{number}/t must be {t}, {after}: got {row['t']}")


def rows_of_an_optimizer(program: Implementation) -> None:
    """Weights are listed as they were registered, under their keys."""
    weights = [["w", array([1.0, -2.0])], [7, array([0.5] * 6, [2, 3])], [{"tuple": ["é", 1]}, array([4.0], [])]]
    for number in (1, 3):
        (row,) = program.run({"optimizer": optimizer(program), "weights": weights[:number], "do": []})
        require_fields(row, 0, ("opt_lr", "weights"))
        require_weights(weights[:number], row["weights"])


def require_weights(sent: Json, got: Json) -> None:
    if not isinstance(got, list):
        raise Wrong(f"trace/0/weights must be {sent}, as they were registered: got {got}")
    for i, pair in enumerate(sent):
        back = got[i] if i < len(got) else None
        if back is None or parsed(back) != parsed(pair):
            raise Wrong(f"trace/0/weights/{i} must be {pair}, as it was registered: got {back}")


def parsed(pair: Json) -> Json:
    """A key and its array, whose numbers may be written in several ways."""
    key, weight = pair
    return [key, {**weight, "data": [repr(decode(value)) for value in weight["data"]]}]


def require_fields(row: Row, number: int, fields: tuple[str, ...]) -> None:
    if "error" in row:
        error = row["error"]
        raise Wrong(f'trace/{number} must not be an error: got the kind "{error["kind"]}", {error["message"]}')
    for name in fields:
        if name not in row:
            raise Wrong(f'trace/{number} has no "{name}": a row has {", ".join(fields)}, whatever the operation was')


def numbers(program: Implementation) -> None:
    """Rates come back as they were sent, all 17 digits of them."""
    (row,) = program.run({"scheduler": scheduler(program, DIGITS), "do": []})
    require_fields(row, 0, ("base",))
    require_digits("base", DIGITS, row["base"], program.precision)


def numbers_of_an_optimizer(program: Implementation) -> None:
    """So do weights, in both dtypes, and what is not finite."""
    for dtype in ("float32", "float64"):
        sent = array([0.1, 1 / 3, 1e-30], dtype=dtype)
        (row,) = program.run({"optimizer": optimizer(program), "weights": [["w", sent]], "do": []})
        require_fields(row, 0, ("weights",))
        got = row["weights"][0][1] if isinstance(row["weights"], list) and row["weights"] else {}
        if (got.get("dtype"), got.get("shape")) != (dtype, [3]):
            raise Wrong(f"trace/0/weights/0/1 must have dtype {dtype} and shape [3], as it was registered: got {got}")
        require_digits(f"a weight of {dtype}", sent["data"], got["data"], "float64")
    special: Json = [{"float": "nan"}, {"float": "inf"}, {"float": "-inf"}]
    weight = {"dtype": "float32", "shape": [3], "data": special}
    (row,) = program.run({"optimizer": optimizer(program), "weights": [["w", weight]], "do": []})
    if "error" not in row:
        require_weights([["w", weight]], row["weights"])


def require_digits(what: str, sent: list[str], got: Json, precision: str) -> None:
    """Raises Wrong, with the likely reason."""
    if not isinstance(got, list) or len(got) != len(sent):
        raise Wrong(f"{what} must be {sent}, as it was sent: got {got}")
    values, read_back = [float(text) for text in sent], [float("nan" if isinstance(v, dict) else v) for v in got]
    if read_back == (values if precision == "float64" else [in_float32(value) for value in values]):
        return
    why = ""
    for digits in range(1, 17):
        if read_back == [float(f"{value:.{digits}g}") for value in values]:
            why = f"; these are {digits} digits, as {'%g' if digits == 6 else f'%.{digits}g'} prints them: use %.17g"
            break
    if not why and read_back == [float(f"{value:f}") for value in values]:
        why = "; these are 6 decimals, as %f prints them: use %.17g"
    if not why and read_back == [in_float32(value) for value in values]:
        why = "; these are the nearest numbers of float32: compute in double, or say float32 in hello"
    if not why and read_back == [float(int(value)) for value in values]:
        why = "; these were cut off to integers"
    raise Wrong(f"{what} must be {sent}, as it was sent: got {got}{why}")


def in_float32(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def kinds(program: Implementation) -> None:
    """A refusal is a row with an error; its kind is one of the protocol's words."""
    config = scheduler(program)
    asked: list[tuple[str, Scenario]] = [
        ("value", {"scheduler": {**config, "base_lr": {"float": "nan"}}, "do": []}),
        ("type", {"scheduler": {**config, "base_lr": string("x")}, "do": []}),
    ]
    if config["class"] in SCHEDULES:
        asked.append(("value", {"scheduler": config, "do": [jump(-2), read()]}))
    for kind, scenario in asked:
        require_kind(program, kind, scenario)


def kinds_of_an_optimizer(program: Implementation) -> None:
    """The same for gradients that do not fit."""
    scenario = {"optimizer": optimizer(program), "weights": [["w", array([1.0])]]}
    require_kind(program, "key", {**scenario, "do": [optimizer_step([["z", array([1.0])]]), read()]})
    require_kind(program, "value", {**scenario, "do": [optimizer_step([["w", array([1.0, 2.0])]]), read()]})


def require_kind(program: Implementation, kind: str, scenario: Scenario) -> None:
    """The kind of a refusal is a word of the protocol. Whether it is refused is not the protocol's concern."""
    try:
        trace = program.run(scenario)
    except Unsupported:
        return
    except ScenarioAborted as aborted:
        if aborted.difference.what != THE_PROGRAM:
            raise
        row = '{"error": {"kind": …, "message": …}}'
        raise Wrong(f"what is refused is a row of the trace, {row}: got error, {aborted.difference.observed}") from None
    refused = min(1, len(scenario["do"]))
    error = trace[refused].get("error") if len(trace) > refused else trace[0].get("error")
    if error is not None and error["kind"] != kind:
        sent = error["kind"]
        hint = f'; for {EXCEPTIONS[kind]} the protocol says "{kind}"' if sent not in EXCEPTIONS else ""
        raise Wrong(f'trace/{refused}/error/kind must be "{kind}": got "{sent}", with "{error["message"]}"{hint}')
    if error is not None and len(trace) > refused + 1 and "error" in trace[refused + 1]:
        raise Wrong(f"trace/{refused + 1} must not be an error: after a refused operation the scenario goes on")


def unknown_operation(program: Implementation) -> None:
    """An operation that does not exist is unsupported."""
    try:
        trace = program.run({**either(program), "do": [UNKNOWN]})
    except Unsupported:
        return
    except ScenarioAborted as aborted:
        if aborted.difference.what == THE_PROGRAM:  # it answered with an error
            return
        raise
    raise Wrong(f'an unknown operation must be answered by "unsupported", or by "error": {UNKNOWN} got {trace[-1]}')


def nothing_is_left(program: Implementation) -> None:
    """A scenario starts afresh, whatever the previous one did."""
    scenario = either(program)
    config = scenario.get("scheduler")
    do = SCHEDULERS[config["class"]].steps(2) if config else [optimizer_step([["w", array([1.0])]])]
    first, second = (program.run({**scenario, "do": do}) for _ in range(2))
    if first != second:
        raise Wrong(f"the same scenario must have the same answer again: first {first[0]}, then {second[0]}")


QUESTIONS: dict[str, Question] = {
    "ids": ids,
    "long lines": long_lines,
    "rows": rows,
    "rows of an optimizer": rows_of_an_optimizer,
    "numbers": numbers,
    "numbers of an optimizer": numbers_of_an_optimizer,
    "kinds": kinds,
    "kinds of an optimizer": kinds_of_an_optimizer,
    "an unknown operation": unknown_operation,
    "a second scenario": nothing_is_left,
}
