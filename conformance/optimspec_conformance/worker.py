"""An implementation in a process of its own: ``python -m optimspec_conformance.worker NAME LIMIT``.

JSON Lines. The first line out says who it is; then a scenario a line in, ``{"id", "scenario"}``, and one line out for
each: ``{"id", "trace"}``, ``{"id", "unsupported"}`` with the reason, or ``{"id", "broken_off", "trace"}`` with the rows
until then. What is printed goes to standard error.
"""

from __future__ import annotations

import faulthandler
import json
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import TextIO

from .catalogue import MODELS
from .guard import (
    BrokenOff,
    NotFound,
    Stopped,
    declared_precision,
    guarded,
    lacks_of,
    module_of,
    provided,
    run,
    state_of,
)
from .implementations import find
from .scenario import Json, Row, Unsupported


def answers(name: str, limit: float, requests: TextIO) -> Iterator[Json]:
    try:
        implementation = guarded(lambda: find(name, Path.cwd()), math.inf)
    except (NotFound, Stopped) as error:
        yield {"error": str(error)}
        return
    yield {
        "name": implementation.name,
        "version": implementation.version,
        "state": state_of(implementation),
        "module": module_of(implementation),
        "lacks": lacks_of(implementation),
        "precision": declared_precision(implementation),
        "provides": [model for model in MODELS if provided(implementation, model, limit)],
    }
    for line in requests:
        request = json.loads(line)
        answer: Row = {"id": request["id"]}
        try:
            answer["trace"] = run(implementation, request["scenario"], limit)
        except Unsupported as lacking:
            answer["unsupported"] = str(lacking)
        except BrokenOff as off:
            answer |= {"broken_off": astuple(off.difference), "trace": off.trace}
        yield answer


def main() -> None:
    """Keep the channel for the answers: the implementation has standard error to print to, and nothing to read."""
    faulthandler.enable()
    requests, channel = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr  # which is not buffered, so that last words are not lost
    for answer in answers(sys.argv[1], float(sys.argv[2]), requests):
        print(json.dumps(answer), file=channel, flush=True)


if __name__ == "__main__":
    main()
