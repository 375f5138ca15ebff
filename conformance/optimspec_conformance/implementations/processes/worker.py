"""A Python implementation in its own process. ``isolated`` starts it, with a name, a time limit, and a socket or none.

JSON Lines. The first line out is the handshake; then a scenario a line in, ``{"id", "scenario"}``, and one line out for
each: ``{"id", "trace"}``, ``{"id", "unsupported"}`` with the reason, or ``{"id", "aborted", "trace"}`` with the rows
until then. Whatever the implementation prints goes to standard error.

With a socket, it says ``{"forks"}`` instead if that is safe, because the import has started no thread; then it answers
no scenario, but forks processes that do, each with its own handshake.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from time import sleep
from typing import TextIO

from ...classes.catalogue import DEFINITIONS, OPTIMIZERS
from ...scenarios.text import one_line
from ...scenarios.trace import Unsupported
from ...scenarios.values import Json, Row
from ..find import find
from ..guard import TimeLimited, guarded, watchdog
from ..protocol import AbnormalExit, CannotTest, ScenarioAborted, time_to_import
from ..python import PythonImplementation
from .forked import EXIT, fork_when_asked, threads


def answers(implementation: PythonImplementation, limit: float, requests: TextIO) -> Iterator[Json]:
    """The handshake, and the answer to each request."""
    timed = TimeLimited(implementation, limit)
    yield {
        "name": implementation.name,
        "version": implementation.version,
        "state": implementation.state,
        "module": implementation.module,
        "not_observable": dict(implementation.not_observable),
        "conventions": dict(implementation.conventions),
        "tiers": list(implementation.tiers),
        "precision": implementation.declared_precision,
        "provides": [name for name in DEFINITIONS if timed.provides(name)],
        "has_set_lr": [name for name in OPTIMIZERS if timed.has_set_lr(name)],
    }
    for line in requests:
        request = json.loads(line)
        answer: Row = {"id": request["id"]}
        try:
            answer["trace"] = timed.run(request["scenario"])
        except Unsupported as unsupported:
            answer["unsupported"] = str(unsupported)
        except ScenarioAborted as aborted:
            answer |= {"aborted": astuple(aborted.difference), "trace": aborted.trace}
        yield answer


def take_pipes() -> tuple[TextIO, TextIO]:
    """Standard input and output, for requests and answers; what an implementation prints goes to standard error."""
    requests, channel = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return requests, channel


def can_fork(threads_before: int) -> bool:
    """Whether there are no more threads than before the import. One that has just ended may still be counted."""
    watchdog.end()
    for _ in range(100):
        if threads() <= threads_before:
            return True
        sleep(0.001)
    return False


def main() -> None:
    faulthandler.enable(all_threads=False)
    name, limit, *sockets = sys.argv[1:]
    requests, channel = take_pipes()
    sys.stdout = sys.stderr  # unbuffered, so that last words are not lost
    threads_before = threads() if sockets else 0
    try:
        implementation = guarded(lambda: find(name, Path.cwd()), time_to_import(float(limit)))
    except (CannotTest, AbnormalExit) as error:
        print(json.dumps({"error": one_line(error)}), file=channel, flush=True)
        return
    if sockets and can_fork(threads_before):
        print(json.dumps({"forks": True}), file=channel, flush=True)
        gc.freeze()  # a collection would copy what the processes share
        fork_when_asked(socket.socket(fileno=int(sockets[0])))
        requests, channel = take_pipes()
    for answer in answers(implementation, float(limit), requests):
        print(json.dumps(answer), file=channel, flush=True)
    EXIT(0)


if __name__ == "__main__":
    main()
