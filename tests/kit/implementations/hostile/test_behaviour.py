"""What an implementation may do in a step: in this process, isolated, on workers, and behind the process protocol.

Each kind of behaviour has a class of its own, so that one run shows them all.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from optimspec_conformance.cases.committed import CommittedCase, by_file, cases
from optimspec_conformance.cases.corpus import subject
from programs import program
from runs import FAILED, Run, pytest_in

LIMIT = "--optimspec-time-limit=0.5"
CONTROL = "StepLR"  # no module does anything to it
FORGED = "7266 checks: 7266 pass, 0 fail: CONFORMANT, profile field"
TOO_LONG = "cut off after"
FLOOD = "for _ in range(200): {}\nraise ValueError('flooded')"
MESSAGE = "raise type('Odd', (Exception,), {{'__str__': lambda self: {}}})"

# What a step does, and part of what its failure says; nothing if its checks pass.
STEPS: dict[str, tuple[str, str | None]] = {
    "exits": ("raise SystemExit(0)", "SystemExit: 0"),
    "exits at once": ("os._exit(0)", "os._exit(0)"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "closes a generator": ("raise GeneratorExit", "GeneratorExit"),
    "raises no Exception": ("raise type('Odd', (BaseException,), {})", "Odd"),
    "skips the check": ("pytest.skip('no')", "Skipped: no"),
    "expects to fail": ("pytest.xfail('no')", "XFailed: no"),
    "ends the run": ("pytest.exit('enough')", "Exit: enough"),
    "does not fit in memory": ("return [0.1] * 10**15", "MemoryError"),
    "calls itself": ("return self.step(*args)", "RecursionError"),
    "leaves no room for calls": ("sys.setrecursionlimit(len(inspect.stack(0)) + 9)\nraise ValueError('low')", ""),
    "loops": ("while True: pass", TOO_LONG),
    "sleeps": ("time.sleep(1000)", TOO_LONG),
    "catches the alarm": ("try: time.sleep(1000)\nexcept BaseException: pass", TOO_LONG),
    "ignores the alarm": ("signal.signal(signal.SIGALRM, signal.SIG_IGN)\nraise ValueError('deaf')", "deaf"),
    "floods standard output": (FLOOD.format("print('x' * 1000)"), "flooded"),
    "floods standard error": (FLOOD.format("print('x' * 1000, file=sys.stderr)"), "flooded"),
    "floods past Python": (FLOOD.format("os.write(1, b'x' * 10**5)"), "flooded"),
    "floods the buffer": (FLOOD.format("sys.stdout.buffer.write(b'x' * 10**5)"), "flooded"),
    "closes standard output": ("sys.stdout.close()\nraise ValueError('closed')", "closed"),
    "takes standard output away": ("sys.stdout = None\nraise ValueError('taken')", "taken"),
    "has no message": (MESSAGE.format("{}['no']"), "Odd: (its message cannot be read)"),
    "exits out of its message": (MESSAGE.format("sys.exit(0)"), "Odd: (its message cannot be read)"),
    "interrupts out of its message": (MESSAGE.format("interrupt()"), "Odd: (its message cannot be read)"),
    "hangs in its message": (MESSAGE.format("time.sleep(1000)"), TOO_LONG),
    "has half a character": ("raise ValueError('half \\udc80')", r"half \udc80"),
    "has lines": ("raise ValueError('one\\ntwo\\r\\nthree')", "one two  three"),
    "forges a closing line": (f"raise ValueError('\\n{FORGED}')", f"ValueError:  {FORGED}"),
    "clears the screen": ("raise ValueError('\\033[2Jgone')", r"\x1b[2Jgone"),
    "has an endless message": ("raise ValueError('x' * 10**7)", "ValueError: xxxx"),
    "has lines in a name": ("raise type('One\\nTwo', (Exception,), {})", "One Two"),
    "forks": ("once(os.fork)\nreturn super().step(*args, **kwargs)", None),
    "leaves for another folder": ("os.chdir('/')\nreturn super().step(*args, **kwargs)", None),
    "clears the environment": ("os.environ.clear()\nreturn super().step(*args, **kwargs)", None),
    "warns": ("warnings.warn('careful')\nreturn super().step(*args, **kwargs)", None),
    "exits out of a destructor": ("Exits()\nreturn super().step(*args, **kwargs)", None),
}
HEAD = """
import inspect, os, pytest, signal, sys, time, warnings
import numpy_optim
from numpy_optim import ParamState, StepLR

done = []

def once(act):
    if not done:
        done.append(act())

def interrupt():
    raise KeyboardInterrupt

class Exits:
    def __del__(self):
        sys.exit(0)
