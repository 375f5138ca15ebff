"""Cases under conventions: what follows one passes, and some cases are others."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest
from optimspec_conformance.cases.committed import cases
from optimspec_conformance.cases.conventions import Withdrawn, under
from optimspec_conformance.classes.catalogue import DEFINITIONS, conventions
from optimspec_conformance.classes.conventions import of_class
from optimspec_conformance.verdict.judge import judge
from optimspec_conformance.verdict.known_failures import KnownFailures
from wrong import Wrong

ALL = [(name, convention.name) for name in DEFINITIONS for convention, _ in conventions(name)]
FEW = 0.15  # of the checks of a class may be withdrawn: those that walk beyond an end that is refused


@pytest.mark.parametrize(("name", "convention"), ALL)
def test_what_follows_a_declared_convention_passes_every_check(name: str, convention: str) -> None:
    following = Wrong(conventions={name: convention})
    mine = [case for case in cases() if case.subject == name]
    verdicts = [judge(case, following, KnownFailures()) for case in mine]
    results = Counter(str(verdict.result) for verdict in verdicts)
    assert results.keys() <= {"pass", "withdrawn"}, [v.text for v in verdicts if v.result not in ("pass", "withdrawn")][
        :1
    ]
    assert results["withdrawn"] <= FEW * len(mine)
    assert {v.requirement for v in verdicts if "@" in v.requirement} <= {
        of_class(name, convention).requirement(case.requirement) for case in mine
    }


@pytest.mark.parametrize(("name", "convention"), ALL)
def test_a_case_is_another_under_each_convention(name: str, convention: str) -> None:
    followed, changed = under({name: convention}), 0
    for case in cases():
        if case.subject == name:
            with suppress(Withdrawn):
                changed += followed.case(case) is not case
    assert changed
