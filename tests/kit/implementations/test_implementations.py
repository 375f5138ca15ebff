"""The implementation that ``--impl`` names: the numpy example does all that is asked of it; names are one line."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from optimspec_conformance.cases.committed import cases
from optimspec_conformance.implementations.find import open_implementation
from optimspec_conformance.scenarios.values import BFLOAT16

ROOT = Path(__file__).parents[3]


def closing_line(implementation: str, directory: str) -> str:
    """Run the kit where the implementation lies. It must end well."""
    options = ["-q", "-p", "no:cacheprovider", "--pyargs", "optimspec_conformance", f"--impl={implementation}"]
    command = [sys.executable, "-m", "pytest", *options]
    result = subprocess.run(command, cwd=ROOT / directory, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    closing: list[str] = re.findall(r"^\d+ checks: .+$", result.stdout, re.MULTILINE)
    assert len(closing) == 1
    return closing[0]


def test_the_numpy_example_conforms() -> None:
    """The reference does, too: that is the first command of the README."""
    closing = closing_line("numpy_optim", "examples")
    held = [case for case in cases() if BFLOAT16 not in case.needs]
    assert closing.startswith(f"{len(cases())} checks: {len(held)} pass, 0 fail, ")
    assert closing.endswith(": CONFORMANT, profile field")


@pytest.mark.parametrize("field", ["__name__", "__version__"])
def test_the_name_and_the_version_of_an_implementation_are_one_line(tmp_path: Path, field: str) -> None:
    module = tmp_path / f"forged{field.strip('_')}.py"
    module.write_text(f"{field} = 'one\\ntwo'\nclass StepLR: ...\n", encoding="utf-8")
    opened = open_implementation(str(module), tmp_path)
    assert "one two" in f"{opened.name} {opened.version}"
    opened.close()
