"""The mkdocs hook of the table of libraries in the page of known mistakes: which kinds they have today, by class."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from optimspec_conformance.classes.catalogue import module_path
from optimspec_conformance.specification import requirements
from records import FAILING, anchor, records

PAGE, MARKER = "field-bugs.md", "<!-- kinds in libraries -->"
NAMED = 3  # of so many classes at most, each is named
KINDS = {
    "the caller's gradients, their mapping, or an array that was read is changed": ("OPT-15", "OPT-16"),
    "weights disturb each other: an empty one, gradients in another order, many keys": ("OPT-8", "OPT-13"),
    "a weight without a gradient is stepped, or stops others": ("OPT-9",),
    "a count is shared, saturates, or begins elsewhere": ("OPT-10",),
    "a dtype is taken from another weight, or narrowed": ("OPT-11", "OPT-12", "OPT-36"),
    "hyperparameters or norms in half precision; tiny and huge magnitudes": ("OPT-47", "NUM-5", "NUM-6"),
    "a value that was set from outside is not seen": ("OPT-44",),
    "gradients that are not finite are skipped": ("OPT-46",),
    "one weight under two keys": ("OPT-45",),
    "the decay of one group holds for others": ("OPT-33",),
    "a group that joins late, or another optimizer, has another's rate": ("OPT-4", "OPT-30", "OPT-32", "SCH-15"),
    "the rate depends on the order of building, attaching and loading": ("STA-8", "STA-13"),
    "a resumed run is not the same run": ("STA-7", "STA-9", "STA-10"),
    "a longer total or other hyperparameters are lost in a load": ("STA-20",),
    "asking for a state changes what follows": ("STA-19",),
    "a state is live, or shared after a load": ("STA-1", "STA-2", "STA-11", "STA-12"),
    "a state of another class is loaded": ("STA-21",),
    "a refused call leaves something behind": ("OPT-26", "SCH-25", "STA-18"),
}


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    if page.file.src_uri != PAGE:
        return markdown
    shown = records(Path(config.config_file_path).parent)
    return markdown.replace(MARKER, "\n".join(table(shown)))


def table(shown: list[dict[str, Any]]) -> Iterator[str]:
    """A row for each kind, a column for each library."""
    if not shown:
        yield "No result of a library is committed."
        return
    names = [f"{record['implementation']['name']} {record['implementation']['version']}" for record in shown]
    yield f"| kind | requirements | {' | '.join(names)} |"
    yield f"|---|---|{'---|' * len(shown)}"
    for kind, ids in KINDS.items():
        links = ", ".join(f"[{id_}](spec/{requirements()[id_].page}#{id_})" for id_ in ids)
        yield f"| {kind} | {links} | {' | '.join(_cell(record, ids) for record in shown)} |"


def _cell(record: dict[str, Any], ids: tuple[str, ...]) -> str:
    """The classes in which a library breaks one of the requirements, of those that were judged."""
    asked = [entry for entry in record["results"] if entry["requirement"] in ids]
    judged = dict.fromkeys(entry["class"] for entry in asked if entry["counts"].keys() - {"not provided"})
    broken = dict.fromkeys(entry["class"] for entry in asked if entry["verdict"] in (*FAILING, "advisory"))
    if not judged:
        return "–"
    place = anchor(record["implementation"]["name"])
    links = ", ".join(f"[{name}](spec/{module_path(name)}.md#{place})" for name in broken)
    return links if 0 < len(broken) <= NAMED else f"{len(broken)} of {len(judged)} classes" if broken else "none"
