"""The kit: a whole run, its own share of it, workers, the first failure, and what others pay for the plugin."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

import pytest

from .conftest import Measured, seconds

ROOT = Path(__file__).parents[1]
NUMPY = "examples/numpy_optim/__init__.py"
PLUGIN = "optimspec_conformance.plugin"
BROKEN = {
    "ExponentialLR": "def step(self, epoch=None):\n        super().step(epoch if epoch is None else epoch + 1)",
    "CosineAnnealingLR": "def load_state_dict(self, state):\n        pass",
    "MultiStepLR": "def get_last_lr(self):\n        return [super().get_last_lr()[0]] * len(self.base_lrs)",
    "SGD": "def step(self, grads):\n        pass",
    "RMSprop": "def add_param_group(self, states, **given):\n        self.register_trainable_weights(states)",
}


def run(*arguments: str, cwd: Path = ROOT, code: int = 0) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    path = {"PYTHONPATH": os.pathsep.join([str(ROOT / "examples"), os.environ.get("PYTHONPATH", "")])}
    path["PYTHONDONTWRITEBYTECODE"] = ""  # as on the machine of a user, who runs it again
    done = subprocess.run(command, cwd=cwd, env=os.environ | path, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize(
    ("implementation", "name", "bound"), [("optimspec", "the reference", 30), (NUMPY, "numpy", 10)]
)
def test_a_whole_run(measured: Measured, implementation: str, name: str, bound: float) -> None:
    measured(lambda: run("conformance", f"--impl={implementation}"), f"a whole run on {name}, serial", "s", bound)


def test_the_kits_own_share(measured: Measured) -> None:
    ran: list[int] = []

    def act() -> None:
        line = re.search(r"^(\d+) checks: (\d+) pass, 0 fail", run("conformance", "--impl=benchmarks/table.py"), re.M)
        assert line is not None
        ran.append(int(line[1]))

    measured(act, "a check, answered from a table", "ms", 1.44, value=lambda taken: 1000 * taken / ran[-1])


def test_isolation(measured: Measured) -> None:
    whole = ("conformance", f"--impl={NUMPY}")
    plain = seconds(lambda: run(*whole))
    what = "a whole run on numpy, each class isolated"
    measured(lambda: run(*whole, "--optimspec-isolate"), what, "of a plain one", 1.3, value=lambda taken: taken / plain)


def test_two_workers(measured: Measured) -> None:
    whole = ("conformance", "--impl=optimspec")
    serial = seconds(lambda: run(*whole))
    what = "a whole run on the reference with -n 2"
    measured(lambda: run(*whole, "-n", "2"), what, "of a serial one", 0.75, value=lambda taken: taken / serial)


def test_an_unrelated_run(measured: Measured, tmp_path: Path) -> None:
    """In processor seconds, which other programs disturb less than wall-clock time."""
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): ...\n", encoding="utf-8")
    alone, with_it = [], []
    for _ in range(15):
        alone.append(processor(lambda: run("-p", f"no:{PLUGIN}", cwd=tmp_path)))
        with_it.append(processor(lambda: run(cwd=tmp_path)))
    more = 1000 * (median(with_it) - median(alone))
    what = "an unrelated run, more with the plugin"
    measured(lambda: run(cwd=tmp_path), what, "ms", 30, value=lambda _: more)


def processor(act: Callable[[], object]) -> float:
    """The processor seconds that a command took."""
    before = getrusage(RUSAGE_CHILDREN)
    act()
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_first_failure(measured: Measured, tmp_path: Path) -> None:
    modules: Iterator[Path] = cycle(broken(tmp_path))
    stopped = ("conformance", "-x")
    measured(
        lambda: run(*stopped, f"--impl={next(modules)}", code=1), "the first failure, -x", "s", 3.0, rounds=len(BROKEN)
    )


def broken(folder: Path) -> list[Path]:
    """The numpy module with one method of one class that is wrong."""
    paths = []
    for name, method in BROKEN.items():
        text = f"import numpy_optim\nfrom numpy_optim import *\n\n\nclass {name}(numpy_optim.{name}):\n    {method}\n"
        (folder / f"{name.lower()}.py").write_text(text, encoding="utf-8")
        paths.append(folder / f"{name.lower()}.py")
    return paths


def test_the_site(measured: Measured, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path / "site")]
    measured(lambda: subprocess.run(command, cwd=ROOT, check=True), "mkdocs build", "s", 60)
