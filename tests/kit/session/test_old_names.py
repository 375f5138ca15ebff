"""The names that modules of the kit had before still work, for one version."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pkgutil import resolve_name

import pytest
from optimspec_conformance.adapters import pytorch, torch
from optimspec_conformance.classes.catalogue import DEFINITIONS

OLD = {
    "native.NativeImplementation": "implementations.NativeImplementation",
    "native.PlainState": "implementations.PlainState",
    "scenario.Unsupported": "implementations.Unsupported",
    "adapters.functional.LACKS": "adapters.functional.NOT_OBSERVABLE",
    "adapters.functional.Named": "adapters.functional.LibraryFunction",
    "adapters.functional.Names": "adapters.functional.Renames",
    "adapters.functional.called": "adapters.functional.call_library",
    "adapters.functional.counted": "adapters.functional.check_time",
    "adapters.functional.named": "adapters.functional.import_dotted",
    "adapters.functional.real": "adapters.functional.check_real",
    "adapters.optax.LACKS": "adapters.optax.NOT_OBSERVABLE",
    "adapters.torch.CLIPPING": "adapters.pytorch.CLIPPING",
    "adapters.torch.LACKS": "adapters.pytorch.NOT_OBSERVABLE",
    "adapters.torch.Optimizer": "adapters.pytorch.Optimizer",
    "adapters.torch.Scheduler": "adapters.pytorch.Scheduler",
    "adapters.torch.Weight": "adapters.pytorch.Weight",
    "adapters.torch.tensor": "adapters.pytorch.tensor",
}


@pytest.mark.parametrize(("old", "new"), OLD.items(), ids=OLD)
def test_an_adapter_finds_under_the_old_name(old: str, new: str) -> None:
    assert resolve_name(f"optimspec_conformance.{old}") is resolve_name(f"optimspec_conformance.{new}")


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
def test_the_old_torch_class_takes_a_name_without_dots() -> None:
    scheduler = pytorch.Scheduler(torch.Named("StepLR"), base_lr=0.5, step_size=1)
    optimizer = pytorch.Optimizer(torch.Named("SGD"), lr=scheduler)
    assert (scheduler.get_last_lr(), optimizer.current_lr) == ([0.5], 0.5)


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
