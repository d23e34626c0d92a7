"""Each set over the real rows on the real rows' principal components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import NARROW, dots, drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.numbers import number
from artgen_fast.report.shown_sets import ShownSet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES = (0.99, 0.9, 0.5)
"""Shares of the real rows inside the grey areas, outermost first."""

_SHOWN_DENSITIES = 2


def principal_components(sets: Sequence[ShownSet]) -> Figure:
    """Draw components 1 and 2, then 3 and 4, of every set on the same axes."""
    panels = []
    for which in range(min(_SHOWN_DENSITIES, len(sets[0].results.pca.real_axes.densities))):
        for each in sets:
            comparison = each.results.pca.real_axes
            density = comparison.densities[which]
            with drawing(NARROW, 215) as panel:
                axes = panel.axes
                _real_areas(axes, density.first_edges, density.second_edges, density.real)
                dots(axes, density.first_edges, density.second_edges, density.synthetic, each.style.colour, 5)
                axes.set_xlim(density.first_edges[0], density.first_edges[-1])
                axes.set_ylim(density.second_edges[0], density.second_edges[-1])
                axes.locator_params(nbins=5)
                first, second = density.components
                axes.set_xlabel(_axis_label(first, comparison.explained))
                axes.set_ylabel(_axis_label(second, comparison.explained))
            title = f"{each.name}, PC {first} and {second}"
            panels.append(Panel(title, panel.svg, each.style.glyph, each.style.variable))
    return Figure(
        "principal-components",
        "Population structure",
        "Grey areas hold 50, 90 and 99 % of the real training rows on their own principal components (share of the "
        "variance in brackets); dots are the rows of the set, their area growing with the number of rows. Bad are grey "
        "areas without dots (people left out) and dots beyond the grey (rows unlike any real one).",
        tuple(panels),
    )


def _axis_label(component: int, explained: npt.NDArray[np.float64]) -> str:
    return f"PC {component} ({number(100 * explained[component - 1], 1)} %)"


def _real_areas(
    axes: Axes, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]
) -> None:
    table = counts.astype(np.float64)
    for axis in (0, 1):
        for _ in range(2):
            table = _smoothed(table, axis)
    total = table.sum()
    if total <= 0:
        return
    falling = np.sort(table, axis=None)[::-1]
    inside = np.cumsum(falling) / total
    levels = np.unique([falling[np.searchsorted(inside, share)] for share in SHARES])
    levels = levels[levels > 0]
    if not len(levels):
        return
    colours = [palette.GRID, palette.REAL, palette.REAL_DEEP][-len(levels) :]
    axes.contourf(
        (x[:-1] + x[1:]) / 2, (y[:-1] + y[1:]) / 2, table.T, levels=[*levels, max(table.max(), levels[-1]) * 1.01],
        colors=colours,
    )  # fmt: skip


def _smoothed(table: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
    """Neighbouring cells averaged with weights ¼, ½, ¼."""
    padded = np.pad(table, [(1, 1) if each == axis else (0, 0) for each in (0, 1)])
    n = table.shape[axis]
    before, here, after = (padded.take(range(start, start + n), axis=axis) for start in range(3))
    return np.asarray(before / 4 + here / 2 + after / 4)
