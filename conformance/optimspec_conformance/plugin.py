"""The pytest plugin: ``--impl`` and its options, the checks' fixtures, and the report at the end.

It is loaded in every run of an environment that has the kit: it imports no implementation and says nothing unless the
run has checks of the kit in it.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from random import randrange
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .committed import CommittedCase
    from .record import Record
    from .session import ConformanceSession

DEFAULT = "optimspec"
CHECKS = Path(__file__).parent / "checks"
REPORTS = (".json", ".html", ".svg")
session_key = pytest.StashKey["ConformanceSession"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("optimspec", "conformance kit of optimspec")
    group.addoption(
        "--impl",
        metavar="NAME",
        help="the implementation to check: a built-in adapter (braintools, keras, optax, torch), an entry point of the "
        f"group optimspec.implementations, path/to/adapter.py, an importable module (default: {DEFAULT}), or a program "
        "in any language: cmd:PROGRAM ARGS",
    )
    group.addoption(
        "--optimspec-known-failures",
        metavar="FILE.toml",
        help="failures that are known, with their reasons; one that is listed and passes is an error",
    )
    group.addoption(
        "--optimspec-write-known-failures",
        metavar="FILE.toml",
        help="write the failures of this run to FILE; reasons and links that it has are kept, and new ones to fill in",
    )
    group.addoption(
        "--optimspec-report",
        action="append",
        default=[],
        type=_report,
        metavar="FILE.json|.html|.svg",
        help="write the results to FILE: a record, a page, or a badge; may be given several times",
    )
    group.addoption(
        "--optimspec-precision",
        choices=("float32", "float64"),
        help="the precision of the implementation's rates (default: what they show)",
    )
    group.addoption(
        "--optimspec-profile",
        choices=("core", "extended"),
        default="extended",
        help="the classes that are checked: those of the profile core, or all (default)",
    )
    group.addoption(
        "--optimspec-time-limit",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="a check that takes longer fails (default: 10; 0 for no limit); as much again for every thousand steps",
    )
    group.addoption(
        "--optimspec-isolate",
        action="store_true",
        help="each class in a process of its own, which survives a hang in C and a crash of the interpreter",
    )
    group.addoption(
        "--optimspec-repro",
        metavar="DIR",
        help="write each failure to DIR, as a program that shows it without the kit",
    )
    group.addoption(
        "--optimspec-fuzz",
        type=int,
        default=0,
        metavar="N",
        help="search, too: N random scenarios a class, compared with the oracle after every operation",
    )
    group.addoption(
        "--optimspec-seed",
        type=int,
        metavar="N",
        help="the seed of the search (default: a new one, which the report tells)",
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds >= 0:
        raise ValueError(f"{text} s")
    return seconds or math.inf


def _report(name: str) -> str:
    if Path(name).suffix not in REPORTS:
        raise argparse.ArgumentTypeError(f"{name}: a report is a file that ends in {', '.join(REPORTS)}")
    return name


def pytest_configure(config: pytest.Config) -> None:
    global _config
    _config = config
    if config.option.optimspec_seed is None:  # before workers are given the options
        config.option.optimspec_seed = randrange(10**6)
    if config.getoption("impl") is not None and not is_worker(config):
        start(config)


def is_worker(config: pytest.Config) -> bool:
    """Of pytest-xdist; one that refused to start would leave the others waiting, so its checks say what is wrong."""
    return hasattr(config, "workerinput")


def start(config: pytest.Config) -> ConformanceSession:
    """The session of this run. What cannot be used is a usage error: one message, exit code 4."""
    if session_key not in config.stash:
        from .guard import report_crashes_to
        from .session import Choices, ConformanceSession, Unusable

        report_crashes_to(os.dup(sys.__stderr__.fileno()) if sys.__stderr__ else 2)
        choices = Choices(
            DEFAULT if config.getoption("impl") is None else config.getoption("impl"),
            config.invocation_params.dir,
            config.getoption("optimspec_precision"),
            config.getoption("optimspec_known_failures"),
            config.getoption("optimspec_profile"),
            config.getoption("optimspec_time_limit"),
            config.getoption("optimspec_isolate"),
            config.getoption("optimspec_repro"),
            tuple(config.getoption("optimspec_report")),
            config.getoption("optimspec_write_known_failures"),
        )
        try:
            config.stash[session_key] = ConformanceSession.start(choices)
        except Unusable as error:
            raise pytest.UsageError(f"optimspec: {error}") from None
    return config.stash[session_key]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The search lane is not there unless asked for."""
    if collection_path == CHECKS / "test_search.py" and not config.getoption("optimspec_fuzz"):
        return True
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.startswith(f"{__package__}.checks.") and "case" in metafunc.fixturenames:
        from .committed import cases_of

        area = metafunc.module.__name__.rsplit("test_", 1)[1]
        profile = metafunc.config.getoption("optimspec_profile")
        mine = [case for case in cases_of(profile) if case.area == area]
        metafunc.parametrize("case", mine, ids=[case.id for case in mine])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if any("verify" in getattr(item, "fixturenames", ()) for item in items):
        if not is_worker(config):
            start(config)
        if config.getoption("optimspec_isolate"):  # one process after the other
            items.sort(key=_subject)


def _subject(item: pytest.Item) -> str:
    case = item.callspec.params.get("case") if hasattr(item, "callspec") else None
    return "" if case is None else str(case.subject)


def pytest_unconfigure(config: pytest.Config) -> None:
    if session_key in config.stash:
        config.stash[session_key].implementation.close()


@pytest.fixture
def verify(request: pytest.FixtureRequest) -> Callable[[CommittedCase], None]:
    """Judge a case; the verdict goes into the report as the kit's own result word."""
    session = start(request.config)

    def verify(case: CommittedCase) -> None:
        verdict = session.judge(case)
        session.reproduce(case, verdict)
        request.node.user_properties.append(("optimspec", session.recorded(case, verdict).written()))
        if verdict.word in ("fail", "dialect", "error"):
            pytest.fail(verdict.text, pytrace=False)
        if verdict.word == "not provided":
            pytest.skip(verdict.text)
        if verdict.word in ("known failure", "advisory"):
            pytest.xfail(verdict.text)

    return verify


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
