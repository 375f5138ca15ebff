"""Processes forked from one that has imported an implementation: each starts with the import done.

The process that runs the kit asks on a socket, with the pipes of the new process. It receives the new process's id, and
later its exit code.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import warnings
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

TASKS = Path("/proc/self/task")  # of Linux: a folder for each thread
NUMBER = struct.Struct("!q")
PATIENCE = 10.0  # seconds for a fork, and for the end of a process that was killed
EXIT = os._exit  # an implementation may replace it


class Forked:
    """A forked process, as ``LineProcess`` needs it: like a ``Popen``. Raises OSError if its origin has ended."""

    def __init__(self, origin: socket.socket) -> None:
        self.origin = origin
        self.returncode: int | None = None
        (read_in, write_in), (read_out, write_out), (read_err, write_err) = (os.pipe() for _ in range(3))
        ours, theirs = (write_in, read_out, read_err), (read_in, write_out, write_err)
        try:
            socket.send_fds(origin, [b"fork"], theirs)
            self.pid = self._receive(PATIENCE)
        except OSError:
            _close(ours)
            raise
        finally:
            _close(theirs)
        self.stdin, self.stdout, self.stderr = map(_opened, ours, ("wb", "rb", "rb"))

    def _receive(self, timeout: float) -> int:
        self.origin.settimeout(timeout)
        answer = self.origin.recv(NUMBER.size)
        if not answer:
            raise OSError("the process that forks has ended")
        number: int = NUMBER.unpack(answer)[0]
        return number

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Without a timeout, the process must have been killed: it is waited for a limited time."""
        if self.returncode is None:
            try:
                self.returncode = self._receive(PATIENCE if timeout is None else timeout)
            except OSError as error:
                if timeout is not None and isinstance(error, (TimeoutError, BlockingIOError)):
                    raise subprocess.TimeoutExpired("fork", timeout) from None
                self.origin.close()  # the implementation has ended or stopped the process that forks
                self.returncode = -signal.SIGKILL
        return self.returncode

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


def fork_when_asked(requests: socket.socket) -> None:
    """Fork on each request, and return in the new process. This process exits when the socket is closed."""
    while True:
        _, descriptors, _, _ = socket.recv_fds(requests, 16, 3)
        if not descriptors:
            EXIT(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of threads: numpy's can be forked
            pid = os.fork()
        if pid == 0:
            break
        _close(descriptors)
        requests.sendall(NUMBER.pack(pid))
        _, status = os.waitpid(pid, 0)
        requests.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))
    requests.close()
    os.setsid()
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    _close(descriptors)


def _opened(descriptor: int, mode: str) -> IO[bytes]:
    return os.fdopen(descriptor, mode, buffering=0)


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def threads() -> int:
    """How many threads this process has, of Python or not."""
    return sum(1 for _ in TASKS.iterdir())
