"""Sequences: long mixtures of steps, jumps, saves, loads, refusals and read-outs, committed from the search lane."""

from __future__ import annotations

from collections.abc import Iterator

from ..adopt import requirement, sequences
from ..model import Model
from ..scenario import Case


def scenarios(model: Model) -> Iterator[Case]:
    for i, scenario in enumerate(sequences(model.name)):
        yield Case(requirement(scenario), f"sequence-{i}", scenario)
