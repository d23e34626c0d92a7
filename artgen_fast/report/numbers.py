"""Numbers as a reader wants them: rounded, with their intervals, and a dash where there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from artgen_fast.evaluation.number_text import number_text, p_text

NONE = "–"
"""Shown in the place of a number that is not defined."""


class Ends(Protocol):
    """An interval's ends; either may be NaN."""

    @property
    def low(self) -> float:
        """Lower end."""

    @property
    def high(self) -> float:
        """Upper end."""


def number(value: float, digits: int = 2) -> str:
    """A number with fixed decimals and a true minus sign; never -0.00."""
    return number_text(value, digits) if math.isfinite(value) else NONE


def interval(ends: Ends, digits: int = 2) -> str:
    """An interval in brackets, not to be broken; empty where it is not defined."""
    if not (math.isfinite(ends.low) and math.isfinite(ends.high)):
        return ""
    return f"[{number(ends.low, digits)},\u00a0{number(ends.high, digits)}]"


def percent(value: float) -> str:
    """A share in percent, with a decimal where it is near 0 or 1 but not equal to it."""
    if not math.isfinite(value):
        return NONE
    if 0 < abs(value) < 0.0005:
        return "< 0.1 %"
    return f"{number(100 * value, 1 if 0 < value < 0.02 or 0.98 < value < 1 else 0)} %"


def percent_interval(ends: Ends) -> str:
    """An interval of shares in percent; empty where it is not defined, or where no draw differed from another."""
    if not (math.isfinite(ends.low) and math.isfinite(ends.high)) or ends.low == ends.high:
        return ""
    return f"[{percent(ends.low)}, {percent(ends.high)}]"


def p_value(value: float, permutations: int | None = None) -> str:
    """A p-value to one or two digits; the smallest that permutations can give is marked as a bound."""
    return p_text(value, permutations) if math.isfinite(value) else NONE


def count(value: int) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{value:,}".replace(",", "\u202f")


def base_pairs(value: float) -> str:
    """A distance between sites in its unit."""
    for unit, size in (("Mb", 1e6), ("kb", 1e3)):
        if value >= size:
            return f"{value / size:.9g} {unit}"
    return f"{value:.9g} bp"


def listed(names: Sequence[str]) -> str:
    """Names as a phrase: "a", "a and b", "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
