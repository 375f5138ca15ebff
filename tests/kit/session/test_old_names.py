"""The names that modules of the kit had before still work, for one version."""

from __future__ import annotations

import subprocess
import sys

import optimspec_conformance.native
import optimspec_conformance.scenario
import pytest
from optimspec_conformance import implementations
from optimspec_conformance.classes.catalogue import DEFINITIONS
from optimspec_conformance.scenarios.trace import Unsupported


def test_an_adapter_finds_what_it_imports_under_the_old_names() -> None:
    assert optimspec_conformance.native.NativeImplementation is implementations.NativeImplementation
    assert optimspec_conformance.native.PlainState is implementations.PlainState
    assert optimspec_conformance.scenario.Unsupported is implementations.Unsupported is Unsupported


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize("name", ["generate", "adopt"])
def test_a_command_shows_its_help_under_its_old_name(name: str) -> None:
    assert f"Usage: optimspec dev {name} " in run(f"optimspec_conformance.{name}", "--help")


def test_the_faults_are_listed_under_the_old_name() -> None:
    rows = [line.split("\t") for line in run("optimspec_conformance.variants").splitlines()]
    assert {name for name, _, _ in rows} == set(DEFINITIONS)
    assert ["ExponentialLR", "SCH-3", "off by one, the rate lags one step behind"] in rows
