"""Pearson's correlation where values may be missing."""

from __future__ import annotations

import numpy as np

from artgen_fast.array_types import Float64Array

_ROUNDING = 1e-12
"""Spread, relative to the largest value, below which values are equal but for the rounding of their sums."""


def pearson(x: Float64Array, y: Float64Array) -> float:
    """Pearson r over the places where both are finite; NaN where fewer than two are, or one of the two is constant."""
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < 2 or _is_constant(x) or _is_constant(y):
        return float("nan")
    dx, dy = x - x.mean(), y - y.mean()
    return float(np.clip(dx @ dy / (np.sqrt(dx @ dx) * np.sqrt(dy @ dy)), -1, 1))


def _is_constant(values: Float64Array) -> bool:
    return bool(np.ptp(values) <= _ROUNDING * np.abs(values).max())
