"""What travels to a program and back: kit and schemas accept the same, and refuse the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from optimspec_conformance.cases import committed
from optimspec_conformance.cases.committed import cases
from optimspec_conformance.implementations.processes.messages import Malformed, greeting, is_row
from optimspec_conformance.implementations.processes.program import Program, hello
from optimspec_conformance.scenarios.values import Json
from programs import program
from referencing import Registry, Resource
from runs import ROOT


def schema(name: str) -> Any:
    return json.loads((committed.VECTORS / name).read_text(encoding="utf-8"))


VECTORS = Registry().with_resource("schema.json", Resource.from_contents(schema("schema.json")))
REQUEST = Draft202012Validator(schema("request.schema.json"), registry=VECTORS)
ANSWER = Draft202012Validator(schema("answer.schema.json"))

FIRST = {case.requirement: case for case in reversed(cases())}  # one case for each requirement

HELLO = {
    "protocol": 1,
    "name": "a",
    "version": "1",
    "precision": "float64",
    "provides": ["StepLR"],
    "features": ["pickle"],
}


@pytest.mark.parametrize(
    "change",
    [
        {"protocol": 2},
        {"name": None},
        {"version": 1},
        {"precision": "float16"},
        {"provides": "StepLR"},
        {"provides": [1]},
        {"features": ["telepathy"]},
    ],
    ids=str,
)
def test_a_wrong_hello_is_refused_by_kit_and_schema(change: dict[str, Json]) -> None:
    assert greeting({"hello": HELLO}) == HELLO
    assert ANSWER.is_valid({"hello": HELLO})
    with pytest.raises(Malformed):
        greeting({"hello": HELLO | change})
    assert not ANSWER.is_valid({"hello": HELLO | change})


def test_every_kind_of_request_and_answer_follows_the_schemas(tmp_path: Path) -> None:
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


WEIGHT = {"dtype": "float32", "shape": [1], "data": ["1.0"]}
GOOD: list[Json] = [
    {"t": 3, "base": ["0.1"], "lr": [{"float": "inf"}]},
    {"t": {"raised": "ValueError: no", "kind": "value"}},
    {"opt_lr": "1e-07", "weights": [["w", WEIGHT], [3, WEIGHT], [{"tuple": ["a", {"tuple": [1]}]}, WEIGHT]]},
    {"members": [{"t": 1}]},
    {"changed": ["the gradient"]},
    {"error": {"kind": "value", "message": "gamma must be in (0, 1)"}},
]
BAD: list[Json] = [
    {},
    [],
    {"t": "3"},
    {"t": 3.5},
    {"t": True},
    {"lr": ["1,5"]},
    {"lr": ["nan"]},
    {"lr": ["0x1p-3"]},
    {"lr": [0.1]},
    {"lr": "0.1"},
    {"lr": [{"float": "many"}]},
    {"lr": [{"float": "nan", "too": 1}]},
    {"lr": {"raised": "no"}},
    {"opt_lr": None},
    {"weights": [["w"]]},
    {"weights": [["w", {**WEIGHT, "data": [1.0]}]]},
    {"weights": [["w", {**WEIGHT, "shape": [-1]}]]},
    {"weights": [["w", {"dtype": "float32", "data": []}]]},
    {"weights": [[None, WEIGHT]]},
    {"weights": [[{"tuple": "w"}, WEIGHT]]},
    {"members": [{"t": "1"}]},
    {"changed": "nothing"},
    {"error": "no"},
    {"error": {"kind": "value"}},
    {"rate": ["0.1"]},
]


@pytest.mark.parametrize("row", GOOD, ids=str)
def test_a_right_row_is_accepted_by_kit_and_schema(row: Json) -> None:
    assert is_row(row)
    ANSWER.validate({"id": 1, "trace": [row]})


@pytest.mark.parametrize("row", BAD, ids=str)
def test_a_wrong_row_is_refused_by_kit_and_schema(row: Json) -> None:
    assert not is_row(row)
    assert not ANSWER.is_valid({"id": 1, "trace": [row]})


def test_an_array_has_as_many_elements_as_its_shape_says() -> None:
    """Which no schema can say."""
    assert not is_row({"weights": [["w", {**WEIGHT, "shape": [2, 3]}]]})
