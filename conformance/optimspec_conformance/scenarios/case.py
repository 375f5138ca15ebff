"""A case as the kit's modules define it: a requirement, and what to run for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .values import Json, Scenario

EXACTLY: dict[str, Json] = {"ulps": 0}  # the option of cases whose rates must have the exact bits


@dataclass(frozen=True)
class Case:
    """A requirement, and the scenarios that check it.

    A golden case has a ``scenario``, whose exact trace the oracle computes. A law has a second scenario, ``other``: the
    last ``rows`` rows of both must have the same bits, or, with the option ``scaled``, weights in that ratio.
    docs/vectors.md lists the ``options`` of a comparison.
    """

    requirement: str
    name: str
    scenario: Scenario
    other: Scenario | None = None
    rows: int = 0
    options: dict[str, Json] = field(default_factory=dict)
