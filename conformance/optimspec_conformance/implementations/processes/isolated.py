"""A Python implementation in a subprocess for each class. The subprocess runs ``worker``.

Starting Python and importing a library takes longer than the checks of most classes. So one process imports it, and
the one for each class forks from that, where this is safe.
"""

from __future__ import annotations

import json
import math
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from ...scenarios.trace import Difference, Unsupported
from ...scenarios.values import Scenario, Trace
from ..protocol import IMPORT, AbnormalExit, CannotTest, ScenarioAborted
from ..python import PythonImplementation
from .child import GRACE, LineProcess, started
from .forked import TASKS, Forked
from .remote import SubprocessImplementation


class IsolatedImplementation(SubprocessImplementation, PythonImplementation):
    """A new process for each class, so that no class sees what another one has left behind."""

    def __init__(self, name: str, directory: Path, precision: str | None, limit: float) -> None:
        super().__init__(limit)
        self.requested_name, self.directory = name, directory
        self.subject: str | None = None
        self.origin: LineProcess | None = None  # the process from which others fork
        self.to_origin: socket.socket | None = None
        try:
            self.ensure_started()
        except AbnormalExit as exit:
            raise CannotTest(f"{name} cannot be used: {exit.what} {exit.observed}") from None
        finally:
            if self.child is None:
                self.close()
        self.name, self.version = self.hello["name"], self.hello["version"]
        self.module, self.state = self.hello["module"], self.hello["state"]
        self.not_observable = self.hello["not_observable"]
        self.conventions, self.tiers = self.hello["conventions"], tuple(self.hello["tiers"])
        self.declared_precision = precision or self.hello["precision"]

    def provides(self, name: str) -> bool:
        return name in self.hello["provides"]

    def has_set_lr(self, name: str) -> bool:
        return name in self.hello["has_set_lr"]

    def spawn(self) -> LineProcess:
        if self.origin is not None and self.to_origin is not None:
            with suppress(OSError):  # an implementation can end its origin
                return LineProcess(Forked(self.to_origin))
        self.end_origin()
        command = [sys.executable, "-P", "-m", f"{__package__}.worker", self.requested_name, str(self.limit)]
        path = {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | path
        if not TASKS.is_dir():
            return LineProcess(started(command, self.directory, environment))
        self.to_origin, ours = socket.socketpair()
        with ours:
            number = ours.fileno()
            return LineProcess(started([*command, str(number)], self.directory, environment, [number]))

    def handshake(self, child: LineProcess) -> None:
        hello = json.loads(child.receive(math.inf if math.isinf(self.limit) else IMPORT + GRACE))
        if "error" in hello:
            raise CannotTest(hello["error"])
        if "forks" in hello:
            self.origin, self.child = child, None
            self.child = self.spawn()
            self.handshake(self.child)
        else:
            self.check_handshake(hello)

    def end_origin(self) -> None:
        if self.to_origin is not None:
            self.to_origin.close()
            self.to_origin = None
        if self.origin is not None:
            self.origin.stop(kill=True)
            self.origin = None

    def close(self) -> None:
        super().close()
        self.end_origin()

    def allowed(self, scenario: Scenario) -> float:
        """Longer than the worker's own limit, which gives a better reason if the code can be interrupted."""
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
            self.end_child()
        self.subject = name
