"""What pytest collects from the kit: for each module of ``checks`` the committed cases of its area."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .options import start

if TYPE_CHECKING:
    from .committed import CommittedCase

CHECKS = Path(__file__).parent / "checks"
SEARCH = CHECKS / "test_search.py"


class Checks(pytest.File):
    """The committed cases of an area, which the module of its name makes."""

    def collect(self) -> Iterator[Check]:
        from .committed import cases_of

        area = self.path.stem.removeprefix("test_")
        for case in cases_of(self.config.getoption("optimspec_profile")):
            if case.area == area:
                yield Check.from_parent(self, name=case.id, case=case)


class Check(pytest.Item):
    """A committed case, judged; the verdict goes into the report as the kit's own result word.

    It is no function with fixtures, which would take pytest longer than most cases take the kit.
    """

    def __init__(self, case: CommittedCase, **of_node: Any) -> None:
        super().__init__(**of_node)
        self.case = case

    def runtest(self) -> None:
        session = start(self.config)
        verdict = session.judge(self.case)
        session.reproduce(self.case, verdict)
        self.user_properties.append(("optimspec", session.recorded(self.case, verdict).written()))
        if verdict.word in ("fail", "dialect", "error"):
            pytest.fail(verdict.text)
        if verdict.word == "not provided":
            pytest.skip(verdict.text)
        if verdict.word in ("known failure", "advisory"):
            pytest.xfail(verdict.text)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict alone; pytest would read the sources of all frames."""
        if isinstance(excinfo.value, (pytest.fail.Exception, pytest.xfail.Exception)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"check {self.name}"


def in_order(items: list[pytest.Item], isolated: bool) -> None:
    """Sort checks as the committed cases are; those of a class together where each has a process of its own."""
    from .committed import cases

    place = {case.id: number for number, case in enumerate(cases())}
    checks = [item for item in items if isinstance(item, Check)]
    checks.sort(key=lambda check: (check.case.subject if isolated else "", place[check.case.id]))
    ordered = iter(checks)
    items[:] = [next(ordered) if isinstance(item, Check) else item for item in items]


def by_class(config: pytest.Config, log: Any) -> Any:
    """Of pytest-xdist, a scheduler that gives a worker whole classes: what one compiles, no other compiles again."""
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False  # the classes with the fewest checks, which would be last, take the longest

    class ByClass(LoadScopeScheduling):  # type: ignore[misc]  # of a package without annotations
        def _split_scope(self, nodeid: str) -> str:
            _, _, check = nodeid.partition(".py::")
            return check.split("/")[1] if check.count("/") == 2 else nodeid

    return ByClass(config, log)
