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
        (["0.0003", "3e-05"], Printed(significant=6)),  # so few rates do not show how they were rounded
        (["0.1", "0.03333", "0.01111"], Printed(decimals=5)),
        (["0", "0"], Printed(significant=6)),
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


def test_half_a_unit_is_that_of_the_last_digit() -> None:
    rates = np.array([0.03, 0.0004, 0.0])
    np.testing.assert_allclose(Printed(decimals=4).half_unit(rates), 0.5e-4)
    np.testing.assert_allclose(Printed(significant=3).half_unit(rates), [0.5e-4, 0.5e-6, 0])
