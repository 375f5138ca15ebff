"""The mkdocs hook of the compatibility matrix: a page of classes and libraries, from the committed results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from optimspec_conformance.classes.catalogue import COMPOSITES, OPTIMIZERS, PLATEAUS, SCHEDULES, module_path
from optimspec_conformance.specification import TIERS
from records import Standing, records, standing

SRC_URI = "compatibility.md"
FAMILIES: dict[str, list[str]] = {
    "Schedulers": [*SCHEDULES, *PLATEAUS],
    "Composition": [*COMPOSITES],
    "Optimizers": [*OPTIMIZERS],
}

INTRODUCTION = """---
hide: [toc]
---

# Compatibility

What each library does with each class, as measured with the [kit](kit.md). Each cell links to the reasons, requirement
by requirement.

- <span class="standing conforms">conforms</span>: it does everything that the specification requires (MUST);
- otherwise the three [tiers](spec/index.md#tiers), <span class="standing conforms">values</span> if it conforms in that
  one, <span class="standing deviates">state 3</span> if it breaks three requirements of it; a name in italics is a
  *convention*, a formula that a well-known library uses instead;
- <span class="standing not-provided">–</span>: it does not have the class.
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page."""
    root = Path(config.config_file_path).parent
    files.append(File.generated(config, SRC_URI, content="\n".join(_page(records(root)))))
    return files


def _page(found: list[dict[str, Any]]) -> Iterator[str]:
    yield INTRODUCTION
    if not found:
        yield "No result of a library is committed."
        return
    for family, names in FAMILIES.items():
        yield f"## {family}\n"
        yield from matrix(names, found)
    yield "## The runs\n"
    yield "| library | claim | tiers | checks | precision | specification | kit |\n|---|---|---|---|---|---|---|"
    yield from map(_run, found)


def matrix(names: Sequence[str], found: list[dict[str, Any]]) -> Iterator[str]:
    """A row for each class, a column for each record; for a page at the root of the site."""
    yield '<div class="matrix" markdown="1">\n'
    yield f"| class | {' | '.join(_title(record) for record in found)} |"
    yield f"|---|{'---|' * len(found)}"
    yield from (_row(name, found) for name in names)
    yield "\n</div>\n"


def _title(record: dict[str, Any]) -> str:
    tested = record["implementation"]
    return f"{escape(tested['name'])} <small>{escape(tested['version'])}</small>"


def _row(name: str, found: list[dict[str, Any]]) -> str:
    page = f"spec/{module_path(name)}.md"
    cells = " | ".join(_cell(standing(record, name), page) for record in found)
    return f"| [{name}]({page}) | {cells} |"


def _cell(entry: Standing, page: str) -> str:
    """One word, or one for each tier."""
    if entry.state != "deviates":
        word, kind = {"conforms": "conforms"}.get(entry.state, "–"), entry.state.replace(" ", "-")
        return _word(entry, page, word, kind)
    conventions = "".join(f" *{escape(convention)}*" for convention in entry.conventions)
    words = []
    for tier in TIERS:
        broken = len(entry.broken(tier))
        number = f" {broken}{conventions if tier == TIERS[0] else ''}" if broken else ""
        words.append(_word(entry, page, f"{tier}{number}", "deviates" if broken else "conforms"))
    return "<br>".join(words)


def _word(entry: Standing, page: str, text: str, kind: str) -> str:
    about = f"{entry.library}: {entry.summary}"
    return f'[{text}]({page}#{entry.anchor}){{ .standing .{kind} title="{escape(about)}" }}'


def _run(record: dict[str, Any]) -> str:
    cells = [
        _title(record),
        record["claim"],
        "; ".join(f"{entry['tier']}: {entry['verdict']}" for entry in record["tiers"]),
        str(record["footer"]["checks_run"]),
        record["implementation"]["precision"],
        record["specification"],
        record["kit"],
    ]
    return f"| {' | '.join(cells)} |"
