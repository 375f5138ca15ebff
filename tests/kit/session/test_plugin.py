"""The plugin as a user meets it: pytest in a process of its own, on small modules, its exit code and what it prints."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from optimspec_conformance import specification
from optimspec_conformance.cases import committed
from optimspec_conformance.classes.catalogue import DEFINITIONS
from runs import EXPONENTIAL, FAILED, KIT, MOVES_TWO, OK, ONE_CLASS, ROOT, USAGE, kit, kit_on, message, pytest_in

DEFAULT_GAMMA = f"{EXPONENTIAL}::EXP-2/ExponentialLR/default-gamma"
TOTAL = len(committed.cases())

WRONG_DEFAULT = """
import numpy_optim
from numpy_optim import ParamState

class ExponentialLR(numpy_optim.ExponentialLR):
    def __init__(self, gamma=0.9, **others):
        super().__init__(gamma=gamma, **others)
"""
WRONG_REFUSAL = """
import numpy_optim
from numpy_optim import ParamState

class ExponentialLR(numpy_optim.ExponentialLR):
    def __init__(self, gamma=0.95, **others):
        if gamma in (-0.5, 0.0, 1.0, 1.5):
            raise TypeError(f"gamma is {gamma}")
        super().__init__(gamma=gamma, **others)
"""
ENTRY = """
[[failure]]
requirement = "EXP-4"
classes = ["ExponentialLR"]
reason = "It raises TypeError."
link = "https://example.org/1"
counterexamples = [{check = "EXP-4/ExponentialLR/gamma=1.5", observed = "error: TypeError: gamma is 1.5"}]
reproduction = "m.ExponentialLR(gamma=1.5)"
"""
OF_STEPS = ENTRY.replace("EXP-4/ExponentialLR/gamma=1.5", "SCH-3/ExponentialLR/one-by-one").replace("EXP-4", "SCH-3")


# ----------------------------------------------------------------------------------- what can be used, and what not


def test_a_name_that_means_nothing_gets_one_line_that_lists_what_was_tried(tmp_path: Path) -> None:
    line = message(kit(tmp_path, "nosuch"))
    for part in (
        "'nosuch'",
        "built-in adapters",
        "braintools",
        "optimspec.implementations",
        "importable module",
        ".py",
    ):
        assert part in line


def test_an_empty_name_does_not_mean_the_default(tmp_path: Path) -> None:
    """A shell variable that is not set would make the reference pass in place of somebody's package."""
    assert pytest_in(tmp_path, *KIT, "--impl=", "-k", "EXP-2").code == USAGE


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert str(Path("adapters", "nosuch.py")) in message(kit(tmp_path, "adapters/nosuch.py"))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param("raise RuntimeError('no device')", "RuntimeError: no device", id="raises"),
        pytest.param("raise SystemExit(3)", "SystemExit: 3", id="exits"),
        pytest.param("def f(:", "SyntaxError", id="is no Python"),
        pytest.param("import my", "ModuleNotFoundError: No module named 'my'", id="lacks a module of a similar name"),
        pytest.param("import mypkg.sub", "ModuleNotFoundError", id="lacks a part of its own"),
        pytest.param("def implementation(): return 1 / 0", "provides none of the classes", id="is no adapter by name"),
        pytest.param("", "provides none of the classes", id="is empty"),
    ],
)
def test_a_module_that_cannot_be_used_gets_one_line_that_says_why(tmp_path: Path, source: str, said: str) -> None:
    line = message(kit_on(tmp_path, source))
    assert "mypkg" in line
    assert said in line


def test_a_module_with_none_of_the_classes_is_told_their_names(tmp_path: Path) -> None:
    line = message(kit_on(tmp_path, "class Exponential: ..."))
    assert all(name in line for name in DEFINITIONS)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param("def implementation(): return 1 / 0", "ZeroDivisionError", id="raises"),
        pytest.param(
            "def implementation(): return None", "must return a NativeImplementation, got None", id="returns nothing"
        ),
        pytest.param("import nosuch", "No module named 'nosuch'", id="lacks its library"),
    ],
)
def test_an_adapter_that_cannot_be_used_gets_one_line_that_says_why(tmp_path: Path, source: str, said: str) -> None:
    (tmp_path / "adapter.py").write_text(source, encoding="utf-8")
    line = message(kit(tmp_path, "adapter.py"))
    assert "adapter.py" in line
    assert said in line


