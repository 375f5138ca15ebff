"""Right implementations that lack what real libraries lack are judged all the same, and their mistakes are found."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from miniatures import MLX_SCHEDULES
from runs import FAILED, ROOT, Run, pytest_in

SUPPORT = ROOT / "tests" / "support"
ENOUGH, ENOUGH_OF_A_FUNCTION = 0.60, 0.35  # of the checks of a class
RIGHT = """
from miniatures import {miniature} as implementation
"""
PADDLE_MISTAKE = """
import numpy_optim
from miniatures import paddle_like

class StepLR(numpy_optim.StepLR):
    def _rate(self, t, base):
        return super()._rate(t + 1, base)

def implementation():
    return paddle_like(StepLR=StepLR)
"""
MLX_MISTAKE = """
import numpy_optim
from miniatures import mlx_like

class Adam(numpy_optim.Adam):
    def __init__(self, *args, **arguments):
        super().__init__(*args, **arguments)
        self.betas = self.betas[::-1]

def implementation():
    return mlx_like(Adam=Adam)
"""
TFJS_MISTAKE = """
import numpy_optim
from miniatures import tfjs_like

class RMSprop(numpy_optim.RMSprop):
    def __init__(self, *args, **arguments):
        super().__init__(*args, **arguments)
        self.alpha = 1 - self.alpha

def implementation():
    return tfjs_like(RMSprop=RMSprop)
"""
JUDGED = ("pass", "fail", "advisory")
MISTAKES = {
    "StepLR": (PADDLE_MISTAKE, "STEP-1", "falls one step before the multiples (STEP-3)"),
    "Adam": (MLX_MISTAKE, "ADAM-1", "betas swapped (ADAM-1)"),
    "RMSprop": (TFJS_MISTAKE, "RMS-1", "alpha for the new part (RMS-1)"),
}


def run(here: Path, source: str, *arguments: str) -> Run:
    (here / "miniature.py").write_text(source, encoding="utf-8")
    kit = ("--pyargs", "optimspec_conformance", "--impl=./miniature.py", "--optimspec-report=report.json")
    return pytest_in(here, *kit, *arguments, path=SUPPORT)


def counts(here: Path) -> dict[str, Counter[str]]:
    """How many checks of each class had which result."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in json.loads((here / "report.json").read_text(encoding="utf-8"))["results"]:
        found[row["class"]].update(row["counts"])
    return found


@pytest.mark.parametrize("miniature", ["paddle_like", "mlx_like", "tfjs_like"])
def test_most_checks_of_what_a_library_has_are_judged(here: Path, miniature: str) -> None:
    run(here, RIGHT.format(miniature=miniature))
    classes = {name: found for name, found in counts(here).items() if found["pass"] + found["fail"]}
    assert len(classes) >= 7
    shares = {name: sum(found[word] for word in JUDGED) / found.total() for name, found in classes.items()}
    functions = MLX_SCHEDULES if miniature == "mlx_like" else []
    least = {name: ENOUGH_OF_A_FUNCTION if name in functions else ENOUGH for name in shares}
    assert {name: share for name, share in shares.items() if share < least[name]} == {}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_rejected_by_its_name(here: Path, name: str) -> None:
    source, requirement, mistake = MISTAKES[name]
    result = run(here, source, "-k", f"{name} and {requirement}")
    assert result.code == FAILED
    assert counts(here)[name]["fail"] > 0
    assert mistake in result.failures
