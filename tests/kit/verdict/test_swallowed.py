"""What was seen is never swallowed: failures stay failures, and each is shown for what it is."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import optimspec
import pytest
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.implementations.find import find
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.implementations.protocol import ScenarioAborted
from optimspec_conformance.implementations.snippet import snippet
from optimspec_conformance.reports.check_result import CheckResult, check_result, first_difference
from optimspec_conformance.reports.run_result import RunResult
from optimspec_conformance.scenarios.trace import Difference, Unsupported
from optimspec_conformance.scenarios.values import BFLOAT16, Scenario, Trace
from optimspec_conformance.verdict.diagnosis import Diagnosis
from optimspec_conformance.verdict.judge import Result, judge
from optimspec_conformance.verdict.known_failures import KnownFailure, KnownFailures

BY_ID = {case.id: case for case in cases()}


class Changed(NativeImplementation):
    """The reference, with what it shows changed."""

    def __init__(self, change: Any) -> None:
        super().__init__("changed", optimspec, precision="float64")
        self.change = change

    def run(self, scenario: Scenario) -> Trace:
        trace = super().run(scenario)
        self.change(trace)
        return trace


def weights(trace: Trace, **fields: Any) -> None:
    for row in trace:
        for _, weight in row["weights"] if isinstance(row.get("weights"), list) else []:
            weight |= {name: value(weight[name]) if callable(value) else value for name, value in fields.items()}


class EndsIn(NativeImplementation):
    """The reference, which does not come to the end of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__("ends", optimspec, precision="float64")
        self.scenario = scenario

    def run(self, scenario: Scenario) -> Trace:
        trace = super().run(scenario)
        if scenario == self.scenario:
            raise ScenarioAborted(scenario, Difference(1, "time taken", "at most 10 s", "cut off"), trace[:1])
        return trace


@pytest.mark.parametrize("which", ["scenario", "other"])
def test_an_aborted_run_of_a_law_is_shown_by_its_own_scenario(which: str) -> None:
    law = BY_ID["STA-9/SGD/interrupted-after-4"]
    aborted: Scenario = getattr(law, which)
    verdict = judge(law, EndsIn(aborted), KnownFailures())
    assert (verdict.result, verdict.case.scenario) == (Result.FAIL, aborted)


@pytest.mark.parametrize(
    "fields",
    [{"data": lambda data: [repr(1.5 * float(v)) for v in data]}, {"dtype": "float8_e4m3"}],
    ids=["value", "dtype"],
)
def test_a_wrong_bfloat16_is_a_failure(fields: dict[str, Any]) -> None:
    implementation = Changed(lambda trace: weights(trace, **fields))
    verdict = judge(BY_ID["OPT-11/SGD/bfloat16"], implementation, KnownFailures(), Diagnosis(implementation))
    assert verdict.result is Result.FAIL
    assert "could not" not in verdict.text
    assert "ml_dtypes.bfloat16" in verdict.example


def test_a_failure_that_the_kit_cannot_explain_or_show_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    implementation = Changed(lambda trace: weights(trace, dtype="float64"))

    def fails(*arguments: Any) -> Any:
        raise Unsupported("not now")

    monkeypatch.setattr(implementation, "show", fails)
    diagnosis = Diagnosis(implementation)
    monkeypatch.setattr(diagnosis, "explain", fails)
    verdict = judge(BY_ID["OPT-11/SGD/float32"], implementation, KnownFailures(), diagnosis)
    assert verdict.result is Result.FAIL
    assert "the kit could not explain this: Unsupported: not now" in verdict.text
    assert "no example: Unsupported: not now" in verdict.text


def test_a_known_failure_is_told_by_its_reason_and_not_diagnosed(monkeypatch: pytest.MonkeyPatch) -> None:
    implementation = Changed(lambda trace: weights(trace, dtype="float64"))
    diagnosis = Diagnosis(implementation)
    monkeypatch.setattr(diagnosis, "explain", lambda *arguments: pytest.fail("diagnosed"))
    known = KnownFailures((KnownFailure(("OPT-11",), ("SGD",), "It widens.", "https://example.org"),))
    case = BY_ID["OPT-11/SGD/float32"]
    verdict = judge(case, implementation, known, diagnosis)
    assert (verdict.result, verdict.known, check_result(verdict).reason) == (
        Result.KNOWN_FAILURE,
        "It widens.",
        "It widens.",
    )


