"""Runs an implementation so that whatever it does ends no more than its scenario: hangs, exits, interrupts, floods."""

from __future__ import annotations

import faulthandler
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from time import perf_counter, process_time
from types import FrameType
from typing import Any, Protocol, TypeVar

from .comparison import Difference
from .native import NativeImplementation, shown_precision
from .readout import said
from .scenario import Scenario, Trace
from .snippet import STATE

T = TypeVar("T")

STEPS = 1000  # so many, of 10 ms each, are within the default limit
QUOTA = 10_000  # characters that a scenario may print
PATIENCE = 6  # times the limit, on a machine that gives this process little of its time
IDLE, BUSY = 0.02, 0.5  # of the time: less than the one is a sleep, more than the other a loop


class Implementation(Protocol):
    """What the kit asks of an implementation: who it is, what it provides, and the trace of a scenario."""

    name: str
    version: str
    precision: str

    def provides(self, name: str) -> bool: ...
    def run(self, scenario: Scenario) -> Trace: ...


class NotFound(Exception):
    """There is nothing to test: the message says what was tried."""


class BrokenOff(Exception):
    """A scenario that did not come to its end: why, and the rows that there were until then."""

    def __init__(self, scenario: Scenario, difference: Difference, trace: Trace) -> None:
        super().__init__(f"{difference.what}: {difference.observed}")
        self.scenario, self.difference, self.trace = scenario, difference, trace


class OutOfTime(BaseException):
    """No Exception, so that an implementation which catches these does not catch it."""


class Guarded:
    """An implementation in this process. ``limit`` is in seconds, inf for none."""

    def __init__(self, inner: Implementation, limit: float) -> None:
        self.inner, self.limit = inner, limit
        self.name, self.version, self.state = inner.name, inner.version, state_of(inner)
        self.module, self.lacks = module_of(inner), lacks_of(inner)
        self.provides = cache(lambda name: provided(inner, name, limit))
        self.precision = declared_precision(inner) or called("probing the precision", shown_precision, self)

    def run(self, scenario: Scenario) -> Trace:
        return run(self.inner, scenario, self.limit)

    def turn_to(self, subject: str) -> None: ...
    def close(self) -> None: ...


def provided(implementation: Implementation, name: str, limit: float) -> bool:
    """Only a clear no is one: a class that cannot be asked for is there, and fails its checks."""
    try:
        return bool(guarded(lambda: implementation.provides(name), limit))
    except Exception:
        return True


def state_of(implementation: object) -> str:
    """How a snippet writes a state."""
    return str(getattr(implementation, "state", STATE))


def module_of(implementation: Implementation) -> str:
    """What a snippet imports."""
    return str(getattr(implementation, "module", implementation.name))


def lacks_of(implementation: object) -> dict[str, str]:
    """The requirements about which an implementation has no say, each with the reason."""
    return dict(getattr(implementation, "lacks", {}))


def declared_precision(implementation: Implementation) -> str | None:
    """Without running it."""
    return implementation.declared if isinstance(implementation, NativeImplementation) else implementation.precision


def run(implementation: Implementation, scenario: Scenario, limit: float) -> Trace:
    allowed = limit * allowance(scenario)
    try:
        return guarded(lambda: implementation.run(scenario), allowed)
    except Stopped as stopped:
        trace: Trace = list(getattr(implementation, "trace", []))
        raise BrokenOff(scenario, stopped.difference(min(len(trace), len(scenario["do"]))), trace) from None


def allowance(scenario: Scenario) -> int:
    """How many times the limit a scenario may take: once for every thousand operations that it has begun."""
    steps: int = sum(row.get("n", 1) for row in scenario["do"])
    return max(1, math.ceil(steps / STEPS))


def enforced() -> bool:
    """Whether a time limit can be kept here: a signal is delivered to the main thread, and only where there are any."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


class Stopped(Exception):
    """Something ended in another way than by an answer or an Exception."""

    def __init__(self, what: str, expected: str, observed: str) -> None:
        super().__init__(observed)
        self.what, self.expected, self.observed = what, expected, observed

    def difference(self, row: int) -> Difference:
        return Difference(row, self.what, self.expected, self.observed)


def out_of_time(limit: float) -> Stopped:
    return Stopped("time taken", f"at most {limit:g} s", f"cut off after {limit:g} s")


def guarded(act: Callable[[], T], limit: float) -> T:
    """What ``act`` gives, or its Exception; ``Stopped`` where it exits, interrupts or takes too long."""
    signals = _Signals(limit)
    try:
        with redirect_stdout(_Bounded(sys.stdout)), redirect_stderr(_Bounded(sys.stderr)), no_exit(), signals:
            given = act()
    except BaseException as error:
        signals.stop()  # again, for an alarm in the midst of it
        if signals.interrupted:  # by the user, whatever came of it
            raise KeyboardInterrupt from None
        if signals.expired:
            raise out_of_time(limit) from None
        if isinstance(error, Exception):
            raise
        raise Stopped("error", "none", said(error)) from None
    if signals.interrupted:
        raise KeyboardInterrupt
    if signals.expired:
        raise out_of_time(limit)
    return given


class _Signals:
    """The alarm, and an ear for Ctrl-C, which tells a user's from an implementation's own KeyboardInterrupt.

    The alarm rings again and again, for whoever catches it, and passes over a process that the machine leaves waiting.
    What cannot be interrupted at all ends the whole run, after all patience, with a report of the interpreter.
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
        """Whether a machine with much else to do is to blame."""
        passed, worked = perf_counter() - self.began[0], process_time() - self.began[1]
        return IDLE < worked / passed < BUSY and passed < (PATIENCE - 1) * self.limit

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        self.interrupted = True
        if callable(self.on_interrupt):
            self.on_interrupt(number, frame)


_crash_report = 2


def report_crashes_to(descriptor: int) -> None:
    """Where the interpreter writes its last words: a standard error that is not captured."""
    global _crash_report
    _crash_report = descriptor
    if not faulthandler.is_enabled():  # pytest enables it later than the implementation is first run
        faulthandler.enable(file=descriptor)


class _Bounded:
    """A stream that passes on no more than the quota."""

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
    """``os._exit(0)`` would end the run as if all were well. A process that was forked may use it."""
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


def called(name: str, act: Callable[..., T], *arguments: Any) -> T:
    """Call under a name that the interpreter's report of a crash shows among its frames."""

    def calling() -> T:
        return act(*arguments)

    calling.__code__ = calling.__code__.replace(co_filename=f"<{name}>")
    return calling()
