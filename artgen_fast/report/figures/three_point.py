"""Correlations of three sites in every set against those in the real rows, by the sites between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from artgen_fast.metrics.three_point import ThreePoint, TripletCorrelations
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import NARROW, drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.raster import density
from artgen_fast.report.numbers import interval, number
from artgen_fast.report.shown_sets import ShownSet, having

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACROSS = 2
"""Squares side by side in a panel."""

_ROW = 137
"""Height of a row of squares with their words, in points."""
_WIDE, _HIGH = 1.2, 1.52
"""Of the place of a square, in sides of the square."""
_BELOW, _ABOVE = 0.15, 0.37
"""Room for words below and above a square, the same."""
_SMALL = 8.2


def three_point(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw one panel a set, in it a square for each number of sites between, and one for random triplets."""
    compared = [(each, _drawn(found)) for each, found in having(sets, lambda each: each.three_point)]
    compared = [(each, triplets) for each, triplets in compared if triplets]
    if not compared:
        return None
    panels = []
    for each, triplets in compared:
        rows = -(-len(triplets) // ACROSS)
        with drawing(NARROW, rows * _ROW) as drawn:
            axes = drawn.axes
            axes.set_axis_off()
            for place, of_gap in enumerate(triplets):
                _square(axes, of_gap, place % ACROSS * _WIDE, -(place // ACROSS) * _HIGH - 1, each.style.colour)
            axes.set_xlim(0, ACROSS * _WIDE - (_WIDE - 1))
            axes.set_ylim(-(rows - 1) * _HIGH - 1 - _BELOW, _ABOVE)
        panels.append(Panel(drawn, each))
    return Figure(
        "three-point",
        "Correlations of three sites",
        "What neither allele frequencies nor pairs of sites explain: correlations of alleles at three sites, in the "
        "real rows (across) and in the set (upwards), both on an axis from the number at its left to that at its "
        "right, wider near zero, which the thin cross marks. One square for each number of sites between the first "
        "and the second, and the second and the third site, and one for random triplets; r with its interval above "
        "it. The darker a cell, the more correlations it holds. Good sets follow the dashed line; a flat band has "
        "lost the correlations, a wide one has others. Even unseen people scatter where all correlations are near "
        "zero, by chance.",
        tuple(panels),
    )


def _drawn(found: ThreePoint) -> list[TripletCorrelations]:
    return [each for each in (*found.by_distance, found.random) if each.triplets]


def _square(axes: Axes, triplets: TripletCorrelations, left: float, bottom: float, colour: str) -> None:
    """Draw a density as a square of side 1, each of its bins equally wide."""
    right, top = left + 1, bottom + 1
    density(axes, triplets.density, colour, (left, right, bottom, top))
    axes.plot([left, left + 1], [bottom, bottom + 1], color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
    for across, up in (([left, right], [bottom + 0.5] * 2), ([left + 0.5] * 2, [bottom, top])):
        axes.plot(across, up, color=palette.REAL, linewidth=0.6, zorder=0.5)
    axes.plot(
        [left, right, right, left, left], [bottom, bottom, top, top, bottom], color=palette.REAL_DEEP, linewidth=0.7
    )
    furthest = float(triplets.edges[-1])
    shown = f"{furthest:.1g}" if furthest >= 1e-4 else f"{furthest:.0e}"
    for x, words, side in ((left, f"−{shown}", "left"), (left + 0.5, "0", "center"), (right, shown, "right")):
        axes.text(x, bottom - 0.03, words, ha=side, va="top", fontsize=_SMALL)
    head = "random" if triplets.sites_between is None else f"{triplets.sites_between} between"
    axes.text(left, top + 0.18, head, ha="left", va="bottom", fontsize=_SMALL, fontweight="bold")
    agreement = f"r = {number(triplets.r)} {interval(triplets.r_interval)}".strip()
    axes.text(left, top + 0.04, agreement, ha="left", va="bottom", fontsize=_SMALL)
