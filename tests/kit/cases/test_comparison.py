"""Comparison: what was accepted is not refused, whatever becomes of it afterwards."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import optimspec
import pytest
from optimspec_conformance.cases.committed import cases, only_of
from optimspec_conformance.cases.comparison import compare
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.specification import TIERS
from optimspec_conformance.verdict.judge import judge
from optimspec_conformance.verdict.known_failures import KnownFailures


class Accepting(optimspec.ExponentialLR):
    """Takes any base rate and any state, and cannot be read afterwards."""

    def __init__(self, base_lr: Any = 0.1, gamma: float = 0.95, last_epoch: Any = 0) -> None:
        self._given = base_lr
        super().__init__(0.1 if not isinstance(base_lr, (float, list)) else base_lr, gamma, last_epoch)

    def get_last_lr(self) -> list[float]:
        if not isinstance(self._given, (float, list)):
            raise TypeError("no rate to read")
        return super().get_last_lr()

    def load_state_dict(self, state: Any) -> None:
        if isinstance(state, dict) and state.get("last_epoch", 0) is None:
            self._given = None
        else:
            super().load_state_dict(state)


def test_bfloat16_is_provided_where_numpy_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    implementation = NativeImplementation("optimspec", optimspec, precision="float64")
    case = next(case for case in cases() if case.id == "OPT-11/SGD/bfloat16")
    assert judge(case, implementation, KnownFailures()).result == "pass"
    monkeypatch.delitem(np.sctypeDict, "bfloat16")
    assert judge(case, implementation, KnownFailures()).result == "not provided"


class Failing(optimspec.Adam):
    """Raises at every step, whatever the size of the gradients."""

    def step(self, grads: Any) -> None:
        raise ValueError("not today")


def test_two_runs_that_fail_alike_break_a_law() -> None:
    implementation = NativeImplementation("failing", SimpleNamespace(Adam=Failing), precision="float64")
    case = next(case for case in cases() if case.id == "OPT-42/Adam/faint")
    verdict = judge(case, implementation, KnownFailures())
    assert (verdict.result, verdict.requirement) == ("fail", "OPT-42")
    assert "not today" in verdict.text


@pytest.mark.parametrize(("refusal", "word"), [(TypeError, "pass"), (RuntimeError, "fail")])
def test_a_law_of_float64_weights_holds_where_they_are_refused(refusal: type[Exception], word: str) -> None:
    class Refusing(optimspec.Adam):
        def register_trainable_weights(self, states: Any) -> None:
            raise refusal("float32 alone")

    implementation = NativeImplementation("refusing", SimpleNamespace(Adam=Refusing), precision="float64")
    case = next(case for case in cases() if case.id == "STA-9/Adam/float64")
    assert judge(case, implementation, KnownFailures()).result == word


@pytest.mark.parametrize("id_", ["SCH-19/ExponentialLR/None", "STA-16/ExponentialLR/nulls"])
def test_a_read_out_that_fails_is_no_refusal(id_: str) -> None:
    namespace = SimpleNamespace(**vars(optimspec) | {"ExponentialLR": Accepting})
    implementation = NativeImplementation("accepting", namespace, precision="float64")
    verdict = judge(next(case for case in cases() if case.id == id_), implementation, KnownFailures())
    assert (verdict.result, verdict.requirement) == ("fail", id_.split("/")[0])
    assert "accepted" in verdict.text


class Late(optimspec.ExponentialLR):
    """Has the rates of its beginning after a load, until the next step."""

    late = False

    def load_state_dict(self, state: Any) -> None:
        super().load_state_dict(state)
        self.late = True

    def step(self, epoch: Any = None) -> None:
        super().step(epoch)
        self.late = False

    def get_last_lr(self) -> list[float]:
        return self.base_lrs if self.late else super().get_last_lr()


def test_a_wrong_load_is_no_defect_of_what_is_saved() -> None:
    namespace = SimpleNamespace(**vars(optimspec) | {"ExponentialLR": Late})
    implementation = NativeImplementation("late", namespace, precision="float64")
    mine = [case for case in cases() if case.subject == "ExponentialLR" and case.area == "state"]
    broken = {case.requirement for case in mine if judge(case, implementation, KnownFailures()).result == "fail"}
    assert "STA-7" in broken
    assert not broken & {"STA-1", "STA-2", "STA-3", "STA-4", "STA-5", "STA-6", "STA-11", "STA-12", "STA-15"}


class InFloat32(optimspec.ExponentialDecayLR):
    """Right, in float32."""

    def get_last_lr(self) -> list[float]:
        with np.errstate(over="ignore"):
            return [float(np.float32(lr)) for lr in super().get_last_lr()]


def test_a_base_rate_that_float32_holds_is_asked_of_float32() -> None:
    namespace = SimpleNamespace(**vars(optimspec) | {"ExponentialDecayLR": InFloat32})
    implementation = NativeImplementation("in float32", namespace, precision="float32")
    mine = [case for case in cases() if case.id.startswith("DECAY-8/ExponentialDecayLR")]
    assert {judge(case, implementation, KnownFailures()).result for case in mine} == {"pass"}


@pytest.mark.parametrize(("shown", "state_alone"), [("OPT-1", False), ("STA-7", True)])
def test_rows_of_another_tier_than_those_asked_for_are_not_compared(shown: str, state_alone: bool) -> None:
    case = next(case for case in cases() if case.id == "STA-7/SGD/sequence-0")
    assert case.trace is not None
    observed = [{"error": {"kind": "value", "message": "no"}} if row.get("by") == shown else row for row in case.trace]
    difference = compare(case, observed, "float64")
    assert difference is not None
    assert difference.requirement == shown
    assert compare(only_of(case, TIERS), observed, "float64") == difference
    assert (compare(only_of(case, ("state",)), observed, "float64") is not None) is state_alone
