"""The mkdocs hook of the page of mutants, from the record that ``python -m mutation`` keeps."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

INTRODUCTION = """\
# Mutants

Besides the faults that people thought of, the [reference](reference.md) is changed mechanically: one operator,
constant, function or statement at a time. The kit runs on each mutant and should reject it. A mutant that it does not
reject is *equivalent*, for a stated reason; or it changes what the reference does beyond the specification, and *its
own tests* reject it; or it is *left*.

**{share:.2%}** of the mutants that are neither equivalent nor the reference's own are rejected.
[Maintaining](maintaining.md#mutants) says how to run them.

| module | mutants | rejected by the kit | equivalent | by the reference's own tests | left |
|---|---|---|---|---|---|"""
REASONS = """
## Why some are equivalent

| mutants | reason |
|---|---|"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    folder = Path(config.config_file_path).parent / "tools/mutation"
    record = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    named = tomllib.loads((folder / "named.toml").read_text(encoding="utf-8"))
    reference = folder.parents[1] / "reference/optimspec"
    modules = {path.relative_to(reference).as_posix() for path in reference.rglob("[!_]*.py")}
    content = "\n".join(_page(record, named, sorted(modules - record.keys())))
    files.append(File.generated(config, "mutants.md", content=content))
    return files


def _page(record: dict[str, Any], named: dict[str, Any], missing: list[str]) -> Iterator[str]:
    kinds = {mutant: kind for kind in ("equivalent", "own") for entry in named[kind] for mutant in entry["mutants"]}
    rows = []
    for path, module in record.items():
        counts = Counter(kinds.get(mutant, "left") for mutant in module["not_killed"])
        counts["rejected"] = module["mutants"] - counts.total()
        rows.append((path, module["mutants"], counts))
    total = sum((counts for _, _, counts in rows), Counter[str]())
    yield INTRODUCTION.format(share=total["rejected"] / (total["rejected"] + total["left"]))
    for path, mutants, counts in [*rows, ("all", total.total(), total)]:
        cells = " | ".join(str(counts[kind]) for kind in ("rejected", "equivalent", "own", "left"))
        yield f"| {path} | {mutants} | {cells} |"
    yield from (f"| {path} | not run | | | | |" for path in missing)
    yield REASONS
    there = {mutant for module in record.values() for mutant in module["not_killed"]}
    for entry in named["equivalent"]:
        yield f"| {len(there & set(entry['mutants']))} | {entry['reason']} |"
