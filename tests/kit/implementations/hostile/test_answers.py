"""Implementations that try to fool the kit, or do not care: each fails its checks, and the run goes on."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from optimspec_conformance.cases import committed
from optimspec_conformance.implementations import guard
from optimspec_conformance.implementations.protocol import time_allowed
from optimspec_conformance.scenarios.operations import step
from runs import FAILED, KIT, OK, ROOT, USAGE, Run, beside_numpy_optim, kit, kit_on, message, pytest_in

CONTROL = "StepLR"  # no module does anything to it
SHORT = "--optimspec-time-limit=0.3"


@dataclass(frozen=True)
class Hostile:
    """A class with one method that does something else; ``said`` is part of what a failure of it says."""

    subject: str
    method: str
    body: str
    said: str = ""

    @property
    def source(self) -> str:
        arguments = {"step": "self, *args, **kwargs", "load_state_dict": "self, state"}.get(self.method, "self")
        body = textwrap.indent(textwrap.dedent(self.body).strip(), " " * 8)
        head = f"class {self.subject}(numpy_optim.{self.subject}):\n    def {self.method}({arguments}):\n"
        return f"{head}{body}\n"


def module(*hostile: Hostile) -> str:
    lines = ["import numpy_optim", f"from numpy_optim import ParamState, SGD, {CONTROL}"]
    lines += ["import collections, ctypes, itertools, os, signal, sys, time, numpy as np"]
    return "\n".join([*lines, *(one.source for one in hostile)])


@dataclass(frozen=True)
class Results:
    """What a run said of each class: its result words, the requirements that it broke, the text of its failures."""

    run: Run
    words: dict[str, list[str]]
    broken: dict[str, set[str]]
    texts: dict[str, str]


def results(directory: Path, source: str, *arguments: str, keyword: str = "golden") -> Results:
    (directory / "mypkg.py").write_text(source, encoding="utf-8")
    run = pytest_in(directory, *KIT, "-k", keyword, "--impl=mypkg", "--junitxml=junit.xml", *arguments)
    words: dict[str, list[str]] = defaultdict(list)
    broken: dict[str, set[str]] = defaultdict(set)
    texts: dict[str, str] = defaultdict(str)
    for check in ElementTree.parse(directory / "junit.xml").iter("testcase"):
        (recorded,) = [p.attrib["value"] for p in check.iter("property") if p.attrib["name"] == "optimspec"]
        record = json.loads(recorded)
        word, subject, requirement = record["result"], record["subject"], record["requirement"]
        words[subject].append(word)
        if word == "fail":
            broken[subject].add(requirement)
        texts[subject] += "".join(failure.text or "" for failure in check.iter("failure"))
    return Results(run, words, broken, texts)


# ------------------------------------------------------------------------------------- one run, many hostile classes

GIVEN = [
    Hostile("LinearLR", "step", "raise SystemExit(0)", "SystemExit: 0"),
    Hostile("ConstantLR", "step", "raise KeyboardInterrupt", "KeyboardInterrupt"),
    Hostile("CosineAnnealingLR", "get_last_lr", "raise GeneratorExit", "GeneratorExit"),
    Hostile("PolynomialLR", "get_last_lr", "return self.get_last_lr()", "RecursionError"),
    Hostile("OneCycleLR", "get_last_lr", "return [0.1] * 10**15", "MemoryError"),
    Hostile("CyclicLR", "get_last_lr", "raise type('Odd', (BaseException,), {})", "Odd"),
    Hostile("WarmupScheduler", "step", "import pytest; pytest.skip('no')", "Skipped: no"),
    Hostile("WarmupCosineSchedule", "step", "os._exit(0)", "os._exit(0)"),
    Hostile(
        "PiecewiseConstantSchedule",
        "step",
        """
        class Unreadable(Exception):
            def __str__(self): raise KeyError
        raise Unreadable
        """,
        "Unreadable: (its message cannot be read)",
    ),
    Hostile(
        "ExponentialDecayLR",
        "step",
        "for _ in range(1000): print('x' * 1000, file=sys.stderr)\nraise RuntimeError('flooded')",
        "flooded",
    ),
    Hostile(
        "CosineAnnealingWarmRestarts", "get_last_lr", "return [str(lr) for lr in super().get_last_lr()]", "no number"
    ),
    Hostile("ExponentialLR", "get_last_lr", "return None", "gave no list"),
    Hostile("MultiStepLR", "get_last_lr", "return [float('nan') for _ in super().get_last_lr()]", "nan"),
    Hostile("ReduceLROnPlateau", "get_last_lr", "return [np.full(1, lr) for lr in super().get_last_lr()]", "no number"),
    Hostile(
        "Adam",
        "step",
        "super().step(*args)\nfor w in self._weights.values(): w.state.value = np.zeros(9, w.dtype)",
        "shape of",
    ),
    Hostile("RMSprop", "step", "raise SystemExit", "SystemExit"),
]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return results(beside_numpy_optim(tmp_path_factory.mktemp("given")), module(*GIVEN))


@pytest.mark.parametrize("hostile", GIVEN, ids=lambda hostile: f"{hostile.subject}.{hostile.method}")
def test_what_is_given_or_raised_fails_its_checks(given: Results, hostile: Hostile) -> None:
    words = given.words[hostile.subject]
    assert "fail" in words
    assert set(words) <= {"fail", "pass"}
    if hostile.method == "get_last_lr":  # which every scenario reads that builds one
        assert words.count("fail") > words.count("pass")
    assert hostile.said in given.texts[hostile.subject]


def test_the_run_goes_on_and_counts_right(given: Results) -> None:
    assert given.run.code == FAILED
    assert given.run.count("error") == 0
    assert set(given.words[CONTROL]) == {"pass"}
    golden = [case for case in committed.cases() if case.area == "golden"]
    assert given.run.closing.startswith(f"{len(golden)} checks: ")
    assert given.run.claim == "NOT CONFORMANT"


FLOODS = ("print('x' * 10**6)", "print('x' * 10**6, file=sys.stderr)", "os.write(1, b'x' * 10**6)")


@pytest.mark.parametrize("flood", FLOODS)
def test_of_a_flood_a_report_has_the_beginning_and_says_that_there_was_more(tmp_path: Path, flood: str) -> None:
    flooding = Hostile("ExponentialDecayLR", "step", f"{flood}\nraise RuntimeError('flooded')")
    run = results(beside_numpy_optim(tmp_path), module(flooding), keyword="golden and DECAY-1/").run
    assert run.code == FAILED
    assert "[more was printed]" in run.out
    assert len(run.out) < 200_000


# ------------------------------------------------------------------------- what only shows in more than one look at it

SUBTLE = [
    (Hostile("SGD", "step", "super().step(*args)\nfor g in args[0].values(): g += 1"), "OPT-16"),
    (Hostile("LinearLR", "load_state_dict", "super().load_state_dict(state)\nstate.clear()"), "STA-11"),
    (
        Hostile("ConstantLR", "step", "super().step(*args, **kwargs)\ntype(self)._time = self.__dict__.pop('_time')"),
        "SCH-8",
    ),
    (
        Hostile(
            "ExponentialLR", "get_last_lr", "self.reads = 1 - getattr(self, 'reads', 0)\nreturn [9.0] * self.reads"
        ),
        "EXP-1",
    ),
    (
        Hostile("PolynomialLR", "get_last_lr", "return [lr + np.random.rand() / 1e15 for lr in super().get_last_lr()]"),
        "STA-2",
    ),
]


@pytest.fixture(scope="module")
def subtle(tmp_path_factory: pytest.TempPathFactory) -> Results:
    names = [hostile.subject for hostile, _ in SUBTLE]
    source = module(*(hostile for hostile, _ in SUBTLE)).replace("SGD, ", "")
    directory = beside_numpy_optim(tmp_path_factory.mktemp("subtle"))
    return results(directory, source, keyword=" or ".join([*names, CONTROL]))


@pytest.mark.parametrize(("hostile", "requirement"), SUBTLE, ids=[hostile.subject for hostile, _ in SUBTLE])
def test_what_shows_at_a_second_look_fails_its_checks(subtle: Results, hostile: Hostile, requirement: str) -> None:
    assert requirement in subtle.broken[hostile.subject]
    assert set(subtle.words[CONTROL]) == {"pass"}
    assert (subtle.run.code, subtle.run.count("error")) == (FAILED, 0)


# ------------------------------------------------------------------------------------------------------- hangs

HANGS = [
    Hostile("LinearLR", "step", "while True: pass"),
    Hostile("ConstantLR", "step", "time.sleep(1000)"),
    Hostile(
        "PolynomialLR",
        "get_last_lr",
        """
        if not hasattr(self, "slept"):
            self.slept = True
            try: time.sleep(1000)
            except BaseException: pass
        return super().get_last_lr()
        """,
    ),
]
IN_C = "collections.deque(itertools.repeat(0), maxlen=0)"


def test_a_hang_fails_its_checks_and_the_run_goes_on(here: Path) -> None:
    found = results(here, module(*HANGS), SHORT, "-k", "POLY-1/ or LIN-1/ or CONST-1/ or STEP-1")
    for hostile in HANGS:
        assert set(found.words[hostile.subject]) == {"fail"}
        assert "at most 0.3 s" in found.texts[hostile.subject]
    assert "by the end of scheduler.step(), operation 1: time taken" in found.texts["LinearLR"]
    assert set(found.words[CONTROL]) == {"pass"}
    assert (found.run.code, found.run.count("error")) == (FAILED, 0)


def test_a_class_that_hangs_where_the_precision_is_probed_ends_nothing_else(here: Path) -> None:
    source = module(Hostile("ExponentialLR", "step", "while True: pass"))
    found = results(here, source, SHORT, "-k", "EXP-2/ or STEP-1")
    assert "fail" in found.words["ExponentialLR"]
    assert set(found.words[CONTROL]) == {"pass"}


def test_a_long_walk_has_more_time_than_a_short_one() -> None:
    assert [time_allowed({"do": do}, 2.0) for do in ([], [step()], [step()] * 1000, [step(1001)])] == [2, 2, 2, 4]


@pytest.mark.parametrize(
    ("passed", "worked", "waits"),
    [(1.0, 0.0, False), (1.0, 0.3, True), (1.0, 0.9, False), (guard.PATIENCE, 0.3 * guard.PATIENCE, False)],
    ids=["asleep", "left waiting", "busy", "out of patience"],
)
def test_a_process_that_the_machine_leaves_waiting_has_longer(
    monkeypatch: pytest.MonkeyPatch, passed: float, worked: float, waits: bool
) -> None:
    signals = guard._Guard(1.0)
    signals.began = 0.0, 0.0
    monkeypatch.setattr(guard, "perf_counter", lambda: passed)
    monkeypatch.setattr(guard, "process_time", lambda: worked)
    assert signals.starved() is waits


def test_no_limit_is_no_number() -> None:
    for text in ("-1", "nan", "soon"):
        assert pytest_in(ROOT, f"--optimspec-time-limit={text}").code == USAGE


def test_what_cannot_be_interrupted_ends_the_run_and_names_the_check(here: Path) -> None:
    run = kit_on(here, module(Hostile("ConstantLR", "step", IN_C)), SHORT, "-k", "CONST-1/")
    assert run.code not in (OK, USAGE)
    assert "<check CONST-1/ConstantLR/whole>" in run.err
    assert "CONFORMANT" not in run.out


# ---------------------------------------------------------------------------------------------- crashes, isolation

CRASHES = [
    (Hostile("ExponentialLR", "step", "ctypes.string_at(0)"), "killed by SIGSEGV"),
    (Hostile("LinearLR", "step", "print('last words')\nos.abort()"), "last words"),
    (Hostile("PolynomialLR", "step", "ctypes.CDLL(None)._exit(0)"), "ended with exit code 0"),
    (Hostile("ConstantLR", "step", IN_C), "cut off after"),
]
SOME = "EXP-1/ or LIN-1/ or POLY-1/ or CONST-1/"


def test_a_process_that_waits_between_two_scenarios_is_left_alone() -> None:
    """As the first process of pytest-xdist waits for the others, for as long as they take."""
    program = """
