"""The pytest plugin: ``--impl`` and its options, the checks, and the report at the end.

It is loaded in every run of an environment that has the kit: it imports no implementation and says nothing unless the
run has checks of the kit in it.
"""

from __future__ import annotations

from pathlib import Path
from random import randrange
from typing import TYPE_CHECKING, Any

import pytest

from .items import CHECKS, SEARCH, Check, Checks, by_class, in_order
from .options import add_options, is_worker, session_key, start

if TYPE_CHECKING:
    from .record import Record


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    global _config
    _config = config
    if config.option.optimspec_seed is None:  # before workers are given the options
        config.option.optimspec_seed = randrange(10**6)
    if config.getoption("impl") is not None and not is_worker(config):
        start(config)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The search lane is not there unless asked for."""
    if collection_path == SEARCH and not config.getoption("optimspec_fuzz"):
        return True
    return None


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Checks | None:
    if module_path.parent == CHECKS and module_path != SEARCH:
        return Checks.from_parent(parent, path=module_path)
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if any(isinstance(item, Check) for item in items):
        if not is_worker(config):
            start(config)
        in_order(items, isolated=config.getoption("optimspec_isolate"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Of runs of the kit that ask for nothing else."""
    asked = config.getoption("impl") is not None and config.getoption("dist") == "load"
    return by_class(config, log) if asked else None


def pytest_unconfigure(config: pytest.Config) -> None:
    if session_key in config.stash:
        config.stash[session_key].implementation.close()


def _recorded(report: pytest.TestReport) -> Record | None:
    if report.when != "call":  # what comes after a call has its properties, too
        return None
    written = next((value for name, value in getattr(report, "user_properties", ()) if name == "optimspec"), None)
    if written is None:
        return None
    from .record import read

    return read(written)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    recorded = _recorded(report)
    if recorded is None or recorded.word in ("pass", "fail"):
        return None
    word = recorded.word
    return ("failed" if word in ("dialect", "error") else word), word[0], word.upper()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count a verdict, and fold it; under pytest-xdist this is where the controller first hears of the kit."""
    recorded = _recorded(report)
    if recorded is None:
        return
    session = start(_config)
    session.record(recorded)
    report.longrepr = session.folding.told(recorded) or report.longrepr


_config: pytest.Config  # the hook above is not given one


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    conformance = session.config.stash.get(session_key, None)
    if conformance is None or is_worker(session.config):
        return
    conformance.finish("interrupted" if exitstatus == pytest.ExitCode.INTERRUPTED else _why_partial(session))
    if conformance.errors and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _why_partial(session: pytest.Session) -> str | None:
    """Why a run may have fewer checks than the specification calls for; None where it may not."""
    config = session.config
    if session.shouldstop or session.shouldfail:
        return "stopped"
    if config.option.collectonly or config.option.showfixtures or config.option.show_fixtures_per_test:
        return "nothing was run"
    for option, why in (("keyword", "-k"), ("markexpr", "-m"), ("lf", "--lf"), ("deselect", "--deselect")):
        if config.getoption(option, None):
            return why
    if any("::" in argument or "test_" in argument.replace("/", ".").rsplit(".", 2)[-1] for argument in config.args):
        return "some files"
    if any(argument.endswith(".py") for argument in config.args):
        return "some files"
    return None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    conformance = config.stash.get(session_key, None)
    if conformance is not None and not is_worker(config):
        terminalreporter.section(f"optimspec: {conformance.title}")
        if config.option.optimspec_fuzz:
            again = f"--optimspec-fuzz={config.option.optimspec_fuzz} --optimspec-seed={config.option.optimspec_seed}"
            terminalreporter.line(f"search: {again} draws the same scenarios again")
        for line in conformance.summary():
            terminalreporter.line(line)
