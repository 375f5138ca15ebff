"""Mechanical mutants of the reference: they are made, the kit rejects them, and those that it does not are named."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from mutation import record
from mutation.mutants import REFERENCE, modules, mutants, mutants_of

SOURCE = b'''
"""A docstring says 1 < 2."""

__all__ = ["f", "kept"]
Number: TypeAlias = int | float


class Schedule:
    absolute: bool = True

    @staticmethod
    def rate(t: int, b: float = 0.5) -> float:
        if t <= 3 and not b:
            raise ValueError(f"b must be {1 + 1}")
        return min(t, 4) * b

    def check(self, gamma: float) -> None:
        self.gamma = real(self, "gamma", gamma, "(0, 1]")
        low, high = pair(gamma)
        where(low is high, -low, list(high))
'''

ENDS = """
from mutation import trial
from mutation.mutants import Mutant

trial.LIMIT = 0.5
sources = [
    b"while True: pass",
    b"bytearray(2 * 6 * 2**30)",
    b"import os; os.abort()",
    b"import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
]
tried = trial.trials(Mutant("schedulers/constant.py", "", str(i), source) for i, source in enumerate(sources))
print([(outcome.result, outcome.killed) for _, outcome in tried])
"""

MADE = [
    "Schedule: absolute: bool = True -> absolute: bool = False",
    "Schedule.rate: b: float = 0.5 -> b: float = 0.505",
    "Schedule.rate: t <= 3 and not b -> True",
    "Schedule.rate: t <= 3 and not b -> False",
    "Schedule.rate: t <= 3 and not b -> t <= 3 or not b",
    "Schedule.rate: t <= 3 and not b -> t < 3 and not b",
    "Schedule.rate: t <= 3 and not b -> t > 3 and not b",
    "Schedule.rate: t <= 3 and not b -> t <= 4 and not b",
    "Schedule.rate: t <= 3 and not b -> t <= 3 and b",
    'Schedule.rate: raise ValueError(f"b must be {1 + 1}") -> pass',
    "Schedule.rate: return min(t, 4) * b -> return min(t, 4) / b",
    "Schedule.rate: return min(t, 4) * b -> return max(t, 4) * b",
    "Schedule.rate: return min(t, 4) * b -> return min(t, 5) * b",
    'Schedule.check: self.gamma = real(self, "gamma", gamma, "(0, 1]") -> pass',
    'Schedule.check: real(self, "gamma", gamma, "(0, 1]") -> real(self, "other", gamma, "(0, 1]")',
    'Schedule.check: real(self, "gamma", gamma, "(0, 1]") -> real(self, "gamma", gamma, "[0, 1]")',
    'Schedule.check: real(self, "gamma", gamma, "(0, 1]") -> real(self, "gamma", gamma, "(0, 1)")',
    "Schedule.check: low, high = pair(gamma) -> high, low = pair(gamma)",
    "Schedule.check: where(low is high, -low, list(high)) -> pass",
    "Schedule.check: where(low is high, -low, list(high)) -> where(low is high, list(high), -low)",
    "Schedule.check: where(low is high, -low, list(high)) -> where(low is not high, -low, list(high))",
    "Schedule.check: where(low is high, -low, list(high)) -> where(low is high, low, list(high))",
    "Schedule.check: where(low is high, -low, list(high)) -> where(low is high, -low, (high))",
]


def test_a_source_has_these_mutants_and_no_others() -> None:
    assert sorted(mutant.id for mutant in mutants_of("a.py", SOURCE)) == sorted(f"a.py {made}" for made in MADE)


@pytest.mark.parametrize("path", modules())
def test_a_mutant_is_another_program_under_an_id_of_its_own(path: str) -> None:
    made = mutants(path)
    whole = ast.dump(ast.parse((REFERENCE / path).read_bytes()))
    assert made
    assert len({mutant.id for mutant in made}) == len(made)
    assert all(ast.dump(ast.parse(mutant.source)) != whole for mutant in made)


def test_mutants_that_are_named_exist_and_are_not_rejected() -> None:
    left = {id_ for module in record.read().values() for id_ in module["not_killed"]}
    assert {*record.explanations()} <= {mutant.id for path in modules() for mutant in mutants(path)}
    assert {*record.explanations()} <= left


def test_tests_that_are_named_exist() -> None:
    tests = {explanation.test for explanation in record.explanations().values() if explanation.test is not None}
    assert tests
    assert all((record.ROOT / test).is_file() for test in tests)


def test_the_kit_rejects_enough_of_the_mutants() -> None:
    assert record.share() >= record.ENOUGH


def test_a_sample_of_the_mutants_is_still_rejected_and_the_reference_is_not() -> None:
    command = [sys.executable, "-m", "mutation", "sample"]
    run = subprocess.run(command, cwd=record.ROOT / "tools", capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_mutant_that_the_machine_ended_is_not_rejected_and_one_that_never_ends_or_takes_all_memory_is() -> None:
    command = [sys.executable, "-c", ENDS]
    run = subprocess.run(command, cwd=record.ROOT / "tools", capture_output=True, text=True, check=True)
    assert run.stdout == "[('timeout', True), ('import', True), ('crash', True), ('error', False)]\n"


def test_a_record_holds_until_the_code_of_a_module_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "REFERENCE", tmp_path)

    def digest(source: str) -> str:
        (tmp_path / "module.py").write_text(source, encoding="utf-8")
        return record.digest("module.py")

    assert digest("from a import b\n\nx = b + 1\n") == digest("from c import b\nx = b + 1  # the same\n")
    assert digest("from a import b\nx = b + 1\n") != digest("from a import b\nx = b + 2\n")

    bare = "class A:\n    def f(self, x=1):\n        y = x\n        return y\n"
    told = '''
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Number: TypeAlias = int | float

class A(B):
    """What it is."""

    def f(self, x: Number = 1) -> Number:
        """What it does."""
        y: Number
        y = x
        return y
'''
    assert digest(bare) == digest(told)
    assert digest(bare) != digest(told.replace("= 1", "= 2"))
    assert digest(bare) != digest(told.replace("y = x", "y = -x"))