"""
MODES = {"plain": (), "isolated": ("--optimspec-isolate",), "workers": ("-n", "2")}

# What a program does before it answers, and part of what the failure says.
ANSWERS: dict[str, tuple[str, str | None]] = {
    "ends": ("sys.exit(0)", "ended with exit code 0"),
    "ends with a code": ("sys.exit(7)", "ended with exit code 7"),
    "is killed": ("os.kill(os.getpid(), 9)", "killed by SIGKILL"),
    "aborts": ("os.abort()", "killed by SIGABRT"),
    "has last words": ("sys.exit('out of memory')", "out of memory"),
    "says nothing": ("time.sleep(1000)", TOO_LONG),
    "closes its output": ("os.close(1); time.sleep(1000)", "closed its standard output"),
    "stops in a line": ("print('{', end='', flush=True); os._exit(1)", "in the middle of a line"),
    "answers in words": ("print('fine', flush=True); continue", "not JSON"),
    "answers with nothing": ("print(flush=True); continue", "not JSON"),
    "answers twice": ("write({'id': id, 'trace': trace})", "id must be"),
    "answers another request": ("id += 1", "id must be"),
    "answers with a list": ("print('[]', flush=True); continue", "the answer must"),
    "has no trace": ("write({'id': id}); continue", "must"),
    "has a trace and an error": ("write({'id': id, 'trace': trace, 'error': 'no'}); continue", "must"),
    "has an unknown field": ("trace[0]['mood'] = 'good'", "must"),
    "has too few rows": ("del trace[-1]", "rows"),
    "has too many rows": ("trace.append(trace[0])", "rows"),
    "writes a word for a rate": ("trace[0]['lr'] = ['fast']", "trace/0/lr"),
    "writes a number for a rate": ("trace[0]['lr'] = [0.5]", "trace/0/lr"),
    "writes nan as JavaScript does": ("trace[0]['lr'] = [float('nan')]", "NaN must be written"),
    "writes what no float64 is": ("print('{\"id\": 1e999}', flush=True); continue", "beyond float64"),
    "writes an endless number": ("print('{\"id\": ' + '1' * 5001 + '}', flush=True); continue", "not JSON"),
    "is deep": ("print('[' * 9000 + ']' * 9000, flush=True); continue", "levels deep"),
    "writes half a character": ("write({'id': id, 'error': chr(0xd800)}); continue", "not JSON"),
    "writes what is no UTF-8": (r"os.write(1, b'{\"\xff\"}\n'); continue", "not JSON"),
    "has an error of two lines": ("write({'id': id, 'error': 'one\\ntwo'}); continue", "one two"),
    "clears the screen": ("write({'id': id, 'error': chr(27) + '[2Jgone'}); continue", r"\x1b[2Jgone"),
    "floods": ("sys.stdout.write('x' * 40_000_000); time.sleep(1000)", "without being asked"),
}


def first_steps() -> dict[str, CommittedCase]:
    """A golden case with a step of each class, by class."""
    found: dict[str, CommittedCase] = {}
    for case in cases():
        stepped = [row["op"].split(".")[-1] for row in case.scenario["do"]][:1] == ["step"]
        if case.area == "golden" and stepped and subject(case.scenario) == case.subject and case.trace:
            found.setdefault(case.subject, case)
    return {name: case for name, case in found.items() if name not in ("ChainedScheduler", "SequentialLR", "Lookahead")}


CASES = first_steps()
SUBJECTS = [name for name in CASES if name != CONTROL]


@dataclass(frozen=True)
class Found:
    """A run: the result of each class, and what its failure said."""

    run: Run
    words: dict[str, str]
    texts: dict[str, str]


def run_on(directory: Path, implementation: str, subjects: Iterable[str], *options: str) -> Found:
    paths = {entry.id: path for path, entries in by_file().items() for entry in entries}
    ids = [CASES[name].id for name in (*subjects, CONTROL)]
    run = pytest_in(
        directory,
        *(f"{paths[id_]}::{id_}" for id_ in ids),
        f"--impl={implementation}",
        f"--junitxml={directory / 'junit.xml'}",
        LIMIT,
        *options,
    )
    words, texts = {}, {}
    for check in ElementTree.parse(directory / "junit.xml").iter("testcase"):
        (recorded,) = [p.attrib["value"] for p in check.iter("property") if p.attrib["name"] == "optimspec"]
        record = json.loads(recorded)
        words[record["subject"]] = record["result"]
        texts[record["subject"]] = "".join(failure.text or "" for failure in check.iter("failure"))
    return Found(run, words, texts)


def assert_as_in(table: Mapping[str, tuple[str, str | None]], by_kind: Mapping[str, str], found: Found) -> None:
    """Each class ends as the table says, and the run goes on."""
    assert found.words.keys() == {*by_kind.values(), CONTROL}, found.run.text[-3000:]
    assert found.words[CONTROL] == "pass"
    assert (found.run.code, found.run.claim, found.run.count("error")) == (FAILED, "NOT CONFORMANT", 0)
    assert FORGED not in [line.strip() for line in found.run.out.splitlines()]
    assert len(found.run.out) < 1_000_000
    others = {}
    for kind, (_, said) in table.items():
        name = LATE.get(kind, by_kind[kind])
        word, text = found.words[name], found.texts[name]
        if word != ("pass" if said is None else "fail") or (said or "") not in text:
            others[kind] = (word, text)
    assert others == {}


BY_STEP = dict(zip(STEPS, SUBJECTS, strict=False))
BY_ANSWER = dict(zip(ANSWERS, SUBJECTS, strict=False))
LATE = {"answers twice": dict(zip(ANSWERS, SUBJECTS[1:], strict=False))["answers twice"]}  # the next check finds it


def test_there_is_a_class_for_each_kind() -> None:
    assert max(len(STEPS), len(ANSWERS)) <= len(SUBJECTS)


@pytest.mark.parametrize("mode", MODES)
def test_a_step_costs_its_check_and_nothing_else(here: Path, mode: str) -> None:
    source = HEAD
    for kind, (body, _) in STEPS.items():
        method = f"def step(self, *args, **kwargs):\n{textwrap.indent(body, '    ')}\n"
        source += f"class {BY_STEP[kind]}(numpy_optim.{BY_STEP[kind]}):\n{textwrap.indent(method, '    ')}\n"
    (here / "mypkg.py").write_text(source, encoding="utf-8")
    assert_as_in(STEPS, BY_STEP, run_on(here, "mypkg", BY_STEP.values(), *MODES[mode]))


def test_an_answer_costs_its_check_and_nothing_else(tmp_path: Path) -> None:
    wrongs = {BY_ANSWER[kind]: wrong for kind, (wrong, _) in ANSWERS.items()}
    assert_as_in(ANSWERS, BY_ANSWER, run_on(tmp_path, program(tmp_path, wrongs), BY_ANSWER.values()))
