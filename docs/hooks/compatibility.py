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

What each library does with each class, as measured with the [kit](kit.md). Each cell leads to the reasons in words,
requirement by requirement.

- <span class="standing conforms">conforms</span>: it does everything that the specification requires (MUST); *as torch*
  if it follows that [convention](spec/index.md#conventions), a formula that a well-known library uses instead;
- otherwise the three [tiers](spec/index.md#tiers), <span class="standing conforms">values</span> if it conforms in that
  one, <span class="standing deviates">state 3</span> if it deviates for three causes;
- <span class="standing not-provided">–</span>: it does not have the class.
"""
STANDINGS = {
    "conforms": "conforms",
    "convention": "conforms as a convention",
    "deviates": "deviates",
    "not-provided": "does not have the class",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page."""
    root = Path(config.config_file_path).parent
    files.append(File.generated(config, SRC_URI, content="\n".join(_page(records(root)))))
    return files


def _page(shown: list[dict[str, Any]]) -> Iterator[str]:
    yield INTRODUCTION
    if not shown:
        yield "No result of a library is committed."
        return
    yield from _filters(shown)
    for family, names in FAMILIES.items():
        yield f"## {family}\n"
        yield from matrix(names, shown)
    yield "## The runs\n"
    yield "| library | claim | tiers | checks | precision | specification | kit |\n|---|---|---|---|---|---|---|"
    yield from map(_run, shown)
    yield '\n<script type="module" src="../matrix.js"></script>'


def _filters(shown: list[dict[str, Any]]) -> Iterator[str]:
    """The form of the filters, hidden until its script runs."""
    libraries = {escape(record["implementation"]["name"]): escape(record["implementation"]["name"]) for record in shown}
    yield '<form class="filters" aria-label="Filters" onsubmit="return false" hidden>'
    yield _choice("library", "Library", {"": "every library", **libraries})
    yield _choice("tier", "Tier", {"": "every tier", **{tier: tier for tier in TIERS}})
    yield _choice("standing", "What it does", {"": "anything", **STANDINGS})
    yield '<output for="library tier standing" aria-live="polite"></output>\n</form>\n'


def _choice(name: str, label: str, options: dict[str, str]) -> str:
    entries = "".join(f'<option value="{value}">{text}</option>' for value, text in options.items())
    return f'<label for="{name}">{label}</label> <select id="{name}" name="{name}">{entries}</select>'


def matrix(names: Sequence[str], shown: list[dict[str, Any]]) -> Iterator[str]:
    """A row for each class, a column for each record; for a page at the root of the site."""
    yield '<div class="matrix" markdown="1">\n'
    yield f"| class | {' | '.join(_title(record) for record in shown)} |"
    yield f"|---|{'---|' * len(shown)}"
    yield from (_row(name, shown) for name in names)
    yield "\n</div>\n"


def _title(record: dict[str, Any]) -> str:
    tested = record["implementation"]
    return f"{escape(tested['name'])} <small>{escape(tested['version'])}</small>"


def _row(name: str, shown: list[dict[str, Any]]) -> str:
    page = f"spec/{module_path(name)}.md"
    cells = " | ".join(_cell(standing(record, name), page) for record in shown)
    return f"| [{name}]({page}) | {cells} |"


def _cell(entry: Standing, page: str) -> str:
    """The cell of a class and a library: one word, or one for each tier."""
    if entry.state == "not provided":
        return _word(entry, page, "–", "not-provided")
    if entry.state == "conforms":
        return _word(entry, page, f"conforms{_as(entry)}", "conforms")
    return "<br>".join(_of_tier(entry, page, tier) for tier in TIERS)


def _of_tier(entry: Standing, page: str, tier: str) -> str:
    causes, followed = entry.causes(tier), _as(entry) if tier == TIERS[0] else ""
    return _word(
        entry, page, f"{tier}{f' {causes}' if causes else ''}{followed}", "deviates" if causes else "conforms", tier
    )


def _as(entry: Standing) -> str:
    """The convention that a class follows, in words."""
    return "".join(f" *as {escape(convention)}*" for convention in entry.conventions)


def _word(entry: Standing, page: str, text: str, kind: str, tier: str = "") -> str:
    """A link to the words, with what the filters ask for: a convention is one of the values."""
    asked = "convention" if kind == "conforms" and entry.conventions and tier in ("", TIERS[0]) else kind
    data = f'data-tier="{tier}" data-standing="{asked}"'
    place = f"{entry.anchor}-{tier}" if tier and kind == "deviates" else entry.anchor
    about = escape(f"{entry.library}: {entry.summary}")
    return f'[{text}]({page}#{place}){{ .standing .{kind} {data} title="{about}" }}'


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
