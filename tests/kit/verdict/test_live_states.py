"""A state that follows its object is rejected, also where its copy follows, too: no copy is the kit's to trust."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy_optim
import pytest
from optimspec_conformance.cases.committed import cases
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.verdict.judge import judge
from optimspec_conformance.verdict.known_failures import KnownFailures

State = dict[str, Any]


class Live(dict[str, Any]):
    """Reads as its object is now."""

    def __init__(self, read: Callable[[], State]) -> None:
        super().__init__(read())
        self.read = read

    def __getitem__(self, name: str) -> Any:
        return self.read()[name]

    def __deepcopy__(self, memo: object) -> Live:
        return self

    def __reduce__(self) -> Any:
        return dict, (self.read(),)


class LiveAdam(numpy_optim.Adam):
    def state_dict(self) -> State:
        return Live(super().state_dict)


class LiveSchedule(numpy_optim.ExponentialLR):
    def state_dict(self) -> State:
        return Live(super().state_dict)


def broken(cls: type[Any], name: str) -> set[str]:
    namespace = SimpleNamespace(**vars(numpy_optim) | {name: cls})
    implementation = NativeImplementation("it", namespace, precision="float64")
    mine = [case for case in cases() if case.subject == name and case.area == "state"]
    return {case.requirement for case in mine if judge(case, implementation, KnownFailures()).result == "fail"}


@pytest.mark.parametrize(
    ("cls", "name", "requirements"),
    [
        (numpy_optim.Adam, "Adam", set()),
        (numpy_optim.ExponentialLR, "ExponentialLR", set()),
        (LiveAdam, "Adam", {"STA-1", "STA-5", "STA-7", "STA-17"}),
        (LiveSchedule, "ExponentialLR", {"STA-1", "STA-5", "STA-7", "STA-8"}),
    ],
)
def test_what_a_state_follows_is_seen(cls: type[Any], name: str, requirements: set[str]) -> None:
    assert broken(cls, name) == requirements
