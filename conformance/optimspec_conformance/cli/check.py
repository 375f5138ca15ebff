"""``optimspec check``: the kit's own pytest run."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from types import FrameType

import click
import pytest

from ..implementations.ending import GRACE
from ..session.exit_codes import INCOMPLETE, exit_code
from ..session.options import PROFILES
from .common import CommandError

LOOK = 0.5  # seconds between two looks at a run
PATIENCE = 2 * GRACE  # seconds for a run to end
PLUGINS = (
    "-p",
    "optimspec_conformance.plugin",
    "-p",
    "optimspec_conformance.session.exit_codes",
)  # in a bare checkout, too


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  optimspec check mypkg
  optimspec check path/to/adapter.py --report results.json --report page.html --report badge.svg
  optimspec check "cmd:node schedules.js"         a program in any language
  optimspec check mypkg --known-failures known.toml
  optimspec check mypkg --convention torch        where a class has PyTorch's convention, it is the one to follow
  optimspec check mypkg -k ExponentialLR -x       what pytest takes is passed on to it
  optimspec check mypkg -n auto                   on all processors, with pytest-xdist

\b
Exit codes: 0 conformant, or failing as known; 1 not conformant; 2 cannot be used; 3 interrupted, or a check
could not be carried out.""",
)
@click.argument("implementation", metavar="IMPLEMENTATION")
@click.option("--report", multiple=True, metavar="FILE", help="Write a .json record, an .html page or an .svg badge.")
@click.option("--known-failures", metavar="FILE.toml", help="Failures that are known, with their reasons.")
@click.option("--write-known-failures", metavar="FILE.toml", help="Write the failures of this run, to be filled in.")
@click.option(
    "--convention",
    multiple=True,
    metavar="NAME|CLASS=NAME",
    help="The convention that every class with it follows, such as torch, or single classes: Adagrad=torch,Adam=keras.",
)
@click.option("--profile", type=click.Choice(PROFILES), help="The classes to check (default: field, which is all).")
@click.option("--tier", metavar="TIER,…", help="The tiers to check: values, state, refusals (default: all).")
@click.argument("others", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST OPTIONS]...")
def check(
    implementation: str,
    report: tuple[str, ...],
    known_failures: str | None,
    write_known_failures: str | None,
    convention: tuple[str, ...],
    profile: str | None,
    tier: str | None,
    others: tuple[str, ...],
) -> None:
    """Check everything that IMPLEMENTATION provides."""
    if any(option.startswith(("-n", "--numprocesses")) for option in others) and find_spec("xdist") is None:
        raise CommandError("-n needs pytest-xdist, which is not installed: pip install 'optimspec[parallel]'")
    settings = {
        "known-failures": known_failures,
        "write-known-failures": write_known_failures,
        "profile": profile,
        "tier": tier,
    }
    options = [f"--optimspec-{name}={value}" for name, value in settings.items() if value is not None]
    options += [f"--optimspec-report={name}" for name in report]
    options += [f"--optimspec-convention={declared}" for declared in convention]
    command = [sys.executable, "-m", "pytest", *PLUGINS, "--pyargs", "optimspec_conformance"]
    with TemporaryDirectory() as folder:
        claim = Path(folder) / "claim"
        command += [f"--impl={implementation}", *options, *others, f"--optimspec-claim={claim}"]
        sys.exit(verdict(run_program(command, claim), claim))


def verdict(code: int, claim: Path) -> int:
    """The exit code that a run has claimed. Without a claim, only a usage error counts."""
    if claim.exists():
        return exit_code(int(claim.read_text(encoding="utf-8")))
    return exit_code(code) if code == pytest.ExitCode.USAGE_ERROR else INCOMPLETE


def run_program(command: list[str], claim: Path) -> int:
    """Run a program and return its exit code.

    Ctrl-C and SIGTERM are left to the program, which has a report to write. It is killed if it does not end after
    them, or after its claim.
    """
    process = subprocess.Popen(command)
    ends: list[float] = []  # when it is killed

    def terminate(number: int, frame: FrameType | None) -> None:
        ends.append(monotonic() + PATIENCE)
        process.terminate()

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        while True:
            with suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
                return process.wait(LOOK)
            if not ends and claim.exists():
                ends.append(monotonic() + PATIENCE)
            if ends and monotonic() > ends[0]:
                process.kill()
    finally:
        signal.signal(signal.SIGTERM, before)
