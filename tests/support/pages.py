"""The pages of the site: building them, and reading their tags."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "spec", "reference", "examples", "conformance/results", "conformance/differences")
FILES = (
    *("mkdocs.yml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/results.json"),
    *("tools/mutation/results.json", "tools/mutation/named.toml"),
)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def copied(target: Path) -> Path:
    """A copy of what the site is built from, to change something in."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, target / name)
    for name in FILES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    return target


def remove_results(root: Path) -> None:
    """Those of libraries; the kill matrix, which is beside them, stays."""
    for path in (root / "conformance/results").glob("*.json"):
        if path.name != "kill-matrix.json":
            path.unlink()


def build(root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(root / "mkdocs.yml"), "-d", str(site)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def built(site: Path, source: Path) -> Path:
    """Where a page of docs/ or spec/ is in the site."""
    page = source.relative_to("docs") if source.is_relative_to("docs") else source
    return site / (page.parent if page.name == "index.md" else page.with_suffix("")) / "index.html"


def published(root: Path, target: Path) -> Path:
    """The site of a root, which builds without a warning."""
    result = build(root, target)
    assert result.returncode == 0, result.stdout
    return target


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    FETCHING = re.compile("audio|base|embed|iframe|image|img|link|object|script|source|track|use|video")

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(read(page))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def of_class(self, name: str) -> list[dict[str, str]]:
        return [attributes for _, attributes in self.found if name in attributes.get("class", "").split()]

    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.found if "id" in attributes]

    def fetched(self) -> Iterator[str]:
        """The addresses that a browser asks for by itself."""
        for tag, attributes in self.found:
            if self.FETCHING.fullmatch(tag) and attributes.get("rel") not in ("canonical", "next", "prev"):
                names = attributes.keys() & {"data", "href", "poster", "src", "srcset"}
                yield from (attributes[name] for name in names)


def rows(page: str) -> list[list[str]]:
    """The text of the cells of each row of a page's tables; nothing for a row of heads."""

    def text(cell: str) -> str:
        return unescape(re.sub(r"<[^>]+>", "", cell))

    found = re.findall(r"<tr>(.+?)</tr>", page, re.DOTALL)
    return [list(map(text, re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL))) for row in found]


def dead_links(site: Path) -> list[str]:
    """The links within a site that lead to no page, or to no anchor; what has a = in it is a state of the explorer."""
    tags = {path: Tags(path) for path in sorted(site.rglob("*.html"))}
    anchors = {path: set(page.ids()) for path, page in tags.items()}
    dead = []
    for path, page in tags.items():
        for _, attributes in page.found:
            link = attributes.get("href", attributes.get("src", ""))
            address, anchor = urldefrag(link)
            if urlsplit(link).scheme or "=" in anchor or path.name == "404.html":
                continue
            target = (path.parent / unquote(address)).resolve() if address else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or (anchor and unquote(anchor) not in anchors.get(target, {unquote(anchor)})):
                dead.append(f"{path.relative_to(site)} -> {link}")
    return dead
