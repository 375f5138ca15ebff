"""The distributions: what they hold, and the kit run from the wheel, without JAX and without a checkout."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from optimspec_conformance.cases.committed import cases

ROOT = Path(__file__).parents[2]


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that gets none of this run's own settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution, and from it, not from the checkout, the wheel."""
    target = tmp_path_factory.mktemp("dist")
    result = run(sys.executable, "-m", "build", "--no-isolation", "--outdir", target, ROOT, cwd=target)
    assert result.returncode == 0, result.stdout + result.stderr
    return target


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    (path,) = distributions.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a fresh environment with the wheel alone, without extras."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    result = run(python, "-m", "pip", "install", "--quiet", wheel, cwd=home)
    assert result.returncode == 0, result.stdout + result.stderr
    return python


def files(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def below(folder: Path, pattern: str) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob(pattern)}


def test_the_wheel_holds_every_page_of_the_specification(wheel: Path) -> None:
    pages = below(ROOT / "spec", "*.md")
    assert pages
    prefix = "optimspec_conformance/spec/"
    assert {name.removeprefix(prefix) for name in files(wheel) if name.startswith(prefix)} == pages


def test_the_wheel_holds_the_guides_to_the_vectors(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for path in ("docs/vectors.md", "docs/process-protocol.md", "LICENSE"):
            assert archive.read(f"optimspec_conformance/{Path(path).name}") == (ROOT / path).read_bytes()


@pytest.mark.parametrize(
    ("home", "pattern"),
    [
        ("reference/optimspec", "*.py"),
        ("reference/optimspec", "py.typed"),
        ("conformance/optimspec_conformance", "*.py"),
        ("conformance/optimspec_conformance", "py.typed"),
        ("conformance/optimspec_conformance/vectors", "*.json"),
        ("conformance/optimspec_conformance/reports", "*.html"),
        ("conformance/optimspec_conformance/reports", "*.json"),
    ],
)
def test_the_wheel_holds_both_packages(wheel: Path, home: str, pattern: str) -> None:
    package = Path(*Path(home).parts[1:])
    expected = {(package / name).as_posix() for name in below(ROOT / home, pattern)}
    assert expected
    assert expected <= files(wheel)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    """Not conformance/conftest.py, which would load the plugin a second time, and no tests of the project."""
    assert {name.split("/")[0] for name in files(wheel) if ".dist-info/" not in name} == {
        "optimspec",
        "optimspec_conformance",
    }
    assert not [name for name in files(wheel) if name.endswith("conftest.py") or "__pycache__" in name]


def test_the_wheel_registers_the_plugin_under_its_own_path(wheel: Path) -> None:
    """Then conformance/conftest.py, which loads it by the same name, does not load it twice."""
    (name,) = [name for name in files(wheel) if name.endswith(".dist-info/entry_points.txt")]
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(name).decode()
    assert "[pytest11]\noptimspec_conformance.plugin = optimspec_conformance.plugin\n" in text


def test_the_source_distribution_holds_the_whole_project(distributions: Path) -> None:
    (path,) = distributions.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    parts = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "mkdocs.yml", "pyproject.toml"}
    parts |= {
        "conformance/conftest.py",
        "tools/kill_matrix.py",
        "docs/index.md",
        "spec/index.md",
        "examples/numpy_optim/__init__.py",
    }
    assert parts | {Path(__file__).relative_to(ROOT).as_posix()} <= names


def test_the_environment_has_no_jax(python: Path, tmp_path: Path) -> None:
    result = run(python, "-c", "import jax", cwd=tmp_path)
    assert result.returncode == 1
    assert "No module named 'jax'" in result.stderr


def test_the_kit_runs_from_the_wheel_without_a_checkout(python: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path, dirs_exist_ok=True)

    where = run(
        python, "-c", "from optimspec_conformance import specification; print(specification.directory())", cwd=tmp_path
    )
    kit = [python, "-m", "pytest", "-p", "no:cacheprovider", "--pyargs", "optimspec_conformance", "--impl=numpy_optim"]
    result = run(*kit, cwd=tmp_path)

    assert Path(where.stdout.strip()).is_relative_to(python.parents[1])
    assert result.returncode == 0, result.stdout + result.stderr
    (closing,) = re.findall(r"^\d+ checks: .+$", result.stdout, re.MULTILINE)
    assert re.match(rf"{len(cases())} checks: [1-9]\d* pass, 0 fail, ", closing)
    assert re.search(r", 0 error: CONFORMANT\b", closing)


def test_without_jax_the_default_says_how_to_get_it(python: Path, tmp_path: Path) -> None:
    result = run(python, "-m", "pytest", "-p", "no:cacheprovider", "--pyargs", "optimspec_conformance", cwd=tmp_path)
    assert result.returncode == 4
    assert "optimspec cannot be used: ModuleNotFoundError: No module named 'jax'" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
