"""The pytest plugin: ``--impl`` and its options, the checks, and the report at the end.

It is loaded in every pytest run of an environment that has the kit. It imports no implementation and prints nothing
unless the run contains checks of the kit.
"""

from __future__ import annotations

import gc
from pathlib import Path
from random import randrange
from typing import Any

import pytest

from .session.collection import (
    FAILED_SEARCH,
    PACKAGE,
    PROPERTY,
    SEARCH,
    SEARCH_COUNT,
    Check,
    VectorFile,
    belongs_to_kit,
    by_class,
    is_vector_file,
    run_in_one_phase,
    sort_checks,
)
from .session.options import add_options, is_worker
from .session.start import finished_key, session_key, start

PROVIDED = "optimspec-provided"  # by the implementation of a worker
SETTLED = "optimspec-settled"  # the options of a worker that are not on the command line


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    global _config
    _config = config
    if is_worker(config):
        vars(config.option).update(config.workerinput[SETTLED])  # type: ignore[attr-defined]  # xdist adds it
        return
    if config.option.optimspec_seed is None:
        config.option.optimspec_seed = randrange(10**6)
    if config.getoption("impl") is not None:
        config.option.optimspec_tier = start(config).tiers  # before checks are collected


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the search lane unless it is asked for."""
    if collection_path == SEARCH and not config.getoption("optimspec_fuzz"):
        return True
    return None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> VectorFile | None:
    return VectorFile.from_parent(parent, path=file_path) if is_vector_file(file_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if any(isinstance(item, Check) for item in items):
        if not is_worker(config):
            start(config)
        sort_checks(items, isolated=config.getoption("optimspec_isolate"))
        reporter = config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None and config.get_verbosity() == 0:
            reporter.showfspath = False


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give whole classes to each worker, unless ``--dist`` says otherwise."""
    use_classes = config.getoption("impl") is not None and config.getoption("dist") == "load"
    return by_class(config, log) if use_classes else None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A worker receives the command line; send it also the options that this process has settled."""
    node.workerinput[SETTLED] = {name: getattr(_config.option, name) for name in ("optimspec_seed", "optimspec_tier")}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Compare what a worker provides. One that died has sent nothing; its check is an error already."""
    provided = getattr(node, "workeroutput", {}).get(PROVIDED)
    if provided is not None:
        start(_config).compare_worker(node.gateway.id, provided)


def pytest_unconfigure(config: pytest.Config) -> None:
    if finished_key in config.stash:
        from .implementations.ending import ending

        ending.say(int(config.stash[finished_key].exitstatus))
    if session_key in config.stash:
        config.stash[session_key].close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    return run_in_one_phase(item) if isinstance(item, Check) else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In the reporting process: record a result, and decide how it is shown."""
    if is_worker(_config) or not belongs_to_kit(report.nodeid):
        return
    properties = dict(report.user_properties) if report.when == "call" else {}  # later phases have them, too
    if SEARCH_COUNT in properties:
        start(_config).run_result.search_counts.append(str(properties[SEARCH_COUNT]))
    if FAILED_SEARCH in properties:
        start(_config).run_result.failed_searches.append(str(properties[FAILED_SEARCH]))
    text = properties.get(PROPERTY)
    if text is None:
        if report.failed and FAILED_SEARCH not in properties:
            crash = getattr(report.longrepr, "reprcrash", None)
            start(_config).record_failure(report.nodeid, crash.message if crash else str(report.longrepr))
        return
    from .reports.check_result import CheckResult

    result = CheckResult.from_json(str(text))
    session = start(_config)
    session.record(result)
    shown = session.shows(result, len(str(report.longrepr).splitlines()))
    vars(report)["check_status"] = _status(str(result.result), shown, session.run_result.count())


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    return vars(report).get("check_status")


def _status(result: str, shown: bool, number: int) -> tuple[str, str, str]:
    """The category of a result, its sign of progress, a dot for a hundred checks, and its word for ``-v``."""
    failed = "failed" if shown else "more failed"
    category = {"pass": "passed", "fail": failed, "convention": failed, "error": failed}.get(result, result)
    return category, "." * (number % 100 == 0), {"pass": "PASSED", "fail": "FAILED"}.get(result, result.upper())


_config: pytest.Config  # for the hooks that receive no config


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    conformance = session.config.stash.get(session_key, None)
    if conformance is None:
        return
    gc.freeze()  # nothing that an implementation left behind is destroyed while the run reports
    if is_worker(session.config):
        session.config.workeroutput[PROVIDED] = conformance.provided  # type: ignore[attr-defined]  # xdist adds it
        return
    from .session.exit_codes import agreeing

    conformance.finish("interrupted" if exitstatus == pytest.ExitCode.INTERRUPTED else _partial_reason(session))
    session.exitstatus = agreeing(conformance.run_result, session.exitstatus)
    session.config.stash[finished_key] = session


def _partial_reason(session: pytest.Session) -> str | None:
    """The reason why a run may have fewer checks than the specification calls for; None if it may not."""
    config = session.config
    if session.shouldstop or session.shouldfail:
        return "stopped"
    if config.option.collectonly or config.option.showfixtures or config.option.show_fixtures_per_test:
        return "nothing was run"
    for option, reason in (("keyword", "-k"), ("markexpr", "-m"), ("lf", "--lf"), ("deselect", "--deselect")):
        if config.getoption(option, None):
            return reason
    return "some files" if any(map(_selects_part, config.args)) else None


def _selects_part(argument: str) -> bool:
    """Whether an argument names a part of the kit: a check, a file, or a folder or module inside its package."""
    path = Path(argument.partition("::")[0])
    inside = path.suffix in (".json", ".py") or PACKAGE in path.resolve().parents
    return "::" in argument or inside or argument.startswith(f"{PACKAGE.name}.")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    conformance = config.stash.get(session_key, None)
    if conformance is not None and not is_worker(config):
        from .reports.summary import summary

        terminalreporter.section(f"optimspec: {conformance.run_result.title}")
        if config.option.optimspec_fuzz:
            options = f"--optimspec-fuzz={config.option.optimspec_fuzz} --optimspec-seed={config.option.optimspec_seed}"
            terminalreporter.line(f"search: {options} draws the same scenarios again")
        for line in summary(conformance.run_result):
            terminalreporter.line(line)
