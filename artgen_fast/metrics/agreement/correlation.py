"""Pearson's correlation where values may be missing."""

from __future__ import annotations

import numpy as np

from artgen_fast.array_types import Float64Array

_ROUNDING = 1e-12
"""Spread, relative to the largest value, below which values are equal but for the rounding of their sums."""


def pearson(x: Float64Array, y: Float64Array) -> float:
    """Pearson r over the places where both are finite; NaN where fewer than three are, or one of the two is constant.

    Of two places it would be 1 or -1, whatever is there.
    """
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < 3 or _is_constant(x) or _is_constant(y):
        return float("nan")
    dx, dy = x - x.mean(), y - y.mean()
    # No products of BLAS, whose threads go on spinning beside the kernels that are called next.
    covariance, in_x, in_y = (float(np.sum(product)) for product in (dx * dy, dx * dx, dy * dy))
    return float(np.clip(covariance / (np.sqrt(in_x) * np.sqrt(in_y)), -1, 1))


def _is_constant(values: Float64Array) -> bool:
    return bool(np.ptp(values) <= _ROUNDING * np.abs(values).max())