def test_a_file_is_an_adapter(here: Path) -> None:
    source = """
import types
import numpy_optim
from optimspec_conformance.native import NativeImplementation

def implementation():
    namespace = types.SimpleNamespace(ExponentialLR=numpy_optim.ExponentialLR)
    return NativeImplementation("mylib", namespace, numpy_optim.ParamState, "float64", version="9.8")
"""
    (here / "adapters").mkdir()
    (here / "adapters" / "mylib_adapter.py").write_text(
        "import sys; sys.path.insert(0, '.')\n" + source, encoding="utf-8"
    )

    run = kit(here, "adapters/mylib_adapter.py", "-k", "EXP")

    assert run.code == OK, run.text
    assert run.report.startswith(f"mylib 9.8, float64, specification {specification.version()} ")
    assert run.count("pass") > 0


def test_a_file_with_the_native_api_needs_no_adapter(here: Path) -> None:
    (here / "native.py").write_text(ONE_CLASS, encoding="utf-8")
    run = kit(here, str(here / "native.py"), "-k", "EXP-1")
    assert run.code == OK, run.text
    assert run.report.startswith("native ")


def test_the_reference_is_the_default(tmp_path: Path) -> None:
    run = pytest_in(tmp_path, *KIT, "-k", "EXP-2")
    assert run.code == OK, run.text
    assert run.report.startswith("optimspec ")


def test_a_precision_can_be_declared(here: Path) -> None:
    run = kit(here, "numpy_optim", "-k", "EXP-2", "--optimspec-precision=float32")
    assert re.match(r"numpy_optim \S+, float32, ", run.report)


# ------------------------------------------------------------------------------------------- what a run may claim


def test_a_wrong_step_is_not_conformant(here: Path) -> None:
    run = kit_on(here, MOVES_TWO)
    assert run.code == FAILED
    assert run.count("fail") > 0
    assert run.count("error") == 0
    assert run.closing.startswith(f"{TOTAL} checks: ")
    assert run.claim == "NOT CONFORMANT"


def test_a_failure_says_its_requirement_and_shows_no_frames_of_the_kit(here: Path) -> None:
    run = kit_on(here, WRONG_DEFAULT, "-k", "EXP-2")
    requirement = specification.requirements()["EXP-2"]
    assert run.code == FAILED
    assert f"EXP-2  {requirement.sentence}" in run.out
    assert f"spec/{requirement.page}#EXP-2" in run.out
    assert re.search(r"expected +0\.285\b", run.out)
    assert re.search(r"observed +0\.27\b", run.out)
    assert "import mypkg as m" in run.out
    assert not re.search(r"^\S+\.py:\d+", run.out, re.MULTILINE)


def test_classes_that_are_not_there_are_counted_and_hide_no_check(here: Path) -> None:
    run = kit_on(here, ONE_CLASS)
    assert run.code == OK, run.text
    assert run.count("not provided") > 0
    assert run.count("pass") > 0
    assert run.count("pass") + run.count("not provided") == TOTAL
    assert run.claim == "CONFORMANT in what it provides"


def test_a_wrong_class_beside_others_that_are_not_there_is_not_conformant(here: Path) -> None:
    run = kit_on(here, WRONG_DEFAULT, "-k", "ExponentialLR or LinearLR")
    assert run.code == FAILED
    assert run.count("fail") > 0
    assert run.count("not provided") > 0
    assert run.claim == "NOT CONFORMANT"


def test_a_search_tells_its_seed_which_draws_the_same_again(here: Path) -> None:
    search = ("--optimspec-fuzz=30", "-k", "search and ExponentialLR")
    first = kit_on(here, MOVES_TWO, *search)
    assert first.code == FAILED
    (again,) = re.findall(r"^search: --optimspec-fuzz=30 (--optimspec-seed=\d+) draws", first.report, re.MULTILINE)
    second = kit_on(here, MOVES_TWO, *search, again)
    found = [re.findall(r'^\{"scheduler".+$', run.out, re.MULTILINE) for run in (first, second)]
    assert found[0] == found[1] != []


