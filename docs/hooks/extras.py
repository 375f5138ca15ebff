"""The mkdocs hook of the table of extras, in the page of vectors."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from optimspec_conformance.cases.extras import MARKER, table

PAGE = "vectors.md"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """Put the table in the place of its marker."""
    return markdown.replace(MARKER, table()) if page.file.src_uri == PAGE else markdown
