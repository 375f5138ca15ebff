"""The mkdocs hook of the page of benchmarks: ratios and growth, from ``benchmarks/results.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files


def on_files(files: Files, config: MkDocsConfig) -> Files:
    path = Path(config.config_file_path).parent / "benchmarks/results.json"
    content = "\n".join(_page(json.loads(path.read_text(encoding="utf-8"))))
    files.append(File.generated(config, "benchmarks.md", content=content))
    return files


RATIOS = """\
# Benchmarks

The reference beside its peers, each pair in one run on one machine. What is told is a ratio of medians, since times
differ between machines; below 1 the reference is faster.

| what, and the peer | ratio | aimed at | |
|---|---|---|---|"""
GROWTH = """
A state holds Python's own lists, so that it is JSON: for ten million weights that takes many times as long as copies of
the bytes. A reference is to be read, and its state to be looked at.

## Growth

How the cost of an act grows with a size, as multiples of that of the smallest, and the power of the size that fits the
end of the row: 1 is linear, 0 no growth.

| with | sizes | cost | power |
|---|---|---|---|"""
MADE = """
`pytest benchmarks --benchmark-json=FILE` measures; `python -m benchmarks FILE` and
`python -m benchmarks.growth` record."""


def _page(found: dict[str, Any]) -> Iterator[str]:
    yield RATIOS
    for row in found["ratios"]:
        kept = "" if row["median"] <= row["bound"] else "above"
        yield f"| {row['what']} | {row['median']:.3g} | at most {row['bound']:.2g} | {kept} |"
        if "memory" in row:
            yield f"| {row['what']}: memory | {row['memory']:.3g} | at most {row['bound']:.2g} | |"
    yield GROWTH
    for row in found["growth"]:
        sizes = " · ".join(f"{size:.0e}" if size > 1000 else str(size) for size in row["sizes"])
        yield f"| {row['what']} | {sizes} | {' · '.join(f'{time:g}' for time in row['times'])} | {row['exponent']} |"
    yield MADE
