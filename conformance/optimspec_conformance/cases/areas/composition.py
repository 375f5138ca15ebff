"""Composition: base rates, nesting, and what a composite refuses (spec/composition.md)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ...classes.definition import CompositeDefinition, Definition
from ...scenarios import examples
from ...scenarios.case import Case
from ...scenarios.examples import exponential, fall
from ...scenarios.operations import load, members, new_scheduler, read, save, scribble, step, walk
from ...scenarios.values import Json, Row, Scenario

warm_up = partial(examples.warm_up, start_factor="0.2", end_factor="0.9")


def scenarios(definition: Definition) -> Iterator[Case]:
    if not isinstance(definition, CompositeDefinition):
        return

    composite = definition.of

    def of(*parts: Json, do: list[Row] | None = None) -> Scenario:
        return {"scheduler": composite(*parts), "do": walk([1, 2, 5, 6, 9, 12]) if do is None else do}

    seen = [members(), step(), members()]
    yield Case("CMP-1", "unset-first", of(warm_up(), exponential(base_lr="0.3"), do=seen))
    yield Case("CMP-1", "unset-last", of(exponential(base_lr="0.3"), warm_up(), do=seen))
    each = of(warm_up(), exponential(base_lr=["0.3", "0.02"]), do=[members(), step()])
    yield Case("CMP-1", "one-for-each-group", each)
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
    yield Case("CMP-4", "nested-state", {**nested, "do": [step(2), save(), new_scheduler(), load(), step()]})
    yield Case("CMP-4", "nested-members", {**nested, "do": [step(3), members()]})
    yield Case("CMP-5", "empty", of(do=[]))
    for bad in ({"str": "ExponentialLR"}, "0.1", None):
        yield Case("CMP-6", f"member-{bad}", of(exponential(), bad, do=[]))
    one = composite(exponential(base_lr="0.3"))
    yield Case("CMP-6", "no-list", {"scheduler": one | {"schedulers": "0.1"}, "do": []})
    bad_lists: list[Json] = [[], "0.1", [exponential(), "0.1"]]
    refused = [new_scheduler(one | {"schedulers": schedulers}) for schedulers in bad_lists]
    yield Case("SCH-28", "schedulers", {"scheduler": one, "do": refused}, options={"error": "names"})
    yield Case("CMP-7", "no-member", of(warm_up(), exponential(base_lr="0.3"), None, do=[members()]))
    pair = composite(warm_up(**stated), exponential(**stated))
    for kind in ("tuple", "iterator"):
        written = {"schedulers": {kind: pair["schedulers"]}}
        yield Case("CMP-9", kind, {"scheduler": pair | written, "do": walk([1, 2, 5])})
    scribbled = [scribble("schedulers"), read(), step(), step(3)]
    yield Case("CMP-10", "scribbled", of(warm_up(**stated), exponential(**stated), do=scribbled))
    plateau = {"class": "ReduceLROnPlateau", "base_lr": "0.3"}
    yield Case("CMP-11", "member", of(exponential(base_lr="0.3"), plateau, do=[]))
    yield Case("CMP-11", "at-depth", of(exponential(base_lr="0.3"), composite(plateau), do=[]))
