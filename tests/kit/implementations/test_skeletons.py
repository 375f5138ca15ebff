"""The examples in C and Rust go from an empty folder to a verdict, by the commands of their guide."""

from __future__ import annotations

import json
import re
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
    assert (run.count("fail"), run.count("error")) == (0, 0), run.text
    assert run.count("advisory") == len(re.findall("STA-21/", run.report)), run.text  # a state does not name its class
    assert run.count("pass") > skeleton.least


ONE = {"dtype": "float32", "shape": [1], "data": ["1.0"]}
TWICE = [["w", ONE], [7, ONE], ["w", ONE]]


@pytest.mark.parametrize("skeleton", [C, RUST], ids=lambda skeleton: skeleton.folder)
def test_a_key_twice_in_one_call_is_refused(skeleton: Skeleton, tmp_path: Path) -> None:
    if missing := skeleton.missing():
        pytest.skip(f"NOT RUN: {missing} is not installed")
    _, build, smoke = skeleton.commands
    mine = tmp_path / "mine"
    shutil.copytree(ROOT / skeleton.folder, mine, ignore=shutil.ignore_patterns("target"))
    subprocess.run(build, cwd=mine, shell=True, capture_output=True, check=True)
    of_weights = {"optimizer": {"class": "SGD", "lr": "0.5"}, "weights": TWICE, "do": []}
    of_gradients = of_weights | {"weights": TWICE[:2], "do": [{"op": "optimizer.step", "grads": TWICE}, {"op": "read"}]}
    lines = "\n".join(json.dumps({"id": i, "scenario": s}) for i, s in enumerate((of_weights, of_gradients)))
    command = smoke.split()[-1].removeprefix("cmd:")
    done = subprocess.run([command], cwd=mine, input=f"{lines}\n", capture_output=True, text=True, check=True)
    first, second = (json.loads(line)["trace"] for line in done.stdout.splitlines())
    assert [row.get("error", {}).get("kind") for row in (*first, *second)] == ["value", None, "value", None]
    assert second[2] == second[0]


@pytest.mark.parametrize("folder", ["examples/c", "examples/rust"])
def test_a_skeleton_is_short(folder: str) -> None:
    sources = [
        path for path in (ROOT / folder).rglob("*") if path.suffix in (".c", ".rs") and "target" not in path.parts
    ]
    lines = [line for path in sources for line in path.read_text(encoding="utf-8").splitlines()]
    assert 0 < len(lines) < 400
    assert max(map(len, lines)) <= 120
