"""Options that mean nothing are usage errors."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "option",
    [
        "--optimspec-time-limit=1e10",
        "--optimspec-time-limit=-1",
        "--optimspec-time-limit=nan",
        "--optimspec-time-limit=inf",
        "--optimspec-time-limit=soon",
        "--optimspec-fuzz=-1",
        "--optimspec-fuzz=many",
        "--optimspec-fuzz=99999999999",
        "--optimspec-seed=x",
        "--optimspec-profile=all",
        "--optimspec-precision=float16",
        "--optimspec-report=x.xml",
        "--optimspec-nosuch",
    ],
)
def test_an_option_that_means_nothing(option: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", option],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error: ") == 1
