"""The kit on the implementations that come with the project: each does all that is asked of what it provides."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from optimspec_conformance.committed import cases
from optimspec_conformance.scenario import BFLOAT16

ROOT = Path(__file__).parents[2]


def closing_line(implementation: str, directory: str) -> str:
    """Run the kit where the implementation lies. It must end well."""
    options = ["-q", "-p", "no:cacheprovider", "--pyargs", "optimspec_conformance", f"--impl={implementation}"]
    command = [sys.executable, "-m", "pytest", *options]
    result = subprocess.run(command, cwd=ROOT / directory, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    closing: list[str] = re.findall(r"^\d+ checks: .+$", result.stdout, re.MULTILINE)
    assert len(closing) == 1
    return closing[0]


@pytest.mark.parametrize(("implementation", "directory"), [("optimspec", "reference"), ("numpy_optim", "examples")])
def test_the_implementations_of_the_project_conform(implementation: str, directory: str) -> None:
    closing = closing_line(implementation, directory)
    held = [case for case in cases() if implementation == "optimspec" or BFLOAT16 not in case.needs()]
    assert closing.startswith(f"{len(cases())} checks: {len(held)} pass, 0 fail, ")
    assert closing.endswith(": CONFORMANT, profile extended")
