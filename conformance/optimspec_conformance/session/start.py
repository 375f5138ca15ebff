"""Starts the session of a run, once: on the first hook that needs it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from .options import is_worker

if TYPE_CHECKING:
    from .session import ConformanceSession

session_key = pytest.StashKey["ConformanceSession"]()
finished_key = pytest.StashKey[pytest.Session]()  # of pytest's session, when it has an exit code


def start(config: pytest.Config) -> ConformanceSession:
    """The session of this run. An implementation that cannot be tested is a usage error: one message, exit code 4."""
    if session_key not in config.stash:
        from ..implementations.ending import end_as_interrupted, ending
        from ..implementations.guard import watchdog
        from ..implementations.protocol import CannotTest
        from .session import ConformanceSession, Settings

        watchdog.report_to(os.dup(sys.__stderr__.fileno()) if sys.__stderr__ else 2)
        ending.guard()
        if not is_worker(config):
            end_as_interrupted()
        try:
            config.stash[session_key] = ConformanceSession.start(Settings.from_config(config))
        except CannotTest as error:
            raise pytest.UsageError(f"optimspec: {error}") from None
    return config.stash[session_key]
