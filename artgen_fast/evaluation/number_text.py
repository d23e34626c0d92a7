"""Numbers in sentences."""

from __future__ import annotations

from artgen_fast.metrics.uncertainty.intervals import Interval


def number_text(value: float, digits: int = 2) -> str:
    """With a true minus sign, and none before zero."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def interval_text(interval: Interval, digits: int = 2) -> str:
    """Both ends in brackets."""
    return f"[{number_text(interval.low, digits)}, {number_text(interval.high, digits)}]"


def percent_text(share: float, digits: int = 0) -> str:
    """A share in percents, whole ones unless more digits are asked for."""
    return f"{100 * share:.{digits}f} %"


def percents_text(interval: Interval, digits: int = 0) -> str:
    """Both ends of an interval of a share."""
    return f"[{percent_text(interval.low, digits)}, {percent_text(interval.high, digits)}]"


def p_text(value: float, permutations: int | None = None) -> str:
    """A p-value to one or two digits; the smallest that permutations can give is marked as a bound."""
    if permutations is not None and value <= 1 / (1 + permutations):
        return f"p ≤ {value:.2g}"
    return "p < 0.0001" if value < 0.0001 else f"p = {value:.2g}"
