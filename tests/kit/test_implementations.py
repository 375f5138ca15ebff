"""The kit on the implementations that come with the project: each does all that is asked of what it provides."""

import re
import subprocess
import sys
from pathlib import Path

from optimspec_conformance.committed import cases

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


def test_the_reference_conforms() -> None:
    closing = closing_line("optimspec", "reference")
    assert closing.startswith(f"{len(cases())} checks: {len(cases())} pass, 0 fail, ")
    assert closing.endswith(": CONFORMANT, profile extended")


def test_the_numpy_example_conforms_in_what_it_provides() -> None:
    sys.path.insert(0, str(ROOT / "examples"))
    import numpy_optim

    provided = [case for case in cases() if all(hasattr(numpy_optim, name) for name in case.needs())]
    closing = closing_line("numpy_optim", "examples")
    assert closing.startswith(f"{len(cases())} checks: {len(provided)} pass, 0 fail, ")
    assert f", {len(cases()) - len(provided)} not provided, 0 error: CONFORMANT in what it provides" in closing
