"""Few checks need what only some libraries with a class have."""

from __future__ import annotations

import pytest
from optimspec_conformance.cases.committed import cases
from optimspec_conformance.cases.extras import extras_of, needs

NEEDS = needs()
GENERAL = ("state", "groups", "time", "scaling")
AT_MOST, AT_MOST_SHARED = 1 / 5, 1 / 6


@pytest.mark.parametrize("name", NEEDS)
def test_at_most_one_check_in_five_needs_an_extra_of_the_class(name: str) -> None:
    assert NEEDS[name].own <= AT_MOST * NEEDS[name].checks


@pytest.mark.parametrize("name", NEEDS)
def test_few_checks_need_weight_decay_or_clipping(name: str) -> None:
    assert NEEDS[name].shared <= AT_MOST_SHARED * NEEDS[name].checks


@pytest.mark.parametrize("extra", ["amsgrad", "lr_decay", "centered", "nesterov", "momentum_decay"])
def test_an_extra_has_checks_of_its_own(extra: str) -> None:
    assert sum(entry.extras[extra] for entry in NEEDS.values()) >= 5


def test_the_first_sequences_of_a_class_need_no_extra() -> None:
    sequences = [case for case in cases() if case.area == "sequences" and not case.id.endswith("sequence-3")]
    assert sequences
    assert [case.id for case in sequences if extras_of(case)] == []
