"""Programs in any language: whatever they write is looked at, and nothing that they do ends or stops a run."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.classes.catalogue import PLATEAUS, SCHEDULES
from optimspec_conformance.implementations.find import open_implementation
from optimspec_conformance.implementations.processes.child import LineProcess, started
from optimspec_conformance.implementations.processes.program import Program
from optimspec_conformance.implementations.protocol import CannotTest
from optimspec_conformance.reports.check_result import CheckResult
from optimspec_conformance.scenarios.operations import read, step
from optimspec_conformance.session.session import ConformanceSession, Settings
from optimspec_conformance.verdict.judge import Result, Verdict, judge
from optimspec_conformance.verdict.known_failures import KnownFailures
from programs import program, script
from runs import FAILED, KIT, OK, ROOT, kit, message, pytest_in

LIMIT = 1.0


def case_of(name: str) -> CommittedCase:
    """A case that every right implementation of a class passes: it steps."""
    return next(c for c in cases() if c.subject == name and c.requirement in ("SCH-3", "PLAT-21", "OPT-8"))


def verdict_on(found: Program, name: str) -> Verdict:
    return judge(case_of(name), found, KnownFailures())


# ----------------------------------------------------------------------------------------------- what programs do wrong

CONTROL = "StepLR"  # no program does anything to it

WRONG: dict[str, tuple[str, list[str]]] = {
    "ExponentialLR": (
        "print('good morning', flush=True); continue",
        ["the answer", "line 1 column 1 (char 0); standard output has answers alone, in 'good morning'"],
    ),
    "LinearLR": (
        'sys.stdout.write(\'{"id": 3, "tra\'); sys.stdout.flush(); os._exit(3)',
        ['in the middle of a line: \'{"id": 3, "tra\'', "ended with exit code 3"],
    ),
    "ConstantLR": ("write({'id': id + 1, 'trace': trace}); continue", ["id must be", "that of the request: got"]),
    "PolynomialLR": ("trace[-1]['lr'] = [float('nan')]", ["not JSON: NaN must be written"]),
    "CosineAnnealingLR": ("print('slowly', file=sys.stderr, flush=True); time.sleep(1000)", ["cut off", "slowly"]),
    "MultiStepLR": (
        "print('last words', file=sys.stderr, flush=True); os.abort()",
        ["killed by SIGABRT", "last words"],
    ),
    "CyclicLR": ("while True: sys.stdout.write('x' * 65536)", ["without being asked"]),
    "OneCycleLR": ("while True: print('y')", ["not JSON", "'y'"]),
    "WarmupScheduler": ("os.close(1); time.sleep(1000)", ["closed its standard output"]),
    "WarmupCosineSchedule": ("write({'id': id, 'error': 'out of luck'}); continue", ["the program", "out of luck"]),
    "ExponentialDecayLR": ("trace[-1]['lr'] = [0.1, 0.2]", ['/lr/0 must be of type "string": got 0.1']),
    "PiecewiseConstantSchedule": (
        "trace = trace[:1]",
        ["trace must have", "rows, for the construction and each operation: got 1"],
    ),
    "ReduceLROnPlateau": ("write([id, trace]); continue", ['the answer must be of type "object"']),
    "ChainedScheduler": ("write({'id': id}); continue", ['must have "trace" or have "error" or have "unsupported"']),
    "SequentialLR": ("trace[-1]['lr'] = [{'float': 'nan'}] * 2", ["nan"]),
    "CosineAnnealingWarmRestarts": (
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)']); os._exit(0)",
        ["ended with exit code 0"],
    ),
    "SGD": ("print('z' * 10**6 + '{', flush=True); continue", ["not JSON", "zzz…"]),
}


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    option = program(tmp_path_factory.mktemp("wrong"), {name: source for name, (source, _) in WRONG.items()})
    found = Program(option, ROOT, limit=LIMIT)
    yield found
    found.close()


@pytest.mark.parametrize("name", WRONG)
def test_what_a_program_does_wrong_fails_the_check_and_is_quoted(wrong: Program, name: str) -> None:
    started = perf_counter()
    verdict = verdict_on(wrong, name)
    assert verdict.result == "fail", verdict.text
    for said in WRONG[name][1]:
        assert said in verdict.text
    assert len(verdict.text) < 10_000
    assert perf_counter() - started < 20 * LIMIT
    assert verdict_on(wrong, CONTROL).result == "pass"


def test_every_death_is_counted(tmp_path: Path) -> None:
    found = Program(program(tmp_path, {"LinearLR": "os._exit(1)"}), ROOT, limit=LIMIT)
    words = [verdict_on(found, name).result for name in ("LinearLR", CONTROL, "LinearLR", CONTROL)]
    found.close()
    assert words == ["fail", "pass", "fail", "pass"]
    assert found.restarts == 2


def test_a_program_that_does_not_read_stops_nobody(tmp_path: Path) -> None:
    """More than a pipe holds is sent to it."""
    option = script(
        tmp_path,
        """
        import json, sys, time
        sys.stdin.readline()
        hello = {"protocol": 1, "name": "deaf", "version": "1", "precision": "float64", "features": []}
        print(json.dumps({"hello": hello | {"provides": ["StepLR"]}}), flush=True)
        time.sleep(1000)
        """,
    )
    found = Program(option, ROOT, limit=LIMIT)
    verdict = judge(padded(case_of(CONTROL)), found, KnownFailures())
    found.close()
    assert (verdict.result, "cut off" in verdict.text) == ("fail", True)


def padded(case: CommittedCase) -> CommittedCase:
    scenario = {**case.scenario, "do": [*case.scenario["do"], *[read() | {"padding": "x" * 1000}] * 500]}
    return CommittedCase(case.id, case.area, case.subject, case.profile, case.requirement, scenario, case.trace)


def test_one_that_cannot_be_started_again_is_not_waited_for_again(tmp_path: Path) -> None:
    first = f"""
        mark = {str(tmp_path / "mark")!r}
        if os.path.exists(mark):
            os._exit(7)
        open(mark, "w").close()
    """
    found = Program(program(tmp_path, {"LinearLR": "os._exit(1)"}, before=first), ROOT, limit=LIMIT)
    assert verdict_on(found, "LinearLR").result == "fail"
    for _ in range(3):
        verdict = verdict_on(found, CONTROL)
        assert (verdict.result, "exit code 7" in verdict.text) == ("fail", True)


def test_what_a_program_started_ends_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    started = f"""
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        open({str(mark)!r}, "w").write(str(child.pid))
        time.sleep(1000)
    """
    found = Program(program(tmp_path, {"LinearLR": started}), ROOT, limit=LIMIT)
    assert verdict_on(found, "LinearLR").result == "fail"
    assert gone(int(mark.read_text(encoding="utf-8")))


def gone(pid: int) -> bool:
    """Whether a process has ended, which may take a moment. One that nobody waits for is a zombie, and has ended."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


