"""A run on two workers of pytest-xdist, one of which is reached through a socket, as on another machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import execnet
import pytest
from optimspec_conformance.cases.committed import manifest

NUMPY = Path(__file__).parents[3] / "examples/numpy_optim/__init__.py"
SERVER = Path(execnet.__file__).parent / "script/socketserver.py"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where a machine waits for work; it has a folder of its own."""
    elsewhere, said = tmp_path / "elsewhere", tmp_path / "said.txt"
    elsewhere.mkdir()
    command = [sys.executable, "-u", str(SERVER), "127.0.0.1:0"]
    with said.open("w") as out, subprocess.Popen(command, cwd=elsewhere, stdout=out, stderr=out) as server:
        while not (found := re.search(r"'([\d.]+)', (\d+)", said.read_text(encoding="utf-8"))):
            assert server.poll() is None
            sleep(0.05)
        yield f"{found[1]}:{found[2]}"
        server.kill()


def run(here: Path, address: str, implementation: str, *options: str) -> tuple[int, str]:
    here.mkdir(exist_ok=True)
    workers = ["-p", "xdist", "--dist=load", "--tx=popen", f"--tx=socket={address}"]
    command = [sys.executable, "-m", "pytest", "--pyargs", "optimspec_conformance", f"--impl={implementation}", "-v"]
    done = subprocess.run(
        [*command, *workers, "-p", "no:cacheprovider", *options], cwd=here, capture_output=True, text=True, timeout=400
    )
    return done.returncode, done.stdout + done.stderr


def test_a_report_is_whole(tmp_path: Path, address: str) -> None:
    report = tmp_path / "report.json"
    code, told = run(
        tmp_path / "here", address, str(NUMPY), f"--optimspec-report={report}", "--optimspec-time-limit=60"
    )
    assert code == 0, told[-2000:]
    assert set(re.findall(r"^\[(gw\d)\]", told, re.MULTILINE)) == {"gw0", "gw1"}
    found = json.loads(report.read_text(encoding="utf-8"))
    assert sum(found["counts"].values()) == manifest()["checks"]["field"]
    assert found["claim"].startswith("CONFORMANT")


def test_a_worker_that_lacks_the_implementation_says_so(tmp_path: Path, address: str) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "mine.py").write_text("class StepLR: ...\n", encoding="utf-8")
    code, told = run(tmp_path / "here", address, "mine.py", "-k", "SCH-20")
    assert code != 0
    assert "optimspec: no file" in told
    assert "elsewhere" in told
