"""Shows failures with a common cause, or the same difference, in full only once."""

from __future__ import annotations

from ..reports.check_result import CheckResult
from ..verdict.judge import Result


class Deduplicator:
    """Remembers the first failure of each kind."""

    def __init__(self) -> None:
        self.first_of: dict[str, str] = {}

    def first(self, failure: CheckResult) -> str:
        """The check that failed first in the same way: this one, or an earlier one."""
        kinds = (failure.cause,) if failure.cause else kinds_of(failure)
        first = next((self.first_of[kind] for kind in kinds if kind in self.first_of), failure.check)
        for kind in kinds:
            self.first_of.setdefault(kind, first)
        return first

    def repeats(self, result: CheckResult) -> str:
        """What to show in place of a failure's text if it repeats an earlier one; otherwise empty."""
        if result.result is not Result.FAIL:
            return ""
        first = self.first(result)
        if first == result.check:
            return ""
        return f"{result.requirement}  check {result.check}\n    as {first}: {result.cause or difference(result)}"


def kinds_of(failure: CheckResult) -> tuple[str, ...]:
    """The kinds of an unexplained failure: those of its requirement alone."""
    what, _, _ = failure.observed.partition(": ")
    return f"{failure.requirement} of {failure.subject}: {what}", f"{failure.requirement}: {difference(failure)}"


def difference(failure: CheckResult) -> str:
    what, _, observed = failure.observed.partition(": ")
    return f"{what}: expected {failure.expected}, observed {observed}"