# ---------------------------------------------------------------------------------------------------- what it cannot do


def test_what_a_program_does_not_support_is_not_provided(tmp_path: Path) -> None:
    wrong = {"LinearLR": "write({'id': id, 'unsupported': 'no lines here'}); continue"}
    found = Program(program(tmp_path, wrong), ROOT, limit=LIMIT)
    verdict = verdict_on(found, "LinearLR")
    assert (verdict.result, verdict.text) == ("not provided", "served: no lines here")
    assert verdict_on(found, CONTROL).result == "pass"
    found.close()


@pytest.mark.parametrize("feature", ["deepcopy", "scribble", "tamper", "intact", "bystander"])
def test_a_feature_that_is_not_listed_is_not_asked_for(tmp_path: Path, feature: str) -> None:
    before = f"hello['features'].remove({feature!r})"
    found = Program(program(tmp_path, before=before), ROOT, limit=LIMIT)
    needs = next(case for case in cases() if feature in json.dumps(case.scenario) and found.provides(case.subject))
    request_id = found.request_id
    verdict = judge(needs, found, KnownFailures())
    assert (verdict.result, feature in verdict.text) == ("not provided", True)
    assert found.request_id == request_id
    found.close()


@pytest.mark.parametrize(
    ("requirement", "claim"),
    [
        ("STA-9", "CONFORMANT in what it provides"),
        ("STA-4", "CONFORMANT, profile field"),  # the language has no serialization of its own
        ("OPT-22", "CONFORMANT, profile field"),  # its types rule the call out
    ],
)
def test_a_profile_is_not_claimed_where_a_requirement_was_never_judged(
    tmp_path: Path, requirement: str, claim: str
) -> None:
    session = ConformanceSession.start(Settings(program(tmp_path), ROOT))
    session.record(CheckResult("one", Result.PASS, CONTROL, "state", "STA-7"))
    assert session.run_result.claim == "CONFORMANT, profile field"
    session.record(CheckResult("another", Result.NOT_PROVIDED, CONTROL, "state", requirement))
    assert session.run_result.claim == claim
    session.implementation.close()


