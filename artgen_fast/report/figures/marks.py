"""Marks that several figures share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Float64Array
from artgen_fast.report.figures.layout import SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_SHADES = 5
SHADE = 0.34
"""Opacity of each, so that five of them are nearly opaque."""


_SPECK = 1e-5
"""Length of a speck, as a share of the widest range: far less than a hundredth of a point."""


def limits(values: npt.ArrayLike, *, margin: float = 0.04) -> tuple[float, float] | None:
    """Range of the finite values with a margin; none if there are none."""
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    if not len(finite):
        return None
    low, high = float(finite.min()), float(finite.max())
    space = margin * (high - low or 1)
    return low - space, high + space


def steps(axes: Axes, counts: npt.ArrayLike, edges: Float64Array, **settings: Any) -> None:
    """A histogram of whole numbers as shares of all counts per whole number.

    Bins that are not a whole number wide hold unequally many whole numbers: by width they would show a comb.
    """
    heights = np.asarray(counts, dtype=np.float64)
    held = np.maximum(np.ceil(edges[1:]) - np.ceil(edges[:-1]), 1)
    total = heights.sum()
    if total > 0:
        axes.stairs(heights / total / held, edges, **settings)


def cells(axes: Axes, first_edges: Float64Array, second_edges: Float64Array, counts: npt.ArrayLike,
          colour: str) -> None:  # fmt: skip
    """A table of counts as filled cells in up to five shades, each of a count several times the paler one's.

    A shade is one outline around all cells that hold at least so many, laid over the paler ones: small as SVG, without
    seams between neighbours.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    table = np.asarray(counts)
    if not table.size or table.max() < 1:
        return
    for least in shade_limits(table):
        column, bottom, top = _runs(table >= least)
        if not len(column):
            continue
        x, y = _widened(first_edges), _widened(second_edges)
        left, right, low, high = x[0][column], x[1][column], y[0][bottom], y[1][top]
        corners = [(left, low), (right, low), (right, high), (left, high), (left, low)]
        vertices = np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1).reshape(-1, 2)
        codes = np.tile([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], len(column))
        axes.add_artist(PathPatch(Path(vertices, codes), facecolor=colour, alpha=SHADE, linewidth=0))


def shade_limits(counts: npt.NDArray[np.integer[Any]]) -> Float64Array:
    """Least count of each shade, rising from 1."""
    most = int(counts.max(initial=2))
    limits: Float64Array = np.unique(np.ceil(np.geomspace(1, most, _SHADES + 1))[:-1])
    return limits


def _runs(held: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First index, and first and last second index, of every unbroken run of cells along the second axis."""
    change = np.diff(np.pad(held, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    column, begin = np.nonzero(change == 1)
    return column, begin, np.nonzero(change == -1)[1] - 1


def _widened(edges: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Both edges of every bin, a little outwards, so that neighbours overlap instead of leaving a hairline."""
    spare = 0.02 * np.diff(edges)
    return edges[:-1] - spare, edges[1:] + spare


def specks(axes: Axes, x: Float64Array, y: Float64Array, colour: str, width: float) -> None:
    """Small dots, all alike: a line of nearly no length with round ends is far smaller as SVG than a marker."""
    if len(x):
        nowhere = np.full(len(x), np.nan)
        # One of no length at all is left out of pixels.
        end = x + _SPECK * (np.ptp(x) or 1.0)
        axes.plot(
            np.stack([x, end, nowhere], axis=1).ravel(), np.stack([y, y, nowhere], axis=1).ravel(), color=colour,
            linewidth=width, solid_capstyle="round", snap=False,
        )  # fmt: skip


def row_labels(axes: Axes, labels: Sequence[str]) -> None:
    """Name the rows 0, 1, … of a chart from the top, at its left, without ticks: several times faster than ticks."""
    axes.set_yticks([])
    for row, label in enumerate(labels):
        axes.text(-0.02, row, label, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=SMALL)


def whisker(axes: Axes, value: float, low: float, high: float, y: float, colour: str) -> None:
    """A horizontal interval; nothing where it is not defined."""
    if np.isfinite(low) and np.isfinite(high) and np.isfinite(value):
        axes.plot([low, high], [y, y], color=colour, linewidth=1.6, solid_capstyle="round")
