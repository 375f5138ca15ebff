"""The precision with which rates were written: the error that their digits allow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..classes.definition import Array

NUMBER = re.compile(r"[+-]?(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?")
DOUBLE, SINGLE = 1e-9, 2e-6  # errors of a schedule computed in double or single precision, relative to its highest rate
DECIMAL = 7  # digits of which every number is one of single precision, but for rounding
FEW, USUAL = 10, 6  # so few different rates show little of how they were written; ``%g`` has six digits
SHORT = 2  # digits: few rates with no more may have been rounded, or be written in full


@dataclass(frozen=True)
class Printed:
    """The format of a column: a number of ``decimals``, of ``significant`` digits, or the less exact of both.

    None means that it is not limited. ``slack`` is the error of the computation, relative to the highest rate.
    The rates of a log may also be ``in_full``, not rounded: nothing shows which.
    """

    decimals: int | None = None
    significant: int | None = None
    slack: float = DOUBLE
    in_full: bool = False

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
        if self.slack == SINGLE:
            return "single precision"
        if self.significant is None:
            return f"{self.decimals} decimals"
        return f"{self.significant} digit{'s' * (self.significant != 1)}"


SINGLE_PRECISION = Printed(slack=SINGLE)


def printed(texts: Sequence[str]) -> Printed:
    """The format of some rates, as they stand in a file.

    If a number ends with a zero, such as 0.0300 or 3.0e-4, numbers were padded with zeros. Otherwise trailing zeros
    were dropped, and the longest number shows how many digits there may be.
    """
    parts = [match.groups() for text in texts if (match := NUMBER.fullmatch(text.strip()))]
    decimals = [len(fraction or "") for _, fraction, _ in parts]
    digits = max((len((whole + (fraction or "").rstrip("0")).lstrip("0")) for whole, fraction, _ in parts), default=0)
    in_powers = {exponent is not None for *_, exponent in parts}
    padded = any((fraction or "").endswith("0") and (len(fraction) > 1 or exponent) for _, fraction, exponent in parts)
    few = len(set(texts)) < FEW
    if padded and len(set(decimals)) == len(in_powers) == 1:
        form = Printed(significant=decimals[0] + 1) if in_powers == {True} else Printed(decimals=decimals[0])
    else:
        places = [len(fraction or "") - int(exponent or 0) for _, fraction, exponent in parts]
        form = Printed(max(places), digits, in_full=few and digits <= SHORT) if digits else Printed(significant=USUAL)
    if digits > (USUAL if few else DECIMAL) and _is_single(np.array([float(text) for text in texts]), form):
        return replace(form, slack=SINGLE)
    return form


def _is_single(rates: Array, form: Printed) -> bool:
    """Whether rates are numbers of single precision, each in a common format or in its own fewest digits."""
    single = rates.astype(np.float32)
    shortest = np.array([float(str(rate)) for rate in single])
    return bool((np.abs(single - rates) <= form.half_unit(rates)).all() or (shortest == rates).all())