def test_without_pickle_only_the_requirement_about_it_is_not_judged(tmp_path: Path) -> None:
    found = Program(program(tmp_path, before="hello['features'].remove('pickle')"), ROOT, limit=LIMIT)
    pickled = [c for c in cases() if c.subject == CONTROL and '"pickle"' in json.dumps([c.scenario, c.other])]
    results = {c.requirement: judge(c, found, KnownFailures()).result for c in pickled}
    found.close()
    assert {"STA-4", "STA-9"} < results.keys()
    assert results == {r: "not provided" if r == "STA-4" else "pass" for r in results}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("for row in trace: del row['lr']", 'nothing: the row has no "lr"'),
        ("trace[-1] = {'error': {'kind': 'LookupError', 'message': 'no such rate'}}", "no such rate"),
        ("for row in trace: row['lr'] = {'unsupported': 'it shows no rate'}", "it shows no rate"),
    ],
)
def test_what_a_row_lacks_is_named(tmp_path: Path, wrong: str, said: str) -> None:
    found = Program(program(tmp_path, {"StepLR": wrong}), ROOT, limit=LIMIT)
    case = next(c for c in cases() if c.subject == "StepLR" and c.requirement == "STEP-1")
    verdict = judge(case, found, KnownFailures())
    found.close()
    assert verdict.result == ("not provided" if "unsupported" in wrong else "fail")
    assert said in verdict.text


def test_a_wrong_kind_is_shown(tmp_path: Path) -> None:
    wrong = "for row in trace: row.get('error', {})['kind'] = 'ValueError'"
    found = Program(program(tmp_path, {"StepLR": wrong}), ROOT, limit=LIMIT)
    case = next(c for c in cases() if c.subject == "StepLR" and c.requirement == "STEP-4")
    verdict = judge(case, found, KnownFailures())
    found.close()
    assert verdict.result == "fail"
    assert 'step_size must be at least 1, got 0 (of kind "ValueError")' in verdict.text


def test_what_a_program_does_itself_is_not_provided(tmp_path: Path) -> None:
    option = program(tmp_path, before="hello['not_observable'] = {'SCH-3': 'the program counts'}")
    found = Program(option, ROOT, limit=LIMIT)
    verdict = verdict_on(found, CONTROL)
    found.close()
    assert (verdict.result, verdict.text) == ("not provided", "the program counts")


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("hello['provides'] += ['ExponentLR']", "provides ExponentLR: no such class; did you mean ExponentialLR?"),
        ("hello['not_observable'] = {'SCH-399': 'x'}", "has in not_observable SCH-399: no such requirement; did you"),
    ],
)
def test_a_name_that_the_specification_does_not_have_is_refused(tmp_path: Path, before: str, said: str) -> None:
    with pytest.raises(CannotTest, match=re.escape(said)):
        Program(program(tmp_path, before=before), ROOT)
    Program(program(tmp_path, before=f"{before}\nhello['specification'] = '9.0.0'"), ROOT).close()


# ------------------------------------------------------------------------------------------------------- what is silent

UNFLUSHED = """
    import json, sys
    out = open(1, "w", closefd=False)
    hello = {"protocol": 1, "name": "a", "version": "1", "precision": "float64", "features": [], "provides": ["StepLR"]}
    for line in sys.stdin:
        request = json.loads(line)
        if "hello" in request:
            print(json.dumps({"hello": hello}), file=out, flush=FLUSHED)
        else:
            print(json.dumps({"id": request["id"], "unsupported": "nothing"}), file=out)
"""


