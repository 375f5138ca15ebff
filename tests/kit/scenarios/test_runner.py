"""Every runner has all operations, and the vectors have no others."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from optimspec_conformance.cases.committed import VECTORS, cases
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.implementations.snippet import STATE, SnippetWriter
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios import operations
from optimspec_conformance.scenarios.operations import step
from optimspec_conformance.scenarios.runner import OperationRunner, UnknownOperation
from optimspec_conformance.scenarios.values import Row, Scenario

METHODS = OperationRunner.__abstractmethods__ - {"construct"}
BUILDERS = {
    name: builder
    for name, builder in inspect.getmembers(operations, inspect.isfunction)
    if builder.__module__ == operations.__name__ and name != "walk"
}
SCHEDULE: Scenario = {"class": "ExponentialLR", "base_lr": "0.1"}


def saying(name: str) -> Any:
    return lambda self, *arguments, **options: name


# A runner whose methods return their own names.
Names: Any = type("Names", (OperationRunner,), {name: saying(name) for name in OperationRunner.__abstractmethods__})


def built(name: str) -> Row:
    """An operation from its builder, with a placeholder for each argument without a default."""
    parameters = inspect.signature(BUILDERS[name]).parameters.values()
    row: Row = BUILDERS[name](*["x" for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD])
    return row


def test_each_method_has_a_builder_of_its_name() -> None:
    assert set(BUILDERS) == METHODS


@pytest.mark.parametrize("name", sorted(METHODS))
def test_the_operation_of_a_builder_is_performed_by_the_method_of_its_name(name: str) -> None:
    assert Names({"scheduler": SCHEDULE, "optimizer": {"class": "SGD"}}).perform(built(name)) == name


@pytest.mark.parametrize("name", sorted(OperationRunner.__abstractmethods__))
def test_a_runner_that_lacks_an_operation_cannot_be_instantiated(name: str) -> None:
    members = {other: saying(other) for other in OperationRunner.__abstractmethods__ - {name}}
    lacking: Any = type("Lacking", (OperationRunner,), members)
    with pytest.raises(TypeError, match=rf"abstract method '?{name}'?"):
        lacking({"do": []})


def test_the_committed_operations_are_those_of_the_runner() -> None:
    """But for ``set_lr``, which stands for a scheduler that an implementation does not have."""
    scenarios = [s for case in cases() for s in (case.scenario, case.other) if s is not None]
    assert {Names(scenario).perform(row) for scenario in scenarios for row in scenario["do"]} == METHODS - {"set_lr"}


def test_the_schema_lists_the_operations_of_the_runner() -> None:
    schema = json.loads((VECTORS / "schema.json").read_text(encoding="utf-8"))
    kinds = [schema["$defs"][kind["$ref"].rpartition("/")[2]] for kind in schema["$defs"]["operation"]["oneOf"]]
    listed = [kind["properties"]["op"] for kind in kinds]
    assert {built(name)["op"] for name in METHODS} == {op for of in listed for op in of.get("enum", [of.get("const")])}


@pytest.mark.parametrize("unknown", [{"op": "scheduler.stop"}, {"op": "optimizer.step"}, {"n": 2}])
def test_an_unknown_operation_is_an_error_of_every_runner(unknown: Row) -> None:
    class Accepting:
        def __init__(self, **arguments: Any) -> None: ...
        def step(self) -> None: ...

    namespace = type("namespace", (), {"ExponentialLR": Accepting})
    scenario = {"scheduler": SCHEDULE, "do": [step(), unknown]}
    for run in (
        exact_trace,
        NativeImplementation("accepting", namespace, precision="float64").run,
        lambda scenario: SnippetWriter(scenario, STATE).blocks(2),
    ):
        with pytest.raises(UnknownOperation, match="unknown operation"):
            run(scenario)
