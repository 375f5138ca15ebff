"""The command line: what each command says, and the code that it ends with."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from jsonschema_rs import Registry, validator_for
from optimspec_conformance import specification
from optimspec_conformance.cases import committed, corpus, export
from optimspec_conformance.cases.committed import VECTORS, manifest
from optimspec_conformance.classes.catalogue import DEFINITIONS
from optimspec_conformance.cli import main
from optimspec_conformance.reports.record import run_record
from optimspec_conformance.scenarios.json_text import json_text
from optimspec_conformance.session.exit_codes import INCOMPLETE, NOT_CONFORMANT, OK, USAGE, exit_code
from runs import ROOT
from sessions import session_of

SOME = ("schedulers/exponential", "composition/chained", "optimizers/sm3")
PAGE = ROOT / "docs" / "command-line.md"
CODES = ROOT / "docs" / "kit.md"
RIGHT = "from numpy_optim import ExponentialLR, SGD, StepLR\n"
WRONG = f"{RIGHT}\nclass StepLR(StepLR):\n    def get_last_lr(self): return [2 * lr for lr in super().get_last_lr()]\n"
RAISES = f"{RIGHT}\nclass StepLR(StepLR):\n    def get_last_lr(self): raise KeyError('no rate')\n"
TORCH = """
import math
import numpy_optim

class CosineAnnealingLR(numpy_optim.CosineAnnealingLR):
    def get_last_lr(self):
        e, T = self.eta_min, self.T_max
        return [e + (b - e) * (1 + math.cos(math.pi * self.last_epoch / T)) / 2 for b in self.base_lrs]
