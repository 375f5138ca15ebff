"""Golden values: what the page of each class says, and the braintools page. The scenarios are in its module."""

from __future__ import annotations

from collections.abc import Iterator

from ...classes.definition import Definition
from ...scenarios.case import Case


def scenarios(definition: Definition) -> Iterator[Case]:
    yield from definition.cases()
