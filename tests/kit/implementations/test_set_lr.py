"""Optimizers of a library without schedulers: the kit sets their rates, and judges the updates."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import settable
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.cases.comparison import compare
from optimspec_conformance.cases.set_lr import with_set_lr
from optimspec_conformance.classes.catalogue import OPTIMIZERS, SCHEDULERS
from optimspec_conformance.implementations.find import open_implementation
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.oracle.arithmetic import arithmetic_for
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.trace import Unsupported
from optimspec_conformance.verdict.judge import Verdict, judge
from optimspec_conformance.verdict.known_failures import KnownFailures
from optimspec_conformance.verdict.observed_run import as_observed
from programs import program
from runs import FAILED, OK, ROOT, kit_on, pytest_in

BY_ID = {case.id: case for case in cases()}
FOLLOWING = [case for case in cases() if case.subject in OPTIMIZERS and SCHEDULERS.keys() & {*case.needs}]
MOVING, GROUPS, READ = "OPT-1/Adam/moving", "OPT-34/Adam/everything-example", "OPT-3/Adam/moving"
OF_RATES = [MOVING, GROUPS, READ, "MOM-3/Momentum/tenth-by-tenth", "RMS-4/RMSprop/tenth-by-tenth"]
NOT_OF_RATES = 4  # of those that are run: two refusals, and two rules that hardly heed the rate


def native(variant: str = "") -> NativeImplementation:
    return NativeImplementation("lib", settable.library(variant))


def verdict(implementation: Any, id_: str) -> Verdict:
    return judge(BY_ID[id_], implementation, KnownFailures())


def judged(implementation: Any, checks: list[CommittedCase]) -> Counter[str]:
    with np.errstate(all="ignore"):
        return Counter(str(judge(case, implementation, KnownFailures()).result) for case in checks)


def rewritten() -> list[CommittedCase]:
    found = []
    for case in FOLLOWING:
        try:
            found.append(with_set_lr(case))
        except Unsupported:
            continue
    return found


@pytest.fixture(autouse=True)
def _numpy_optim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))


# ---------------------------------------------------------------------------------------------------- what is rewritten


def test_the_exact_trace_is_the_one_with_the_scheduler() -> None:
    """So the rates that are set are those that the scheduler would have given, in every group and after every load."""
    for case in rewritten():  # also without what its scheduler refuses, and the lists that are overwritten
        trace = as_observed(exact_trace(case.scenario, arithmetic_for(case.scenario)))
        assert len(trace) == len(case.scenario["do"]) + 1
        assert compare(case, trace, "float64") is None, case.id


def test_nothing_of_the_scheduler_is_left() -> None:
    for case in rewritten():
        assert SCHEDULERS.keys().isdisjoint(case.needs)
        assert "@scheduler" not in str(case.scenario)
        assert set(case.options["reads"]) <= {"opt_lr", "weights"}
        assert not any({"t", "lr"} & row.keys() for row in case.trace or [])
        assert "from" not in case.options  # which would count other rows


def test_every_optimizer_has_checks_that_are_rewritten() -> None:
    found = {(case.subject, case.requirement) for case in rewritten()}
    assert {(name, requirement) for name in OPTIMIZERS for requirement in ("OPT-1", "OPT-3", "OPT-34")} <= found


@pytest.mark.parametrize(
    ("id_", "why"),
    [
        ("OPT-2/Adam/stays", "the check reads last_epoch, get_last_lr()"),
        ("OPT-30/Adam/two-groups", "the check reads get_last_lr()"),
        ("OPT-31/Adam/own-rate", "the check reads base_lrs, get_last_lr()"),
        ("OPT-32/Adam/scheduler", "the kit sets each group's rate"),
        ("STA-9/Adam/scheduler-first", "the check loads its state"),
        ("STA-13/Adam/either-order", "the check loads its state"),
        ("LOOK-4/Lookahead/scheduler-of-the-base", "its base optimizer follows it"),
        ("STA-7/RAdam/sequence-3", "it refuses the rate of a group"),
    ],
)
def test_what_the_kit_would_do_itself_is_not_provided(id_: str, why: str) -> None:
    found = verdict(native(), id_)
    assert found.result == "not provided"
    assert found.summary.startswith("lib has no ")
    assert found.summary.endswith(f", and set_lr is no substitute: {why}")


# ------------------------------------------------------------------------------------------------------- what is judged


def test_a_right_library_passes_all_that_is_rewritten() -> None:
    count = len(rewritten())
    assert judged(native(), FOLLOWING) == {"pass": count, "not provided": len(FOLLOWING) - count}


@pytest.mark.parametrize("variant", [settable.LATE, settable.IGNORED], ids=["late", "ignored"])
def test_a_rate_that_is_not_heeded_at_once_is_rejected(variant: str) -> None:
    wrong = native(variant)
    assert {id_: verdict(wrong, id_).result for id_ in OF_RATES} == dict.fromkeys(OF_RATES, "fail")
    long_enough = [case for case in FOLLOWING if case.area != "sequences"]  # in these, a schedule may have ended
    assert judged(wrong, long_enough)["pass"] == NOT_OF_RATES


def test_a_rate_of_another_group_is_rejected_where_there_are_groups() -> None:
    wrong = native(settable.FIRST_GROUP_ONLY)
    assert (verdict(wrong, GROUPS).result, verdict(wrong, MOVING).result) == ("fail", "pass")


def test_without_set_lr_nothing_is_rewritten() -> None:
    implementation = native(settable.NOT_SETTABLE)
    assert judged(implementation, FOLLOWING) == {"not provided": len(FOLLOWING)}
    assert verdict(implementation, MOVING).summary == "lib has no ExponentialLR"


def test_a_case_that_the_kit_cannot_rewrite_is_an_error() -> None:
    broken = replace(BY_ID[MOVING], trace=[])
    assert judge(broken, native(), KnownFailures()).result == "error"


def test_a_scheduler_that_is_there_is_used() -> None:
    """Even if the rate could be set."""
    ignored = settable.library(settable.IGNORED)
    ignored.ExponentialLR = ignored.numpy_optim.ExponentialLR
    assert verdict(NativeImplementation("lib", ignored), MOVING).result == "pass"


def test_the_classes_of_an_adapter_may_be_partial() -> None:
    classes = settable.library()
    implementation = NativeImplementation("lib", SimpleNamespace(Adam=partial(classes.Adam)))
    assert verdict(implementation, MOVING).result == "pass"


def test_a_library_without_groups_need_not_know_them() -> None:
    no_groups = """