def test_a_search_alone_has_no_grid(here: Path) -> None:
    run = kit(here, "numpy_optim", "--optimspec-fuzz=1", "-k", "search and ExponentialLR")
    assert run.code == OK, run.text
    assert "passed of all checks" not in run.report
    assert run.closing.startswith("0 checks: ")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        pytest.param(["-k", "EXP"], "-k", id="-k"),
        pytest.param(["-m", "not slow"], "-m", id="-m"),
        pytest.param(["--deselect", DEFAULT_GAMMA], "--deselect", id="--deselect"),
    ],
)
def test_a_narrowed_run_is_partial(here: Path, arguments: list[str], why: str) -> None:
    run = kit_on(here, ONE_CLASS, *arguments)
    assert run.code == OK, run.text
    assert run.claim == f"PARTIAL ({why})"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([EXPONENTIAL], id="a file"),
        pytest.param([DEFAULT_GAMMA], id="a check"),
        pytest.param([str(Path(EXPONENTIAL).parent)], id="a folder"),
    ],
)
def test_a_run_of_some_files_is_partial(here: Path, arguments: list[str]) -> None:
    run = pytest_in(here, *arguments, "--impl=numpy_optim")
    assert run.code == OK, run.text
    assert run.count("pass") > 0
    assert run.claim == "PARTIAL (some files)"


def test_the_last_failures_alone_are_partial(here: Path) -> None:
    first = kit_on(here, WRONG_DEFAULT, "-k", "EXP-1 or EXP-2")
    assert (first.code, first.count("fail")) == (FAILED, 1)

    mended = kit_on(here, ONE_CLASS, "--lf")

    assert mended.code == OK, mended.text
    assert mended.count("pass") == 1
    assert mended.claim == "PARTIAL (--lf)"


def test_a_run_that_stops_at_a_failure_is_not_conformant(here: Path) -> None:
    run = kit_on(here, WRONG_DEFAULT, "-x")
    assert run.code != OK
    assert run.count("fail") == 1
    assert run.claim == "NOT CONFORMANT"


def test_a_run_that_selects_nothing_is_no_success(here: Path) -> None:
    run = kit_on(here, ONE_CLASS, "-k", "nosuch")
    assert run.code != OK
    assert "CONFORMANT" not in run.out


def test_a_listing_claims_nothing(here: Path) -> None:
    run = kit_on(here, ONE_CLASS, "--collect-only")
    assert run.code == OK, run.text
    assert "EXP-2/ExponentialLR/default-gamma" in run.out
    assert "CONFORMANT" not in run.out
    assert "ERROR" not in run.out


def test_vectors_other_than_those_of_the_manifest_are_refused(here: Path) -> None:
    copy = here / "lib" / "optimspec_conformance"
    shutil.copytree(committed.VECTORS.parent, copy, ignore=shutil.ignore_patterns("__pycache__", "spec"))
    shutil.copytree(ROOT / "spec", copy / "spec")
    vectors = copy / "vectors" / "schedulers" / "exponential.json"
    (here / "mypkg.py").write_text(ONE_CLASS, encoding="utf-8")
    whole = pytest_in(here, *KIT, "--impl=mypkg", path=here / "lib")
    assert (whole.code, whole.errors) == (OK, []), whole.text

    content = json.loads(vectors.read_text(encoding="utf-8"))
    content["cases"].pop()
    vectors.write_text(json.dumps(content), encoding="utf-8")
    run = pytest_in(here, *KIT, "--impl=mypkg", path=here / "lib")

    assert message(run) == "the golden vectors are not those of their manifest: install the kit again"


# ---------------------------------------------------------------------------------------------------------- tiers


def test_a_run_of_some_tiers_speaks_for_those_alone(here: Path) -> None:
    run = kit_on(here, WRONG_REFUSAL, "--optimspec-tier=state,values")
    assert run.code == OK, run.text
    assert run.claim == "CONFORMANT in what it provides, tiers values, state"
    assert re.search(r"^values: conformant, (\d+) of \1; state: conformant, (\d+) of \2$", run.report, re.MULTILINE)

    refusals = kit_on(here, WRONG_REFUSAL, "--optimspec-tier=refusals")
    assert (refusals.code, refusals.claim) == (FAILED, "NOT CONFORMANT")
    assert "refusals: 4 deviations of 1 cause" in refusals.report


def test_a_tier_that_there_is_not_is_refused_with_those_that_there_are(here: Path) -> None:
    run = kit_on(here, ONE_CLASS, "--optimspec-tier=values,speed")
    assert run.code == USAGE
    assert "speed: the tiers are values, state, refusals" in run.text


