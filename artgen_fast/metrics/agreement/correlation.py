"""Pearson's correlation where values may be missing."""

from __future__ import annotations

import numpy as np

from artgen_fast.array_types import Float64Array


def pearson(x: Float64Array, y: Float64Array) -> float:
    """Pearson r over the places where both are finite; NaN where fewer than two are, or one of the two is constant."""
    both = np.isfinite(x) & np.isfinite(y)
    if np.count_nonzero(both) < 2:
        return float("nan")
    dx, dy = x[both] - x[both].mean(), y[both] - y[both].mean()
    scale = float(np.sqrt((dx @ dx) * (dy @ dy)))
    return float(dx @ dy) / scale if scale > 0 else float("nan")
