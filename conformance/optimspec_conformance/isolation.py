"""An implementation of Python in a process for each class, which runs ``worker``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from .child import GRACE, Apart, Child
from .comparison import Difference
from .guard import BrokenOff, NotFound, Stopped
from .native import shown_precision
from .scenario import Json, Scenario, Trace, Unsupported

START = 120.0  # seconds in which a library is imported


class Isolated(Apart):
    """Each class has a process, which finds nothing of the last one."""

    def __init__(self, name: str, directory: Path, precision: str | None, limit: float) -> None:
        super().__init__(limit)
        self.wanted, self.directory = name, directory
        self.subject: str | None = None
        self.hello: Json = {}
        try:
            self.living()
        except Stopped as stopped:
            raise NotFound(f"{name} cannot be used: {stopped.what} {stopped.observed}") from None
        self.name = self.hello["name"]
        self.version = self.hello["version"]
        self.state = self.hello["state"]
        self.module: str = self.hello["module"]
        self.lacks: dict[str, str] = self.hello["lacks"]
        self.precision = precision or self.hello["precision"] or shown_precision(self)

    def provides(self, name: str) -> bool:
        return name in self.hello["provides"]

    def spawn(self) -> Child:
        command = [sys.executable, "-P", "-m", f"{__package__}.worker", self.wanted, str(self.limit)]
        path = {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
        return Child(command, self.directory, os.environ | path)

    def greet(self, child: Child) -> None:
        self.hello = json.loads(child.receive(START))
        if "error" in self.hello:
            raise NotFound(self.hello["error"])

    def allowed(self, scenario: Scenario) -> float:
        """The process itself ends what can be interrupted, and says more about it."""
        return 2 * super().allowed(scenario) + GRACE

    def understood(self, answer: bytes, scenario: Scenario) -> Trace:
        content = json.loads(answer)
        if "unsupported" in content:
            raise Unsupported(content["unsupported"])
        trace: Trace = content["trace"]
        if "broken_off" in content:
            raise BrokenOff(scenario, Difference(*content["broken_off"]), trace)
        return trace

    def turn_to(self, subject: str) -> None:
        if self.subject not in (None, subject):
            self.close()
        self.subject = subject
