"""The line through the frequencies of things (alleles, motifs) in two sets, from exact sums of their counts."""

from __future__ import annotations

import math
from typing import NamedTuple

from artgen_fast.array_types import Int64Array


class Line(NamedTuple):
    """Linear agreement of synthetic with real frequencies."""

    r: float
    """Pearson correlation; NaN where the frequencies of either set do not vary."""
    slope: float
    """Ordinary least squares of synthetic on real frequency; NaN where the real ones do not vary."""
    intercept: float


class CountRegression:
    """Sums from which the line follows, in whole numbers, so that equal frequencies are seen to be equal.

    Parameters
    ----------
    n_real, n_synthetic : int
        Haplotypes that counts are of.
    """

    def __init__(self, n_real: int, n_synthetic: int) -> None:
        self.points = 0
        self._n = (n_real, n_synthetic)
        self._x = self._y = self._xx = self._yy = self._xy = 0

    def add(self, real: Int64Array, synthetic: Int64Array, points: int | None = None) -> None:
        """Add things by their counts in both sets, or only ``points`` of them where the others are in neither set."""
        self.points += len(real) if points is None else points
        self._x += int(real.sum())
        self._y += int(synthetic.sum())
        self._xx += int(real @ real)
        self._yy += int(synthetic @ synthetic)
        self._xy += int(real @ synthetic)

    def line(self) -> Line:
        """The line through everything that was added."""
        xx, yy = self.points * self._xx - self._x**2, self.points * self._yy - self._y**2
        xy = self.points * self._xy - self._x * self._y
        if xx == 0:
            return Line(math.nan, math.nan, math.nan)
        n_real, n_synthetic = self._n
        slope = xy / xx * (n_real / n_synthetic)
        intercept = (self._y / n_synthetic - slope * (self._x / n_real)) / self.points
        return Line(xy / math.sqrt(xx) / math.sqrt(yy) if yy else math.nan, slope, intercept)
