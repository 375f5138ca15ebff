"""Training logs: the check of a million points beside numpy's reader, its memory, and a proposal."""

from __future__ import annotations

import csv
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from optimspec_conformance.logs.answer import answer
from optimspec_conformance.logs.curve import Curve
from optimspec_conformance.logs.files import Columns, read
from optimspec_conformance.logs.proposals import propose
from optimspec_conformance.logs.spec import parse

from .conftest import Beside, Measured

COSINE = "CosineAnnealingLR(base_lr=0.0003, T_max=1000000)"
WARMUP = (
    "SequentialLR([LinearLR(base_lr=0.1, start_factor=0.5, total_iters=1000), ConstantLR(factor=1.0, total_iters=0), "
    "LinearLR(start_factor=1.0, end_factor=0.0, total_iters=2000)], milestones=[1000, 8000])"
)
POINTS = 10**6


def log(path: Path, spec: str, points: int) -> str:
    steps = np.arange(points)
    rates = Curve(parse(spec))(steps).tolist()
    lines = [f"{step},{1 / (step + 1):.4f},{rate!r}" for step, rate in zip(steps.tolist(), rates, strict=True)]
    path.write_text("\n".join(["step,loss,lr", *lines]) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def long(tmp_path: Path) -> str:
    return log(tmp_path / "long.csv", COSINE, POINTS)


def in_json(log: Path) -> str:
    """The same log as JSON Lines."""
    path = log.with_suffix(".jsonl")
    with log.open(encoding="utf-8") as rows, path.open("w", encoding="utf-8") as lines:
        next(rows)
        for step, loss, rate in csv.reader(rows):
            lines.write(f'{{"step": {step}, "loss": {loss}, "lr": {rate}}}\n')
    return str(path)


def check(name: str) -> None:
    assert answer(read(name, Columns()), parse(COSINE), 0, None, None).agrees


def test_a_million_points(beside: Beside, long: str) -> None:
    theirs = "numpy.loadtxt"
    what = "a log of a million points checked"
    beside(lambda: check(long), lambda: np.loadtxt(long, delimiter=",", skiprows=1), what, theirs, 4.0, rounds=5)


@pytest.mark.parametrize("suffix", ["", ", as JSON Lines"])
def test_the_memory_of_a_million_points(measured: Measured, long: str, suffix: str) -> None:
    name = in_json(Path(long)) if suffix else long
    tracemalloc.start()
    check(name)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    what, size = f"memory to check a log of a million points{suffix}", Path(name).stat().st_size
    measured(lambda: None, what, "times the file", 6.0, value=lambda _: most / size)


def test_a_proposal(measured: Measured, tmp_path: Path) -> None:
    read_log = read(log(tmp_path / "log.csv", WARMUP, 10**4), Columns())
    measured(lambda: propose(read_log), "a schedule proposed for a log of 10 000 points", "s", 5.0, rounds=3)
