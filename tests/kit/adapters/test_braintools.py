"""The known failures of braintools: all of them, and nothing else; each shown in a few lines without the kit."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from optimspec_conformance.verdict import known_failures
from optimspec_conformance.verdict.known_failures import KnownFailure

braintools = pytest.importorskip("braintools")

ROOT = Path(__file__).parents[3]
LIST = ROOT / "conformance" / "known-failures" / "braintools.toml"
PASSES = """
[[failure]]
requirement = "STEP-1"
classes = ["StepLR"]
reason = "It does not fail."
link = "https://example.org/1"
counterexamples = [{check = "STEP-1/StepLR/three-falls", observed = "get_last_lr()[0]: 0"}]
reproduction = "assert False"
"""


def kit(known: Path) -> tuple[int, str]:
    """Run the kit on braintools: its exit code, and what it printed."""
    options = ["--impl=braintools", f"--optimspec-known-failures={known}", "-q", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "conformance", *options]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


def named(entry: KnownFailure) -> str:
    return f"{entry.requirements[0]}-{entry.classes[0]}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "entry", [entry for entry in known_failures.read(LIST).entries if entry.reproduction], ids=named
)
def test_a_reproduction_shows_its_failure_by_itself(entry: KnownFailure) -> None:
    lines = entry.reproduction.splitlines()
    assert len(lines) <= 10
    assert lines[-1].startswith("assert ")
    with pytest.raises(AssertionError):
        exec(compile(entry.reproduction, named(entry), "exec"), {})


def test_braintools_fails_as_known_and_nowhere_else() -> None:
    code, out = kit(LIST)
    (closing,) = re.findall(r"^\d+ checks: .+$", out, re.MULTILINE)
    assert code == 0, closing
    assert re.search(r"\b0 fail\b.*\b0 error\b", closing)
    assert closing.endswith("NOT CONFORMANT, as known")


def test_an_entry_that_passes_must_come_off_the_list(tmp_path: Path) -> None:
    longer = tmp_path / "known.toml"
    longer.write_text(LIST.read_text(encoding="utf-8") + PASSES, encoding="utf-8")
    code, out = kit(longer)
    assert code == 1
    assert "error: known failure STEP-1 of StepLR passes: take it off the list" in out
