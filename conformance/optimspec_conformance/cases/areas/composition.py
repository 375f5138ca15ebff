"""Composition: base rates, nesting, and what a composite refuses (spec/composition.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ...classes.definition import CompositeDefinition, Definition
from ...scenarios.case import Case
from ...scenarios.operations import READ, load, save, scribble, step, walk
from ...scenarios.values import Json, Row, Scenario

MEMBERS: Row = {"op": "scheduler.members"}


def exponential(**arguments: Json) -> Scenario:
    return {"class": "ExponentialLR", "gamma": "0.87", **arguments}


def warm_up(**arguments: Json) -> Scenario:
    return {"class": "LinearLR", "start_factor": "0.2", "end_factor": "0.9", "total_iters": 4, **arguments}


def fall(**arguments: Json) -> Scenario:
    return {"class": "StepLR", "step_size": 3, "gamma": "0.5", **arguments}


def scenarios(definition: Definition) -> Iterator[Case]:
    if not isinstance(definition, CompositeDefinition):
        return

    composite = definition.of

    def of(*members: Json, do: list[Row] | None = None) -> Scenario:
        return {"scheduler": composite(*members), "do": walk([1, 2, 5, 6, 9, 12]) if do is None else do}

    yield Case("CMP-1", "unset-first", of(warm_up(), exponential(base_lr="0.3"), do=[MEMBERS, step(), MEMBERS]))
    yield Case("CMP-1", "unset-last", of(exponential(base_lr="0.3"), warm_up(), do=[MEMBERS, step(), MEMBERS]))
    yield Case("CMP-1", "one-for-each-group", of(warm_up(), exponential(base_lr=["0.3", "0.02"]), do=[MEMBERS, step()]))
    yield Case("CMP-2", "first-states", of(exponential(base_lr="0.3"), warm_up()))
    yield Case("CMP-2", "last-states", of(warm_up(), fall(), exponential(base_lr="0.3")))
    yield Case("CMP-2", "states-the-default", of(warm_up(), exponential(base_lr="0.001")))
    yield Case("CMP-2", "at-depth", of(warm_up(), composite(fall(), exponential(base_lr="0.3"))))
    yield Case("CMP-2", "from-above", of(exponential(base_lr="0.3"), composite(fall(), composite(warm_up()))))
    yield Case("CMP-3", "all-unset", of(exponential(), warm_up()))
    yield Case("CMP-3", "all-unset-at-depth", of(exponential(), composite(warm_up(), fall())))
    stated = {"base_lr": "0.3"}
    nested = of(composite(warm_up(**stated), exponential(**stated)), fall(**stated))
    yield Case("CMP-4", "nested", nested)
    yield Case("CMP-4", "nested-state", {**nested, "do": [step(2), save(), {"op": "scheduler.new"}, load(), step()]})
    yield Case("CMP-4", "nested-members", {**nested, "do": [step(3), MEMBERS]})
    yield Case("CMP-5", "empty", of(do=[]))
    for bad in ({"str": "ExponentialLR"}, "0.1", None):
        yield Case("CMP-6", f"member-{bad}", of(exponential(), bad, do=[]))
    one = composite(exponential(base_lr="0.3"))
    yield Case("CMP-6", "no-list", {"scheduler": one | {"schedulers": "0.1"}, "do": []})
    refused: list[Json] = [[], "0.1", [exponential(), "0.1"]]
    anew = [{"op": "scheduler.new", "scheduler": one | {"schedulers": members}} for members in refused]
    yield Case("SCH-28", "schedulers", {"scheduler": one, "do": anew}, options={"error": "names"})
    yield Case("CMP-7", "no-member", of(warm_up(), exponential(base_lr="0.3"), None, do=[MEMBERS]))
    pair = composite(warm_up(**stated), exponential(**stated))
    for kind in ("tuple", "iterator"):
        members = {"schedulers": {kind: pair["schedulers"]}}
        yield Case("CMP-9", kind, {"scheduler": pair | members, "do": walk([1, 2, 5])})
    scribbled = [scribble("schedulers"), READ, step(), step(3)]
    yield Case("CMP-10", "scribbled", of(warm_up(**stated), exponential(**stated), do=scribbled))
    plateau = {"class": "ReduceLROnPlateau", "base_lr": "0.3"}
    yield Case("CMP-11", "member", of(exponential(base_lr="0.3"), plateau, do=[]))
    yield Case("CMP-11", "at-depth", of(exponential(base_lr="0.3"), composite(plateau), do=[]))
