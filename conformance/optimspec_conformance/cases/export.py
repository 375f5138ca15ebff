"""Exports the golden vectors for other languages: with decimal and with hexadecimal floats, schemas, and guides.

The folder is a package of npm as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from .. import specification
from ..scenarios.json_text import json_text
from ..scenarios.text import write_file
from ..scenarios.values import Json
from . import committed
from .committed import VECTORS
from .extras import MARKER, table

DECIMAL = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
HEXADECIMAL = r"^-?0x[01]\\.[0-9a-f]+p[+-]\\d+$"
NAMES = {"id", "area", "requirement", "class", "profile", "specification", "op", "as", "from", "on", "how", "via"}
NAMES |= {"name", "about", "dtype", "kind", "names", "by", "str", "fn", "raises", "is"}
NAMES |= {"tier", "reads", "reads_by", "error"}
_PACKAGE = Path(__file__).parents[1]


LINK = re.compile(r"\[([^\]]+)\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
PAGES = {
    "README.md": "docs/vectors.md",
    "process-protocol.md": "docs/process-protocol.md",
    "any-language.md": "docs/any-language.md",
    "LICENSE": "LICENSE",
}


def page(path: str, package: Path = _PACKAGE) -> Path:
    """A file from the checkout around the kit, or else the packaged one."""
    checkout = package.parent.parent / path
    return checkout if checkout.is_file() else package / checkout.name


def export(directory: Path) -> int:
    """Write all files; returns how many. Raises OSError."""
    contents = dict(files(committed.files()))
    for name, content in contents.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, content)
    return len(contents)


def files(vectors: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """The name and the content of each file."""
    specified = {
        f"spec/{path.relative_to(specification.directory()).as_posix()}": path.read_text(encoding="utf-8")
        for path in sorted(specification.directory().rglob("*.md"))
    }
    yield from specified.items()
    for name, source in PAGES.items():
        text = page(source).read_text(encoding="utf-8").replace(MARKER, table())
        yield name, _with_links_to(text, specified.keys() | PAGES.keys())
    yield "package.json", json_text(npm_package())
    schema = (VECTORS / "schema.json").read_text(encoding="utf-8")
    yield "schemas/decimal.json", schema
    yield "schemas/hex.json", _hex_schema(schema)
    for name in ("request.schema.json", "answer.schema.json"):
        yield f"schemas/{name}", (VECTORS / name).read_text(encoding="utf-8").replace('"schema.json#', '"decimal.json#')
    yield "schemas/report.json", (_PACKAGE / "reports" / "schema.json").read_text(encoding="utf-8")
    yield "manifest.json", (VECTORS / "manifest.json").read_text(encoding="utf-8")
    for path in vectors:
        name = path.relative_to(VECTORS).as_posix()
        content = path.read_text(encoding="utf-8")
        yield f"decimal/{name}", content
        yield f"hex/{name}", json_text(in_hex(json.loads(content)))


def npm_package() -> Json:
    return {
        "name": "optimspec-vectors",
        "version": specification.version(),
        "description": "Golden vectors for learning-rate schedulers and optimizers",
        "license": "Apache-2.0",
        "exports": {"./*": "./*"},
    }


def _with_links_to(text: str, names: Container[str]) -> str:
    """The text of a page without its links to pages that the folder does not have."""

    def kept(link: re.Match[str]) -> str:
        if link[2] == "vectors.md":
            return link[0].replace("vectors.md", "README.md")
        return link[0] if link[2] in names or "://" in link[2] else link[1]

    return LINK.sub(kept, text)


def in_hex(value: Json) -> Json:
    """The value with every float in hexadecimal; names and the keys of weights stay the same."""
    match value:
        case str() if DECIMAL.fullmatch(value):
            return float(value).hex()
        case [str() as key, {"dtype": _} as array]:
            return [key, in_hex(array)]
        case list():
            return [in_hex(entry) for entry in value]
        case dict():
            return {name: entry if name in NAMES else in_hex(entry) for name, entry in value.items()}
    return value


def _hex_schema(schema: str) -> str:
    (pattern,) = re.findall(r'"float": \{"type": "string", "pattern": "([^"]+)"\}', schema)
    return schema.replace(pattern, HEXADECIMAL)
