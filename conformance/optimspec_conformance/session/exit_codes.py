"""Exit codes that agree with the claim; and a pytest plugin for the command line, whose codes distinguish more.

The plugin leaves the code in the file of ``--optimspec-claim``. A process that ended without one has said nothing,
whatever its own exit code is: an implementation may have ended it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..reports.run_result import NOTHING_JUDGED, RunResult
from ..scenarios.text import write_file
from .options import is_worker
from .start import finished_key, session_key

OK, NOT_CONFORMANT, USAGE, INCOMPLETE = 0, 1, 2, 3
BY_CLAIM = {"ERROR": INCOMPLETE, NOTHING_JUDGED: INCOMPLETE, "NOT CONFORMANT": NOT_CONFORMANT}
BY_PYTEST_CODE = {
    pytest.ExitCode.USAGE_ERROR: USAGE,
    pytest.ExitCode.INTERRUPTED: INCOMPLETE,
    pytest.ExitCode.NO_TESTS_COLLECTED: INCOMPLETE,
}


def agreeing(run: RunResult, code: int) -> int:
    """The exit code of pytest that agrees with the run's claim."""
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        return code
    if run.unwritten:
        return pytest.ExitCode.USAGE_ERROR
    passed = code != pytest.ExitCode.TESTS_FAILED
    return pytest.ExitCode.TESTS_FAILED if passed and run.claim in BY_CLAIM else code


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--optimspec-claim", help=argparse.SUPPRESS)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """The claim decides, except for a usage error, a file that cannot be written, and Ctrl-C before any failure."""
    yield
    conformance = session.config.stash.get(session_key, None)
    if conformance is not None and not is_worker(session.config) and not conformance.run_result.unwritten:
        session.exitstatus = BY_CLAIM.get(conformance.run_result.claim, session.exitstatus)


def pytest_unconfigure(config: pytest.Config) -> None:
    claim = config.getoption("optimspec_claim")
    if claim is not None and finished_key in config.stash and not is_worker(config):
        write_file(Path(claim), str(int(config.stash[finished_key].exitstatus)))


def exit_code(code: int) -> int:
    """The exit code of the command, from that of a pytest run with this plugin."""
    return BY_PYTEST_CODE.get(pytest.ExitCode(code), code) if code in list(pytest.ExitCode) else INCOMPLETE
