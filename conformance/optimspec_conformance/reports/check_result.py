"""The result of one check, serialized from the process that ran it to the one that reports."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .. import specification
from ..scenarios.text import one_line
from ..scenarios.trace import Difference
from ..verdict.judge import UNJUDGED, Result, Verdict

LONGEST = 120  # characters of what was observed
DIGITS = (4, 8, 12)  # of a number, so that other machines observe the same; more, if expected and observed are close
ADDRESS = re.compile(r"0x[0-9a-f]{6,}(?![.\w])")
FOLDER = re.compile(r"(?:/[\w.+-]+)+/(?=[\w.+-])")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+(?:e[-+]?\d+)?|e[-+]?\d+)(?![\w.])")


@dataclass(frozen=True)
class CheckResult:
    """``requirement`` is the one that the result is about.

    ``reason`` is why the check was not provided, or withdrawn, or the failure is known. ``expected`` and ``observed``
    are the first difference of a failure, in short; ``observed`` names what was read. ``text`` is what the check says.
    A page shows it, with the ``plot``, if the result is ``detailed``; other texts stay in the process that ran the
    check. ``unwritten`` says why no program that shows the failure was written.
    """

    check: str
    result: Result
    subject: str
    area: str
    requirement: str
    cause: str = ""
    tied: tuple[str, ...] = ()
    convention: str = ""
    ulps: float | None = None
    reason: str = ""
    expected: str = ""
    observed: str = ""
    text: str = ""
    unwritten: str = ""
    detailed: bool = False
    plot: dict[str, Any] | None = None

    @property
    def pair(self) -> tuple[str, str]:
        return self.requirement, self.subject

    @property
    def tier(self) -> str:
        return specification.requirements()[self.requirement].tier

    @property
    def judged(self) -> bool:
        """Whether the check says anything about the implementation."""
        return self.result not in UNJUDGED

    def to_json(self) -> str:
        """For the way between processes, and for JUnit XML."""
        fields = {name: value for name, value in vars(self).items() if value not in ("", (), None, False)}
        if not self.detailed:
            fields.pop("text", None)
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> CheckResult:
        fields = json.loads(text)
        return cls(**fields | {"result": Result(fields["result"]), "tied": tuple(fields.get("tied", ()))})


def check_result(verdict: Verdict) -> CheckResult:
    case, difference = verdict.case, verdict.difference
    expected, observed = ("", "") if difference is None else first_difference(difference)
    not_run = verdict.result in (Result.NOT_PROVIDED, Result.WITHDRAWN)
    return CheckResult(
        case.id,
        verdict.result,
        case.subject,
        case.area,
        verdict.requirement,
        verdict.cause,
        verdict.tied,
        verdict.convention,
        verdict.ulps,
        reason=portable(verdict.summary) if not_run else verdict.known,
        expected=expected,
        observed=observed,
        text=verdict.text,
    )


def first_difference(difference: Difference) -> tuple[str, str]:
    """What was expected, and what was observed, in a short form in which they still differ."""
    for digits in (*DIGITS, 17):
        expected, observed = portable(difference.expected, digits), portable(difference.observed, digits)
        if expected != observed:
            break
    return expected, portable(f"{difference.what}: {difference.observed}", digits)


def portable(text: str, digits: int = DIGITS[0]) -> str:
    """A short form without digits, addresses and folders that differ between machines."""
    text = ADDRESS.sub("0x…", one_line(text))
    text = FOLDER.sub("…/", text)
    text = NUMBER.sub(lambda number: _rounded(number[0], digits), text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _rounded(number: str, digits: int) -> str:
    """A number rounded to at most ``digits`` significant digits."""
    significant = re.sub(r"e.*|[-.]", "", number).strip("0")
    return number if len(significant) <= digits else f"{float(number):.{digits}g}"
