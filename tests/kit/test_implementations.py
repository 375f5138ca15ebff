"""The kit on the implementations that come with the project: both do all that the specification asks."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from optimspec_conformance.committed import cases

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("implementation", "directory"), [("optimspec", "reference"), ("numpy_optim", "examples")])
def test_conforms(implementation: str, directory: str) -> None:
    options = ["-q", "-p", "no:cacheprovider", "--pyargs", "optimspec_conformance", f"--impl={implementation}"]
    command = [sys.executable, "-m", "pytest", *options]
    result = subprocess.run(command, cwd=ROOT / directory, capture_output=True, text=True, check=False)
    (closing,) = re.findall(r"^\d+ checks: .+$", result.stdout, re.MULTILINE) or [result.stdout + result.stderr]

    assert closing.startswith(f"{len(cases())} checks: {len(cases())} pass, 0 fail, ")
    assert closing.endswith(": CONFORMANT")
    assert result.returncode == 0
