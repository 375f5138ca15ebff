"""Failures that share a cause, or a difference, are told in full once."""

from __future__ import annotations

from .record import Record


class Folding:
    """Remembers the first failure of each kind. With workers, each has one, and so has the process that reports."""

    def __init__(self) -> None:
        self.first_of: dict[str, str] = {}

    def told(self, record: Record) -> str:
        """What is said instead of a failure's whole text; nothing where it is the first of its kind."""
        if record.word != "fail":
            return ""
        kinds = (record.cause,) if record.cause else alike(record)
        first = next((self.first_of[kind] for kind in kinds if kind in self.first_of), record.check)
        for kind in kinds:
            self.first_of.setdefault(kind, first)
        again = f"{record.requirement}  check {record.check}\n    as {first}: {record.cause or difference(record)}"
        return "" if first == record.check else again


def alike(record: Record) -> tuple[str, ...]:
    """What a failure that nothing explains has in common with others."""
    places = (record.requirement, record.subject)
    what, _, _ = record.seen.partition(": ")
    return (f"{' of '.join(places)}: {what}", *(f"{place}: {difference(record)}" for place in places))


def difference(record: Record) -> str:
    what, _, observed = record.seen.partition(": ")
    return f"{what}: expected {record.expected}, observed {observed}"
