"""What implementations in Python share: a difference is shown as a few lines of Python."""

from __future__ import annotations

from pathlib import Path

from ..scenarios.trace import Difference
from ..scenarios.values import Scenario
from .protocol import FailedRun, Implementation
from .reproduction import program
from .snippet import STATE, snippet


class PythonImplementation(Implementation):
    """``module`` is what a snippet imports; ``state`` is its expression for the state of a weight."""

    module: str
    state: str = STATE

    def show(self, scenario: Scenario, difference: Difference) -> list[str]:
        return snippet(self.module, scenario, difference, self.state)

    def reproduce(self, run: FailedRun, directory: Path) -> dict[str, str]:
        return {".py": program(run, self.module, self.state, directory)}
