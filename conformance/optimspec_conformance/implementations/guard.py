"""Runs an implementation so that a hang, an exit, an interrupt or a flood of output ends only the current scenario."""

from __future__ import annotations

import faulthandler
import gc
import math
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from time import perf_counter, process_time
from types import FrameType
from typing import Any, TypeVar

from ..scenarios.text import one_line
from ..scenarios.trace import Difference, Unsupported
from ..scenarios.values import Scenario, Trace
from .precision import probe_precision
from .protocol import AbnormalExit, FailedRun, Implementation, OutOfTime, ScenarioAborted, out_of_time, time_allowed
from .readout import exception_text

T = TypeVar("T")

QUOTA = 10_000  # characters that a scenario may print
MORE = "\n[more was printed]\n"
PATIENCE = 6  # times the limit, on a busy machine
IDLE, BUSY = 0.02, 0.5  # shares of processor time: below is a sleep, above a loop


class TimeLimited(Implementation):
    """An implementation in this process, each of whose runs is ended at its limit, in seconds (inf for none).

    Garbage is collected during its runs alone, so that destructors have a limit, too.
    """

    def __init__(self, inner: Implementation, limit: float) -> None:
        self.inner, self.limit = inner, limit
        self.name, self.version, self.not_observable = inner.name, inner.version, inner.not_observable
        self.conventions, self.tiers = inner.conventions, inner.tiers
        self.answers: dict[str, bool] = {}
        self.declared_precision = inner.declared_precision

    @property
    def precision(self) -> str:
        if self.declared_precision is None:
            self.declared_precision = "float64"  # until it is known, so that no report runs an interrupted probe again
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

    def has_set_lr(self, name: str) -> bool:
        """False if it raises: then nothing can be set."""
        try:
            return bool(guarded(lambda: self.inner.has_set_lr(name), self.limit))
        except Exception:
            return False

    def run(self, scenario: Scenario) -> Trace:
        try:
            return guarded(lambda: self._run(scenario), time_allowed(scenario, self.limit))
        except AbnormalExit as exit:
            trace = self.inner.trace[: len(scenario["do"])]  # the last row is not whole, even if it is there
            raise ScenarioAborted(scenario, exit.difference(len(trace)), trace) from None
        finally:
            gc.disable()  # again: an alarm may have interrupted it

    def _run(self, scenario: Scenario) -> Trace:
        gc.enable()  # within the limit, so that it holds for destructors, too
        try:
            return self.inner.run(scenario)
        except Unsupported as unsupported:
            raise Unsupported(one_line(unsupported)) from None
        except RecursionError as error:  # it may have left the kit itself no room
            raise AbnormalExit("error", "none", exception_text(error)) from None
        finally:
            gc.disable()

    def close(self) -> None:
        gc.enable()

    def show(self, scenario: Scenario, difference: Difference) -> list[str]:
        return self.inner.show(scenario, difference)

    def reproduce(self, run: FailedRun, directory: Path) -> dict[str, str]:
        return self.inner.reproduce(run, directory)


def enforced() -> bool:
    """Whether a time limit can be enforced: that needs the signals of POSIX, and the main thread."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def guarded(act: Callable[[], T], limit: float) -> T:
    """The result of ``act``, or its Exception; AbnormalExit if it exits, interrupts or takes too long."""
    guard = _Guard(limit)
    try:
        with guard:
            try:
                result = act()
            except (OutOfTime, Exception):
                raise
            except BaseException as error:
                raise AbnormalExit("error", "none", exception_text(error)) from None
    except BaseException:
        guard.stop()  # again: an alarm may have interrupted it
        if guard.interrupted:  # by the user, whatever else happened
            raise KeyboardInterrupt from None
        if guard.expired:
            raise out_of_time(limit) from None
        raise
    if guard.interrupted:
        raise KeyboardInterrupt
    if guard.expired:
        raise out_of_time(limit)
    return result


class _Guard:
    """Around one call: an alarm for the time limit, bounded output, no ``os._exit``, and a handler for Ctrl-C.

    It restores whatever it changes. A process that was forked within it ends with it.

    The handler tells Ctrl-C from an implementation's own KeyboardInterrupt. The alarm repeats, in case it is caught,
    and is ignored while the machine gives this process hardly any time. The ``watchdog`` ends the process if the code
    cannot be interrupted.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.expired = self.interrupted = self.listening = False

    def __enter__(self) -> None:
        self.main = threading.current_thread() is threading.main_thread()
        self.timed = enforced() and math.isfinite(self.limit)
        self.listening = True
        self.streams, self.exit, self.process = (sys.stdout, sys.stderr), os._exit, os.getpid()
        self.depth, self.captured = sys.getrecursionlimit(), [(fd, size) for fd in (1, 2) if (size := _size(fd)) >= 0]
        sys.stdout, sys.stderr = _Bounded(sys.stdout), _Bounded(sys.stderr)
        self.unraisable, sys.unraisablehook = sys.unraisablehook, sys.__unraisablehook__  # pytest's keeps frames alive
        os._exit = self.refuse_exit  # type: ignore[assignment]  # it returns nothing, the real one does not return
        if self.main:
            self.on_interrupt = signal.signal(signal.SIGINT, self.interrupt)
        if self.timed:
            self.on_alarm = signal.signal(signal.SIGALRM, self.expire)
            self.began = perf_counter(), process_time()
            watchdog.watch(PATIENCE * self.limit + 1)
            signal.setitimer(signal.ITIMER_REAL, self.limit, max(self.limit / 10, 0.05))

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        if os.getpid() != self.process:
            self.exit(1)
        if sys.getrecursionlimit() != self.depth:
            sys.setrecursionlimit(self.depth)
        self.listening = False
        if self.timed:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.on_alarm)
            watchdog.rest()
        if self.main:
            signal.signal(signal.SIGINT, self.on_interrupt)
        (sys.stdout, sys.stderr), os._exit, sys.unraisablehook = self.streams, self.exit, self.unraisable
        for descriptor, size in self.captured:
            if _size(descriptor) > size + 2 * QUOTA:
                _cut(descriptor, size + 2 * QUOTA)

    def expire(self, number: int, frame: FrameType | None) -> None:
        if self.listening and not self.starved():
            self.expired = True
            raise OutOfTime

    def starved(self) -> bool:
        """Whether the process is only waiting for a busy machine."""
        elapsed, computed = perf_counter() - self.began[0], process_time() - self.began[1]
        return IDLE < computed / elapsed < BUSY and elapsed < (PATIENCE - 1) * self.limit

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        self.interrupted = True
        if callable(self.on_interrupt):
            self.on_interrupt(number, frame)

    def refuse_exit(self, status: int) -> None:
        """Refuse ``os._exit``, which would end the run as if it had passed; forked processes may use it."""
        if os.getpid() == self.process:
            raise SystemExit(f"os._exit({status})")
        self.exit(status)


