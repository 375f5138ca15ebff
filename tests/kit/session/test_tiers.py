"""An implementation is judged in the tiers that it declares, unless the command line says otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy_optim
import pytest
from click.testing import CliRunner
from optimspec_conformance.cases.committed import entries_of
from optimspec_conformance.cli import main
from optimspec_conformance.implementations.find import open_implementation
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.implementations.protocol import CannotTest
from optimspec_conformance.reports.run_result import RunResult
from optimspec_conformance.reports.shard import joined, shard_text
from optimspec_conformance.specification import TIERS
from programs import program
from runs import OK, Run, kit, kit_on
from sessions import session_of

ONE_CLASS = "from numpy_optim import ExponentialLR, ParamState\n"
OF_ONE_CLASS = ("-k", "/ExponentialLR/")


def declared(directory: Path, tiers: list[str], *arguments: str) -> Run:
    return kit_on(directory, f"{ONE_CLASS}tiers = {tiers}\n", *arguments)


def tiers_of(run: Run) -> list[str]:
    """Those that the summary has a verdict for."""
    (line,) = [line for line in run.report.splitlines() if line.startswith(tuple(f"{tier}: " for tier in TIERS))]
    return [verdict.partition(":")[0] for verdict in line.split("; ")]


@pytest.mark.parametrize("arguments", [[], ["--optimspec-isolate"], ["-n", "2"]], ids=str)
def test_a_module_is_judged_in_the_tiers_that_it_declares(here: Path, arguments: list[str]) -> None:
    run = declared(here, ["state", "values"], *arguments)
    assert run.code == OK, run.text
    assert tiers_of(run) == ["values", "state"]
    assert run.count("pass") > 60
    assert run.claim == "CONFORMANT in what it provides, tiers values, state"


def test_a_program_is_judged_in_the_tiers_of_its_hello(tmp_path: Path) -> None:
    run = kit(tmp_path, program(tmp_path, before='hello["tiers"] = ["values"]'), *OF_ONE_CLASS)
    assert (run.code, tiers_of(run)) == (OK, ["values"]), run.text
    assert "STA-" not in run.text


def test_the_command_line_goes_before_what_is_declared(tmp_path: Path) -> None:
    command = program(tmp_path, before='hello["tiers"] = ["values"]')
    assert tiers_of(kit(tmp_path, command, *OF_ONE_CLASS, "--optimspec-tier=refusals")) == ["refusals"]
    assert tiers_of(kit(tmp_path, command, *OF_ONE_CLASS, f"--optimspec-tier={','.join(TIERS)}")) == [*TIERS]


def test_an_adapter_declares_them_as_an_argument() -> None:
    module = SimpleNamespace(ExponentialLR=numpy_optim.ExponentialLR, tiers=["refusals"])
    assert NativeImplementation("port", module).tiers == ("refusals",)
    assert NativeImplementation("port", module, tiers=["values"]).tiers == ("values",)
    assert NativeImplementation("port", numpy_optim).tiers == TIERS


@pytest.mark.parametrize(
    ("tiers", "said"),
    [
        ('["values", "speed"]', "./adapter.py declares its tiers: speed: the tiers are values, state, refusals"),
        ("[]", "./adapter.py declares its tiers: no tier: the tiers are values, state, refusals"),
        ('"values"', 'adapter.tiers must be a list such as ["values", "state"]'),
    ],
)
def test_what_is_no_list_of_tiers_is_refused(here: Path, tiers: str, said: str) -> None:
    (here / "adapter.py").write_text(f"{ONE_CLASS}tiers = {tiers}\n", encoding="utf-8")
    with pytest.raises(CannotTest) as refused:
        open_implementation("./adapter.py", here)
    assert str(refused.value) == said


def test_a_hello_with_another_tier_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(CannotTest, match='hello/tiers/0 must be "values" or "state" or "refusals": got "speed"'):
        open_implementation(program(tmp_path, before='hello["tiers"] = ["speed"]'), tmp_path)


def test_smoke_asks_for_no_state_that_is_not_judged(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "adapter.py").write_text(f"{ONE_CLASS}tiers = ['values']\n", encoding="utf-8")
    monkeypatch.chdir(here)
    asked = CliRunner().invoke(main, ["smoke", "adapter.py"])
    assert (asked.exit_code, "STA-" in asked.output) == (OK, False), asked.output


def test_shards_of_some_tiers_are_a_whole_run() -> None:
    run: RunResult = session_of({}, tiers=("values",)).run_result
    assert run.count() == len(entries_of("field", ("values",)))
    result = joined([shard_text(run)])
    assert (result.complete, result.claim) == (run.complete, run.claim)
    assert json.loads(shard_text(run).splitlines()[0])["run"]["tiers"] == ["values"]
