"""``optimspec check``: the kit's own pytest run."""

from __future__ import annotations

import sys

import click
import pytest

from ..plugin import session_key
from .common import INCOMPLETE, NOT_CONFORMANT, USAGE

PLUGIN = "optimspec_conformance.plugin"
UNFINISHED = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED)


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  optimspec check mypkg
  optimspec check path/to/adapter.py --report results.json --report page.html --report badge.svg
  optimspec check mypkg --known-failures known.toml
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
@click.option("--profile", type=click.Choice(["core", "extended"]), help="The classes to check (default: all).")
@click.argument("others", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST OPTIONS]...")
def check(
    implementation: str,
    report: tuple[str, ...],
    known_failures: str | None,
    write_known_failures: str | None,
    profile: str | None,
    others: tuple[str, ...],
) -> None:
    """Check everything that IMPLEMENTATION provides."""
    single = {
        "known-failures": known_failures,
        "write-known-failures": write_known_failures,
        "profile": profile,
    }
    options = [f"--optimspec-{name}={value}" for name, value in single.items() if value is not None]
    options += [f"--optimspec-report={name}" for name in report]
    claim = _Claim()
    kit = ["-p", PLUGIN, "--pyargs", "optimspec_conformance", f"--impl={implementation}"]
    code = pytest.main([*kit, *options, *others], plugins=[claim])
    sys.exit(exit_code(code, claim.said))


class _Claim:
    """A plugin that hears what a run claims."""

    said = ""

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        if session_key in config.stash:
            self.said = config.stash[session_key].claim()


def exit_code(code: int, claim: str) -> int:
    """What a run of pytest and its claim mean here."""
    if code == pytest.ExitCode.USAGE_ERROR:
        return USAGE
    if claim == "ERROR":
        return INCOMPLETE
    if claim == "NOT CONFORMANT":
        return NOT_CONFORMANT
    return INCOMPLETE if code in UNFINISHED else int(code)
