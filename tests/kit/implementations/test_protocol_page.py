"""The page on the process protocol tells all that is sent, and its examples are what a program answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy_optim
import pytest
import settable
from jsonschema_rs import Registry, validator_for
from optimspec_conformance.cases.committed import VECTORS, cases
from optimspec_conformance.implementations import NativeImplementation
from optimspec_conformance.implementations.processes.messages import FEATURES, read_answer
from optimspec_conformance.implementations.tampering import TAMPER
from optimspec_conformance.scenarios.values import FUNCTIONS, RAISED, Json, Row, Scenario
from runs import ROOT

PAGE = (ROOT / "docs" / "process-protocol.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```json\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)


def messages(block: str) -> Iterator[Json]:
    """The objects that a block has, one after the other."""
    while block := block.strip():
        message, end = json.JSONDecoder().raw_decode(block)
        yield message
        block = block[end:]


SHOWN = [[*messages(block)] for block in BLOCKS]
EXAMPLES = [(shown[0], shown[1]) for shown in SHOWN if "scenario" in shown[0]]
BUILDS = ("new", "scheduler.new", "scheduler.members")
SCENARIOS: list[Scenario] = [s for case in cases() for s in (case.scenario, case.other) if s is not None]


def schema(name: str) -> Json:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


REQUEST = validator_for(
    schema("request.schema.json"), registry=Registry([("json-schema:///schema.json", schema("schema.json"))])
)
ANSWER = validator_for(schema("answer.schema.json"))


class NotPlain(numpy_optim.ExponentialLR):
    def state_dict(self) -> Any:
        return {**super().state_dict(), "times": {1, 2}}


LIBRARY = SimpleNamespace(**{**vars(numpy_optim), **vars(settable.library())})
NATIVE = NativeImplementation("library", LIBRARY)
NOT_PLAIN = NativeImplementation("another", SimpleNamespace(ExponentialLR=NotPlain))

# ----------------------------------------------------------------------------------------------------------- examples


@pytest.mark.parametrize(("request_", "answer"), EXAMPLES, ids=[f"{request['id']}" for request, _ in EXAMPLES])
def test_an_example_is_what_a_program_answers(request_: Json, answer: Json) -> None:
    REQUEST.validate(request_)
    ANSWER.validate(answer)
    scenario = request_["scenario"]
    assert read_answer(json.dumps(answer).encode(), request_["id"], scenario) == answer
    refused = '"plain"' in json.dumps(scenario["do"])
    assert (NOT_PLAIN if refused else NATIVE).run(scenario) == answer["trace"]


def test_the_examples_have_a_number_each() -> None:
    assert [request["id"] for request, _ in EXAMPLES] == [*range(1, len(EXAMPLES) + 1)]


@pytest.mark.parametrize("shown", [s for s in SHOWN if "scenario" not in s[0]], ids=lambda shown: str(shown)[:40])
def test_other_messages_follow_the_schemas(shown: list[Json]) -> None:
    for message in shown:
        row = {"id": 1, "trace": [message]}
        assert REQUEST.is_valid(message) or ANSWER.is_valid(message) or ANSWER.is_valid(row)


# ------------------------------------------------------------------------------------------------- all that is sent


def objects(value: Json) -> Iterator[Row]:
    """All objects at any depth."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for inner in value if isinstance(value, list) else []:
        yield from objects(inner)


OPERATIONS = [row for scenario in SCENARIOS for row in scenario["do"]]
SHOWN_OPERATIONS = [row for request, _ in EXAMPLES for row in request["scenario"]["do"]]


def forms(rows: list[Row]) -> set[tuple[str, str]]:
    """Each operation with each of its fields."""
    return {(row["op"], field) for row in rows for field in row}


def test_every_operation_has_an_example_with_each_field_that_it_can_have() -> None:
    assert forms(OPERATIONS) | {("optimizer.set_lr", "op")} <= forms(SHOWN_OPERATIONS)


@pytest.mark.parametrize("field", ["op", "via", "how", "on"])
def test_every_word_of_an_operation_stands_on_the_page(field: str) -> None:
    words = {row[field] for row in OPERATIONS if field in row}
    page = re.sub(r"`without-0` to `without-7`", " ".join(f"`without-{i}`" for i in range(8)), PAGE)
    assert words
    assert [word for word in sorted(words) if f"`{word}`" not in page] == []


def test_every_tag_stands_on_the_page() -> None:
    """Those of values, functions, arrays, weights and gradients."""
    given = [[value for name, value in s.items() if name != "do"] for s in SCENARIOS]
    given += [[*row.values()] for row in OPERATIONS]
    tags = {tag for values in given for found in objects(values) if "class" not in found for tag in found}
    assert len(tags) > 15
    assert [tag for tag in sorted(tags) if f'"{tag}"' not in PAGE] == []
    assert [name for name in FUNCTIONS if f'"fn": "{name}"' not in PAGE] == []
    assert [name for name in RAISED if f"`{name}`" not in PAGE] == []
    assert [name for name in (*TAMPER, *FEATURES) if f"`{name}`" not in PAGE and "without" not in name] == []


