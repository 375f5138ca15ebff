"""The mkdocs hook of migration pages: the names in two libraries, their conventions, and where they differ.

From the tables of the adapters, the committed results, and the records of ``optimspec diff --record``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from optimspec_conformance import specification
from optimspec_conformance.classes.catalogue import DEFINITIONS, arguments, module_path
from records import records, standing

MIGRATIONS = (("torch", "optax"), ("torch", "braintools"), ("optax", "torch"))
NUMBERS = re.compile(r"get_last_lr|current_lr|base_lrs|last_epoch|'\w+'\[|\(.+\)\[")

Record = dict[str, Any]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """A page for each direction; one that was not measured says so."""
    root = Path(config.config_file_path).parent
    by_library = {record["implementation"]["name"]: record for record in records(root)}
    for old, new in MIGRATIONS:
        measured = _read(root / "conformance/differences", old, new)
        content = "\n".join(_page(old, new, measured, by_library))
        files.append(File.generated(config, f"migration/{old}-to-{new}.md", content=content))
    return files


def _read(folder: Path, old: str, new: str) -> Record | None:
    """The record with the old library as ``a``, whichever way it was measured."""
    for path, turned in ((folder / f"{old}-{new}.json", False), (folder / f"{new}-{old}.json", True)):
        if path.is_file():
            record: Record = json.loads(path.read_text(encoding="utf-8"))
            return _turned(record) if turned else record
    return None


def _turned(record: Record) -> Record:
    names = str.maketrans("AB", "BA")
    rows = [
        {**row, "a": row["b"], "b": row["a"], "by": ", ".join(sorted(_sides(row, names)))} for row in record["partings"]
    ]
    return {**record, "a": record["b"], "b": record["a"], "partings": rows}


def _sides(row: Record, names: dict[int, int]) -> list[str]:
    return [f"{side[0].translate(names)}{side[1:]}" for side in row["by"].split(", ")]


def _page(old: str, new: str, record: Record | None, results: dict[str, Record]) -> Iterator[str]:
    yield f"---\nhide: [toc]\n---\n\n# From {old} to {new}\n"
    if record is None:
        yield "No measurement is committed."
        return
    before, after = (f"{record[side]['name']} {record[side]['version']}" for side in "ab")
    yield (
        f"Where {after} gives other results than {before}. Both ran the same cases, for all classes that both have "
        f"([`optimspec diff {old} {new}`](../command-line.md#optimspec-diff-a-b-class)). For each requirement, the "
        "first case in which they differ: after which operation, both values, and the difference relative to the "
        "larger one. Parameters have the names of the specification; the [adapters](../adapters.md) translate.\n"
    )
    yield from _names(old, new, record, results)
    yield "\n## Where they part\n"
    yield "| class | cases | they differ in |\n|---|---|---|"
    for entry in record["classes"]:
        link = f"[{entry['class']}](#{entry['class'].lower()})" if entry["part"] else entry["class"]
        yield f"| {link} | {entry['cases']} | {entry['part'] or 'none'} |"
    for entry in record["classes"]:
        if entry["part"]:
            yield from _class(entry["class"], old, new, record)


def _names(old: str, new: str, record: Record, results: dict[str, Record]) -> Iterator[str]:
    """What each class is called in both, and which convention it follows there; what the new library lacks."""
    before, after = (import_module(f"optimspec_conformance.adapters.{library}").names() for library in (old, new))
    common = [entry["class"] for entry in record["classes"]]
    yield "## Names and conventions\n"
    yield '<div class="names" markdown="1">\n'
    yield f"| class | {old} | {new} | parameters | convention |\n|---|---|---|---|---|"
    for name in common:
        cells = [
            f"[{name}](../spec/{module_path(name)}.md)",
            *(f"`{names[name].name}`" for names in (before, after)),
            "<br>".join(_renamed(name, before[name].parameters, after[name].parameters)),
            _conventions(name, *(results.get(record[side]["name"]) for side in "ab")),
        ]
        yield f"| {' | '.join(cells)} |"
    yield "\n</div>\n"
    missing = [name for name in DEFINITIONS if name in before and name not in after]
    if missing:
        yield f"{new} has no {', '.join(f'[{name}](../spec/{module_path(name)}.md)' for name in missing)}."


def _renamed(
    name: str, before: Mapping[str, str | tuple[str, ...]], after: Mapping[str, str | tuple[str, ...]]
) -> Iterator[str]:
    """The parameters that are not the same in both."""
    for parameter in sorted(arguments(name)):
        theirs = [names.get(parameter, parameter) for names in (before, after)]
        one, other = (", ".join(name) if isinstance(name, tuple) else name for name in theirs)
        if one != other:
            yield f"{one} → {other}"


def _conventions(name: str, before: Record | None, after: Record | None) -> str:
    """The conventions of both, if they differ."""
    followed = [" and ".join(standing(record, name).conventions) if record else "" for record in (before, after)]
    one, other = (f"*{convention}*" if convention else "the specification's own" for convention in followed)
    return one if one == other and followed[0] else "" if one == other else f"{one} → {other}"


def _class(name: str, old: str, new: str, record: Record) -> Iterator[str]:
    """The differences of a class: numbers first; refusals and the like are folded."""
    rows = [row for row in record["partings"] if row["class"] == name]
    numbers = [row for row in rows if NUMBERS.match(row["what"])]
    others = [row for row in rows if row not in numbers]
    yield f"\n## {name}\n"
    if numbers:
        yield from _table(numbers, old, new)
    if others:
        summary = f"Refused arguments and other differences: {len(others)}"
        yield f'\n<details class="golden" markdown="1"><summary>{summary}</summary>\n'
        yield from _table(others, old, new)
        yield "\n</details>"


def _table(rows: list[Record], old: str, new: str) -> Iterator[str]:
    yield '<div class="partings" markdown="1">\n'
    yield f"| requirement | after | what | {old} | {new} | difference | as specified |\n|---|---|---|---|---|---|---|"
    for row in rows:
        required = specification.requirements()[row["requirement"]]
        cells = [
            f'[{required.id}](../spec/{required.page}#{required.id}){{ title="{escape(row["check"])}" }}',
            *(_code(row[name]) for name in ("after", "what", "a", "b")),
            _apart(row["a"], row["b"]),
            _conforming(row["by"], old, new),
        ]
        yield f"| {' | '.join(cells)} |"
    yield "\n</div>"


def _code(text: str) -> str:
    """Text as code: what Markdown or HTML would take for markup is escaped."""
    escaped = re.sub(r"[^\w\s.,:=()'-]|_", lambda match: f"&#{ord(match[0])};", text)
    return f"<code>{escaped}</code>"


def _apart(a: str, b: str) -> str:
    """The difference relative to the larger value, as values are shown with four digits."""
    try:
        one, other = float(a), float(b)
    except ValueError:
        return ""
    if not (math.isfinite(one) and math.isfinite(other)):
        return ""
    return "in further digits" if one == other else f"{abs(one - other) / max(abs(one), abs(other)):.2g}"


def _conforming(by: str, old: str, new: str) -> str:
    verdicts = dict(side.split(" ", 1) for side in by.split(", ", 1))
    return ", ".join(library for side, library in (("A", old), ("B", new)) if verdicts[side] == "conforms") or "neither"
