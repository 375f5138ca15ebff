"""A Python implementation in a subprocess for each class. The subprocess runs ``worker``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from ...scenarios.trace import Difference, Unsupported
from ...scenarios.values import Json, Scenario, Trace
from ..protocol import AbnormalExit, CannotTest, ScenarioAborted
from ..python import PythonImplementation
from .child import GRACE, LineProcess
from .remote import SubprocessImplementation

START = 120.0  # seconds within which a library must be imported


class IsolatedImplementation(SubprocessImplementation, PythonImplementation):
    """A new process for each class, so that no class sees what another one has left behind."""

    def __init__(self, name: str, directory: Path, precision: str | None, limit: float) -> None:
        super().__init__(limit)
        self.requested_name, self.directory = name, directory
        self.subject: str | None = None
        self.hello: Json = {}
        try:
            self.ensure_started()
        except AbnormalExit as exit:
            raise CannotTest(f"{name} cannot be used: {exit.what} {exit.observed}") from None
        self.name, self.version = self.hello["name"], self.hello["version"]
        self.module, self.state = self.hello["module"], self.hello["state"]
        self.not_observable = self.hello["not_observable"]
        self.declared_precision = precision or self.hello["precision"]

    def provides(self, name: str) -> bool:
        return name in self.hello["provides"]

    def has_set_lr(self, name: str) -> bool:
        return name in self.hello["has_set_lr"]

    def spawn(self) -> LineProcess:
        command = [sys.executable, "-P", "-m", f"{__package__}.worker", self.requested_name, str(self.limit)]
        path = {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
        return LineProcess(command, self.directory, os.environ | path)

    def handshake(self, child: LineProcess) -> None:
        self.hello = json.loads(child.receive(START))
        if "error" in self.hello:
            raise CannotTest(self.hello["error"])

    def allowed(self, scenario: Scenario) -> float:
        """Longer than the worker's own limit, which ends what can be interrupted and gives a better reason."""
        return 2 * super().allowed(scenario) + GRACE

    def parse_answer(self, answer: bytes, scenario: Scenario) -> Trace:
        content = json.loads(answer)
        if "unsupported" in content:
            raise Unsupported(content["unsupported"])
        trace: Trace = content["trace"]
        if "aborted" in content:
            raise ScenarioAborted(scenario, Difference(*content["aborted"]), trace)
        return trace

    def begin_class(self, name: str) -> None:
        if self.subject not in (None, name):
            self.close()
        self.subject = name
