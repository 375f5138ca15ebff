"""The mkdocs hook of the home page: fills in a failure, which README shows, and the first rows of the matrix."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from compatibility import FAMILIES, matrix
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from records import records

SRC_URI = "index.md"
ROWS = 4
FAILURE = re.compile(r"^```console\n(?P<text>\$ optimspec check .+?)\n```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"looks like: .+$", re.MULTILINE)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """Replace the page's markers by both."""
    if page.file.src_uri != SRC_URI:
        return markdown
    root = Path(config.config_file_path).parent
    shown = records(root)
    rows = "\n".join(matrix(FAMILIES["Schedulers"][:ROWS], shown)) if shown else "No result of a library is committed."
    readme = (root / "README.md").read_text(encoding="utf-8")
    return markdown.replace("{{ failure }}", _failure(readme)).replace("{{ matrix }}", rows)


def _failure(readme: str) -> str:
    """README's failure, which a test compares with a run, with the line that names the mistake marked."""
    (text,) = FAILURE.findall(readme)
    marked = NAMED.sub(lambda line: f"<mark>{line[0]}</mark>", escape(text, quote=False))
    return f"<pre><code>{marked}</code></pre>"