def test_a_missing_flush_is_called_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimspec_conformance.implementations.processes.program.START", 0.5)
    with pytest.raises(CannotTest, match="the answer came when the input had ended: flush the output after each"):
        open_implementation(script(tmp_path, UNFLUSHED.replace("FLUSHED", "False")), ROOT)
    monkeypatch.undo()
    found = Program(script(tmp_path, UNFLUSHED.replace("FLUSHED", "True")), ROOT, limit=0.5)
    assert "the answer came when the input had ended: flush" in verdict_on(found, CONTROL).text
    found.close()


# -------------------------------------------------------------------------------------------------------- how it begins


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("cmd:", "needs a program"),
        ("cmd:no-such-program --at all", "no program 'no-such-program'"),
        ("cmd:./nowhere/program", "no program './nowhere/program'"),
        ("cmd:node 'half", "No closing quotation"),
        (f"cmd:{sys.executable} -c 'print(5)'", "the greeting must be of type \"object\": got 5, in '5'"),
        (f"cmd:{sys.executable} -c 'exit(9)'", "ended with exit code 9"),
    ],
)
def test_what_cannot_be_started_is_one_line(tmp_path: Path, option: str, said: str) -> None:
    assert said in message(kit(tmp_path, option))


def test_one_that_never_says_hello_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimspec_conformance.implementations.processes.program.START", 0.5)
    with pytest.raises(CannotTest, match=r"it was sent .*cut off after 0.5 s; nothing has arrived: is it flushed"):
        open_implementation(script(tmp_path, "import time; time.sleep(1000)"), ROOT)


def test_an_empty_program_provides_nothing(tmp_path: Path) -> None:
    option = program(tmp_path, before="hello['provides'] = []")
    assert "provides none of the classes" in message(kit(tmp_path, option))


# -------------------------------------------------------------------------------------------------------------- the run


def test_a_program_gets_the_verdicts_of_the_module_it_serves(tmp_path: Path) -> None:
    served, alone = (
        pytest_in(ROOT / "examples", *KIT, f"--impl={option}", "-k", "golden and (EXP or Adam or SEQ or CYC)")
        for option in (program(tmp_path), "numpy_optim")
    )
    assert served.code == OK, served.text
    assert served.closing == alone.closing


def test_a_failure_shows_and_keeps_the_lines_that_show_it_and_deaths_are_told_of(tmp_path: Path) -> None:
    option = program(tmp_path, {"ExponentialLR": "trace[-1]['lr'] = ['0.5']", "LinearLR": "os._exit(0)"})
    run = pytest_in(
        tmp_path,
        *KIT,
        f"--impl={option}",
        "--optimspec-repro=out",
        "-k",
        "golden and (EXP-2/ or LIN-4/) and not falling",
    )
    assert run.code == FAILED
    kept = sorted((tmp_path / "out").iterdir())
    names = ["EXP-2.ExponentialLR.default-gamma", "LIN-4.LinearLR.no-length"]
    assert [path.name for path in kept] == [f"{name}{suffix}" for name in names for suffix in (".jsonl", ".rows.jsonl")]
    for path in kept[::2]:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert all(line in run.out for line in lines)
        assert [set(json.loads(line)) for line in lines] == [{"hello"}, {"id", "scenario"}]
    assert "note: the process had to be started again: 1 times" in run.report


