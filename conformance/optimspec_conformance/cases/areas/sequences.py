"""Sequences: long random mixtures of steps, jumps, saves, loads, refusals and read-outs: the corpus."""

from __future__ import annotations

from collections.abc import Iterator

from ...classes.definition import Definition
from ...oracle.run import exact_trace
from ...scenarios.case import Case
from ..corpus import requirement, sequences, values_part


def scenarios(definition: Definition) -> Iterator[Case]:
    """For each sequence, its part about values, and the whole if that is more."""
    for i, scenario in enumerate(sequences(definition.name)):
        trace = exact_trace(scenario)
        values = values_part(scenario, trace)
        yield Case(requirement(values, []), f"sequence-{i}", values)
        if values != scenario:
            yield Case(requirement(scenario, trace), f"sequence-{i}", scenario)
