"""What becomes known of a check in the process that reports, which may be another than the one that ran it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .committed import CommittedCase
from .comparison import Difference
from .verdict import Verdict

FAILING = ("fail", "dialect", "known failure")
LONGEST = 120  # characters of what was observed
DIGITS = 4  # what is observed of a number, so that another machine observes the same


@dataclass(frozen=True)
class Record:
    """``requirement`` is the one that the verdict is about.

    ``expected`` and ``seen`` are what a failure shows first, in short, ``seen`` with its field. ``text`` and ``plot``
    are for a page: there is one of each for a requirement and class, and none where no page was asked for.
    """

    check: str
    word: str
    subject: str
    area: str
    requirement: str
    cause: str = ""
    dialect: str = ""
    ulps: float | None = None
    expected: str = ""
    seen: str = ""
    text: str = ""
    plot: dict[str, Any] | None = None

    @property
    def pair(self) -> tuple[str, str]:
        return self.requirement, self.subject

    @property
    def explained(self) -> str:
        """What a failure looks like, in words; empty where nothing is known."""
        return f"speaks the dialect {self.dialect}" if self.dialect else self.cause and f"looks like: {self.cause}"

    def written(self) -> str:
        """As it travels between processes, and into JUnit XML."""
        said = {name: value for name, value in vars(self).items() if value not in ("", None)}
        return json.dumps(said, ensure_ascii=False)


def read(written: str) -> Record:
    return Record(**json.loads(written))


def record(case: CommittedCase, verdict: Verdict) -> Record:
    return Record(
        case.id,
        verdict.word,
        case.subject,
        case.area,
        verdict.requirement,
        verdict.cause,
        verdict.dialect,
        verdict.ulps,
        *("", "") if verdict.difference is None else (short(verdict.difference.expected), seen(verdict.difference)),
    )


def seen(difference: Difference) -> str:
    """What was observed, and where."""
    return short(f"{difference.what}: {difference.observed}")


def short(text: str) -> str:
    """Without digits, addresses and folders that differ between machines."""
    text = re.sub(r"0x[0-9a-f]{6,}", "0x…", text)
    text = re.sub(r"(?:/[\w.+-]+)+/(?=[\w.+-])", "…/", text)
    text = re.sub(r"-?\d+\.\d+(?:e[-+]?\d+)?|-?\d+e[-+]?\d+", lambda found: f"{float(found[0]):.{DIGITS}g}", text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
