"""What comes of running a scenario: the first difference of two traces, or no answer at all."""

from __future__ import annotations

from dataclasses import dataclass

READ_OUTS = {"t": "last_epoch", "base": "base_lrs", "lr": "get_last_lr()", "opt_lr": "current_lr", "weights": "weights"}
EXCEPTIONS = {"type": "TypeError", "value": "ValueError", "key": "KeyError"}


@dataclass(frozen=True)
class Difference:
    """Where two traces part: the row, what was read there, both values, and how far apart they are.

    ``requirement`` is the one that the row shows, where that is not the one of the whole case.
    """

    row: int
    what: str
    expected: str
    observed: str
    error: str = ""
    requirement: str | None = None


class Unsupported(Exception):
    """Raised by an adapter for what its library has no notion of, with the reason: *not provided*, no failure."""
