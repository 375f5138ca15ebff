"""No verdict without evidence, as a user meets it: runs in which little or nothing can be judged."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from optimspec_conformance.cases.committed import cases
from programs import program
from runs import FAILED, OK, USAGE, Run, kit, kit_on, message

EXPONENTIAL = [case for case in cases() if case.subject == "ExponentialLR"]
NOTHING = """
from optimspec_conformance.implementations import Unsupported
from numpy_optim import ParamState

def ExponentialLR(**arguments):
    raise Unsupported("the library has no schedules")
"""
HARDLY = """
import numpy_optim
from numpy_optim import ParamState
from optimspec_conformance.implementations import Unsupported

class ExponentialLR(numpy_optim.ExponentialLR):
    def step(self, epoch=None):
        raise Unsupported("the library cannot step")

    def state_dict(self):
        raise Unsupported("the library has no states")
"""
NO_BASE_RATES = """
import numpy_optim
from numpy_optim import ParamState
from optimspec_conformance.implementations import Unsupported

class ExponentialLR(numpy_optim.ExponentialLR):
    def get_last_lr(self):
        return [1.5 * lr for lr in super().get_last_lr()]

    @property
    def base_lrs(self):
        raise Unsupported("there are no base rates")
"""
ADAPTER = """
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy_optim
from optimspec_conformance.implementations import NativeImplementation

@dataclass
class Entry:
    renamed: dict = field(default_factory=dict)

def implementation():
    return NativeImplementation("mine", numpy_optim, table={{{name!r}: Entry({{{argument!r}: "theirs"}})}})
"""
FUNCTIONAL = """
import sys
from functools import partial

from optimspec_conformance.adapters.functional import LibraryFunction, Scheduler
from optimspec_conformance.implementations import NativeImplementation

{name} = partial(Scheduler, LibraryFunction("mylib.exponential", {{{argument!r}: "theirs"}}))

def implementation():
    return NativeImplementation("mine", sys.modules[__name__])
"""


def optimspec(directory: Path, *arguments: str) -> Run:
    command = [sys.executable, "-m", "optimspec_conformance", *arguments]
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    return Run(result.returncode, result.stdout, result.stderr)


def test_a_run_that_judges_nothing_claims_nothing(here: Path) -> None:
    run = kit_on(here, NOTHING, "--optimspec-report=badge.svg", "--optimspec-report=report.json")
    assert run.code == FAILED
    assert run.count("pass") == 0
    assert "there is nothing to claim" in run.report
    assert "mypkg: the library has no schedules" in run.report
    assert not (here / "badge.svg").exists()
    alone = sum(case.needs == ["ExponentialLR"] for case in EXPONENTIAL)
    assert run.errors == [
        f"ExponentialLR: none of its {len(EXPONENTIAL)} checks could be judged: "
        f"{alone} × mypkg: the library has no schedules; {len(EXPONENTIAL) - alone - 1} × mypkg has no SGD; "
        "1 × mypkg has no StepLR"
    ]
    record = json.loads((here / "report.json").read_text(encoding="utf-8"))
    assert record["judged"] == {"checks": 0, "classes": 0}
    assert {"reason": "mypkg: the library has no schedules", "checks": alone} in record["not_provided"]


def test_a_part_of_a_run_that_judges_nothing_claims_nothing(here: Path) -> None:
    run = kit_on(here, NOTHING, "-k", "EXP-1")
    assert (run.code, run.claim, run.errors) == (FAILED, "NOTHING JUDGED", [])


def test_the_commands_end_otherwise_where_nothing_was_judged(here: Path) -> None:
    (here / "mypkg.py").write_text(NOTHING, encoding="utf-8")
    assert optimspec(here, "check", "mypkg").code == 3
    smoke = optimspec(here, "smoke", "mypkg")
    assert smoke.code == 2
    assert "Nothing could be run" in smoke.out
    assert "the library has no schedules" in smoke.out
    assert "All is well" not in smoke.out


def test_a_class_without_a_judged_time_is_named_and_is_not_judged(here: Path) -> None:
    run = kit_on(here, HARDLY)
    (note,) = re.findall("^note: (.+)$", run.report, re.MULTILINE)
    assert note.startswith("ExponentialLR: none of its ")
    assert "so ExponentialLR is not judged" in note
    assert "the library cannot step" in note
    assert (run.code, run.claim) == (FAILED, "NOTHING JUDGED")


def test_a_claim_says_how_much_was_judged_and_what_withholds_a_profile(here: Path) -> None:
    run = kit(here, "numpy_optim", "--optimspec-profile=core")
    assert (run.code, run.claim) == (OK, "CONFORMANT, profile core")
    few = kit_on(here, "from numpy_optim import ExponentialLR, ParamState\n")
    (checks,) = re.findall(r"; judged: ExponentialLR \d+ of (\d+) checks: CONFORMANT in what it provides$", few.closing)
    assert int(checks) == len(EXPONENTIAL)
    assert re.search(
        r"the profile core is withheld, for what was not judged: ConstantLR \(not provided\); ", few.report
    )


def test_a_read_out_that_a_check_does_not_compare_hides_no_failure(here: Path) -> None:
    run = kit_on(here, NO_BASE_RATES, "-k", "EXP-1")
    assert run.code == FAILED
    assert run.count("fail") >= 9
    assert run.count("not provided") == 0


@pytest.mark.parametrize("adapter", [ADAPTER, FUNCTIONAL], ids=["table", "partials"])
@pytest.mark.parametrize(
    ("name", "argument", "said"),
    [
        ("ExponentailLR", "gamma", "ExponentailLR: no such class; did you mean ExponentialLR?"),
        ("ExponentialLR", "gama", "gama of ExponentialLR: no such argument; did you mean gamma?"),
    ],
)
def test_a_slip_in_the_table_of_an_adapter_is_refused(
    here: Path, name: str, argument: str, said: str, adapter: str
) -> None:
    (here / "adapter.py").write_text(adapter.format(name=name, argument=argument), encoding="utf-8")
    assert said in message(kit(here, "adapter.py"))


def test_a_program_with_an_unknown_class_is_refused(tmp_path: Path) -> None:
    run = kit(tmp_path, program(tmp_path, before="hello['provides'].append('AdamWW')"))
    assert run.code == USAGE
    assert "provides AdamWW: no such class; did you mean AdamW?" in run.text


def test_a_search_that_runs_next_to_nothing_fails(here: Path) -> None:
    run = kit_on(here, NOTHING, "--optimspec-fuzz=20", "-k", "test_search")
    assert run.code == FAILED
    assert "only 0 of " in run.out
    assert "the library has no schedules" in run.out


def test_a_search_says_how_many_scenarios_ran(here: Path) -> None:
    run = kit(here, "numpy_optim", "--optimspec-fuzz=5", "-k", "test_search and Adam-")
    assert run.code in (OK, 5)
    run = kit(here, "numpy_optim", "--optimspec-fuzz=5", "-k", "test_search and StepLR")
    assert run.code == OK, run.text
    assert re.search(r"search: scenarios that ran: .*StepLR \d of \d", run.report)


def test_advisories_show_the_check_and_its_numbers(here: Path) -> None:
    source = """
import numpy as np
import numpy_optim
from numpy_optim import ParamState

class ExponentialLR(numpy_optim.ExponentialLR):
    def state_dict(self):
        return super().state_dict() | {"array": np.zeros(2)}
"""
    run = kit_on(here, source, "-k", "STA-6")
    assert run.count("advisory") > 0
    assert re.search(r"^  STA-6/ExponentialLR/\S+: expected .+; .+$", run.report, re.MULTILINE)
