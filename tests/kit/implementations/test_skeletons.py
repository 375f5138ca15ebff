"""The examples in C and Rust go from an empty folder to a verdict, by the commands of their guide."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from optimspec_conformance.cli import main
from runs import ROOT, kit
from skeletons import PROVIDED, RUST, C, Skeleton


@pytest.mark.parametrize("skeleton", [C, RUST], ids=lambda skeleton: skeleton.folder)
def test_a_skeleton_goes_from_an_empty_folder_to_a_verdict(
    skeleton: Skeleton, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing := skeleton.missing():
        pytest.skip(f"NOT RUN: {missing} is not installed")
    copy, build, smoke = skeleton.commands
    assert copy == f"cp -r ../optimspec/{skeleton.folder} mine && cd mine"
    mine = tmp_path / "mine"
    shutil.copytree(ROOT / skeleton.folder, mine, ignore=shutil.ignore_patterns("target"))
    built = subprocess.run(build, cwd=mine, shell=True, capture_output=True, text=True, check=False)
    assert (built.returncode, "warning" in built.stderr) == (0, False), built.stderr
    monkeypatch.chdir(mine)
    asked = CliRunner().invoke(main, smoke.split()[1:])
    assert asked.exit_code == 0, asked.output
    assert asked.output.count("  ok  ") == 21
    run = kit(mine, smoke.split()[-1], "-k", " or ".join(f"/{name}/" for name in PROVIDED))
    assert (run.count("fail"), run.count("error"), run.count("advisory")) == (0, 0, 0), run.text
    assert run.count("pass") > skeleton.least


@pytest.mark.parametrize("folder", ["examples/c", "examples/rust"])
def test_a_skeleton_is_short(folder: str) -> None:
    sources = [
        path for path in (ROOT / folder).rglob("*") if path.suffix in (".c", ".rs") and "target" not in path.parts
    ]
    lines = [line for path in sources for line in path.read_text(encoding="utf-8").splitlines()]
    assert 0 < len(lines) < 400
    assert max(map(len, lines)) <= 120
