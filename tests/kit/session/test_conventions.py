"""A port of PyTorch's formulas conforms where it declares them, and is told how to where it does not."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy_optim
import pytest
import torch_like
from optimspec_conformance.cases.committed import load
from optimspec_conformance.classes.conventions import as_option
from optimspec_conformance.implementations.find import open_implementation
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.implementations.protocol import CannotTest
from optimspec_conformance.verdict.followed import FollowedConventions
from runs import FAILED, KIT, OK, ROOT, USAGE, Run, pytest_in

DECLARED = dict.fromkeys(torch_like.CLASSES, "torch")
PORT = Path(torch_like.__file__)


def port(directory: Path, *arguments: str) -> Run:
    """Run the kit on the port, and the example beside it."""
    return pytest_in(directory, *KIT, f"--impl={PORT}", *arguments, path=ROOT / "examples")


def test_a_port_that_declares_its_conventions_conforms(tmp_path: Path) -> None:
    option = f"--optimspec-convention={as_option(DECLARED)}"
    run = port(tmp_path, option, "--optimspec-report=record.json")
    record = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    assert record["counts"].keys() <= {"pass", "not provided", "withdrawn"}, run.out
    assert record["claim"] in (ROOT / "README.md").read_text(encoding="utf-8")
    assert {entry["class"]: entry["declared"] for entry in record["conventions"]} == dict.fromkeys(DECLARED, True)
    assert run.code == OK


def test_a_port_that_declares_nothing_is_told_what_it_follows(tmp_path: Path) -> None:
    run = port(tmp_path, "-k", "Adagrad or RAdam", "--optimspec-report=record.json")
    record = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    assert record["counts"].keys() <= {"pass", "convention", "not provided"}
    assert "--optimspec-convention=Adagrad=torch,RAdam=torch" in run.out
    assert run.code == FAILED


def test_what_is_followed_is_found_out() -> None:
    port = NativeImplementation("port", torch_like, precision="float64")
    for _ in range(2):  # the second time, all cases are known, and read anew
        assert FollowedConventions(port).all_shown() == DECLARED
        load.cache_clear()
    right = NativeImplementation("right", numpy_optim, precision="float64")
    assert FollowedConventions(right).all_shown() == {}


def test_it_is_a_usage_error_on_the_command_line(tmp_path: Path) -> None:
    run = port(tmp_path, "--optimspec-convention=torhc")
    assert run.code == USAGE
    assert "--optimspec-convention: there is no convention torhc" in run.text


def test_a_module_declares_and_the_command_line_goes_before_it(tmp_path: Path) -> None:
    (tmp_path / "declaring.py").write_text(
        'from torch_like import *\nconventions = {"Adam": "keras", "Adagrad": "torch"}\n'
    )
    declared = open_implementation("declaring.py", tmp_path).conventions
    assert declared == {"Adam": "keras", "Adagrad": "torch"}
    assert open_implementation("declaring.py", tmp_path, conventions={"Adam": "torch"}).conventions["Adam"] == "torch"


@pytest.mark.parametrize("declared", ['["torch"]', '{"Adam": 1}', '{"Adam": "mine"}', '{"Adm": "torch"}'])
def test_a_module_that_declares_nonsense_cannot_be_tested(tmp_path: Path, declared: str) -> None:
    (tmp_path / "declaring.py").write_text(f"from torch_like import *\nconventions = {declared}\n")
    with pytest.raises(CannotTest, match="conventions"):
        open_implementation("declaring.py", tmp_path)


def test_a_module_of_that_name_declares_nothing() -> None:
    assert NativeImplementation("mine", SimpleNamespace(conventions=json), precision="float64").conventions == {}
