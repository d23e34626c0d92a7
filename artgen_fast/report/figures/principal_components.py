"""Each set over the real rows on the real rows' principal components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Float64Array
from artgen_fast.metrics.pca import PCAComparison
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width, square_height
from artgen_fast.report.figures.marks import specks
from artgen_fast.report.numbers import number
from artgen_fast.report.shown_sets import ShownSet, having

if TYPE_CHECKING:
    from matplotlib.axes import Axes


SHARES = (0.99, 0.9, 0.5)
"""Shares of the rows inside the areas and lines, outermost first."""

_WIDTHS = (0.8, 1.2, 1.7)

_EMPTY_CELLS = 3
"""Around the table, as far as smoothing reaches and one more, so that areas and lines end inside the frame."""


def principal_components(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw every set over the real rows, a row of panels for each pair of components, and one for the pooled axes."""
    compared = having(sets, lambda each: each.pca)
    if not compared:
        return None
    pairs = range(len(compared[0][1].real_axes.densities))
    width = panel_width(len(compared), len(pairs) + 1)
    panels = [_panel(each, pca.real_axes, which, width) for which in pairs for each, pca in compared]
    # Axes of the pool differ from set to set, so that one pair of them says what those of the real rows cannot.
    panels += [_panel(each, pca.joint_axes, 0, width, "pooled ") for each, pca in compared if pca.joint_axes.densities]
    return Figure(
        "principal-components",
        "Population structure",
        "The real rows (grey areas) and the set (coloured lines) on the real rows' principal components. The lines "
        "should follow the edges of the areas: grey outside them is people left out, colour outside the grey rows "
        "unlike any real one.",
        tuple(panels),
        details="Areas and lines hold 50, 90 and 99 % of the rows; dots are rows beyond the last line. Apart is the "
        "distance of the two distributions along each component (Wasserstein), in standard deviations; the share of "
        "the variance is in brackets. Pooled components are those of the real rows and the set together, which also "
        "show what the set alone varies in.",
    )


def _panel(each: ShownSet, comparison: PCAComparison, which: int, width: int, kind: str = "") -> Panel:
    density = comparison.densities[which]
    first, second = density.components
    with drawing(width, square_height(width)) as drawn:
        axes = drawn.axes
        x, y = _middles(density.first_edges), _middles(density.second_edges)
        _real_areas(axes, x, y, np.pad(density.real, _EMPTY_CELLS))
        _set_lines(axes, x, y, np.pad(density.synthetic, _EMPTY_CELLS), each.style.colour)
        axes.set_xlim(x[0], x[-1])
        axes.set_ylim(y[0], y[-1])
        axes.locator_params(nbins=drawn.ticks)
        axes.set_xlabel(kind + _axis_label(first, comparison.explained))
        axes.set_ylabel(kind + _axis_label(second, comparison.explained))
    apart = [number(float(comparison.wasserstein[place - 1])) for place in (first, second)]
    heading = f"{kind}components {first} and {second}".capitalize()
    return Panel(drawn, each, f"apart by {apart[0]} and {apart[1]} sd", heading)


def _middles(edges: Float64Array) -> Float64Array:
    """Middles of the cells, with the empty ones before and after them."""
    width = (edges[-1] - edges[0]) / (len(edges) - 1)
    cells = np.arange(-_EMPTY_CELLS, len(edges) - 1 + _EMPTY_CELLS)
    middles: Float64Array = edges[0] + (cells + 0.5) * width
    return middles


def _axis_label(component: int, explained: Float64Array) -> str:
    return f"PC {component} ({number(100 * explained[component - 1], 1)} %)"


def _real_areas(axes: Axes, x: Float64Array, y: Float64Array, counts: npt.NDArray[np.int64]) -> None:
    table = _smoothed(counts)
    levels, _ = _levels(table)
    if len(levels):
        colours = [palette.GRID, palette.REAL, palette.REAL_DEEP][-len(levels) :]
        axes.contourf(x, y, table.T, levels=[*levels, max(table.max(), levels[-1]) * 1.01], colors=colours)


def _set_lines(axes: Axes, x: Float64Array, y: Float64Array, counts: npt.NDArray[np.int64], colour: str) -> None:
    table = _smoothed(counts)
    levels, widths = _levels(table)
    if len(levels):
        axes.contour(x, y, table.T, levels=levels, colors=[colour], linewidths=widths)
        i, j = np.nonzero((counts > 0) & (table < levels[0]))
        specks(axes, x[i], y[j], colour, 1.8)


def _levels(table: Float64Array) -> tuple[Float64Array, list[float]]:
    """Densities above which lie the shares of all rows, rising, and the line for each; none for an empty table."""
    total = table.sum()
    if total <= 0:
        return np.empty(0), []
    falling = np.sort(table, axis=None)[::-1]
    inside = np.cumsum(falling) / total
    found = {
        float(falling[np.searchsorted(inside, share)]): width for share, width in zip(SHARES, _WIDTHS, strict=True)
    }
    levels = sorted(level for level in found if level > 0)
    return np.array(levels), [found[level] for level in levels]


def _smoothed(counts: npt.NDArray[np.int64]) -> Float64Array:
    """Each cell averaged with its neighbours, twice, with weights ¼, ½, ¼ along either axis."""
    table = counts.astype(np.float64)
    for _ in range(2):
        table = np.pad(table, 1)
        table = table[:-2] / 4 + table[1:-1] / 2 + table[2:] / 4
        table = table[:, :-2] / 4 + table[:, 1:-1] / 2 + table[:, 2:] / 4
    return table
