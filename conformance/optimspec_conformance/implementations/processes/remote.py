"""An implementation in a subprocess."""

from __future__ import annotations

from abc import abstractmethod

from ...scenarios.trace import Unsupported
from ...scenarios.values import Json, Scenario, Trace
from ..protocol import AbnormalExit, Changed, Implementation, ScenarioAborted, time_allowed
from .child import LineProcess

STRIDE = 7  # from one id to the next, so that a program which counts its answers instead of reading the ids is detected


class SubprocessImplementation(Implementation):
    """An implementation in its own process, which is restarted if it dies, unless a start has failed."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.child: LineProcess | None = None
        self.start_failure: AbnormalExit | Changed | None = None
        self.hello: Json = {}
        self.trace = []

    @abstractmethod
    def spawn(self) -> LineProcess: ...

    @abstractmethod
    def handshake(self, child: LineProcess) -> None:
        """Read the handshake of a new process."""

    @abstractmethod
    def parse_answer(self, answer: bytes, scenario: Scenario) -> Trace:
        """The trace in an answer."""

    def allowed(self, scenario: Scenario) -> float:
        """The seconds within which an answer must come."""
        return time_allowed(scenario, self.limit)

    def run(self, scenario: Scenario) -> Trace:
        try:
            child = self.ensure_started()
            self.request_id += STRIDE
            child.send({"id": self.request_id, "scenario": scenario})
            return self.parse_answer(child.receive(self.allowed(scenario)), scenario)
        except AbnormalExit as exit:
            self.end_child(kill=True)
            self.restarts += 1
            raise ScenarioAborted(scenario, exit.difference(len(scenario["do"])), []) from None
        except (ScenarioAborted, Unsupported):
            raise
        except BaseException:  # Ctrl-C, as a rule
            self.end_child(kill=True)
            raise

    def ensure_started(self) -> LineProcess:
        """The running process; starts one if there is none."""
        if self.start_failure is not None:
            raise self.start_failure
        if self.child is None:
            self.child = self.spawn()
            try:
                self.handshake(self.child)
            except BaseException as error:
                self.end_child(kill=True)
                self.start_failure = error if isinstance(error, (AbnormalExit, Changed)) else None
                raise
        return self.child

    def check_handshake(self, hello: Json) -> None:
        """Keep the first handshake. Raises Changed if that of a restarted process differs."""
        if self.hello and hello != self.hello:
            names = ", ".join(name for name in {**self.hello, **hello} if self.hello.get(name) != hello.get(name))
            raise Changed(f"a process that was started again says something else about its {names}")
        self.hello = hello

    def close(self) -> None:
        self.end_child()

    def end_child(self, kill: bool = False) -> None:
        if self.child is not None:
            self.child.stop(kill)
            self.child = None
