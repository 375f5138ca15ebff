"""An implementation in a process of its own, which may die or hang without an end of the run."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO

from .comparison import Difference
from .guard import BrokenOff, Stopped, allowance, out_of_time
from .implementations import NotFound
from .native import shown_precision
from .scenario import Json, Scenario, Trace, Unsupported

GRACE = 1.0  # seconds: the process itself ends what can be interrupted, and says more about it
START = 120.0  # seconds in which a library is imported
KEPT = 4000  # bytes of standard error
SHOWN = 8  # lines of it
KIT = str(Path(__file__).parent)


class Process:
    """One process: the lines that it answers, the end of what it printed."""

    def __init__(self, name: str, directory: Path, limit: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}.worker", name, str(limit)],
            cwd=directory,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the run
        )
        self.answers: SimpleQueue[bytes] = SimpleQueue()
        self.printed = b""
        self.threads = [Thread(target=read, daemon=True) for read in (self._read_answers, self._read_printed)]
        for thread in self.threads:
            thread.start()

    def _read_answers(self) -> None:
        for line in _pipe(self.process.stdout):
            self.answers.put(line)
        self.answers.put(b"")

    def _read_printed(self) -> None:
        while some := os.read(_pipe(self.process.stderr).fileno(), 1 << 16):
            self.printed = (self.printed + some)[-KEPT:]

    def send(self, request: Json) -> None:
        pipe = _pipe(self.process.stdin)
        try:
            pipe.write(json.dumps(request).encode() + b"\n")
            pipe.flush()
        except OSError:
            raise self.death() from None

    def receive(self, seconds: float) -> Json:
        try:
            line = self.answers.get(timeout=None if math.isinf(seconds) else seconds)
        except Empty:
            raise out_of_time(seconds) from None
        if not line:
            raise self.death()
        return json.loads(line)

    def death(self) -> Stopped:
        code = self.stop()
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        lines = self.printed.decode(errors="replace").splitlines()
        said = [line.strip() for line in lines if line.strip() and KIT not in line and "<frozen runpy>" not in line]
        return Stopped("the process", "answers", "\n            ".join([how, *said[-SHOWN:]]))

    def stop(self, kill: bool = False) -> int:
        """Let it end, and see how it did."""
        if kill:
            self.process.kill()
        with suppress(OSError):
            _pipe(self.process.stdin).close()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
        code = self.process.wait()
        for thread in self.threads:
            thread.join(GRACE)
        for pipe in (self.process.stdout, self.process.stderr):
            _pipe(pipe).close()
        return code


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


class Isolated:
    """An implementation in a process for each class, which is started anew when it has died."""

    def __init__(self, name: str, directory: Path, precision: str | None, limit: float) -> None:
        self.wanted, self.directory, self.limit = name, directory, limit
        self.subject: str | None = None
        self.process: Process | None = None
        self.asked = 0
        try:
            self.hello = self.start()
        except Stopped as stopped:
            raise NotFound(f"{name} cannot be used: {stopped.what} {stopped.observed}") from None
        self.name: str = self.hello["name"]
        self.version: str = self.hello["version"]
        self.state: str = self.hello["state"]
        self.module: str = self.hello["module"]
        self.lacks: dict[str, str] = self.hello["lacks"]
        self.precision: str = precision or self.hello["precision"] or shown_precision(self)

    def provides(self, name: str) -> bool:
        return name in self.hello["provides"]

    def run(self, scenario: Scenario) -> Trace:
        try:
            return self.ask(scenario)
        except Stopped as stopped:
            self.close(kill=True)
            raise BrokenOff(scenario, stopped.difference(len(scenario["do"])), []) from None

    def ask(self, scenario: Scenario) -> Trace:
        if self.process is None:
            self.start()
        assert self.process is not None
        self.asked += 1
        allowed = self.limit * allowance(scenario)
        self.process.send({"id": self.asked, "scenario": scenario})
        answer = self.process.receive(allowed + GRACE)
        if "unsupported" in answer:
            raise Unsupported(answer["unsupported"])
        trace: Trace = answer["trace"]
        if "broken_off" in answer:
            raise BrokenOff(scenario, Difference(*answer["broken_off"]), trace)
        return trace

    def start(self) -> Json:
        self.process = Process(self.wanted, self.directory, self.limit)
        hello = self.process.receive(START)
        if "error" in hello:
            self.close()
            raise NotFound(hello["error"])
        return hello

    def turn_to(self, subject: str) -> None:
        """The next scenarios are about another class, which finds nothing of the last one."""
        if self.subject not in (None, subject):
            self.close()
        self.subject = subject

    def close(self, kill: bool = False) -> None:
        if self.process is not None:
            self.process.stop(kill)
            self.process = None
