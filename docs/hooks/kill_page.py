"""The mkdocs hook of the kill matrix: for every requirement, the faults that its checks reject."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from optimspec_conformance import specification

INTRODUCTION = """\
# Kill matrix

How much does a passing check prove? For every requirement, this page lists the wrong implementations that its checks
reject. Each fault names in advance the requirement that it breaks, and only a rejection for that one counts. There are
two kinds: the oracle with one thing changed, in every class where the change makes a difference, and the reference with
one class broken. `python tools/kill_matrix.py` runs them all; `conformance/results/kill-matrix.json` records what each
single check rejects.

A check also has to meet the condition of its requirement: to cross a boundary, to reach a clamp. It does so if it sees
a fault that breaks the requirement, or if it expects a refusal.
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    path = Path(config.config_file_path).parent / "conformance/results/kill-matrix.json"
    content = "\n".join(_page(json.loads(path.read_text(encoding="utf-8"))))
    files.append(File.generated(config, "kill-matrix.md", content=content))
    return files


def _page(matrix: dict[str, Any]) -> Iterator[str]:
    yield INTRODUCTION
    yield "| | |\n|---|---|"
    for name, value in matrix["totals"].items():
        counted = ", ".join(f"{n} of the {kind}" for kind, n in value.items()) if isinstance(value, dict) else value
        yield f"| {name} | {counted} |"
    if matrix["unmet"]:
        yield "\nNo check meets the condition of these, for a reason:\n"
        yield from (f"- {group}: {reason}" for group, reason in matrix["unmet"].items())
    rejected = _rejected(matrix["faults"])
    of_page: dict[str, list[str]] = defaultdict(list)
    for id_, requirement in specification.requirements().items():
        of_page[requirement.page].append(id_)
    for page, ids in of_page.items():
        yield f"\n## {page.removesuffix('.md')}\n\n| requirement | level | faults that it rejects |\n|---|---|---|"
        yield from (_row(id_, rejected.get(id_, {}), matrix["unbreakable"].get(id_, "")) for id_ in ids)


def _rejected(kinds: dict[str, Any]) -> dict[str, dict[str, set[str]]]:
    """The classes in which each fault is rejected, by requirement and fault."""
    by_requirement: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for classes in kinds.values():
        for subject, requirements in classes.items():
            for id_, group in requirements.items():
                for name, mask in group["faults"].items():
                    if mask != "same" and int(mask, 16):  # under some convention, it changes nothing
                        by_requirement[id_][name].add(subject)
    return by_requirement


def _row(id_: str, faults: dict[str, set[str]], reason: str) -> str:
    requirement = specification.requirements()[id_]
    cells = "; ".join(f"{name} ({_where(classes)})" for name, classes in faults.items())
    return f"| [{id_}](spec/{requirement.page}#{id_}) | {requirement.level} | {cells or reason or '–'} |"


def _where(classes: set[str]) -> str:
    return f"{len(classes)} classes" if len(classes) > 2 else ", ".join(sorted(classes))
