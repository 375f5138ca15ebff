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

    composite = definition.config_of

    def scenario(*parts: Json, do: list[Row] | None = None) -> Scenario:
        return {"scheduler": composite(*parts), "do": walk([1, 2, 5, 6, 9, 12]) if do is None else do}

    with_members = [members(), step(), members()]
    yield Case("CMP-1", "unset-first", scenario(warm_up(), exponential(base_lr="0.3"), do=with_members))
    yield Case("CMP-1", "unset-last", scenario(exponential(base_lr="0.3"), warm_up(), do=with_members))
    each = scenario(warm_up(), exponential(base_lr=["0.3", "0.02"]), do=[members(), step()])
    yield Case("CMP-1", "one-for-each-group", each)
    yield Case("CMP-2", "first-states", scenario(exponential(base_lr="0.3"), warm_up()))
    yield Case("CMP-2", "last-states", scenario(warm_up(), fall(), exponential(base_lr="0.3")))
    yield Case("CMP-2", "states-the-default", scenario(warm_up(), exponential(base_lr="0.001")))
    yield Case("CMP-2", "at-depth", scenario(warm_up(), composite(fall(), exponential(base_lr="0.3"))))
    yield Case("CMP-2", "from-above", scenario(exponential(base_lr="0.3"), composite(fall(), composite(warm_up()))))
    yield Case("CMP-3", "all-unset", scenario(exponential(), warm_up()))
    yield Case("CMP-3", "all-unset-at-depth", scenario(exponential(), composite(warm_up(), fall())))
    explicit = {"base_lr": "0.3"}
    nested = scenario(composite(warm_up(**explicit), exponential(**explicit)), fall(**explicit))
    yield Case("CMP-4", "nested", nested)
    yield Case("STA-7", "nested", {**nested, "do": [step(2), save(), new_scheduler(), load(), step()]})
    yield Case("CMP-4", "nested-members", {**nested, "do": [step(3), members()]})
    yield Case("CMP-5", "empty", scenario(do=[]))
    for bad in ({"str": "ExponentialLR"}, "0.1", None):
        yield Case("CMP-6", f"member-{bad}", scenario(exponential(), bad, do=[]))
    valid = composite(exponential(base_lr="0.3"))
    yield Case("CMP-6", "no-list", {"scheduler": valid | {"schedulers": "0.1"}, "do": []})
    bad_lists: list[Json] = [[], "0.1", [exponential(), "0.1"]]
    refused = [new_scheduler(valid | {"schedulers": schedulers}) for schedulers in bad_lists]
    yield Case("SCH-28", "schedulers", {"scheduler": valid, "do": refused}, options={"error": "names"})
    yield Case("CMP-7", "no-member", scenario(warm_up(), exponential(base_lr="0.3"), None, do=[members()]))
    pair = composite(warm_up(**explicit), exponential(**explicit))
    for kind in ("tuple", "iterator"):
        argument = {"schedulers": {kind: pair["schedulers"]}}
        yield Case("CMP-9", kind, {"scheduler": pair | argument, "do": walk([1, 2, 5])})
    scribbled = [scribble("schedulers"), read(), step(), step(3)]
    yield Case("CMP-10", "scribbled", scenario(warm_up(**explicit), exponential(**explicit), do=scribbled))
    plateau = {"class": "ReduceLROnPlateau", "base_lr": "0.3"}
    yield Case("CMP-11", "member", scenario(exponential(base_lr="0.3"), plateau, do=[]))
    yield Case("CMP-11", "at-depth", scenario(exponential(base_lr="0.3"), composite(plateau), do=[]))
