"""The result of one check, serialized from the process that ran it to the one that reports."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ..cases.committed import CommittedCase
from ..scenarios.trace import Difference
from ..verdict.judge import Result, Verdict

LONGEST = 120  # characters of what was observed
DIGITS = 4  # of an observed number, so that another machine observes the same


@dataclass(frozen=True)
class CheckResult:
    """``requirement`` is the one that the result is about.

    ``expected`` and ``observed`` are the first difference of a failure, in short; ``observed`` also has what was read.
    ``text`` is the message. It is sent to the reporting process, for a page with the ``plot``, if ``detailed`` is set.
    """

    check: str
    result: Result
    subject: str
    area: str
    requirement: str
    cause: str = ""
    dialect: str = ""
    ulps: float | None = None
    expected: str = ""
    observed: str = ""
    text: str = ""
    detailed: bool = False
    plot: dict[str, Any] | None = None

    @property
    def pair(self) -> tuple[str, str]:
        return self.requirement, self.subject

    @property
    def explanation(self) -> str:
        """The explanation of a failure in words; empty if there is none."""
        return f"speaks the dialect {self.dialect}" if self.dialect else self.cause and f"looks like: {self.cause}"

    def to_json(self) -> str:
        """For the reporting process, and for JUnit XML."""
        fields = {name: value for name, value in vars(self).items() if value not in ("", None, False)}
        if not self.detailed:
            fields.pop("text", None)
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> CheckResult:
        fields = json.loads(text)
        return cls(**fields | {"result": Result(fields["result"])})


def check_result(case: CommittedCase, verdict: Verdict) -> CheckResult:
    difference = verdict.difference
    return CheckResult(
        case.id,
        verdict.result,
        case.subject,
        case.area,
        verdict.requirement,
        verdict.cause,
        verdict.dialect,
        verdict.ulps,
        expected="" if difference is None else portable(difference.expected),
        observed="" if difference is None else observation(difference),
        text=verdict.text,
    )


def observation(difference: Difference) -> str:
    """What was read, and its value."""
    return portable(f"{difference.what}: {difference.observed}")


def portable(text: str) -> str:
    """A short form, without the digits, addresses and folders that differ between machines."""
    text = re.sub(r"0x[0-9a-f]{6,}", "0x…", text)
    text = re.sub(r"(?:/[\w.+-]+)+/(?=[\w.+-])", "…/", text)
    text = re.sub(r"-?\d+\.\d+(?:e[-+]?\d+)?|-?\d+e[-+]?\d+", lambda match: f"{float(match[0]):.{DIGITS}g}", text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
