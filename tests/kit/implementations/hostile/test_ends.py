"""How a run ends: with the code that it claims, and in time, whatever an implementation does about it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from optimspec_conformance.implementations import find, guard
from optimspec_conformance.implementations.ending import GRACE
from optimspec_conformance.implementations.protocol import AbnormalExit, CannotTest
from optimspec_conformance.session.exit_codes import agreeing
from programs import program, script
from runs import FAILED, KIT, Run, kit_on
from sessions import session_of

OK, NOT_CONFORMANT, USAGE, INCOMPLETE = range(4)
CHECK = [sys.executable, "-m", "optimspec_conformance", "check"]
SOME = ("-q", "--tb=short", "--optimspec-time-limit=0.5", "-k", "STEP-1/ or SCH-3/StepLR")
HEAD = (
    "import atexit, ctypes, os, signal, sys, threading, time\nimport numpy_optim\nfrom numpy_optim import ParamState\n"
)
CLASS = "class StepLR(numpy_optim.StepLR):\n    "
STEP = f"{CLASS}def step(self, *args, **kwargs):\n        "
RIGHT = "return super().step(*args, **kwargs)\n"
TWICE = "super().step(*args, **kwargs); " + RIGHT
EXIT_IN_C = "ctypes.CDLL(None)._exit(0)"
LATER = "threading.Thread(target=lambda: (time.sleep(0.02), {})).start(); time.sleep(0.2); "


@dataclass(frozen=True)
class End:
    """A module, the code with which ``optimspec check`` ends, and its claim; None if there must be no closing line."""

    source: str
    code: int
    claim: str | None = None


CHECKED = "STEP-1/StepLR/three-falls"
PARTIAL = "PARTIAL (-k)"
WRONG = "NOT CONFORMANT"
ENDS = {
    "is right": End(STEP + RIGHT, OK, PARTIAL),
    "is wrong": End(STEP + TWICE, NOT_CONFORMANT, WRONG),
    "exits in C": End(STEP + EXIT_IN_C, INCOMPLETE),
    "exits in C, in a constructor": End(f"{CLASS}def __init__(self, **kwargs): {EXIT_IN_C}", INCOMPLETE),
    "exits in C, in a read-out": End(f"{CLASS}last_epoch = property(lambda self: {EXIT_IN_C})", INCOMPLETE),
    "exits in C, in its import": End(EXIT_IN_C, INCOMPLETE),
    "exits in C, in a thread": End(STEP + LATER.format(EXIT_IN_C) + RIGHT, INCOMPLETE),
    "exits in C, in a destructor": End(f"{CLASS}def __del__(self): {EXIT_IN_C}", INCOMPLETE),
    "exits in C, in a message": End(
        f"{STEP}raise type('Odd', (Exception,), {{'__str__': lambda self: {EXIT_IN_C}}})", INCOMPLETE
    ),
    "exits in C, at the end": End(f"atexit.register(ctypes.CDLL(None)._exit, 0)\n{STEP}{TWICE}", NOT_CONFORMANT, WRONG),
    "exits at the end": End(f"atexit.register(os._exit, 0)\n{STEP}{TWICE}", NOT_CONFORMANT, WRONG),
    "exits at the end with a code": End(f"atexit.register(os._exit, 5)\n{STEP}{RIGHT}", OK, PARTIAL),
    "exits in a destructor": End(f"{STEP}{TWICE}    def __del__(self): os._exit(0)", NOT_CONFORMANT, WRONG),
    "is killed": End(f"{STEP}os.kill(os.getpid(), signal.SIGKILL)", INCOMPLETE),
    "aborts": End(f"{STEP}os.abort()", INCOMPLETE),
    "crashes": End(f"{STEP}ctypes.string_at(0)", INCOMPLETE),
    "interrupts its import": End("raise KeyboardInterrupt", USAGE),
    "exits in its import": End("sys.exit(0)", USAGE),
    "has nothing": End("", USAGE),
    "hangs in the destructor of a cycle": End(
        f"{STEP}self.me = self; {RIGHT}    def __del__(self):\n        while True: pass", NOT_CONFORMANT, WRONG
    ),
    "has an endless time": End(f"{CLASS}last_epoch = property(lambda self: 10**5000)", NOT_CONFORMANT, WRONG),
    "forges a version": End(
        f"__version__ = '1\\n5 checks: 5 pass: CONFORMANT, profile field'\n{STEP}{TWICE}", NOT_CONFORMANT, WRONG
    ),
}
SLOW = {
    "hangs at the end": End(f"atexit.register(time.sleep, 1000)\n{STEP}{TWICE}", NOT_CONFORMANT, WRONG),
    "leaves a thread": End(f"threading.Thread(target=time.sleep, args=(1000,)).start()\n{STEP}{RIGHT}", OK, PARTIAL),
}


def check(directory: Path, source: str, *options: str, name: str = "mypkg", seconds: float = 60) -> Run:
    (directory / "mypkg.py").write_text(HEAD + source, encoding="utf-8")
    done = subprocess.run(
        [*CHECK, name, *(options or SOME)], cwd=directory, capture_output=True, text=True, check=False, timeout=seconds
    )
    return Run(done.returncode, done.stdout, done.stderr)


def assert_ends(run: Run, end: End) -> None:
    assert run.code == end.code, run.text
    closing = re.findall(r"^\d+ checks: .+$", run.out, re.MULTILINE)
    assert [line.rsplit(": ", 1)[1] for line in closing] == ([] if end.claim is None else [end.claim])


@pytest.mark.parametrize("kind", ENDS)
def test_what(here: Path, kind: str) -> None:
    assert_ends(check(here, ENDS[kind].source), ENDS[kind])


@pytest.mark.parametrize("kind", SLOW)
def test_what_does_not_end_is_ended(here: Path, kind: str) -> None:
    began = time.monotonic()
    assert_ends(check(here, SLOW[kind].source), SLOW[kind])
    assert time.monotonic() - began < 6 * GRACE


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(f"atexit.register(os._exit, 0)\n{STEP}{TWICE}", id="at the end"),
        pytest.param(STEP + LATER.format("os._exit(0)") + RIGHT, id="in a thread"),
        pytest.param(f"{STEP}{TWICE}    def __del__(self): os._exit(0)", id="in a destructor"),
    ],
)
def test_pytest_alone_does_not_end_well_either_where_something_exits(here: Path, source: str) -> None:
    assert kit_on(here, HEAD + source, *SOME).code not in (OK, USAGE)


def test_pytest_alone_ends_where_a_destructor_hangs(here: Path) -> None:
    (here / "mypkg.py").write_text(HEAD + ENDS["hangs in the destructor of a cycle"].source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", *KIT, "--impl=mypkg", *SOME]
    assert subprocess.run(command, cwd=here, capture_output=True, check=False, timeout=60).returncode == FAILED


@pytest.mark.parametrize("options", [(), ("-x",), ("-n", "2"), ("--optimspec-isolate",)], ids=str)
def test_the_code_and_the_claim_agree_however_it_is_run(here: Path, options: tuple[str, ...]) -> None:
    assert_ends(check(here, STEP + TWICE, *SOME, *options), End("", NOT_CONFORMANT, WRONG))


@pytest.mark.parametrize(
    ("words", "code", "agrees"),
    [({CHECKED: "fail"}, 0, 1), ({CHECKED: "error"}, 0, 1), ({CHECKED: "fail"}, 2, 2), ({}, 0, 0), ({}, 5, 5)],
)
def test_the_code_of_pytest_agrees_with_the_claim(words: dict[str, str], code: int, agrees: int) -> None:
    """As where a plugin runs a failed check again, and it passes."""
    assert agreeing(session_of(words).run_result, code) == agrees


def test_a_program_that_calls_pytest_goes_on(here: Path) -> None:
    caller = """
