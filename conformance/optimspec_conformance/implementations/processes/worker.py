"""A Python implementation in its own process. ``isolated`` starts it, with a name and a time limit.

JSON Lines. The first line out is the handshake; then a scenario a line in, ``{"id", "scenario"}``, and one line out for
each: ``{"id", "trace"}``, ``{"id", "unsupported"}`` with the reason, or ``{"id", "aborted", "trace"}`` with the rows
until then. Whatever the implementation prints goes to standard error.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import TextIO

from ...classes.catalogue import DEFINITIONS, OPTIMIZERS
from ...scenarios.text import one_line
from ...scenarios.trace import Unsupported
from ...scenarios.values import Json, Row
from ..find import find
from ..guard import TimeLimited, guarded
from ..protocol import AbnormalExit, CannotTest, ScenarioAborted, time_to_import


def answers(name: str, limit: float, requests: TextIO) -> Iterator[Json]:
    try:
        opened = guarded(lambda: find(name, Path.cwd()), time_to_import(limit))
    except (CannotTest, AbnormalExit) as error:
        yield {"error": one_line(error)}
        return
    implementation = TimeLimited(opened, limit)
    yield {
        "name": opened.name,
        "version": opened.version,
        "state": opened.state,
        "module": opened.module,
        "not_observable": dict(opened.not_observable),
        "conventions": dict(opened.conventions),
        "precision": opened.declared_precision,
        "provides": [name for name in DEFINITIONS if implementation.provides(name)],
        "has_set_lr": [name for name in OPTIMIZERS if implementation.has_set_lr(name)],
    }
    for line in requests:
        request = json.loads(line)
        answer: Row = {"id": request["id"]}
        try:
            answer["trace"] = implementation.run(request["scenario"])
        except Unsupported as unsupported:
            answer["unsupported"] = str(unsupported)
        except ScenarioAborted as aborted:
            answer |= {"aborted": astuple(aborted.difference), "trace": aborted.trace}
        yield answer


def main() -> None:
    """Keep standard output for the answers; what the implementation prints goes to standard error."""
    faulthandler.enable(all_threads=False)
    requests, channel = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr  # unbuffered, so that last words are not lost
    for answer in answers(sys.argv[1], float(sys.argv[2]), requests):
        print(json.dumps(answer), file=channel, flush=True)


if __name__ == "__main__":
    main()
