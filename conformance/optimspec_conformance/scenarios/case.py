"""A check as the kit's modules write it: a requirement, and what to run for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .values import Json, Scenario

EXACTLY: dict[str, Json] = {"ulps": 0}  # the option of a case whose rates must have the exact bits


@dataclass(frozen=True)
class Case:
    """A check: a requirement, and what to run for it.

    A golden case has a ``scenario``, whose trace the oracle gives; a law has a second scenario, ``other``, whose last
    ``rows`` rows must have the same bits, or where ``options`` says ``scaled``, weights so many times smaller.
    ``options`` qualifies the comparison; docs/vectors.md lists them.
    """

    requirement: str
    name: str
    scenario: Scenario
    other: Scenario | None = None
    rows: int = 0
    options: dict[str, Json] = field(default_factory=dict)
