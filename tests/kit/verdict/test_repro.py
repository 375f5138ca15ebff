"""Failures as programs: each shows its failure with the user's package alone, and ends well on a right one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from optimspec_conformance.cases import committed
from optimspec_conformance.session.session import file_stem
from runs import FAILED, beside_numpy_optim, kit_on

BROKEN = """
import numpy
import numpy_optim
from numpy_optim import ParamState

class ExponentialLR(numpy_optim.ExponentialLR):
    def _rate(self, t, base):
        return base * self.gamma ** max(t - 1, 0)

class StepLR(numpy_optim.StepLR):
    def load_state_dict(self, state):
        pass

class LinearLR(numpy_optim.LinearLR):
    def get_last_lr(self):
        return [*super().get_last_lr(), 1.0]

class Adam(numpy_optim.Adam):
    def _direction(self, g, slots, at):
        return super()._direction(g, slots, at) * 1.01

class RMSprop(numpy_optim.RMSprop):
    def load_state_dict(self, state):
        pass

class SGD(numpy_optim.SGD):
    def _direction(self, g, slots, at):
        return numpy.nan_to_num(super()._direction(g, slots, at))
"""
CHECKS = "EXP-1/ or STA-3/StepLR or STA-18/StepLR or LIN-3/ or ADAM-1/ or STA-9/RMSprop or OPT-26/RMSprop or OPT-1/Adam"
CHECKS += " or huge-and-infinite"  # whose expected value is nan


def run(program: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Away from the kit, and from the folder where the package lies."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    here = beside_numpy_optim(tmp_path_factory.mktemp("repro"))
    broken = kit_on(here, BROKEN, "--optimspec-repro=failures/new", "-k", CHECKS)
    written = {path.name: path.read_text(encoding="utf-8") for path in (here / "failures" / "new").iterdir()}
    assert broken.code == FAILED
    assert len(written) == broken.count("fail") + broken.count("convention")
    return written


def test_each_program_shows_its_failure_and_needs_the_package_alone(programs: dict[str, str], tmp_path: Path) -> None:
    assert len(programs) > 20
    assert any("huge-and-infinite" in name for name in programs)
    for name, program in programs.items():
        assert "optimspec_conformance" not in program
        shown = run(program, tmp_path)
        assert shown.stderr.rstrip().splitlines()[-1].startswith("AssertionError"), name


def test_each_program_ends_well_on_a_right_package(programs: dict[str, str], tmp_path: Path) -> None:
    for name, program in programs.items():
        right = run(program.replace("mypkg as m", "numpy_optim as m"), tmp_path)
        assert right.returncode == 0, (name, right.stderr)


def test_no_two_checks_have_the_same_file() -> None:
    names = [file_stem(case.id).lower() for case in committed.cases()]
    assert len(set(names)) == len(names)
