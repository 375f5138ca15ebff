"""The tolerance follows from the digits in the file."""

import numpy as np
import pytest
from optimspec_conformance.logs.printed import DOUBLE, SINGLE, Printed, printed

COSINE = 3e-4 * (1 + np.cos(np.pi * np.arange(100) / 100)) / 2


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([f"{rate:.6f}" for rate in COSINE], Printed(decimals=6)),
        ([f"{rate:.3e}" for rate in COSINE], Printed(significant=4)),
        ([f"{rate:.4g}" for rate in COSINE], Printed(significant=4, decimals=11)),
        (["0.000300", "0.000030"], Printed(decimals=6)),
        ([f"{rate:.1e}" for rate in COSINE], Printed(significant=2)),
        ([f"{rate:.0e}" for rate in COSINE], Printed(significant=1)),
        (["0.0003", "3e-05"], Printed(significant=1, decimals=5)),
        (["0.1", "0.03333", "0.01111"], Printed(significant=4, decimals=5)),
        (["0", "0"], Printed(significant=6)),
        (["0.0"], Printed(significant=6)),
        (["0.0000"], Printed(decimals=4)),
    ],
)
def test_the_format_of_a_column(texts: list[str], found: Printed) -> None:
    given = printed(texts)
    rates = np.array([float(text) for text in texts])
    np.testing.assert_array_equal(given.half_unit(rates), found.half_unit(rates))
    assert given.slack == DOUBLE


def test_all_digits_leave_nothing_open() -> None:
    found = printed([repr(rate) for rate in COSINE.tolist()])
    assert found.half_unit(COSINE).max() < 1e-18
    assert found.slack == DOUBLE


def test_single_precision_is_recognized_in_all_its_digits_or_in_its_own() -> None:
    single = COSINE.astype(np.float32)
    assert printed([repr(float(rate)) for rate in single]).slack == SINGLE
    assert printed([str(rate) for rate in single]).slack == SINGLE


def test_few_short_rates_may_be_rounded_or_in_full() -> None:
    assert printed(["0.0003", "3e-05"]).in_full
    assert not printed(["0.0003", "0.00025"] * 3 + [f"{rate:.1e}" for rate in COSINE]).in_full
    assert not printed(["0.0300", "0.0040"]).in_full


@pytest.mark.parametrize("form", [".7g", ".8g", ".9g", ".8e"])
def test_double_precision_is_not_taken_for_single(form: str) -> None:
    line = 3e-4 * (1 - np.arange(0, 10**6, 1000) / 10**6)
    for rates in (COSINE, line, line - 3e-10):
        assert printed([format(rate, form) for rate in rates]).slack == DOUBLE
    assert printed([format(rate, ".8g") for rate in COSINE.astype(np.float32)]).slack == SINGLE


def test_half_a_unit_is_that_of_the_last_digit() -> None:
    rates = np.array([0.03, 0.0004, 0.0])
    np.testing.assert_allclose(Printed(decimals=4).half_unit(rates), 0.5e-4)
    np.testing.assert_allclose(Printed(significant=3).half_unit(rates), [0.5e-4, 0.5e-6, 0])
