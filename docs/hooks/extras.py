"""The mkdocs hook of the table of extras, in the page of vectors."""

from __future__ import annotations

from collections.abc import Iterator

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from optimspec_conformance.cases.extras import Needs, needs

PAGE, MARKER = "vectors.md", "<!-- table of extras -->"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """Put the table in the place of its marker."""
    return markdown.replace(MARKER, "\n".join(_table())) if page.file.src_uri == PAGE else markdown


def _table() -> Iterator[str]:
    yield "| class | checks | need an extra of the class | else decay or clipping | which |"
    yield "|---|---|---|---|---|"
    yield from (_row(name, entry) for name, entry in needs().items())


def _row(name: str, entry: Needs) -> str:
    which = ", ".join(f"`{extra}` {count}" for extra, count in sorted(entry.extras.items()))
    return f"| {name} | {entry.checks} | {entry.own} | {entry.shared} | {which} |"
