"""What a program may answer: the schema decides, and a message names the field and the rule."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest
from jsonschema_rs import Registry, validator_for
from optimspec_conformance.cases import committed
from optimspec_conformance.cases.committed import cases
from optimspec_conformance.implementations.processes.messages import (
    DEPTH,
    RULES,
    SCHEMA,
    Malformed,
    read_answer,
    read_hello,
)
from optimspec_conformance.implementations.processes.program import Program, hello
from optimspec_conformance.scenarios.values import Json
from programs import program
from runs import ROOT


def schema(name: str) -> Any:
    return json.loads((committed.VECTORS / name).read_text(encoding="utf-8"))


VECTORS = Registry([("json-schema:///schema.json", schema("schema.json"))])
REQUEST = validator_for(schema("request.schema.json"), registry=VECTORS)
ANSWER = validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))

FIRST = {case.requirement: case for case in reversed(cases())}  # one case for each requirement

HELLO = {
    "protocol": 1,
    "name": "a",
    "version": "1",
    "precision": "float64",
    "provides": ["StepLR"],
    "features": ["pickle"],
}
STEP = {"do": [{"op": "scheduler.step"}]}
ROW = {"t": 0, "lr": ["0.1"]}
WEIGHT = {"dtype": "float32", "shape": [1], "data": ["1.0"]}


def line(content: Json) -> bytes:
    return json.dumps(content).encode() + b"\n"


def of_row(row: Json) -> bytes:
    """An answer to ``STEP`` whose second row is ``row``."""
    return line({"id": 7, "trace": [ROW, row]})


def refusal(written: bytes, scenario: Json = STEP) -> str:
    with pytest.raises(Malformed) as refused:
        read_answer(written, 7, scenario)
    return str(refused.value)


# ------------------------------------------------------------------------------------------------------ what is right


def test_every_kind_of_request_and_answer_follows_the_schemas(tmp_path: Any) -> None:
    found = Program(program(tmp_path), ROOT)
    assert REQUEST.is_valid(hello())
    assert ANSWER.is_valid({"hello": found.hello})
    answered = 0
    for case in FIRST.values():
        for scenario in filter(None, (case.scenario, case.other)):
            REQUEST.validate({"id": 1, "scenario": scenario})
            if all(map(found.provides, case.needs)):
                ANSWER.validate({"id": 1, "trace": found.run(scenario)})
                answered += 1
    found.close()
    assert answered > len(FIRST) / 2


@pytest.mark.parametrize(
    "row",
    [
        {"t": 3, "base": ["0.1"], "lr": [{"float": "inf"}]},
        {"t": {"raised": "ValueError: no", "kind": "value"}},
        {"opt_lr": "1e-07", "weights": [["w", WEIGHT], [3, WEIGHT], [{"tuple": ["a", {"tuple": [1]}]}, WEIGHT]]},
        {"members": [{"t": 1}]},
        {"changed": ["the gradient"]},
        {"error": {"kind": "value", "message": "gamma must be in (0, 1)"}},
        {"error": {"kind": "UserError", "message": "\U0001f600"}},
        {"t": {"unsupported": "it has no time"}, "opt_lr": {"unsupported": "nor a rate"}, "lr": ["1.0e-05"]},
    ],
    ids=str,
)
def test_a_right_row_is_accepted(row: Json) -> None:
    answer = {"id": 7, "trace": [ROW, row]}
    assert read_answer(line(answer), 7, STEP) == answer
    assert ANSWER.is_valid(answer)


@pytest.mark.parametrize("answer", [{"id": 7, "unsupported": "no jumps"}, {"id": 7, "error": "out of memory"}], ids=str)
def test_a_program_may_answer_without_a_trace(answer: Json) -> None:
    assert read_answer(line(answer), 7, STEP) == answer


def test_hexadecimal_floats_are_read() -> None:
    """As ``%a`` of C writes them; keys of weights are left alone."""
    sent = {"opt_lr": "0x1p-3", "base": ["0X1.8P+1"], "lr": {"raised": "0x", "kind": "value"}}
    weights = [["0x1p-3", WEIGHT | {"data": ["-0x1.999999999999ap-4"]}]]
    (_, row) = read_answer(of_row(sent | {"weights": weights, "members": [{"lr": ["0x0p+0"]}]}), 7, STEP)["trace"]
    assert (row["opt_lr"], row["base"], row["lr"]) == ("0.125", ["3.0"], sent["lr"])
    assert row["weights"] == [["0x1p-3", WEIGHT | {"data": ["-0.1"]}]]
    assert row["members"] == [{"lr": ["0.0"]}]
    assert refusal(of_row({"lr": ["0x1p+5000"]})).startswith("0x1p+5000 is beyond float64")


def test_hello_may_say_more() -> None:
    more = HELLO | {"author": "me", "not_observable": {"OPT-32": "the program sets each rate"}}
    assert read_hello(line({"hello": more})) == more


def test_an_integer_may_be_written_with_a_fraction() -> None:
    """As JSON Schema has it."""
    answer = read_answer(
        b'{"id": 7.0, "trace": [{"t": 0.0}, {"weights": [["w", {"dtype": "f", "shape": [1.0], "data": ["1"]}]]}]}',
        7,
        STEP,
    )
    assert answer["trace"][0] == {"t": 0}
    assert type(answer["trace"][1]["weights"][0][1]["shape"][0]) is int


# ------------------------------------------------------------------------------------------------------ what is wrong

NUMBER = 'must be a number such as "0.1", "1e-07" or "0x1.8p-3"'
WRONG_HELLO: list[tuple[Json, str]] = [
    ([], 'the greeting must be of type "object": got []'),
    ({"id": 1}, 'the greeting must not have "id": got {"id": 1}'),
    ({"hello": HELLO, "id": 1}, 'the greeting must not have "id": got '),
    ({"hello": "hi"}, 'hello must be of type "object": got "hi"'),
    ({"hello": HELLO | {"protocol": 2}}, "hello/protocol must be 1, as this kit speaks 1: got 2"),
    ({"hello": {"protocol": [2]}}, "hello/protocol must be 1, as this kit speaks 1: got [2]"),
    ({"hello": HELLO | {"name": None}}, 'hello/name must be of type "string": got null'),
    ({"hello": HELLO | {"version": 1}}, 'hello/version must be of type "string": got 1'),
    ({"hello": HELLO | {"precision": "half"}}, 'hello/precision must be "float64" or "float32": got "half"'),
    ({"hello": HELLO | {"provides": "StepLR"}}, 'hello/provides must be of type "array": got "StepLR"'),
    ({"hello": HELLO | {"provides": ["SGD", 1]}}, 'hello/provides/1 must be of type "string": got 1'),
    ({"hello": HELLO | {"features": ["telepathy"]}}, 'hello/features/0 must be "pickle" or "deepcopy" or '),
    ({"hello": {name: HELLO[name] for name in HELLO if name != "version"}}, 'hello must have "version": got {'),
]


@pytest.mark.parametrize(("content", "said"), WRONG_HELLO, ids=lambda value: str(value)[:60])
def test_a_wrong_hello_is_refused_by_field_and_rule(content: Json, said: str) -> None:
    with pytest.raises(Malformed, match=f"^{re.escape(said)}"):
        read_hello(line(content))
    assert not ANSWER.is_valid(content)


WRONG_ROW: list[tuple[Json, str]] = [
    ({}, "trace/1 must have 1 or more fields: got {}"),
    ([], 'trace/1 must be of type "object": got []'),
    ({"rate": ["0.1"]}, 'trace/1 must not have "rate": got {"rate": ["0.1"]}'),
    ({"t": 1, "rate": 1, "time": 1}, 'trace/1 must not have "rate'),
    ({"t": "3"}, 'trace/1/t must be of type "integer": got "3"'),
    ({"t": 3.5}, 'trace/1/t must be of type "integer": got 3.5'),
    ({"t": True}, 'trace/1/t must be of type "integer": got true'),
    ({"t": {"raised": 3, "kind": "value"}}, 'trace/1/t/raised must be of type "string": got 3'),
    ({"lr": [0.5]}, 'trace/1/lr/0 must be of type "string": got 0.5; a float is written as a string, "0.5"'),
    ({"lr": ["0.1", "1,5"]}, f'trace/1/lr/1 {NUMBER}: got "1,5"'),
    ({"lr": ["nan"]}, f'trace/1/lr/0 {NUMBER}: got "nan"; it is written {{"float": "nan"}}'),
    ({"lr": ["0x1.8"]}, f'trace/1/lr/0 {NUMBER}: got "0x1.8"'),
    ({"lr": {"unsupported": 3}}, 'trace/1/lr/unsupported must be of type "string": got 3'),
    ({"opt_lr": {"unsupported": "no", "kind": "value"}}, 'trace/1/opt_lr must not have "kind": got {'),
    ({"lr": ["0.1\n"]}, f'trace/1/lr/0 {NUMBER}: got "0.1\\n"'),
    ({"lr": "0.1"}, 'trace/1/lr must be of type "array": got "0.1"'),
    ({"lr": [{"float": "many"}]}, 'trace/1/lr/0/float must be "nan" or "inf" or "-inf": got "many"'),
    ({"lr": [{"float": "nan", "too": 1}]}, 'trace/1/lr/0 must not have "too": got {"float": "nan", "too": 1}'),
    ({"lr": {"raised": "no"}}, 'trace/1/lr must have "kind": got {"raised": "no"}'),
    ({"base": [None]}, 'trace/1/base/0 must be of type "string": got null'),
    ({"opt_lr": None}, 'trace/1/opt_lr must be of type "string": got null'),
    ({"opt_lr": {"raised": "no"}}, 'trace/1/opt_lr must have "kind": got {"raised": "no"}'),
    ({"weights": [["w"]]}, 'trace/1/weights/0 must have 2 or more entries: got ["w"]'),
    ({"weights": [["w", WEIGHT, 3]]}, 'trace/1/weights/0 must have 2 or fewer entries: got ["w", {'),
    ({"weights": [["w", WEIGHT | {"data": [1.5]}]]}, 'trace/1/weights/0/1/data/0 must be of type "string": '),
    ({"weights": [["w", WEIGHT | {"shape": [-1]}]]}, "trace/1/weights/0/1/shape/0 must be at least 0: got -1"),
    ({"weights": [["w", {"dtype": "f", "data": []}]]}, 'trace/1/weights/0/1 must have "shape": got {'),
    ({"weights": [[None, WEIGHT]]}, 'trace/1/weights/0/0 must be of type "integer" or "string": got null'),
    ({"weights": [[{"tuple": "w"}, WEIGHT]]}, 'trace/1/weights/0/0/tuple must be of type "array": got "w"'),
    ({"members": [{"t": "1"}]}, 'trace/1/members/0/t must be of type "integer": got "1"'),
    ({"changed": "nothing"}, 'trace/1/changed must be of type "array": got "nothing"'),
    ({"error": "no"}, 'trace/1/error must be of type "object": got "no"'),
    ({"error": {"kind": "value"}}, 'trace/1/error must have "message": got {"kind": "value"}'),
    ({"error": {"kind": 3, "message": "no"}}, 'trace/1/error/kind must be of type "string": got 3'),
]


@pytest.mark.parametrize(("row", "said"), WRONG_ROW, ids=lambda value: str(value)[:60])
def test_a_wrong_row_is_refused_by_field_and_rule(row: Json, said: str) -> None:
    assert refusal(of_row(row)).startswith(said)
    assert not ANSWER.is_valid({"id": 7, "trace": [ROW, row]})


WRONG_LINE: list[tuple[bytes, str]] = [
    (b"good morning\n", "not JSON: Expecting value: line 1 column 1 (char 0)"),
    (b"\n", "not JSON: Expecting value: line 2 column 1 (char 1)"),
    (b'{"id": 7, "tra\n', "not JSON: Invalid control character at: line 1 column 15 (char 14)"),
    (b'{"id": 7, "trace": [{"t": 0}\n', "not JSON: Expecting ',' delimiter: line 2 column 1 (char 29)"),
    (b'{"id": 7} {"id": 8}\n', "not JSON: Extra data: line 1 column 11 (char 10)"),
    (b'{"id": 7, "error": "\xff"}\n', "not JSON: 'utf-8' codec can't decode byte 0xff in position 20: invalid start"),
    (b'{"id": 7, "error": "\\udcff"}\n', "not JSON: 'utf-8' codec can't encode character '\\udcff' in position 20"),
    (b'{"id": 7, "trace": [{"lr": [NaN]}]}\n', 'not JSON: NaN must be written {"float": "nan"}'),
    (b'{"id": 7, "trace": [{"t": -Infinity}]}\n', 'not JSON: -Infinity must be written {"float": "-inf"}'),
    (b'{"id": 7, "trace": [{"t": ' + b"1" * 5000 + b"}]}\n", "not JSON: Exceeds the limit (4300 digits)"),
    (b'{"id": 7, "trace": [{"t": 1e999}]}\n', "not JSON: 1e999 is beyond float64"),
    (b"[" * 100_000 + b"\n", f"nested more than {DEPTH} levels deep"),
    (b'{"id": 7, "error": ' + b"[" * 150 + b"]" * 150 + b"}\n", f"nested more than {DEPTH} levels deep"),
    (line([7, [ROW]]), 'the answer must be of type "object": got [7, [{'),
    (line(5), 'the answer must be of type "object": got 5'),
    (line({"trace": [ROW]}), 'the answer must have "id": got {"trace": '),
    (line({"id": 7}), 'the answer must have "trace" or have "error" or have "unsupported": got {"id": 7}'),
    (line({"id": 7, "trace": [ROW, ROW], "error": "x"}), "the answer must be of one kind, not of several: got {"),
    (line({"id": 7, "trace": [ROW, ROW], "note": "x"}), 'the answer must not have "note": got {'),
    (line({"id": "7", "error": "x"}), 'id must be of type "integer": got "7"'),
    (line({"id": 0, "error": "x"}), "id must be at least 1: got 0"),
    (line({"id": True, "error": "x"}), 'id must be of type "integer": got true'),
    (line({"id": 8, "trace": [ROW, ROW]}), "id must be 7, that of the request: got 8"),
    (line({"id": 7, "error": 3}), 'error must be of type "string": got 3'),
    (line({"id": 7, "unsupported": None}), 'unsupported must be of type "string": got null'),
    (line({"id": 7, "trace": {}}), 'trace must be of type "array": got {}'),
    (line({"id": 7, "trace": []}), "trace must have 1 or more entries: got []"),
    (line({"id": 7, "trace": [ROW]}), "trace must have 2 rows, for the construction and each operation: got 1"),
    (line({"id": 7, "trace": [ROW] * 3}), "trace must have 2 rows, for the construction and each operation: got 3"),
    (
        of_row({"weights": [["v", WEIGHT], ["w", WEIGHT | {"shape": [2, 3]}]]}),
        "trace/1/weights/1/1/data must have 6 entries for the shape [2, 3]: got 1",
    ),
    (
        of_row({"members": [{"t": 1}, {"weights": [["w", WEIGHT | {"shape": []} | {"data": []}]]}]}),
        "trace/1/members/1/weights/0/1/data must have 1 entries for the shape []: got 0",
    ),
]


@pytest.mark.parametrize(("written", "said"), WRONG_LINE, ids=lambda value: repr(value)[:60])
def test_a_wrong_line_is_refused_by_field_and_rule(written: bytes, said: str) -> None:
    assert refusal(written).startswith(said)


@pytest.mark.parametrize(("operation", "field"), [("scheduler.members", "members"), ("intact", "changed")])
def test_an_operation_is_answered_by_its_read_out_or_an_error(operation: str, field: str) -> None:
    scenario = {"do": [{"op": operation}]}
    assert refusal(of_row(ROW), scenario).startswith(f'trace/1 must have "{field}", after {operation}: got {{"t": 0')
    answers: list[Json] = [{field: []}, {"error": {"kind": "value", "message": "no"}}]
    for right in answers:
        assert read_answer(of_row(right), 7, scenario)["trace"][1] == right


def test_a_refused_construction_needs_no_other_row() -> None:
    refused = {"id": 7, "trace": [{"error": {"kind": "value", "message": "no"}}]}
    assert read_answer(line(refused), 7, {"do": [{"op": "read"}] * 5}) == refused


def test_a_message_shows_the_beginning_of_what_was_sent() -> None:
    assert re.fullmatch(
        r'trace/1/error/kind must be of type "string": got \["x+…',
        refusal(of_row({"error": {"kind": ["x" * 10**6], "message": ""}})),
    )


def test_there_are_words_for_every_keyword_of_the_schema() -> None:
    def keywords(of: Json) -> Iterator[str]:
        for keyword, value in of.items():
            yield keyword
            if keyword in ("properties", "$defs"):
                inner = list(value.values())
            else:
                inner = value if isinstance(value, list) else [value]
            for entry in inner:
                if isinstance(entry, dict):
                    yield from keywords(entry)

    structure = {
        "$schema",
        "title",
        "$defs",
        "$ref",
        "properties",
        "items",
        "prefixItems",
        "oneOf",
        "if",
        "then",
        "else",
        "not",
    }
    assert set(keywords(json.loads(SCHEMA.read_text(encoding="utf-8")))) == set(RULES) | structure


def test_a_long_answer_is_refused_at_its_first_wrong_value() -> None:
    """A validator that collected every error would need gigabytes."""
    data = [0.5] * 10**6
    started = perf_counter()
    said = refusal(of_row({"weights": [["w", WEIGHT | {"shape": [len(data)], "data": data}]]}))
    assert said.startswith('trace/1/weights/0/1/data/0 must be of type "string": got 0.5')
    assert perf_counter() - started < 5