import pytest, sys, time
from optimspec_conformance.implementations import ending
ending.GRACE = 0.2
code = pytest.main(["-q", "--pyargs", "optimspec_conformance", "--impl=mypkg", "-k", "STEP-1/"])
time.sleep(1)
print("went on after", int(code))
"""
    (here / "mypkg.py").write_text(HEAD + STEP + RIGHT, encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", caller], cwd=here, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "went on after 0"), done.stdout


# ------------------------------------------------------------------------------------------------ what is left out


def test_a_worker_that_dies_costs_the_run_its_claim(here: Path) -> None:
    once = "if not os.path.exists('died'): open('died', 'w').close(); os.kill(os.getpid(), 9)\n        "
    run = check(here, STEP + once + RIGHT, *SOME, "-n", "2", "--report", "record.json", "--report", "badge.svg")
    assert (run.code, run.claim) == (INCOMPLETE, "ERROR")
    assert any("failed without a result: worker 'gw" in error for error in run.errors)
    assert json.loads((here / "record.json").read_text(encoding="utf-8"))["claim"] == "ERROR"
    assert not (here / "badge.svg").exists()


def test_a_class_that_one_worker_alone_lacks_is_an_error(here: Path) -> None:
    source = "if os.environ.get('PYTEST_XDIST_WORKER') == 'gw1': ParamState = None\nelse: StepLR = numpy_optim.StepLR\n"
    run = check(here, f"LinearLR = numpy_optim.LinearLR\n{source}", "-q", "-k", "STEP-1/ or LIN-1/", "-n", "2")
    assert (run.code, run.claim) == (INCOMPLETE, "ERROR")
    assert "gw1 and this process do not provide the same: StepLR" in run.out


def test_a_program_that_says_something_else_when_it_is_started_again_is_an_error(here: Path) -> None:
    second = "hello['provides'].remove('StepLR') if os.path.exists('began') else open('began', 'w').close()"
    told = program(here, {"ExponentialLR": "os._exit(1)"}, before=second)
    run = check(here, "", "-q", "-k", "EXP-1/ or STEP-1/", name=told)
    assert (run.code, run.claim) == (INCOMPLETE, "ERROR")
    assert run.count("not provided") == 0
    assert "says something else about its provides" in run.out


def test_a_search_that_finds_something_is_not_conformant(here: Path) -> None:
    run = check(here, STEP + TWICE, "-q", "--optimspec-fuzz=20", "--optimspec-seed=1", "-k", "test_search and StepLR")
    assert (run.code, run.claim) == (NOT_CONFORMANT, WRONG)
    assert "search: StepLR differs from the specification" in run.report


def test_a_reader_that_goes_away_gets_no_verdict(here: Path) -> None:
    (here / "mypkg.py").write_text(HEAD + STEP + RIGHT, encoding="utf-8")
    process = subprocess.Popen([*CHECK, "mypkg", "-v"], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == INCOMPLETE


# ------------------------------------------------------------------------------------------------------- signals


def begun(directory: Path, name: str, *options: str) -> subprocess.Popen[str]:
    """A check that has begun its run: the implementation has made the file."""
    process = subprocess.Popen(
        [*CHECK, name, "-q", *options], cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not (directory / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return process


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2]


def test_sigterm_ends_a_check_its_run_and_a_program_that_does_not_read(here: Path) -> None:
    told = script(here, "import os, time\nopen('begun', 'w').write(str(os.getpid()))\ntime.sleep(1000)\n")
    process = begun(here, told)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == INCOMPLETE
    deadline = time.monotonic() + 10
    while is_running(int((here / "begun").read_text(encoding="utf-8"))) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_running(int((here / "begun").read_text(encoding="utf-8")))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("step", "code", "claim"),
    [(TWICE, NOT_CONFORMANT, WRONG), (RIGHT, INCOMPLETE, "PARTIAL (interrupted)")],
    ids=["a failure", "no failure"],
)
def test_a_run_that_is_interrupted_after(here: Path, step: str, code: int, claim: str, number: signal.Signals) -> None:
    hangs = "def step(self, *args): open('begun', 'w').close(); time.sleep(1000)\n"
    source = f"{HEAD}{STEP}{step}class WarmupScheduler(numpy_optim.WarmupScheduler):\n    {hangs}"
    (here / "mypkg.py").write_text(source, encoding="utf-8")
    process = begun(here, "mypkg", "-k", "STEP-1/ or WARM-1/", "--optimspec-time-limit=60")
    if number == signal.SIGINT:  # which a terminal sends to all
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert_ends(Run(process.returncode, out, ""), End("", code, claim))


# -------------------------------------------------------------------------------------------------------- limits


def test_an_import_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hangs_at_import.py").write_text("import time; time.sleep(1000)", encoding="utf-8")
    monkeypatch.setattr(find, "time_to_import", lambda limit: 0.2)
    with pytest.raises(CannotTest, match=r"hangs_at_import.py cannot be used: cut off after 0\.2 s"):
        find.open_implementation("hangs_at_import.py", tmp_path, limit=10.0)


def test_the_recursion_limit_is_set_back() -> None:
    before = sys.getrecursionlimit()

    def lowers() -> None:
        sys.setrecursionlimit(before // 2)

    guard.guarded(lowers, 1.0)
    assert sys.getrecursionlimit() == before


def test_a_message_that_hangs_is_read_within_the_limit() -> None:
    class Hangs(BaseException):
        def __str__(self) -> str:
            time.sleep(1000)
            return ""

    def raises() -> None:
        raise Hangs

    with pytest.raises(AbnormalExit, match=r"cut off after 0\.2 s"):
        guard.guarded(raises, 0.2)


def test_isolated_workers_do_not_see_that_pytest_runs(here: Path) -> None:
    source = f"if any(name.startswith('PYTEST_') for name in os.environ): raise SystemExit('seen')\n{STEP}{RIGHT}"
    assert check(here, source, *SOME, "--optimspec-isolate").claim == PARTIAL
