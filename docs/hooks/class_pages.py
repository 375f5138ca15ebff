"""The mkdocs hook of class pages: after the text of a page its plot, golden values, the code, and who conforms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from conforming import conforming
from golden import golden
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.pages import Page
from plots import plot

PAGE = re.compile(r"spec/((?:schedulers|composition|optimizers)/\w+)\.md")
NAME = re.compile(r"# (\w+)")

log = get_plugin_logger("class_pages")  # a warning here fails a strict build


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """Append the plot, golden values, code and results to the page of a class."""
    place, title = PAGE.fullmatch(page.file.src_uri), NAME.match(markdown)
    if place is None or title is None:
        return markdown
    root, name = Path(config.config_file_path).parent, title[1]
    sections = [
        markdown.rstrip(),
        *_plot(name),
        *_golden(name, place[1]),
        *_code(root, place[1]),
        *_who(root, name, page),
    ]
    return "\n\n".join(sections) + "\n"


def _plot(name: str) -> Iterator[str]:
    yield "## Plot"
    yield plot(name)


def _golden(name: str, place: str) -> Iterator[str]:
    yield "## Golden values { data-search-exclude }"
    yield f"Some cases of `vectors/{place}.json`; [all of them](../../vectors.md) are plain JSON, for any language."
    yield golden(name)


def _code(root: Path, place: str) -> Iterator[str]:
    yield "## Reference code { data-search-exclude }"
    path = f"reference/optimspec/{place}.py"
    source = root / path
    if not source.is_file():
        log.warning("%s: the reference has no module of this name", path)
        return
    yield f'```python title="{path}"\n{source.read_text(encoding="utf-8").rstrip()}\n```'
    yield "Time, groups, registration, clipping and state are those of the [base class](../../reference.md)."


def _who(root: Path, name: str, page: Page) -> Iterator[str]:
    yield "## What libraries do here { data-search-exclude }"
    yield from conforming(root, name, page.file.src_uri)
