"""Sequences: long random mixtures of steps, jumps, saves, loads, refusals and read-outs: the corpus."""

from __future__ import annotations

from collections.abc import Iterator

from ...classes.definition import Definition
from ...scenarios.case import Case
from ..corpus import requirement, sequences


def scenarios(definition: Definition) -> Iterator[Case]:
    for i, scenario in enumerate(sequences(definition.name)):
        yield Case(requirement(scenario), f"sequence-{i}", scenario)
