"""Isolated implementations: one process imports the module, and that of each class begins where the import ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from optimspec_conformance.implementations.processes import forked
from optimspec_conformance.implementations.processes.isolated import IsolatedImplementation
from optimspec_conformance.implementations.protocol import ScenarioAborted
from optimspec_conformance.scenarios.examples import exponential, fall
from optimspec_conformance.scenarios.operations import step

pytestmark = pytest.mark.skipif(not forked.TASKS.is_dir(), reason="only Linux says how many threads a process has")
IMPORTS = "imports.txt"
HEAD = f"""
import ctypes, os, pathlib, signal, threading, time
import numpy_optim
from numpy_optim import ParamState, StepLR

with open("{IMPORTS}", "a") as file:
    file.write("imported\\n")

LEFT = []

class ExponentialLR(numpy_optim.ExponentialLR):
    def get_last_lr(self):
        return [float(os.getpid()), float(os.getppid()), float(len(LEFT))]

"""
SCENARIO = {"scheduler": exponential(), "do": [step()]}
OF_STEP_LR = {"scheduler": fall(), "do": [step()]}


def opened(directory: Path, more: str = "") -> IsolatedImplementation:
    (directory / "mypkg.py").write_text(HEAD + more, encoding="utf-8")
    return IsolatedImplementation("mypkg", directory, None, 0.5)


@pytest.fixture
def processes(here: Path, request: pytest.FixtureRequest) -> Iterator[IsolatedImplementation]:
    implementation = opened(here, getattr(request, "param", ""))
    yield implementation
    implementation.close()


def seen(implementation: IsolatedImplementation, subject: str = "ExponentialLR") -> list[int]:
    """The process that ran a scenario, its parent, and how much was left in it."""
    implementation.begin_class(subject)
    rates: Any = implementation.run(SCENARIO)[-1]["lr"]
    return [int(float(rate)) for rate in rates]


def imports(directory: Path) -> int:
    return (directory / IMPORTS).read_text(encoding="utf-8").count("imported")


LEAVES = """
class StepLR(numpy_optim.StepLR):
    def step(self, *args, **kwargs):
        LEFT.append(1)
        super().step(*args, **kwargs)
"""


@pytest.mark.parametrize("processes", [LEAVES], indirect=True)
def test_each_class_begins_where_the_import_ended(processes: IsolatedImplementation, here: Path) -> None:
    processes.begin_class("StepLR")
    processes.run(OF_STEP_LR)
    (first, origin, left), (second, parent, left_then) = (seen(processes, name) for name in ("StepLR", "Adam"))
    assert (left, left_then) == (1, 0)
    assert first != second
    assert origin == parent
    assert imports(here) == 1


def test_nothing_is_left_of_a_run(here: Path) -> None:
    processes = opened(here)
    pids = seen(processes)[:2]
    processes.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


KILLS = "class StepLR(numpy_optim.StepLR):\n    def step(self, epoch=None):\n        {}\n        super().step(epoch)\n"
ORIGIN = "[os.kill(os.getppid(), {}), time.sleep(0.1)]"


@pytest.mark.parametrize(
    "processes",
    [KILLS.format(ORIGIN.format("signal.SIGKILL")), KILLS.format(ORIGIN.format("signal.SIGSTOP"))],
    indirect=True,
    ids=["kills", "stops"],
)
def test_an_implementation_that_ends_its_origin_ends_nothing_else(
    processes: IsolatedImplementation, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked, "PATIENCE", 1.0)
    before = seen(processes)
    processes.begin_class("StepLR")
    processes.run(OF_STEP_LR)
    after = seen(processes)
    assert before[1] != after[1]
    assert imports(here) == 2


CRASHES = KILLS.format("ctypes.string_at(0)")


@pytest.mark.parametrize("processes", [CRASHES], indirect=True)
def test_a_crash_is_told_and_needs_no_new_import(processes: IsolatedImplementation, here: Path) -> None:
    processes.begin_class("StepLR")
    with pytest.raises(ScenarioAborted, match=f"killed by {signal.SIGSEGV.name}"):
        processes.run(OF_STEP_LR)
    seen(processes, "StepLR")
    assert imports(here) == 1


THREAD = "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()"


@pytest.mark.parametrize("processes", [THREAD], indirect=True)
def test_a_module_with_threads_is_imported_for_each_class(processes: IsolatedImplementation, here: Path) -> None:
    (_, parent, _), (_, parent_then, _) = (seen(processes, name) for name in ("StepLR", "Adam"))
    assert parent == parent_then == os.getpid()
    assert imports(here) == 2


CHILD = """
class StepLR(numpy_optim.StepLR):
    def step(self, *args, **kwargs):
        pid = os.fork()
        if pid == 0:
            time.sleep(600)
        pathlib.Path("pid").write_text(str(pid))
        super().step(*args, **kwargs)
"""


@pytest.mark.parametrize("processes", [CHILD], indirect=True)
def test_a_process_that_a_class_leaves_behind_ends_with_it(processes: IsolatedImplementation, here: Path) -> None:
    processes.begin_class("StepLR")
    processes.run(OF_STEP_LR)
    left = int((here / "pid").read_text(encoding="utf-8"))
    os.kill(left, 0)
    seen(processes, "Adam")
    for _ in range(100):
        if not _runs(left):
            break
        sleep(0.05)
    assert not _runs(left)


def _runs(pid: int) -> bool:
    """Whether a process is there, and not only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