import time
from optimspec_conformance.implementations.guard import Watchdog, guarded
Watchdog.SPARE, Watchdog.PERIOD = 0.5, 0.1
guarded(lambda: None, 0.01)
time.sleep(3)
print("alive")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "alive\n", "")


def test_a_crash_ends_the_run_and_names_the_check(here: Path) -> None:
    run = kit_on(here, module(Hostile("ConstantLR", "step", "os.abort()")), "-k", "CONST-1/")
    assert run.code not in (OK, USAGE)
    assert "<check CONST-1/ConstantLR/whole>" in run.err


def test_isolation_survives_crashes_and_hangs(here: Path) -> None:
    source = module(*(hostile for hostile, _ in CRASHES))
    found = results(here, source, SHORT, "--optimspec-isolate", "-k", f"{SOME} or STEP-1")
    for hostile, said in CRASHES:
        assert set(found.words[hostile.subject]) == {"fail"}
        assert said in found.texts[hostile.subject]
    assert "optimspec_conformance" not in found.texts["ExponentialLR"]
    assert set(found.words[CONTROL]) == {"pass"}
    assert (found.run.code, found.run.count("error")) == (FAILED, 0)


def test_isolation_changes_no_verdict(here: Path) -> None:
    narrow = ("-k", "OPT-16/SGD or EXP-1/ or STA-9/StepLR")
    alone, isolated = (kit(here, "numpy_optim", *narrow, *more) for more in ((), ("--optimspec-isolate",)))
    assert alone.code == isolated.code == OK, isolated.text
    assert alone.closing == isolated.closing


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param("raise KeyboardInterrupt", "KeyboardInterrupt", id="interrupts"),
        pytest.param("import os; os._exit(0)", "os._exit(0)", id="exits"),
        pytest.param("", "provides none of the classes", id="is empty"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--optimspec-isolate",)], ids=["here", "isolated"])
def test_a_module_that_ends_its_own_import_gets_one_line(
    tmp_path: Path, source: str, said: str, more: tuple[str, ...]
) -> None:
    assert said in message(kit_on(tmp_path, source, *more))