def test_a_run_with_many_failures_shows_the_first_ones_and_the_causes_of_all(here: Path) -> None:
    run = kit_on(here, MOVES_TWO)
    assert run.count("fail") > 50
    assert run.failures.count("import mypkg as m") < 5
    assert len(run.out.splitlines()) <= 150
    assert "causes, how many checks each fails" in run.report


# ------------------------------------------------------------------------------------------------- known failures


def known(directory: Path, text: str) -> str:
    (directory / "known.toml").write_text(text, encoding="utf-8")
    return "--optimspec-known-failures=known.toml"


def test_a_failure_that_is_known_is_told_and_forgiven(here: Path) -> None:
    run = kit_on(here, WRONG_REFUSAL, known(here, ENTRY))
    assert run.code == OK, run.text
    assert (run.count("fail"), run.count("known failure")) == (0, 4)
    assert run.claim == "NOT CONFORMANT, as known"


def test_a_failure_that_is_known_of_one_requirement_hides_no_other(here: Path) -> None:
    run = kit_on(here, MOVES_TWO, known(here, OF_STEPS), "-k", "ExponentialLR")
    assert run.code == FAILED
    assert run.count("known failure") > 0
    assert run.count("fail") > 0
    assert run.claim == "NOT CONFORMANT"


def test_a_failure_that_is_listed_and_passes_is_an_error(here: Path) -> None:
    run = kit_on(here, ONE_CLASS, known(here, ENTRY))
    assert run.code == FAILED
    assert run.errors == ["known failure EXP-4 of ExponentialLR passes: take it off the list"]
    assert run.claim == "ERROR"


def test_a_list_that_cannot_be_right_is_refused(here: Path) -> None:
    line = message(kit_on(here, ONE_CLASS, known(here, ENTRY.replace("EXP-4", "EXP-99"))))
    assert "known.toml: entry 1, line 2: no requirement EXP-99" in line


def test_a_list_that_is_not_there_is_refused(here: Path) -> None:
    assert "nosuch.toml: cannot be read" in message(kit_on(here, ONE_CLASS, "--optimspec-known-failures=nosuch.toml"))


# --------------------------------------------------------------------------------------------- beside other things


def test_checks_run_in_the_order_of_the_committed_cases(here: Path) -> None:
    collected = kit(here, "numpy_optim", "--collect-only").out
    found = re.findall(r"^(\S+\.json)::([A-Z]+-\d+/.+)$", collected, re.MULTILINE)
    assert [id_ for _, id_ in found] == [case.id for case in committed.cases()]
    files = {path.relative_to(committed.VECTORS).as_posix(): path.read_text("utf-8") for path in committed.files()}
    assert all(f'"id": "{id_}"' in files["/".join(path.split("/")[-2:])] for path, id_ in found)
    places = [committed.FOLDERS.index(DEFINITIONS[case.subject].folder) for case in committed.cases()]
    assert places == sorted(places)


def test_the_plugin_is_not_seen_in_other_runs(tmp_path: Path) -> None:
    source = """
import sys

def test_nothing_was_imported(request):
    assert "optimspec_conformance.plugin" in sys.modules
    assert not {"numpy", "jax", "optimspec", "optimspec_conformance.session.session"} & set(sys.modules)
    assert not request.config.getoption("impl")
"""
    (tmp_path / "test_other.py").write_text(source, encoding="utf-8")
    run = pytest_in(tmp_path, "test_other.py", "-W", "error", "--strict-markers", "--strict-config")
    assert run.code == OK, run.text
    assert run.report == ""
    assert run.out.splitlines()[-1].startswith("1 passed")


def test_a_checkout_runs_by_its_folder(here: Path) -> None:
    run = pytest_in(here, str(ROOT / "conformance"), "--impl=numpy_optim", "-k", "EXP-1")
    assert run.code == OK, run.text
    assert run.claim == "PARTIAL (-k)"


def test_a_checkout_runs_where_the_kit_is_not_installed() -> None:
    """Without the paths of editable installs, and without the entry point: conformance/conftest.py loads the plugin."""
    command = [sys.executable, "-S", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run(
        [*command, "conformance", "--impl=numpy_optim", "-k", "EXP-1"],
        cwd=ROOT,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path(pytest.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == OK, result.stdout + result.stderr
    assert "0 error: PARTIAL (-k)" in result.stdout