def test_ctrl_c_ends_the_run_and_the_program(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    hangs = f"open({str(mark)!r}, 'w').write(str(os.getpid()))\nimport signal\nwhile True: time.sleep(1)"
    option = program(tmp_path, {"ExponentialLR": hangs})
    command = [sys.executable, "-m", "pytest", *KIT, f"--impl={option}", "-k", "EXP-2/", "-p", "no:cacheprovider"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # one that is ignored is so in the run, too
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as run:
        signal.signal(signal.SIGINT, before)
        for _ in range(600):
            if mark.exists() and mark.read_text(encoding="utf-8"):
                break
            time.sleep(0.1)
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=60)
    assert run.returncode == pytest.ExitCode.INTERRUPTED
    assert "PARTIAL" in out
    assert gone(int(mark.read_text(encoding="utf-8")))


# --------------------------------------------------------------------------------------------------------------- speed


def test_two_thousand_scenarios_go_through_the_pipe_in_a_second(tmp_path: Path) -> None:
    """A program that does nothing takes an eighth of a millisecond; the best of several tries, for a busy machine."""
    option = script(
        tmp_path,
        """
        import json, sys
        hello = {"protocol": 1, "name": "trivial", "version": "1", "precision": "float64", "features": []}
        for line in sys.stdin:
            request = json.loads(line)
            answer = {"id": request.get("id"), "trace": [{"lr": ["0.1"]}] * 2}
            if "hello" in request:
                answer = {"hello": hello | {"provides": ["StepLR"]}}
            print(json.dumps(answer), flush=True)
        """,
    )
    found = Program(option, ROOT, limit=LIMIT)
    scenario = {"scheduler": {"class": "StepLR", "base_lr": "0.1"}, "do": [step()]}
    best = math.inf
    for _ in range(20):
        started = perf_counter()
        for _ in range(200):
            found.run(scenario)
        best = min(best, perf_counter() - started)
        if best < 0.1:
            break
    found.close()
    assert best < 0.1


def test_a_process_that_has_ended_is_not_ended_twice(tmp_path: Path) -> None:
    child = LineProcess(started([sys.executable, "-c", "exit(4)"], tmp_path))
    assert (child.stop(), child.stop()) == (4, 4)


# ---------------------------------------------------------------------------------------------------------- JavaScript

NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_javascript_example_conforms() -> None:
    option = "cmd:node examples/javascript/schedules.js"
    narrow = "golden or composition or STA-9 or OPT-34 or OPT-16 or NUM-5"
    run = kit(ROOT, option, "-k", narrow)
    assert run.code == OK, run.text
    assert run.count("pass") > 600
    assert run.count("fail") + run.count("convention") + run.count("advisory") == 0


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_a_page_can_import_the_rates_as_they_are(tmp_path: Path) -> None:
    """Nothing of node is there, and what a parameter may be is data."""
    source = (ROOT / "examples" / "javascript" / "rates.js").read_text(encoding="utf-8")
    assert "import " not in source.split("*/", 1)[1]
    assert not any(name in source for name in ("require(", "process.", "Buffer", "globalThis"))
    script = """
        import { SCHEDULES, PLATEAU, defaults } from "./rates.mjs";
        const parameters = { ...SCHEDULES, ReduceLROnPlateau: PLATEAU };
        const data = Object.fromEntries(Object.entries(parameters).map(([name, s]) => [name, s.parameters]));
        const values = { ...defaults("ExponentialLR"), base_lr: 0.1 };
        const rates = [0, 5, 10, 15].map((t) => SCHEDULES.ExponentialLR.rate(t, values));
        console.log(JSON.stringify({ data, rates }));
    """
    (tmp_path / "rates.mjs").write_text(source, encoding="utf-8")
    (tmp_path / "page.mjs").write_text(script, encoding="utf-8")
    assert NODE is not None
    out = subprocess.run([NODE, "page.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    found = json.loads(out)
    assert [f"{rate:.6f}" for rate in found["rates"]] == ["0.100000", "0.077378", "0.059874", "0.046329"]
    parameters = {name: set(definition.parameters) for name, definition in SCHEDULES.items()}
    parameters |= {name: set(definition.parameters) for name, definition in PLATEAUS.items()}
    assert {name: set(data) - {"base_lr"} for name, data in found["data"].items()} == parameters


def test_the_commands_take_a_program_too(tmp_path: Path) -> None:
    """One that dies on one class, and cannot run another."""
    wrong = {"LinearLR": "os._exit(3)", "ConstantLR": "write({'id': id, 'unsupported': 'not here'}); continue"}
    option = program(tmp_path, wrong)
    command = [sys.executable, "-m", "optimspec_conformance", "diff", option, "numpy_optim", *wrong, CONTROL]
    run = subprocess.run(command, cwd=ROOT / "examples", capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (FAILED, "")
    assert "ConstantLR: alike" in run.stdout
    assert f"{CONTROL}: alike" in run.stdout
    assert "LinearLR: differ in" in run.stdout
    assert "broken off" in run.stdout
