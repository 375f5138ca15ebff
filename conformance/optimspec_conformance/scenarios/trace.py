"""The first difference of two traces, and the exception for what a library does not support."""

from __future__ import annotations

from dataclasses import dataclass

READ_OUTS = {"t": "last_epoch", "base": "base_lrs", "lr": "get_last_lr()", "opt_lr": "current_lr", "weights": "weights"}
EXCEPTIONS = {"type": "TypeError", "value": "ValueError", "key": "KeyError"}


@dataclass(frozen=True)
class Difference:
    """The first difference of two traces: the row, what was read there, both values, and how far apart they are.

    ``requirement`` is the one that the row is about, if that is not the requirement of the whole case.
    """

    row: int
    what: str
    expected: str
    observed: str
    error: str = ""
    requirement: str | None = None


class Unsupported(Exception):
    """Raised by an adapter, with the reason, for what its library does not have: *not provided*, not a failure."""
