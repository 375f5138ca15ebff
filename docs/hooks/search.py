"""The mkdocs hook: adds each requirement to the search, by its id and its words, with its anchor."""

import json
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

CARD = re.compile(r'<p class="requirement[^"]*" id="(?P<name>[^"]+)">(?P<text>.+?)</p>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")

requirements: list[dict[str, str]] = []


def on_pre_build(**_: object) -> None:
    """Forget the build before, where a server builds again."""
    requirements.clear()


def on_page_content(content: str, page: Page, **_: object) -> None:
    """Note the requirements of a page."""
    for card in CARD.finditer(content):
        text = TAG.sub("", card["text"]).removeprefix(card["name"]).strip()
        requirements.append({"location": f"{page.url}#{card['name']}", "title": card["name"], "text": text})


def on_post_build(config: MkDocsConfig) -> None:
    """Add them to the index, which is written by then."""
    path = Path(config.site_dir) / "search" / "search_index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    index["docs"] += requirements
    path.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
