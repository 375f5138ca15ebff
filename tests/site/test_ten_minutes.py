"""The guide from an installed kit to a badge does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "ten-minutes.md"


@pytest.fixture
def author(tmp_path: Path) -> Path:
    """Make the folder of an author who has copied the page's files."""
    for name, text in re.findall(
        r'^```python title="(.+?)"\n(.+?)^```', PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def optimspec(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "optimspec_conformance", *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def test_the_first_ten_scenarios_find_nothing_wrong(author: Path) -> None:
    run = optimspec(author, "smoke", "decay_adapter.py")
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_page_ends_with_a_badge_and_the_count_that_it_tells(author: Path) -> None:
    run = optimspec(author, "check", "decay_adapter.py", "--report", "badge.svg")
    (passed,) = re.findall(r", of (\d+) checks\.", PAGE.read_text("utf-8"))
    assert run.returncode == 0, run.stdout + run.stderr
    assert f" {passed} pass, 0 fail, " in run.stdout
    assert "CONFORMANT in what it provides" in run.stdout
    assert (author / "badge.svg").read_text("utf-8").startswith("<svg")


def test_an_adapter_finds_the_library_beside_it_though_pytest_does_not(author: Path) -> None:
    pytest_itself = [str(Path(sys.executable).with_name("pytest")), "--pyargs", "optimspec_conformance"]
    options = ["--impl=decay_adapter.py", "-k", "EXP-1", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run([*pytest_itself, *options], cwd=author, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_mistake_that_the_page_speaks_of_is_found(author: Path) -> None:
    library = author / "decay.py"
    library.write_text(library.read_text("utf-8").replace("0 < factor < 1", "0 < factor"), encoding="utf-8")
    run = optimspec(author, "check", "decay_adapter.py", "-k", "EXP-4")
    assert run.returncode == 1
    assert "EXP-4  A `gamma` outside (0, 1) MUST be refused" in run.stdout
