"""A failure comes with a few lines that show it: short, and true of the implementation and of a right one."""

from __future__ import annotations

import re
import sys
import textwrap
from types import ModuleType
from typing import Any

import optimspec
import pytest
from optimspec_conformance.cases.committed import cases
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.verdict.judge import LONGEST, judge, with_shorter_example
from optimspec_conformance.verdict.known_failures import KnownFailures


class Adam(optimspec.Adam):
    """Its steps come from gradients that are a hundredth too large."""

    def step(self, grads: Any) -> None:
        super().step({key: g * 1.01 + 0.01 for key, g in grads.items()})


class StepLR(optimspec.StepLR):
    """A load ends one step too far."""

    def load_state_dict(self, state: Any) -> None:
        super().load_state_dict(state)
        self.step()


class SGD(optimspec.SGD):
    """A rate of a group's own is ignored."""

    def add_param_group(self, states: Any, lr: Any = None, weight_decay: Any = None) -> None:
        super().add_param_group(states, None, weight_decay)


SHOWN = {
    "ADAM-1/Adam/twelve-steps": Adam,
    "OPT-36/Adam/all-weights": Adam,
    "STA-7/StepLR/at-once": StepLR,
    "STA-7/StepLR/sequence-0": StepLR,
    "OPT-31/SGD/own-rate": SGD,
}


def module_with(broken: type) -> ModuleType:
    module = ModuleType("mypkg")
    vars(module).update({**vars(optimspec), "__name__": "mypkg", broken.__name__: broken})
    return module


def lines_of(check: str, broken: type) -> list[str]:
    module = module_with(broken)
    (case,) = [case for case in cases() if case.id == check]
    implementation = NativeImplementation("mypkg", module)
    verdict = judge(case, implementation, KnownFailures())
    assert verdict.result == "fail"
    verdict = with_shorter_example(verdict, implementation)
    found = re.search(r"\n((?:    import [^\n]*)\n.*)\Z", verdict.text, re.DOTALL)
    assert found is not None
    return textwrap.dedent(found[1]).splitlines()


def printed(lines: list[str], broken: type, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> float:
    module = module_with(broken)
    monkeypatch.setitem(sys.modules, "mypkg", module)
    exec("\n".join(lines), {})
    return float(capsys.readouterr().out)


@pytest.mark.parametrize(("check", "broken"), SHOWN.items(), ids=SHOWN)
def test_a_failure_is_shown_in_ten_lines_that_run(
    check: str, broken: type, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = lines_of(check, broken)
    assert len(lines) <= LONGEST
    expected = float(lines[-1].rsplit("# expected ", 1)[1])
    right = getattr(optimspec, broken.__name__)
    assert printed(lines, right, monkeypatch, capsys) == pytest.approx(expected, rel=5e-7)
    assert printed(lines, broken, monkeypatch, capsys) != pytest.approx(expected, rel=5e-7)
