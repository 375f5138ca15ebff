"""What each library does with a class: which conform, and which requirements the others break, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from posixpath import dirname, relpath

from optimspec_conformance import specification
from optimspec_conformance.specification import TIERS
from records import Deviation, Standing, records, standing


def conforming(root: Path, name: str, src_uri: str) -> Iterator[str]:
    """The paragraphs for the page of a class; what deviates is folded."""
    entries = [standing(record, name) for record in records(root)]
    if not entries:
        yield "No result of a library is committed."
        return
    yield "Measured with the [kit](../../kit.md). The [matrix](../../compatibility.md) has all classes."
    yield from (_library(entry, dirname(src_uri)) for entry in entries)


def _library(entry: Standing, folder: str) -> str:
    """One line if nothing deviates or nothing was judged; otherwise a list of the deviations, folded."""
    spoken = " and ".join(f"<em>{escape(convention)}</em>" for convention in entry.conventions)
    conventions = f", follows the convention {spoken}" if spoken else ""
    kind = entry.state.replace(" ", "-")
    head = f"<strong>{escape(entry.library)}</strong> {escape(entry.version)} {entry.summary}{conventions}"
    if not entry.deviations:
        return f'<p class="standing {kind}" id="{entry.anchor}">{head}{_checks(entry)}</p>'
    broken = "\n\n".join(filter(None, (_tier(entry, tier, folder) for tier in TIERS)))
    return (
        f'<details class="standing {kind}" id="{entry.anchor}" markdown="1"><summary>{head}</summary>\n\n'
        f"{broken}\n\n</details>"
    )


def _tier(entry: Standing, tier: str, folder: str) -> str:
    """The name of a tier, and its deviations."""
    items = [_item(deviation, folder) for deviation in entry.broken(tier)]
    head = f"[*{tier}*]({relpath('spec/index.md', folder)}#tiers){{ #{entry.anchor}-{tier} }}\n"
    return "\n".join([head, *items]) if items else ""


def _checks(entry: Standing) -> str:
    if entry.state == "not provided":
        return ""
    beside = f"; {entry.advisories} recommended (SHOULD) otherwise" if entry.advisories else ""
    return f" in {entry.checks} checks{beside}"


def _item(deviation: Deviation, folder: str) -> str:
    """The requirement, the reason, and how many checks; its sentence, where no reason is known."""
    required = specification.requirements()[deviation.requirement]
    link = f"[{required.id}]({relpath(f'spec/{required.page}', folder)}#{required.id})"
    reason = _plain(deviation.reason or f"Not so: {required.sentence}")
    reports = "".join(f" [Report]({report})." for report in deviation.reports)
    number = f"{deviation.broken} of {deviation.checks} checks"
    return f'- {link} {reason}{reports} <span class="checks">{number}</span>'


def _plain(text: str) -> str:
    """As Markdown in which only code is marked up."""
    marks = {"*": r"\*", "_": r"\_", "<": "&lt;"}
    return re.sub(r"`[^`]*`|[*_<]", lambda match: marks.get(match[0], match[0]), text)