def test_a_witness_that_cannot_be_run_is_no_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the checks that other faults would fail, only the one that is explained can be run."""
    case = BY_ID["EXP-1/ExponentialLR/twelve-steps"]

    class Late(optimspec.ExponentialLR):
        def lr_at(self, t: Any, group: int = 0) -> Any:
            return super().lr_at(t - 1 if t else t, group)

    class OnlyThis(NativeImplementation):
        def run(self, scenario: Scenario) -> Trace:
            if scenario != case.scenario:
                raise Unsupported("the library has no such thing")
            return super().run(scenario)

    namespace = type("namespace", (), {"ExponentialLR": Late})
    implementation = OnlyThis("late", namespace, precision="float64")
    verdict = judge(case, implementation, KnownFailures(), Diagnosis(implementation))
    assert "lags one step behind" in verdict.cause


def failed(requirement: str, subject: str, **fields: Any) -> CheckResult:
    check = next(case.id for case in cases() if case.id.startswith(f"{requirement}/{subject}/"))
    return CheckResult(check, Result.FAIL, subject, "golden", requirement, **fields)


@pytest.mark.parametrize(
    ("expected", "observed", "short"),
    [
        ("1.3181818", "1.3181900", ("1.3181818", "'w'[0]: 1.3181900")),
        ("0.123456", "0.0", ("0.1235", "'w'[0]: 0.0")),
        ("0x1.999999999999ap-4", "0x1.9999999999999p-4", ("0x1.999999999999ap-4", "'w'[0]: 0x1.9999999999999p-4")),
    ],
)
def test_a_short_difference_still_differs(expected: str, observed: str, short: tuple[str, str]) -> None:
    assert first_difference(Difference(3, "'w'[0]", expected, observed)) == short


def test_a_tie_is_counted_as_one_unless_another_failure_decides_it() -> None:
    run = RunResult(Changed(lambda trace: None), "field", KnownFailures())
    run.add(failed("EXP-1", "ExponentialLR", cause="a", tied=("b",)))
    assert [(cause.text, len(cause.failures)) for cause in run.causes] == [("a or b", 1)]
    run.add(failed("EXP-2", "ExponentialLR", cause="b"))
    assert [(cause.text, len(cause.failures)) for cause in run.causes] == [("b", 2)]


def test_refusals_do_not_use_up_the_explanations_of_a_wrong_formula() -> None:
    class Wrong(optimspec.ExponentialLR):
        def step(self, epoch: Any = None) -> None:
            if epoch is not None:
                raise RuntimeError("no jumps")
            super().step()

        def lr_at(self, t: Any, group: int = 0) -> Any:
            return super().lr_at(t - 1 if t else t, group)

    implementation = NativeImplementation("wrong", type("n", (), {"ExponentialLR": Wrong}), precision="float64")
    diagnosis = Diagnosis(implementation)
    jumps = [case for case in cases() if case.subject == "ExponentialLR" and "epoch" in str(case.scenario["do"])]
    for case in [*jumps[:20], BY_ID["EXP-1/ExponentialLR/twelve-steps"]]:
        verdict = judge(case, implementation, KnownFailures(), diagnosis)
    assert "lags one step behind" in verdict.cause


REPLAYED = ("scribble", "scheduler.members", "optimizer.join", "optimizer.use", "intact")


def replayed() -> list[CommittedCase]:
    """Some cases of each operation that the native API has no call for."""
    found: list[CommittedCase] = []
    for op in REPLAYED:
        accepted = [
            case
            for case in cases()
            if case.trace
            and BFLOAT16 not in case.needs
            and any(row["op"] == op for row in case.scenario["do"])
            and not any("error" in row for row in case.trace)
        ]
        found += random.Random(op).sample(accepted, min(12, len(accepted)))
    return found


IN_NO_MODULE = """
from types import SimpleNamespace

from optimspec_conformance.implementations import NativeImplementation

class Rate:
    def __init__(self, **arguments): ...
    def step(self): ...
    def get_last_lr(self): return [77.0]

def implementation():
    return NativeImplementation("my package", SimpleNamespace(ExponentialLR=Rate))
"""


@pytest.mark.parametrize("case", replayed(), ids=lambda case: case.id)
def test_every_operation_of_a_snippet_is_carried_out(case: CommittedCase) -> None:
    end = Difference(len(case.scenario["do"]), "time taken", "", "")
    lines = snippet("numpy_optim", case.scenario, end, "m.ParamState({})")
    assert not [line for line in lines if line.lstrip().startswith("#")]
    with np.errstate(all="ignore"):
        exec("\n".join(lines), {})


def test_a_snippet_of_an_argument_that_is_overwritten_shows_the_failure() -> None:
    case = BY_ID["SCH-18/ExponentialLR/scribbled"]
    lines = snippet("optimspec", case.scenario, Difference(2, "get_last_lr()[0]", "0.3", "77"))
    assert "base_lr = [0.3, 0.02]" in lines
    assert any(line.startswith("base_lr[:] = ") for line in lines)


def test_a_snippet_of_classes_that_are_in_no_module_asks_the_adapter_for_them(tmp_path: Path) -> None:
    (tmp_path / "adapter_of_rates.py").write_text(IN_NO_MODULE, encoding="utf-8")
    implementation = find("adapter_of_rates.py", tmp_path)
    case = BY_ID["EXP-1/ExponentialLR/twelve-steps"]
    lines = implementation.show(case.scenario, Difference(1, "get_last_lr()[0]", "0.3", "77"))
    assert lines[:2] == ["import adapter_of_rates", "m = adapter_of_rates.implementation().namespace"]
    command = [sys.executable, "-c", "\n".join(lines)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert float(run.stdout) == 77


def test_a_name_that_is_no_module_is_not_imported() -> None:
    case = BY_ID["EXP-1/ExponentialLR/twelve-steps"]
    lines = snippet("my package", case.scenario, Difference(1, "get_last_lr()[0]", "0.3", "77"))
    assert lines[0] == "m = ...  # what the adapter tests as 'my package'"
