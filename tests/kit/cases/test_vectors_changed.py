"""Vectors and their index are read before an implementation: what changes in them later is no way to pass."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from runs import ROOT, Run, pytest_in

KIT = ("-p", "optimspec_conformance.plugin", "--pyargs", "optimspec_conformance", "--impl=mypkg", "-k", "STEP-3/")
WRONG = """
import json, pathlib
import optimspec_conformance
from numpy_optim import *

class StepLR(StepLR):
    def get_last_lr(self): return [2 * rate for rate in super().get_last_lr()]

vectors = pathlib.Path(optimspec_conformance.__file__).parent / "vectors"
"""
EMPTY_INDEX = """
index = vectors / "index.json"
index.write_text(json.dumps(dict.fromkeys(json.loads(index.read_text()), [])))
"""
EMPTY_TRACES = """
file = vectors / "schedulers" / "step.json"
content = json.loads(file.read_text())
for case in content["cases"]:
    case["trace"] = case.get("trace", [])[:1]
file.write_text(json.dumps(content))
"""


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """Those of a copy of the kit."""
    kit = tmp_path / "conformance" / "optimspec_conformance"
    shutil.copytree(ROOT / "conformance/optimspec_conformance", kit, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "spec").symlink_to(ROOT / "spec")
    (kit.parent / "numpy_optim").symlink_to(ROOT / "examples" / "numpy_optim")
    return kit / "vectors"


def run(vectors: Path, source: str) -> Run:
    here = vectors.parents[2]
    (here / "mypkg.py").write_text(source, encoding="utf-8")
    return pytest_in(here, *KIT, path=vectors.parents[1])


@pytest.mark.parametrize("change", ["", EMPTY_INDEX], ids=["nothing", "the index"])
def test_a_wrong_implementation_that_changes_it_fails_as_before(vectors: Path, change: str) -> None:
    found = run(vectors, WRONG + change)
    assert found.claim == "NOT CONFORMANT"
    assert found.count("fail") > 1


def test_a_file_that_has_changed_is_an_error_of_every_check(vectors: Path) -> None:
    found = run(vectors, WRONG + EMPTY_TRACES)
    assert found.code not in (0, 5)
    assert "has changed since the run began" in found.text
    assert "CONFORMANT, " not in found.text


def test_an_index_that_is_not_that_of_the_manifest_is_refused(vectors: Path) -> None:
    index = vectors / "index.json"
    index.write_text(json.dumps(json.loads(index.read_text(encoding="utf-8"))), encoding="utf-8")
    found = run(vectors, "from numpy_optim import *")
    assert found.code == 4
    assert "not those of their manifest" in found.text
    index.unlink()
    assert "not those of their manifest" in run(vectors, "from numpy_optim import *").text
