"""Keep the failures that the guides show equal to those that the kit prints.

Each is the first failure of a real run on a package with one mistake. ``--check`` says which guide shows another one,
``--write`` puts the fresh one in its place.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FAILURE = re.compile(r"^_+ check .+ _+\n(?P<text>.+?)\n(?=[=_]{3})", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^[A-Z]+-\d+  .+?(?=\n```$)", re.MULTILINE | re.DOTALL)
FILE = re.compile(r'^```python title="(.+?)"\n(.+?)^```', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A guide, the files of the package that fails, and what is checked."""

    guide: str
    files: Callable[[], dict[str, str]]
    command: tuple[str, ...]


def step_lr(moved: int) -> dict[str, str]:
    """A package whose only class is a ``StepLR`` that is some steps ahead."""
    return {
        "mypkg.py": f"""import numpy_optim


class StepLR(numpy_optim.StepLR):
    def _rate(self, t, base):
        return super()._rate(max(t + {moved}, 0), base)
"""
    }


def rounding_decay() -> dict[str, str]:
    """The library of the tutorial, as it was before its cosine was a weighted mean."""
    files = dict(FILE.findall(read(ROOT / "docs/ten-minutes.md")))
    mended = "left * initial + (1 - left) * floor"
    assert mended in files["decay.py"]
    return files | {"decay.py": files["decay.py"].replace(mended, "floor + (initial - floor) * left")}


EXAMPLES = (
    Example("README.md", lambda: step_lr(1), ("mypkg", "-x")),
    Example("docs/failures.md", lambda: step_lr(-1), ("mypkg", "-x")),
    Example("docs/ten-minutes.md", rounding_decay, ("decay_adapter.py", "-k", "COS-3", "-x")),
)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def printed(example: Example) -> str:
    """The first failure of a run of ``optimspec check``."""
    with tempfile.TemporaryDirectory() as directory:
        for name, source in example.files().items():
            Path(directory, name).write_text(source, encoding="utf-8")
        path = os.pathsep.join(filter(None, [str(ROOT / "examples"), os.environ.get("PYTHONPATH")]))
        command = [sys.executable, "-m", "optimspec_conformance", "check", *example.command, "-p", "no:cacheprovider"]
        run = subprocess.run(
            command, cwd=directory, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
        )
    failure = FAILURE.search(run.stdout)
    if failure is None:
        raise SystemExit(f"{example.guide}: the run shows no failure\n{run.stdout}{run.stderr}")
    return failure["text"].rstrip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--check", action="store_true", help="exit with 1 if a guide shows another failure")
    choice.add_argument("--write", action="store_true", help="put the failures of today into the guides")
    check = parser.parse_args().check
    stale = 0
    for example in EXAMPLES:
        guide = ROOT / example.guide
        text, fresh = read(guide), printed(example)
        shown = SHOWN.findall(text)
        if len(shown) != 1:
            raise SystemExit(f"{example.guide}: it must show one failure")
        if shown != [fresh]:
            stale += 1
            print(f"{example.guide}: {'shows another failure than a run prints' if check else 'written'}")
            if not check:
                guide.write_text(text.replace(shown[0], fresh), encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