def test_every_field_of_hello_stands_on_the_page() -> None:
    table = PAGE.split("| field | meaning |")[1].split("\n\n")[0]
    fields = schema("answer.schema.json")["$defs"]["hello"]["properties"]
    assert [name for name in fields if f"`{name}`" not in table] == []
    assert {*re.findall("`(.+?)`", "".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE)))} == {*fields}


def test_after_a_refused_construction_come_others_alone() -> None:
    for case in cases():
        rows = zip(case.scenario["do"], (case.trace or [])[1:], strict=False)
        for (operation, exact), (following, _) in pairwise(rows):
            refused = operation["op"] in BUILDS and "error" in exact
            assert not refused or following["op"] in BUILDS, case.id


def test_every_option_of_a_case_stands_on_the_page_of_the_vectors() -> None:
    page = (ROOT / "docs" / "vectors.md").read_text(encoding="utf-8")
    options = {option for case in cases() for option in case.options}
    assert [option for option in sorted(options) if f"`options.{option}`" not in page] == []


def nested(config: Json) -> int:
    """How many composites are in one another."""
    members = config.get("schedulers") if isinstance(config, dict) else None
    return 1 + max((nested(member) for member in members), default=0) if isinstance(members, list) else 0


def lengths(value: Json) -> Iterator[int]:
    """Of all lists among the arguments."""
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from lengths(inner)
    if isinstance(value, list):
        yield len(value)


def sizes(scenario: Scenario) -> dict[str, int]:
    do, weights = scenario["do"], scenario.get("weights") or []
    joined = [row["weights"] for row in do if "weights" in row]
    arrays = [array for row in [{"weights": weights}, *do] for _, array in row.get("weights") or row.get("grads") or []]
    return {
        "groups": 1 + sum(row["op"] == "optimizer.add_param_group" for row in do),
        "weights": len(weights) + sum(map(len, joined)),
        "elements of an array": max((len(array.get("data", [])) for array in arrays), default=0),
        "optimizers": 1 + sum(row["op"] == "optimizer.join" for row in do),
        "states that are kept": len({row["as"] for row in do if "as" in row}),
        "entries of a list among the arguments": max(lengths(scenario.get("scheduler")), default=0),
        "composites in one another": nested(scenario.get("scheduler")),
    }


def test_no_scenario_is_larger_than_the_page_says() -> None:
    table = PAGE.split("### Sizes")[1].split("## Operations")[0]
    said = {name: int(size) for name, size in re.findall(r"^\| ([a-z ]+) \| (\d+) \|$", table, re.MULTILINE)}
    found = [
        sizes({**scenario, "do": [row for row in scenario["do"] if "raw" not in str(row)]}) for scenario in SCENARIOS
    ]
    assert said.keys() == found[0].keys()
    for name, size in said.items():
        assert size // 4 < max(each[name] for each in found) <= size, name


# --------------------------------------------------------------------------------------------------------- the schema


@pytest.mark.parametrize("operation", {row["op"]: row for row in SHOWN_OPERATIONS}.values(), ids=lambda row: row["op"])
def test_the_schema_types_every_field_of_an_operation(operation: Row) -> None:
    """Another field, a field less, and another type of each field are refused."""

    def valid(row: Row) -> bool:
        return REQUEST.is_valid({"id": 1, "scenario": {"scheduler": {"class": "StepLR"}, "do": [row]}})

    assert valid(operation)
    assert not valid(operation | {"more": 1})
    for field in operation:
        of_another_type: Json = {"neither": "this"}
        assert not valid(operation | {field: of_another_type}), field
        optional = field in ("n", "epoch", "metric", "via", "optimizer", "scheduler", "lr", "weight_decay")
        less = {name: value for name, value in operation.items() if name != field}
        assert valid(less) == (optional and operation["op"] != "optimizer.set_lr"), field


@pytest.mark.parametrize(
    "value",
    [0.5, True, "x", {"float": "many"}, {"bool": 1}, {"fn": "f"}, {"fn": "power"}, {"str": "a", "int64": 1}],
    ids=str,
)
def test_the_schema_refuses_what_is_no_value(value: Json) -> None:
    request = {"id": 1, "scenario": {"scheduler": {"class": "StepLR", "gamma": "0.5"}, "do": []}}
    assert REQUEST.is_valid(request)
    wrong = deepcopy(request)
    wrong["scenario"]["scheduler"]["gamma"] = value  # type: ignore[index]  # a literal of several types
    assert not REQUEST.is_valid(wrong)
