"""Ends a process that ran an implementation with the exit code of the run, whatever is still running in it."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from time import sleep
from types import FrameType
from typing import NoReturn

GRACE = 5.0  # seconds after the run within which threads, ``atexit`` and destructors must end
UNSAID = 3  # the exit code of a process that ends before its run has one


class Ending:
    """Refuses ``os._exit`` outside of scenarios, and ends a process that does not end by itself."""

    def __init__(self) -> None:
        self.code = UNSAID
        self.exit: Callable[[int], NoReturn] | None = None

    def guard(self) -> None:
        """From now on, ``os._exit`` ends this process with the code of the run. Forked processes may still use it."""
        if self.exit is None:
            self.process, self.exit = os.getpid(), os._exit
            os._exit = self.end

    def end(self, status: int) -> NoReturn:
        assert self.exit is not None
        self.exit(status if os.getpid() != self.process else self.code)

    def say(self, code: int) -> None:
        """The run is over: end the process with this exit code, at the latest a grace period after its last line."""
        self.code = code
        self.guard()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        threading.Thread(target=self._end_later, name="ending", daemon=True).start()

    def _end_later(self) -> None:
        threading.main_thread().join()  # a program may have called pytest, and go on
        faulthandler.dump_traceback_later(2 * GRACE, exit=True, file=2)  # in case this thread cannot run
        sleep(GRACE)
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        self.end(self.code)


ending = Ending()


def end_as_interrupted() -> None:
    """Make SIGTERM act as Ctrl-C: the run writes its reports, and ends its subprocesses."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
