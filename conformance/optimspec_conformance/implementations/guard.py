"""Runs an implementation so that a hang, an exit, an interrupt or a flood of output ends only the current scenario."""

from __future__ import annotations

import faulthandler
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from time import perf_counter, process_time
from types import FrameType
from typing import Any, TypeVar

from ..scenarios.trace import Difference
from ..scenarios.values import Scenario, Trace
from .precision import probe_precision
from .protocol import AbnormalExit, FailedRun, Implementation, ScenarioAborted, out_of_time, time_allowed
from .readout import exception_text

T = TypeVar("T")

QUOTA = 10_000  # characters that a scenario may print
PATIENCE = 6  # times the limit, on a busy machine
IDLE, BUSY = 0.02, 0.5  # shares of processor time: less is a sleep, more a loop


class TimeLimited(Implementation):
    """An implementation in this process, each of whose runs is ended at its limit, in seconds (inf for none)."""

    def __init__(self, inner: Implementation, limit: float) -> None:
        self.inner, self.limit = inner, limit
        self.name, self.version, self.not_observable = inner.name, inner.version, inner.not_observable
        self.answers: dict[str, bool] = {}
        self.declared_precision = inner.declared_precision

    @property
    def precision(self) -> str:
        if self.declared_precision is None:
            self.declared_precision = in_named_frame("probing the precision", probe_precision, self)
        return self.declared_precision

    def provides(self, name: str) -> bool:
        """False only if the implementation says so. If it raises, assume the class exists, so that its checks fail."""
        if name not in self.answers:
            try:
                self.answers[name] = bool(guarded(lambda: self.inner.provides(name), self.limit))
            except Exception:
                self.answers[name] = True
        return self.answers[name]

    def run(self, scenario: Scenario) -> Trace:
        try:
            return guarded(lambda: self.inner.run(scenario), time_allowed(scenario, self.limit))
        except AbnormalExit as exit:
            trace = list(self.inner.trace)
            raise ScenarioAborted(scenario, exit.difference(min(len(trace), len(scenario["do"]))), trace) from None

    def show(self, scenario: Scenario, difference: Difference) -> list[str]:
        return self.inner.show(scenario, difference)

    def reproduce(self, run: FailedRun, directory: Path) -> tuple[str, str]:
        return self.inner.reproduce(run, directory)


def enforced() -> bool:
    """Whether a time limit can be enforced: that needs the signals of POSIX, and the main thread."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def guarded(act: Callable[[], T], limit: float) -> T:
    """The result of ``act``, or its Exception; AbnormalExit if it exits, interrupts or takes too long."""
    signals = _Signals(limit)
    try:
        with redirect_stdout(_Bounded(sys.stdout)), redirect_stderr(_Bounded(sys.stderr)), no_exit(), signals:
            given = act()
    except BaseException as error:
        signals.stop()  # again: an alarm may have interrupted it
        if signals.interrupted:  # by the user, whatever the result
            raise KeyboardInterrupt from None
        if signals.expired:
            raise out_of_time(limit) from None
        if isinstance(error, Exception):
            raise
        raise AbnormalExit("error", "none", exception_text(error)) from None
    if signals.interrupted:
        raise KeyboardInterrupt
    if signals.expired:
        raise out_of_time(limit)
    return given


class OutOfTime(BaseException):
    """Not an Exception, so that an implementation which catches these does not catch it."""


class _Signals:
    """The alarm for the time limit, and a handler that tells Ctrl-C from an implementation's own KeyboardInterrupt.

    The alarm repeats, in case it is caught, and is ignored while the machine gives this process hardly any time.
    Code that cannot be interrupted ends the whole run in the end, with a traceback from the interpreter.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.expired = self.interrupted = self.listening = False

    def __enter__(self) -> None:
        self.main = threading.current_thread() is threading.main_thread()
        self.timed = enforced() and math.isfinite(self.limit)
        self.listening = True
        if self.main:
            self.on_interrupt = signal.signal(signal.SIGINT, self.interrupt)
        if self.timed:
            self.on_alarm = signal.signal(signal.SIGALRM, self.expire)
            self.began = perf_counter(), process_time()
            faulthandler.dump_traceback_later(PATIENCE * self.limit + 1, exit=True, file=_crash_report)
            signal.setitimer(signal.ITIMER_REAL, self.limit, max(self.limit / 10, 0.05))

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.listening = False
        if self.timed:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()
            signal.signal(signal.SIGALRM, self.on_alarm)
        if self.main:
            signal.signal(signal.SIGINT, self.on_interrupt)

    def expire(self, number: int, frame: FrameType | None) -> None:
        if self.listening and not self.waiting():
            self.expired = True
            raise OutOfTime

    def waiting(self) -> bool:
        """Whether a busy machine is to blame."""
        passed, worked = perf_counter() - self.began[0], process_time() - self.began[1]
        return IDLE < worked / passed < BUSY and passed < (PATIENCE - 1) * self.limit

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        self.interrupted = True
        if callable(self.on_interrupt):
            self.on_interrupt(number, frame)


_crash_report = 2


def report_crashes_to(descriptor: int) -> None:
    """The file descriptor for the interpreter's tracebacks: a standard error that is not captured."""
    global _crash_report
    _crash_report = descriptor
    if not faulthandler.is_enabled():  # pytest enables it later than the implementation is first run
        faulthandler.enable(file=descriptor)


class _Bounded:
    """A stream that forwards at most the quota."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.left = stream, QUOTA

    def write(self, text: str) -> int:
        if self.left > 0:
            self.stream.write(text[: self.left])
            self.left -= len(text)
            if self.left <= 0:
                self.stream.write("\n[more was printed]\n")
        return len(text)

    def close(self) -> None: ...

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def no_exit() -> Iterator[None]:
    """Refuse ``os._exit``, which would end the run as if it had passed; forked processes may use it."""
    leave, here = os._exit, os.getpid()

    def refuse(status: int) -> None:
        if os.getpid() == here:
            raise SystemExit(f"os._exit({status})")
        leave(status)

    os._exit = refuse  # type: ignore[assignment]  # it returns nothing, where the real one does not return
    try:
        yield
    finally:
        os._exit = leave


def in_named_frame(name: str, act: Callable[..., T], *arguments: Any) -> T:
    """Call under a name that shows in the interpreter's traceback of a crash."""

    def calling() -> T:
        return act(*arguments)

    calling.__code__ = calling.__code__.replace(co_filename=f"<{name}>")
    return calling()
