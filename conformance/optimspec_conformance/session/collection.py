"""What pytest collects: each vector file is a collector, each of its cases an item.

A node id begins with the file that holds the case: ``vectors/schedulers/step.json::STEP-1/StepLR/three-falls``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .start import start

if TYPE_CHECKING:
    from ..cases.committed import Entry

PACKAGE = Path(__file__).parents[1]
VECTORS = PACKAGE / "vectors"
PROPERTY = "optimspec"  # of a report: the result, as JSON
SEARCH_COUNT = "optimspec-search"  # of a report of the search lane: how many scenarios ran
FAILED_SEARCH = "optimspec-found"  # of such a report: the class in which a scenario differed
SEARCH = PACKAGE / "session" / "test_search.py"


def is_vector_file(path: Path) -> bool:
    return path.suffix == ".json" and path.parent.parent == VECTORS


def belongs_to_kit(nodeid: str) -> bool:
    """Whether a report is about a check, or a search."""
    path, _, name = nodeid.partition("::")
    if path.endswith(".json"):
        from ..cases.committed import positions

        return name in positions()
    return path.endswith(f"session/{SEARCH.name}")


class VectorFile(pytest.File):
    """The committed cases of one class."""

    def collect(self) -> Iterator[Check]:
        from ..cases.committed import belongs, by_file
        from ..specification import TIERS

        option = self.config.getoption
        for entry in by_file()[self.path]:
            if belongs(entry, option("optimspec_profile"), option("optimspec_tier") or TIERS):
                yield Check.from_parent(self, name=entry.id, entry=entry)


class Check(pytest.Item):
    """A committed case to judge. The report carries the result as a user property.

    Not a function with fixtures: setting these up would take pytest longer than most cases take to run.
    """

    def __init__(self, entry: Entry, **node_arguments: Any) -> None:
        super().__init__(**node_arguments)
        self.entry = entry
        self.extra_keyword_matches.add(entry.area)  # -k golden

    def runtest(self) -> None:
        from ..cases.committed import load

        result = start(self.config).run_check(load(self.entry.id))
        self.user_properties.append((PROPERTY, result.to_json()))
        match result.result:
            case "fail" | "convention" | "error":
                pytest.fail(result.text)
            case "not provided":
                pytest.skip(result.text)
            case "known failure" | "advisory":
                pytest.xfail(result.text)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict alone; pytest would read the sources of all frames."""
        if isinstance(excinfo.value, (pytest.fail.Exception, pytest.xfail.Exception)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"check {self.name}"


def run_in_one_phase(item: Check) -> bool | None:
    """Call and report, without setup and teardown: a check has none, and they would take longer than most checks.

    Returns None, for pytest's own three phases, if something may depend on them: markers, JUnit XML, ``--setup-show``.
    """
    options = item.config.option
    if options.xmlpath or options.setupshow or options.setuponly or next(item.iter_markers(), None) is not None:
        return None
    capture = item.config.pluginmanager.getplugin("capturemanager")

    def call() -> None:
        with capture.item_capture("call", item) if capture else nullcontext():
            item.runtest()

    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    interrupts = () if options.usepdb else (KeyboardInterrupt,)
    info = pytest.CallInfo.from_call(call, "call", reraise=(pytest.exit.Exception, *interrupts))
    report = hook.pytest_runtest_makereport(item=item, call=info)
    hook.pytest_runtest_logreport(report=report)
    if report.failed:
        hook.pytest_exception_interact(node=item, call=info, report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def sort_checks(items: list[pytest.Item], isolated: bool) -> None:
    """Sort checks in the order of the committed cases; by class first, if each class has its own process."""
    from ..cases.committed import positions

    checks = [item for item in items if isinstance(item, Check)]
    checks.sort(key=lambda check: (check.entry.subject if isolated else "", positions()[check.entry.id]))
    ordered = iter(checks)
    items[:] = [next(ordered) if isinstance(item, Check) else item for item in items]


def by_class(config: pytest.Config, log: Any) -> Any:
    """A pytest-xdist scheduler that gives whole classes to a worker, so that no two compile the same code."""
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False  # classes with the fewest checks take the longest, and would come last

    class ByClass(LoadScopeScheduling):  # type: ignore[misc]  # of a package without annotations
        def _split_scope(self, nodeid: str) -> str:
            path, _, _ = nodeid.partition("::")
            return path if path.endswith(".json") else nodeid

    return ByClass(config, log)
