"""Programs that speak the process protocol: one that serves a module rightly, and what it may do wrong instead."""

from __future__ import annotations

import shlex
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]

RIGHT = """
import json, os, subprocess, sys, time
sys.path.insert(0, {examples!r})
import numpy_optim
from optimspec_conformance.classes.catalogue import DEFINITIONS
from optimspec_conformance.implementations import NativeImplementation
from optimspec_conformance.implementations.processes.messages import FEATURES

served = NativeImplementation("served", numpy_optim)
hello = {{
    "protocol": 1, "name": "served", "version": "1", "precision": "float64",
    "provides": [name for name in DEFINITIONS if served.provides(name)],
    "features": [feature for feature in FEATURES if feature != "bfloat16"],
}}
{before}

def write(answer):
    print(json.dumps(answer), flush=True)

for line in sys.stdin:
    request = json.loads(line)
    if "hello" in request:
        write({{"hello": hello}})
        continue
    id, scenario = request["id"], request["scenario"]
    subject = scenario.get("optimizer", scenario.get("scheduler"))["class"]
    trace = served.run(scenario)
{wrongs}
    write({{"id": id, "trace": trace}})
"""


def program(directory: Path, wrongs: dict[str, str] | None = None, before: str = "") -> str:
    """The option for a program that does something else for some classes; ``trace`` is the right answer."""
    lines = []
    for subject, wrong in (wrongs or {}).items():
        lines += [f"    if subject == {subject!r}:", textwrap.indent(textwrap.dedent(wrong).strip(), " " * 8)]
    source = RIGHT.format(examples=str(ROOT / "examples"), before=textwrap.dedent(before), wrongs="\n".join(lines))
    return script(directory, source)


def script(directory: Path, source: str) -> str:
    path = directory / "program.py"
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return f"cmd:{shlex.quote(sys.executable)} {shlex.quote(str(path))}"
