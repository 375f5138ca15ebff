"""A pytest plugin that gives a run the exit codes of the command line, which distinguish more than pytest's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..reports.run_result import NOTHING_JUDGED
from .options import is_worker
from .start import session_key

OK, NOT_CONFORMANT, USAGE, INCOMPLETE = 0, 1, 2, 3
BY_CLAIM = {"ERROR": INCOMPLETE, NOTHING_JUDGED: INCOMPLETE, "NOT CONFORMANT": NOT_CONFORMANT}
BY_PYTEST_CODE = {
    pytest.ExitCode.USAGE_ERROR: USAGE,
    pytest.ExitCode.INTERRUPTED: INCOMPLETE,
    pytest.ExitCode.NO_TESTS_COLLECTED: INCOMPLETE,
}


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """The claim decides, except for a usage error and Ctrl-C."""
    yield
    conformance = session.config.stash.get(session_key, None)
    if conformance is not None and not is_worker(session.config):
        session.exitstatus = BY_CLAIM.get(conformance.run_result.claim, session.exitstatus)


def exit_code(code: int) -> int:
    """The exit code of the command, from that of a pytest run with this plugin."""
    return BY_PYTEST_CODE.get(pytest.ExitCode(code), code) if code in list(pytest.ExitCode) else INCOMPLETE
