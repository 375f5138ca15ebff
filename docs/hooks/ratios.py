"""The mkdocs hook of the page of benchmarks: ratios, the kit and growth, from ``benchmarks/results.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drawing import line
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files


def on_files(files: Files, config: MkDocsConfig) -> Files:
    path = Path(config.config_file_path).parent / "benchmarks/results.json"
    content = "\n".join(_page(json.loads(path.read_text(encoding="utf-8"))))
    files.append(File.generated(config, "benchmarks.md", content=content))
    return files


RATIOS = """\
# Benchmarks

The reference and its peers, each pair run alternately on one machine. The numbers are ratios of medians, since times
differ between machines; below 1 the reference is faster. A bound is a goal, not a promise.

| what, and the peer | ratio | aimed at | |
|---|---|---|---|"""
STATE = """
A state is strict JSON and loses no bit: arrays are written as hexadecimal digits, two for each byte, which takes longer
than copying the bytes.
"""
KIT = """
## The kit

Whole commands on the same machine, with two processors, and the time that each took. In a run on the reference, XLA
spends about half of the time compiling each rule for each set of shapes.

| what | measured | aimed at | |
|---|---|---|---|"""
GROWTH = """
## Growth

How the cost of an operation grows with a size, as multiples of the cost at the smallest size, and the power of the size
that fits the end of the row: 1 is linear, 0 is no growth.

| with | sizes | cost | power |
|---|---|---|---|"""
MADE = """
`pytest benchmarks --benchmark-json=FILE` measures; `python -m benchmarks FILE` and
`python -m benchmarks.growth` record."""


def _page(measured: dict[str, Any]) -> Iterator[str]:
    yield RATIOS
    for row in measured["ratios"]:
        yield f"| {row['what']} | {row['median']:.3g} | at most {row['bound']:.2g} | {_above(row)} |"
        if "memory" in row:
            yield f"| {row['what']}: memory | {row['memory']:.3g} | at most {row['bound']:.2g} | |"
    yield STATE
    yield KIT
    for row in measured["kit"]:
        yield f"| {row['what']} | {row['median']:.3g} {row['unit']} | at most {row['bound']:g} | {_above(row)} |"
    yield GROWTH
    for row in measured["growth"]:
        sizes = " · ".join(f"{size:.0e}" if size > 1000 else str(size) for size in row["sizes"])
        for kind in KINDS:
            times = " · ".join(f"{time:g}" for time in row[kind]["times"])
            yield f"| {row['what']}: {kind} | {sizes} | {times} | {row[kind]['exponent']} |"
    for i, row in enumerate(measured["growth"]):
        for kind in KINDS:
            title = f"{row['what']}: {kind}"
            plot = _plot(title, kind, row["sizes"], row[kind]["times"], f"growth-{i}-{kind}")
            yield f'\n<figure class="plot">{plot}<figcaption>{title}</figcaption></figure>'
    yield MADE


KINDS = ("time", "memory")


def _above(row: dict[str, Any]) -> str:
    return "" if row["median"] <= row["bound"] else "above"


def _plot(title: str, kind: str, sizes: list[int], times: list[float], within: str) -> str:
    """A plot with logarithmic axes: linear growth is a line of slope 1."""
    points = [(math.log10(size), math.log10(cost)) for size, cost in zip(sizes, times, strict=True)]
    description = f"From {sizes[0]} to {sizes[-1]} the {kind} grows {times[-1]:g} times."
    return line(title, description, points, "log₁₀ of the size", f"log₁₀ of the {kind}", within)