"""


def optimspec(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(ROOT / "examples")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(entry for entry in sys.path if entry))
    return tmp_path


def module(directory: Path, name: str, source: str) -> str:
    (directory / f"{name}.py").write_text(source, encoding="utf-8")
    return f"{name}.py"


# ---------------------------------------------------------------------------------------------------------- all of them


@pytest.mark.parametrize("name", main.commands)
def test_a_command_shows_examples_and_is_on_the_page(name: str) -> None:
    shown = optimspec(name, "--help")
    assert shown.exit_code == OK
    assert f"Examples:\n    optimspec {name} " in shown.output
    assert f"## `optimspec {name}" in PAGE.read_text(encoding="utf-8")


def test_the_one_table_of_exit_codes_is_that_of_pytest_beside_ours() -> None:
    rows = re.findall(r"^\| .+ \| (\d) \| (\d) \|$", CODES.read_text(encoding="utf-8"), re.MULTILINE)
    pairs = {(int(code), int(ours)) for code, ours in rows}
    error = (1, INCOMPLETE)  # a check that could not be carried out: the claim of the kit goes before pytest's code
    assert pairs == {(code, exit_code(code)) for code in range(6)} | {error}
    assert {ours for _, ours in pairs} == {OK, NOT_CONFORMANT, USAGE, INCOMPLETE}
    others = [page for page in PAGE.parent.glob("*.md") if page != CODES and "| code |" in page.read_text("utf-8")]
    assert others == []


@pytest.mark.parametrize("command", [["smoke"], ["diff", "optimspec"]])
def test_what_cannot_be_found_gets_one_line(here: Path, command: list[str]) -> None:
    result = optimspec(*command, "nosuch")
    assert result.exit_code == USAGE
    assert result.output.startswith("Error: no implementation 'nosuch': tried built-in adapters")
    assert len(result.output.splitlines()) == 1


# ---------------------------------------------------------------------------------------------------------------- check


def test_check_names_the_extra_that_more_processors_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["optimspec_conformance.cli.check"], "find_spec", lambda name: None)
    result = optimspec("check", "numpy_optim", "-n", "auto")
    assert result.exit_code == USAGE
    assert result.output.endswith("-n needs pytest-xdist, which is not installed: pip install 'optimspec[parallel]'\n")


def test_a_program_is_an_implementation_as_every_help_says() -> None:
    for command in ([], ["check"], ["smoke"]):
        assert '"cmd:' in optimspec(*command, "--help").output


def test_check_passes_options_on_and_ends_with_its_own_codes(here: Path) -> None:
    """One run of each kind; the codes of pytest are others."""
    assert optimspec("check", "nosuch", "-q").exit_code == USAGE
    module(here, "late", f"{WRONG}")
    checked = optimspec("check", "late.py", "-k", "STEP-1", "--report", "late.json", "-q", "--tb=no", "-x")
    assert checked.exit_code == NOT_CONFORMANT
    record = json.loads((here / "late.json").read_text(encoding="utf-8"))
    assert record["counts"] == {"fail": 1}
    assert record["footer"]["complete"] is False


@pytest.mark.parametrize(
    ("code", "ours"),
    [(0, OK), (1, NOT_CONFORMANT), (2, INCOMPLETE), (3, INCOMPLETE), (4, USAGE), (5, INCOMPLETE), (-9, 3)],
)
def test_each_way_to_end_has_a_code(code: int, ours: int) -> None:
    assert exit_code(code) == ours


# ---------------------------------------------------------------------------------------------------------------- smoke


def test_smoke_finds_nothing_wrong_with_what_is_right(here: Path) -> None:
    result = optimspec("smoke", module(here, "right_one", RIGHT))
    assert result.exit_code == OK, result.output
    assert len(re.findall(r"^  ok  ", result.output, re.MULTILINE)) == 10


def test_smoke_tells_wrong_numbers(here: Path) -> None:
    result = optimspec("smoke", module(here, "wrong_one", WRONG))
    assert result.exit_code == NOT_CONFORMANT
    assert re.search(
        r"implementation +STEP-1/StepLR/\S+\n +after construction: get_last_lr\(\)\[0\]: exp", result.output
    )
    assert "The adapter works" in result.output


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("def __init__(self, lr): ...", "unexpected keyword argument 'base_lr'", id="another signature"),
        pytest.param("def get_last_lr(self, group): ...", "get_last_lr() cannot be read", id="another read-out"),
        pytest.param("def step(self, epoch=None): self.nothing()", "has no attribute 'nothing'", id="a missing method"),
        pytest.param("def state_dict(self): raise NotImplementedError", "NotImplementedError", id="nothing behind it"),
    ],
)
def test_smoke_tells_a_broken_adapter(here: Path, body: str, said: str) -> None:
    source = f"{RIGHT}\nclass StepLR(StepLR):\n    {body}\n"
    result = optimspec("smoke", module(here, f"broken_{abs(hash(body))}", source))
    assert result.exit_code == USAGE
    assert said in result.output
    assert re.search(r"adapter +\S+/StepLR/", result.output)
    assert "The adapter is broken" in result.output


# ----------------------------------------------------------------------------------------------------------------- diff


def test_diff_shows_where_two_part_and_who_speaks_a_convention(here: Path) -> None:
    torch = module(here, "torch_like", TORCH)
    result = optimspec("diff", torch, "optimspec", "CosineAnnealingLR")
    assert result.exit_code == NOT_CONFORMANT
    assert re.search(r"CosineAnnealingLR: differ in \d+ of \d+ cases", result.output)
    assert 'A follows the convention "torch", B conforms' in result.output
    first = re.search(r"after (.+): get_last_lr\(\)\[0\]\n +A  (\S+)\n +B  (\S+)", result.output)
    assert first is not None
    assert first[2] != first[3]


def test_diff_of_the_same_is_alike(here: Path) -> None:
    result = optimspec("diff", module(here, "right_two", RIGHT), "optimspec", "StepLR")
    assert (result.exit_code, "StepLR: alike" in result.output) == (OK, True)


def test_diff_records_the_first_case_of_each_requirement(here: Path) -> None:
    torch = module(here, "torch_too", TORCH)
    optimspec("diff", torch, "optimspec", "CosineAnnealingLR", "--record", "parted.json")
    told = json.loads((here / "parted.json").read_text(encoding="utf-8"))
    (counted,) = told["classes"]
    requirements = [row["requirement"] for row in told["partings"]]
    assert (told["a"]["name"], told["b"]["name"]) == ("torch_too", "optimspec")
    assert counted["cases"] > counted["part"] >= len(requirements) > 0
    assert len(set(requirements)) == len(requirements)
    (first,) = [row for row in told["partings"] if row["check"] == "COS-1/CosineAnnealingLR/whole"]
    assert (first["what"], first["a"], first["b"]) == ("get_last_lr()[0]", "0.02104", "0.01")


def test_diff_compares_what_cannot_be_read(here: Path) -> None:
    raises = module(here, "raises", RAISES)
    result = optimspec("diff", raises, "optimspec", "StepLR")
    assert result.exit_code == NOT_CONFORMANT
    assert re.search(r"after construction: error\n +A  \w+\n +B  accepted", result.output)


def test_diff_needs_a_class_that_both_have(here: Path) -> None:
    right = module(here, "right_three", RIGHT)
    assert optimspec("diff", right, right, "Adam").exit_code == USAGE
    assert "no class Adm" in optimspec("diff", right, right, "Adm").output


# --------------------------------------------------------------------------------------------------------------- matrix


def report(directory: Path, name: str, words: dict[str, str], **arguments: Any) -> str:
    (directory / name).write_text(
        json_text(run_record(session_of(words, **arguments).run_result), levels=1), encoding="utf-8"
    )
    return name


def test_matrix_joins_reports(here: Path) -> None:
    spoken = "COS-5/CosineAnnealingLR/0.1"
    result = optimspec("matrix", report(here, "a.json", {}), report(here, "b.json", {spoken: "convention"}))
    assert result.exit_code == OK
    assert re.search(r"CosineAnnealingLR\W+pass\W+values: convention 1 of \d+", result.output)
    assert re.search(r"state: pass\W+refusals: pass", result.output)
    by_requirement = optimspec("matrix", "--by", "requirement", "a.json", "b.json")
    assert re.search(r"COS-5\W+pass\W+convention 1 of \d+", by_requirement.output)


def test_matrix_tells_a_run_that_was_not_whole(here: Path) -> None:
    result = optimspec("matrix", report(here, "a.json", {}, partial="-k", left_out=7000))
    assert result.exit_code == INCOMPLETE
    assert "note: not whole" in result.output


@pytest.mark.parametrize(
    ("text", "said"), [('{"a":', "cannot be read"), ("[]", "is no report"), ("{}", "is no report")]
)
def test_matrix_refuses_what_is_no_report(here: Path, text: str, said: str) -> None:
    (here / "a.json").write_text(text, encoding="utf-8")
    result = optimspec("matrix", "a.json")
    assert (result.exit_code, said in result.output) == (USAGE, True)


# -------------------------------------------------------------------------------------------------------------- explain


def test_explain_says_what_a_requirement_asks_and_what_breaks_it() -> None:
    output = optimspec("explain", "cos-3").output
    required = specification.requirements()["COS-3"]
    assert f"COS-3 ({required.level}, {required.tier})  {required.sentence}" in output
    for part in (f"{required.page}#COS-3", "COS-3/CosineAnnealingLR/0.1", "eta_min on top of the cosine", "torch: "):
        assert part in output


def test_explain_names_what_was_meant() -> None:
    result = optimspec("explain", "EXP-99")
    assert result.exit_code == USAGE
    assert "EXP-1" in result.output


# -------------------------------------------------------------------------------------------------------------- vectors


@pytest.fixture(scope="module")
def exported() -> dict[str, str]:
    return dict(export.files([VECTORS / f"{name}.json" for name in SOME]))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(entry, (*path, key))
    else:
        yield path, value


def test_every_value_in_hexadecimal_reads_back_as_the_one_in_decimal(exported: dict[str, str]) -> None:
    """And all that is no number is the same; the numbers of float32 arrays are these in that dtype, too."""
    converted = 0
    for name in SOME:
        both = [leaves(json.loads(exported[f"{kind}/{name}.json"])) for kind in ("decimal", "hex")]
        for (path, decimal), (there, hexadecimal) in zip(*both, strict=True):
            assert path == there
            if decimal == hexadecimal:
                assert (
                    not isinstance(decimal, str) or not re.fullmatch(r"-?\d+\.\d+(e[-+]\d+)?", decimal) or "str" in path
                )
                continue
            assert float.fromhex(hexadecimal) == float(decimal)
            assert np.float32(float.fromhex(hexadecimal)) == np.float32(decimal)
            converted += 1
    assert converted > 5_000


@pytest.mark.parametrize("kind", ["decimal", "hex"])
def test_exported_vectors_have_the_form_of_their_schema(exported: dict[str, str], kind: str) -> None:
    validator = validator_for(json.loads(exported[f"schemas/{kind}.json"]))
    for name in SOME:
        content = json.loads(exported[f"{kind}/{name}.json"])
        content["cases"] = content["cases"][:60]
        validator.validate(content)
    other = json.loads(exported[f"{'hex' if kind == 'decimal' else 'decimal'}/schedulers/exponential.json"])
    other["cases"] = other["cases"][:1]  # whose numbers are written in the other way
    assert not validator.is_valid(other)


@pytest.mark.parametrize("page", ["README.md", "process-protocol.md", "any-language.md"])
def test_a_guide_of_the_vectors_leads_to_files_that_are_there(exported: dict[str, str], page: str) -> None:
    text = re.sub(r"^```.*?^```", "", exported[page], flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)", text)
    assert links
    assert [link for link in links if link not in exported and "://" not in link] == []


def test_the_guide_of_the_vectors_has_its_table(exported: dict[str, str]) -> None:
    assert "<!--" not in exported["README.md"]
    assert re.search(r"^\| SGD \| \d+ \| \d+ \| \d+ \| .*`momentum` \d+", exported["README.md"], re.MULTILINE)


def test_vectors_are_written_to_a_new_folder_alone(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "files", lambda vectors: iter([("README.md", "a"), ("hex/b.json", "{}")]))
    assert optimspec("vectors", "--out", "new").exit_code == OK
    assert (here / "new" / "hex" / "b.json").read_text(encoding="utf-8") == "{}"
    again = optimspec("vectors", "--out", "new")
    assert (again.exit_code, "name a new folder" in again.output) == (USAGE, True)


def test_a_guide_is_found_in_a_checkout_and_in_a_wheel(tmp_path: Path) -> None:
    assert export.page("docs/vectors.md") == ROOT / "docs" / "vectors.md"
    assert export.page("docs/vectors.md", tmp_path / "a" / "b") == tmp_path / "a" / "b" / "vectors.md"


def test_the_references_of_exported_schemas_resolve(exported: dict[str, str]) -> None:
    schemas = {name.removeprefix("schemas/"): json.loads(s) for name, s in exported.items() if "schemas/" in name}
    references = [
        (name, reference)
        for name, schema in schemas.items()
        for path, reference in leaves(schema)
        if path[-1] == "$ref"
    ]
    assert len(references) > 100
    for name, reference in references:
        file, _, pointer = reference.partition("#")
        found = schemas[file or name]
        for step in pointer.strip("/").split("/"):
            found = found[step]
    request = validator_for(
        schemas["request.schema.json"], registry=Registry([("json-schema:///decimal.json", schemas["decimal.json"])])
    )
    assert request.is_valid({"id": 1, "scenario": {"scheduler": {"class": "StepLR"}, "do": []}})
    assert not request.is_valid({"id": 1, "scenario": {"scheduler": {"class": "StepLR"}, "do": [{"op": "fly"}]}})


COMPARES = """
const { createRequire } = require("node:module");
const vectors = require("optimspec-vectors/decimal/schedulers/exponential.json");
const { checks } = require("optimspec-vectors/manifest.json");
const golden = vectors.cases.filter(({ area, trace }) => area === "golden" && trace);
let rows = 0;
for (const { id, scenario, trace } of golden) {
  const { base_lr = "0.001", gamma = "0.95" } = scenario.scheduler;
  for (const { t, lr } of trace) {
    const rate = Number([base_lr].flat()[0]) * Number(gamma) ** t;
    const error = Math.abs(rate - Number(lr[0]));
    if (error > 1e-9 * Number([base_lr].flat()[0])) throw new Error(`${id}: ${rate} is not ${lr[0]}`);
    rows += 1;
  }
}
console.log(JSON.stringify({ cases: golden.length, rows, checks }));
"""


@pytest.mark.skipif(shutil.which("npm") is None, reason="NOT RUN: npm is not installed")
def test_the_vectors_are_a_package_of_npm(tmp_path: Path) -> None:
    """Packed, installed in an empty folder, and used."""
    made = optimspec("vectors", "--out", str(tmp_path / "vectors"))
    assert made.exit_code == OK, made.output
    using = tmp_path / "using"
    using.mkdir()
    offline = ["--offline", "--no-audit", "--no-fund", "--silent"]
    for command in (
        ["npm", "pack", str(tmp_path / "vectors"), *offline],
        ["npm", "install", f"./optimspec-vectors-{specification.version()}.tgz", *offline],
    ):
        done = subprocess.run(command, cwd=using, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    (using / "compare.cjs").write_text(COMPARES, encoding="utf-8")
    done = subprocess.run(["node", "compare.cjs"], cwd=using, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["checks"] == manifest()["checks"]
    assert found["cases"] >= 14
    assert (using / "node_modules" / "optimspec-vectors" / "LICENSE").is_file()


# ------------------------------------------------------------------------------------------------------------------ dev


def test_dev_generate_writes_what_differs_from_the_oracle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copied = shutil.copytree(VECTORS, tmp_path / "vectors")
    monkeypatch.setattr(committed, "VECTORS", copied)
    (copied / "schedulers" / "step.json").write_text("{}", encoding="utf-8")
    (copied / "schedulers" / "of_no_class.json").write_text("{}", encoding="utf-8")
    stale = optimspec("dev", "generate", "StepLR", "--check")
    differ = "differs: schedulers/step.json\ndiffers: schedulers/of_no_class.json\n3 files, 2 stale\n"
    assert (stale.exit_code, stale.output) == (1, differ)
    assert optimspec("dev", "generate", "StepLR").exit_code == OK
    assert optimspec("dev", "generate", "StepLR", "--check").exit_code == OK
    assert sorted(file.name for file in copied.glob("*/*")) == sorted(file.name for file in VECTORS.glob("*/*"))
    assert "Exponentiel" in optimspec("dev", "generate", "Exponentiel").output


def test_dev_adopt_keeps_a_scenario(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(corpus, "SEQUENCES", tmp_path / "sequences")
    found = {"scheduler": {"class": "StepLR", "step_size": 2}, "do": [{"op": "scheduler.step"}]}
    (tmp_path / "found.json").write_text(json.dumps(found), encoding="utf-8")
    assert optimspec("dev", "adopt", str(tmp_path / "found.json")).exit_code == OK
    assert corpus.sequences("StepLR") == [found]


def test_dev_adopt_needs_a_scenario(tmp_path: Path) -> None:
    assert optimspec("dev", "adopt").exit_code == USAGE
    (tmp_path / "none.json").write_text("{}", encoding="utf-8")
    result = optimspec("dev", "adopt", str(tmp_path / "none.json"))
    assert (result.exit_code, "holds no scenario" in result.output) == (USAGE, True)


def test_dev_faults_lists_every_fault_with_its_class_and_requirement() -> None:
    rows = [line.split("\t") for line in optimspec("dev", "faults").output.splitlines()]
    assert {name for name, _, _ in rows} == set(DEFINITIONS)
    assert ["StepLR", "STEP-3", "falls one step before the multiples"] in rows


@pytest.mark.parametrize(("old", "new"), [("generate", "generate"), ("adopt", "adopt"), ("variants", "faults")])
def test_an_old_module_still_runs_the_command(old: str, new: str) -> None:
    """For one version."""
    command = [sys.executable, "-m", f"optimspec_conformance.{old}", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert shown.stdout.startswith(f"Usage: optimspec dev {new} ")
