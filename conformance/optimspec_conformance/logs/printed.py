"""The precision with which rates were written: the error that their digits allow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..classes.definition import Array

NUMBER = re.compile(r"[+-]?(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?")
DOUBLE, SINGLE = 1e-9, 2e-6  # errors of a schedule computed in double or single precision, relative to its highest rate
SINGLE_DIGITS = 9  # enough to distinguish all numbers of single precision
FEW, USUAL = 10, 6  # fewer different rates do not show to how many digits they were rounded: ``%g`` has six
SHORT = 2  # digits: rates with no more were not rounded at all


@dataclass(frozen=True)
class Printed:
    """The format of a column: a number of ``decimals``, of ``significant`` digits, or the less exact of both.

    None means that it is not limited. ``slack`` is the error of the computation, relative to the highest rate.
    """

    decimals: int | None = None
    significant: int | None = None
    slack: float = DOUBLE

    def half_unit(self, rates: Array) -> Array:
        """Half a unit of the last digit of each rate."""
        unit = np.zeros(len(rates))
        if self.significant is not None:
            with np.errstate(divide="ignore"):
                exponent = np.floor(np.log10(np.abs(rates)))
            unit = np.where(rates == 0, 0, 10.0 ** (exponent - self.significant + 1))
        if self.decimals is not None:
            unit = np.maximum(unit, 10.0**-self.decimals)
        return unit / 2

    @property
    def words(self) -> str:
        """The format in words."""
        if self.significant is not None:
            return "single precision" if self.slack == SINGLE else f"{self.significant} digits"
        return "single precision" if self.decimals is None else f"{self.decimals} decimals"


SINGLE_PRECISION = Printed(slack=SINGLE)


def printed(texts: Sequence[str]) -> Printed:
    """The format of some rates, as they stand in a file.

    If a number ends with a zero, such as 0.0300, numbers were padded with zeros. Otherwise trailing zeros were dropped,
    and the longest number shows how many digits there may be.
    """
    parts = [match.groups() for text in texts if (match := NUMBER.fullmatch(text.strip()))]
    decimals = [len(fraction or "") for _, fraction, _ in parts]
    significant = [len((whole + (fraction or "")).lstrip("0")) for whole, fraction, _ in parts]
    places = [len(fraction or "") - int(exponent or 0) for _, fraction, exponent in parts]
    padded = any(fraction.endswith("0") and len(fraction) > 1 for _, fraction, _ in parts if fraction)
    in_powers = all(exponent is not None for *_, exponent in parts)
    if padded and not in_powers and all(exponent is None for *_, exponent in parts) and len(set(decimals)) == 1:
        return Printed(decimals=decimals[0])
    if padded and in_powers and len(set(decimals)) == 1:
        return Printed(significant=decimals[0] + 1)
    values = np.array([float(text) for text in texts])
    digits = max(significant, default=0)
    if digits > SINGLE_DIGITS and np.array_equal(values, values.astype(np.float32)):
        return SINGLE_PRECISION
    few = len(set(texts)) < FEW or digits <= SHORT
    slack = SINGLE if USUAL < digits <= SINGLE_DIGITS else DOUBLE
    if few and digits <= SHORT:
        return Printed(significant=USUAL, slack=slack)
    return Printed(decimals=max(places), significant=max(digits, USUAL) if few else digits, slack=slack)
