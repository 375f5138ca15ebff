"""Reproduces the committed results of each implementation, in conformance/results.

``python tools/reproduce.py [NAME…]`` runs the kit on each, in a new environment with what NAME.txt pins, and writes
NAME.json. What NAME.nodeps.txt pins, if there is one, is installed without its dependencies. With ``--check`` it writes
nothing, and shows where a run differs from the committed file. Exit code 1 if one differs, or if a run is not whole or
has unknown failures; such a run is not written either.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "conformance/results"
KNOWN = ROOT / "conformance/known-failures"
LIBRARIES = ("braintools", "torch", "optax", "keras", "transformers", "timm", "schedulefree", "prodigyopt")
IMPLEMENTATIONS = {name: name for name in ("optimspec", *LIBRARIES)} | {
    "javascript": "cmd:node examples/javascript/schedules.js"
}
ALIKE = ["specification", "kit", "vectors", "profile", "claim", "counts", "conventions", "footer"]
LIMIT = 60  # seconds for a check: more than the kit's own limit, as a busy machine is not what is tested
SHOWN = 20  # differences of one report

Report = dict[str, Any]


class NotRun(Exception):
    """There is no report; the message says why."""


# ------------------------------------------------------------------------------------------------------------ to run


def environment(name: str, folder: Path) -> Path:
    """The Python of a new environment."""
    venv.create(folder / name, with_pip=True)
    python = folder / name / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for pinned, options in pins(name).items():
        if subprocess.run([*pip, *options, "-r", pinned], check=False).returncode:
            raise NotRun(f"what {pinned.relative_to(ROOT)} pins cannot be installed")
    return python


def pins(name: str) -> dict[Path, list[str]]:
    """The files that pin what is installed for an implementation, in this order, each with pip's other arguments."""
    alone = RESULTS / f"{name}.nodeps.txt"
    return {RESULTS / f"{name}.txt": ["-e", str(ROOT)]} | ({alone: ["--no-deps"]} if alone.exists() else {})


def run(name: str, python: Path, folder: Path) -> None:
    """Write the report of a run, which also says how it ended."""
    report, known = folder / f"{name}.json", KNOWN / f"{name}.toml"
    options = [f"--impl={IMPLEMENTATIONS[name]}", f"--optimspec-report={report}", f"--optimspec-time-limit={LIMIT}"]
    options += [f"--optimspec-known-failures={known}"] if known.exists() else []
    subprocess.run([python, "-m", "pytest", "conformance", "-q", "-n", "auto", *options], cwd=ROOT, check=False)


def read(path: Path) -> Report:
    if not path.is_file():
        raise NotRun(f"there is no report {path}")
    report: Report = json.loads(path.read_text(encoding="utf-8"))
    return report


# -------------------------------------------------------------------------------------------------------- to compare


def differences(committed: Report, new: Report) -> list[str]:
    """The differences between two reports.

    What may differ between machines is not compared: the environment, the worst errors, and the texts of failures.
    """
    before, now = compared(committed), compared(new)
    return [
        f"{part}: committed {before.get(part)}, found {now.get(part)}"
        for part in dict.fromkeys([*before, *now])
        if before.get(part) != now.get(part)
    ]


def compared(report: Report) -> dict[str, Any]:
    """What must be equal, by name: a version without a build's suffix, as in 2.13.0+cpu."""
    alike = {name: report[name] for name in ALIKE}
    alike["implementation"] = {name: value.partition("+")[0] for name, value in report["implementation"].items()}
    for entry in report["known_failures"]:
        alike[f"known failure {', '.join(entry['requirements'])} of {', '.join(entry['classes'])}"] = entry["reason"]
    for entry in report["results"]:
        alike[f"{entry['requirement']} of {entry['class']}"] = f"{entry['verdict']} {entry['counts']}"
    return alike


def sound(report: Report) -> bool:
    """Whether a run was whole, and conformant or failing as known."""
    claim = str(report["claim"])
    return report["footer"]["complete"] and (claim.startswith("CONFORMANT") or claim.endswith("as known"))


def settled(name: str, path: Path, check: bool) -> bool:
    """Compare a report with the committed one, or commit it. Returns whether all is well."""
    new, target = read(path), RESULTS / f"{name}.json"
    if check:
        parted = differences(read(target), new)
        print(f"{name}: {new['claim']}, {len(parted)} differences from {target.name}")
        print(*(f"  {line}\n" for line in parted[:SHOWN]), "  …\n" * (len(parted) > SHOWN), sep="", end="", flush=True)
        return sound(new) and not parted
    if sound(new):
        target.write_bytes(path.read_bytes())
    print(f"{name}: {new['claim']}, {'written' if sound(new) else 'not written'}", flush=True)
    return sound(new)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(IMPLEMENTATIONS)} (default: all)")
    parser.add_argument("--check", action="store_true", help="compare with the committed files, and write nothing")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--here", action="store_true", help="run in the environment that is active")
    where.add_argument("--found", type=Path, metavar="DIR", help="run nothing: the reports are in DIR")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.names) - set(IMPLEMENTATIONS)):
        parser.error(f"no results of {', '.join(unknown)}: there are {', '.join(IMPLEMENTATIONS)}")
    wrong = 0
    for name in arguments.names or IMPLEMENTATIONS:
        with TemporaryDirectory() as created:
            folder = arguments.found or Path(created)
            try:
                if arguments.found is None:
                    run(name, Path(sys.executable) if arguments.here else environment(name, folder), folder)
                wrong += not settled(name, folder / f"{name}.json", arguments.check)
            except NotRun as why:
                print(f"{name}: NOT RUN: {why}")
                wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