class Watchdog:
    """Ends the process, with a traceback from the interpreter, if code that cannot be interrupted takes too long.

    Starting and stopping faulthandler's timer for each of thousands of scenarios would cost more than most of them. So
    the timer keeps running from one to the next, and a thread stops it while there is no scenario to watch.
    """

    SPARE = 20.0  # seconds more than a scenario asked for, when the timer is started
    PERIOD = 2.0  # seconds between two looks at whether there is a scenario

    def __init__(self) -> None:
        self.output = 2
        self.until = -math.inf  # when it ends the process
        self.watching = False
        self.lock = threading.Lock()
        self.keeper: threading.Thread | None = None
        self.ended = threading.Event()

    def report_to(self, descriptor: int) -> None:
        """The file descriptor for tracebacks: a standard error that is not captured."""
        self.output = descriptor
        if not faulthandler.is_enabled():  # pytest enables it later than the implementation is first run
            faulthandler.enable(file=descriptor, all_threads=False)

    def watch(self, seconds: float) -> None:
        """Allow ``seconds``, or up to ``SPARE`` more, until ``rest`` is called."""
        with self.lock:
            self.watching = True
            spare = self.until - perf_counter() - seconds
            if not self.SPARE / 2 <= spare <= self.SPARE:
                faulthandler.dump_traceback_later(seconds + self.SPARE, exit=True, file=self.output)
                self.until = perf_counter() + seconds + self.SPARE
        if self.keeper is None:
            self.keeper = threading.Thread(target=self._stop_while_idle, name="watchdog", daemon=True)
            self.keeper.start()

    def rest(self) -> None:
        """Watch no scenario until the next ``watch``."""
        self.watching = False

    def end(self) -> None:
        """Stop the timer and the thread, as before a fork, until there is something to watch again."""
        if self.keeper is not None:
            self.ended.set()
            self.keeper.join()
            self.ended.clear()
            self.keeper = None

    def _stop_while_idle(self) -> None:
        ended = False
        while not ended:
            ended = self.ended.wait(self.PERIOD)
            with self.lock:
                if not self.watching and self.until > -math.inf:
                    faulthandler.cancel_dump_traceback_later()
                    self.until = -math.inf


watchdog = Watchdog()


class _Bounded:
    """A stream that forwards at most the quota, of text or of bytes."""

    def __init__(self, stream: Any, more: str | bytes = MORE) -> None:
        self.stream, self.more, self.left = stream, more, QUOTA

    def write(self, text: Any) -> int:
        if self.left > 0:
            self.stream.write(text[: self.left])
            self.left -= len(text)
            if self.left <= 0:
                self.stream.write(self.more)
        return len(text)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    @cached_property
    def buffer(self) -> _Bounded:
        return _Bounded(self.stream.buffer, MORE.encode())

    def close(self) -> None: ...

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _size(descriptor: int) -> int:
    """The size of the file that captures a descriptor; -1 if none does."""
    try:
        status = os.fstat(descriptor)
    except OSError:
        return -1
    return status.st_size if stat.S_ISREG(status.st_mode) else -1


def _cut(descriptor: int, size: int) -> None:
    """Cut off what was written to the file descriptor directly, past Python's streams."""
    os.truncate(descriptor, size)
    os.lseek(descriptor, size, os.SEEK_SET)
    os.write(descriptor, MORE.encode())


def in_named_frame(name: str, act: Callable[..., T], *arguments: Any) -> T:
    """Call under a name that shows in the interpreter's traceback of a crash."""

    def call() -> T:
        return act(*arguments)

    call.__code__ = call.__code__.replace(co_filename=f"<{name}>")
    return call()
