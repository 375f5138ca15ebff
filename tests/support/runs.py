"""Runs of pytest in a process of its own, on small modules: what to run, and what is left of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from optimspec_conformance.cases import committed

ROOT = Path(__file__).parents[2]
KIT = ("--pyargs", "optimspec_conformance")
EXPONENTIAL = str(committed.VECTORS / "schedulers" / "exponential.json")

OK, FAILED, USAGE = 0, 1, 4

ONE_CLASS = "from numpy_optim import ExponentialLR, ParamState\n"
MOVES_TWO = """
import numpy_optim
from numpy_optim import ParamState

class ExponentialLR(numpy_optim.ExponentialLR):
    def step(self, epoch=None):
        super().step(self.last_epoch + 2 if epoch is None else epoch)
"""


def beside_numpy_optim(directory: Path) -> Path:
    """Give the directory the numpy example, a right implementation."""
    (directory / "numpy_optim").symlink_to(ROOT / "examples" / "numpy_optim", target_is_directory=True)
    return directory


@dataclass(frozen=True)
class Run:
    """What is left of a run: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def failures(self) -> str:
        return self.out.partition(" optimspec: ")[0]

    @property
    def report(self) -> str:
        """The kit's own part of the output; '' if it has none."""
        _, _, report = self.out.partition(" optimspec: ")
        return re.split("^=+ short test summary info =+$", report, flags=re.MULTILINE)[0]

    @property
    def closing(self) -> str:
        """The closing line of the report."""
        (line,) = re.findall(r"^\d+ checks: .+$", self.report, re.MULTILINE)
        return str(line)

    @property
    def claim(self) -> str:
        return re.split(r": (?=[A-Z]{3})", self.closing)[-1]

    @property
    def errors(self) -> list[str]:
        return re.findall(r"^error: (.+)$", self.report, re.MULTILINE)

    def count(self, word: str) -> int:
        (number,) = re.findall(rf"\b(\d+) {word}\b", self.closing)
        return int(number)


def pytest_in(directory: Path, *arguments: str, path: Path | None = None) -> Run:
    """Run pytest as from a shell: none of this run's own settings reach it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    command = [sys.executable, "-m", "pytest", "-q", "-o", f"cache_dir={directory / 'cache'}", *arguments]
    result = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    return Run(result.returncode, result.stdout, result.stderr)


def kit(directory: Path, implementation: str, *arguments: str) -> Run:
    return pytest_in(directory, *KIT, f"--impl={implementation}", *arguments)


def kit_on(directory: Path, source: str, *arguments: str) -> Run:
    (directory / "mypkg.py").write_text(source, encoding="utf-8")
    return kit(directory, "mypkg", *arguments)


def message(run: Run) -> str:
    """Return the one line that a run which could not begin leaves behind."""
    assert run.code == USAGE, run.text
    assert "Traceback" not in run.text
    (line,) = [line for line in run.text.splitlines() if line.strip()]
    assert line.startswith("ERROR: optimspec: ")
    return line.removeprefix("ERROR: optimspec: ")
