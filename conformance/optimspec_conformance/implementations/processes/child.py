"""A line-based subprocess."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO

from ...scenarios.text import one_line
from ...scenarios.values import Json
from ..protocol import AbnormalExit, out_of_time
from .forked import Forked

GRACE = 1.0  # seconds for a process to end by itself
CHUNK = 1 << 16
MAX_UNREAD = 1 << 25  # bytes of unread answers
STDERR_KEPT = 4000  # bytes of standard error
STDERR_LINES = 8  # lines of it
KIT = str(Path(__file__).parents[2])


def started(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str] | None = None,
    inherited: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """A new process, with the file descriptors that it inherits besides its pipes."""
    return subprocess.Popen(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,  # Ctrl-C is for the run
        pass_fds=inherited,
    )


class LineProcess:
    """A subprocess that answers lines with lines; keeps the end of its standard error."""

    def __init__(self, process: subprocess.Popen[bytes] | Forked) -> None:
        self.process = process
        self.requests: SimpleQueue[bytes] = SimpleQueue()
        self.answers: SimpleQueue[bytes] = SimpleQueue()
        self.partial_line: list[bytes] = []  # of an unfinished line
        self.stderr_tail = b""
        self.received = self.consumed = 0
        self.stopped = False
        # A thread for each pipe, so that a process that does not read, or floods its output, blocks nothing.
        self.threads = [Thread(target=t, daemon=True) for t in (self._write, self._read_answers, self._read_stderr)]
        for thread in self.threads:
            thread.start()

    def _write(self) -> None:
        pipe = _pipe(self.process.stdin)
        with suppress(OSError):
            while request := self.requests.get():
                remaining = memoryview(request)
                while remaining:
                    remaining = remaining[pipe.write(remaining) :]
        with suppress(OSError):
            pipe.close()

    def _read_answers(self) -> None:
        pipe = _pipe(self.process.stdout)
        while not self.floods() and (chunk := pipe.read(CHUNK)):
            self.received += len(chunk)
            *lines, partial_line = chunk.split(b"\n")
            for line in lines:
                self.answers.put(b"".join([*self.partial_line, line, b"\n"]))
                self.partial_line = []
            self.partial_line.append(partial_line)
        self.answers.put(b"")

    def _read_stderr(self) -> None:
        pipe = _pipe(self.process.stderr)
        while chunk := pipe.read(CHUNK):
            self.stderr_tail = (self.stderr_tail + chunk)[-STDERR_KEPT:]

    def floods(self) -> bool:
        return self.received - self.consumed > MAX_UNREAD

    def send(self, request: Json) -> None:
        self.requests.put(json.dumps(request).encode() + b"\n")

    def receive(self, seconds: float) -> bytes:
        """The next line. Raises AbnormalExit if it does not come in time, or the process has ended."""
        try:
            line = self.answers.get(timeout=None if math.isinf(seconds) else seconds)
        except Empty:
            if self.process.poll() is not None:  # a process that it started still holds its standard output
                raise self.death() from None
            timeout = out_of_time(seconds)
            how = f"{timeout.observed}{self.why_silent()}"
            raise AbnormalExit(timeout.what, timeout.expected, self.with_last_words(how)) from None
        self.consumed += len(line)
        if not line:
            raise self.death()
        return line

    def why_silent(self) -> str:
        """Why there was no answer: a process that does not flush its output gives the answer once its input ends."""
        self.requests.put(b"")
        with suppress(Empty):
            if self.answers.get(timeout=GRACE):
                return "; the answer came when the input had ended: flush the output after each answer"
        return "" if self.received else "; nothing has arrived: is it flushed after each answer?"

    def death(self) -> AbnormalExit:
        """How the process ended, or that it was killed."""
        floods = self.floods()
        code = self.stop(kill=floods)
        if floods:
            how = f"wrote more than {MAX_UNREAD} bytes without being asked"
        elif code is None:
            how = "closed its standard output and did not end"
        else:
            how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return AbnormalExit("the process", "answers", self.with_last_words(how))

    def with_last_words(self, how: str) -> str:
        """How it ended, an unfinished line, and the end of its standard error."""
        line = b"".join(self.partial_line)
        partial_line = [f"in the middle of a line: {quote(line)}"] if line else []
        lines = self.stderr_tail.decode(errors="replace").splitlines()
        stderr_lines = [
            line.strip() for line in lines if line.strip() and KIT not in line and "<frozen runpy>" not in line
        ]
        return "\n            ".join([how, *partial_line, *map(one_line, stderr_lines[-STDERR_LINES:])])

    def stop(self, kill: bool = False) -> int | None:
        """Close its input and wait; kill its process group after a grace period.

        Returns the exit code, or None if it was killed.
        """
        if self.stopped:
            return self.process.returncode
        self.stopped = True
        self.requests.put(b"")
        code = None
        if not kill:
            with suppress(subprocess.TimeoutExpired):
                code = self.process.wait(GRACE)
        with suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL) if hasattr(os, "killpg") else self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join(GRACE)
        pipes = (self.process.stdin, self.process.stdout, self.process.stderr)
        for thread, pipe in zip(self.threads, pipes, strict=True):
            if not thread.is_alive():
                _pipe(pipe).close()
        return code


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def quote(line: bytes) -> str:
    """A line, shortened for a message."""
    text = line.decode(errors="replace").rstrip("\n")
    return repr(text if len(text) <= 200 else f"{text[:200]}…")