from optimspec_conformance.implementations import Unsupported

class Settable(Settable):
    def set_lr(self, lr):
        super().set_lr(lr)

    def add_param_group(self, states, **options):
        raise Unsupported("there are no groups")
"""
    implementation = native(no_groups)
    assert verdict(implementation, MOVING).result == "pass"
    assert verdict(implementation, GROUPS).summary == "lib: there are no groups"


def test_without_a_schedule_the_rate_of_an_optimizer_tells_the_precision() -> None:
    single = """
import numpy

class Settable(Settable):
    @property
    def current_lr(self):
        return numpy.float32(super().current_lr)
"""
    assert (native().precision, native(single).precision) == ("float64", "float32")
    assert verdict(native(single), READ).result == "pass"


# ------------------------------------------------------------------------------------------------------------- in a run


def test_a_run_says_what_was_not_provided_and_shows_a_failure_by_set_lr(here: Path) -> None:
    selected = ["-k", "Adam and (OPT-1/ or OPT-2/ or OPT-3/) and not sequence"]
    run = kit_on(here, settable.SETTABLE + settable.MODULE, *selected)
    assert run.code == OK, run.text
    assert "mypkg has no ExponentialLR, and set_lr is no substitute: the check reads last_epoch" in run.report
    wrong = settable.SETTABLE + settable.LATE + settable.MODULE
    run = kit_on(here, wrong, *selected, "--optimspec-repro=out", "--optimspec-isolate")
    assert run.code == FAILED
    assert "optimizer.set_lr(0.0" in run.failures
    script = here / "out" / "OPT-1.Adam.moving.py"
    assert "optimizer.set_lr(" in script.read_text(encoding="utf-8")
    assert pytest_in(here, str(script), path=here).code != OK


def test_a_program_that_sets_rates_is_judged_by_them(tmp_path: Path) -> None:
    serve = """
served = NativeImplementation("served", __import__("types").SimpleNamespace(**classes, ParamState=ParamState))
hello["provides"] = list(classes)
"""
    results = {}
    for name, variant in {"right": "", "late": settable.LATE}.items():
        directory = tmp_path / name
        directory.mkdir()
        option = program(directory, before=settable.SETTABLE + variant + settable.CLASSES + serve)
        implementation = open_implementation(option, ROOT)
        results[name] = [verdict(implementation, id_).result for id_ in (*OF_RATES, "OPT-2/Adam/stays")]
        implementation.close()
    assert results == {
        name: [result] * len(OF_RATES) + ["not provided"] for name, result in (("right", "pass"), ("late", "fail"))
    }


def test_a_program_that_does_not_say_so_is_not_asked(tmp_path: Path) -> None:
    before = "hello['features'].remove('set_lr')\nhello['provides'].remove('ExponentialLR')"
    implementation = open_implementation(program(tmp_path, before=before), ROOT)
    assert verdict(implementation, MOVING).summary == "served has no ExponentialLR"
    implementation.close()
