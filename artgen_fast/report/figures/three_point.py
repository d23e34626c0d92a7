"""Correlations of three sites in every set against those in the real rows, by the sites between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from artgen_fast.metrics.three_point import ThreePoint, TripletCorrelations
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import Drawing, drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import SMALL, panel_width
from artgen_fast.report.figures.raster import density
from artgen_fast.report.numbers import interval, number
from artgen_fast.report.shown_sets import ShownSet, having

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEFT, _BELOW, _ABOVE, _GAP = 15, 14, 36, 12
"""Room for the second axis' name at the left, numbers below a square, words above it, and between two squares."""
_LEAST_SIDE = 60
_LINE, _TICK = 11, 3
_INSIDE = 6
"""Of a panel's width and height, which its margins take. All of these are in points."""

_SHORTEST = 1e-4
"""Value from which on decimals are shorter than a power of ten."""


def three_point(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw one panel a set, in it a square for each number of sites between, and one for random triplets."""
    compared = [(each, _drawn(found)) for each, found in having(sets, lambda each: each.three_point)]
    compared = [(each, triplets) for each, triplets in compared if triplets]
    if not compared:
        return None
    furthest = _furthest([triplets for _, triplets in compared])
    width = panel_width(len(compared))
    panels = [Panel(_panel(triplets, furthest, width, each.style.colour), each) for each, triplets in compared]
    return Figure(
        "three-point",
        "Correlations of three sites",
        "Correlations of alleles at three sites in the real rows (across) and in the set (upwards), which neither "
        "frequencies nor pairs of sites explain. Good sets follow the dashed line; a flat band has lost the "
        "correlations, a wide one has others.",
        tuple(panels),
        details="One square for each number of sites between the first and the second, and the second and the third "
        "site, and one for random triplets; above it r with its interval. Axes of a square are the same for all sets "
        "and both ways, and wider near zero. The darker a cell, the more correlations it holds. Even unseen people "
        "scatter where all correlations are near zero, by chance.",
    )


def _drawn(found: ThreePoint) -> list[TripletCorrelations]:
    return [each for each in (*found.by_distance, found.random) if each.triplets]


def _furthest(sets: Sequence[Sequence[TripletCorrelations]]) -> dict[int | None, float]:
    """The largest correlation of any set, by the number of sites between."""
    furthest: dict[int | None, float] = {}
    for each in chain.from_iterable(sets):
        furthest[each.sites_between] = max(furthest.get(each.sites_between, 0.0), float(each.edges[-1]))
    return furthest


def _panel(
    triplets: Sequence[TripletCorrelations], furthest: dict[int | None, float], width: int, colour: str
) -> Drawing:
    """Draw squares of one size side by side and below each other."""
    room = width - _INSIDE - _LEFT
    across = min(len(triplets), (room + _GAP) // (_LEAST_SIDE + _GAP))
    side = (room + _GAP) / across - _GAP
    row_height = _ABOVE + side + _BELOW
    below = -(-len(triplets) // across) * row_height
    with drawing(width, below + _LINE + _INSIDE) as drawn:
        axes = drawn.axes
        # In points from the upper left corner.
        axes.set_xlim(0, width - _INSIDE)
        axes.set_ylim(below + _LINE, 0)
        axes.set_axis_off()
        for place, of_gap in enumerate(triplets):
            left, top = _LEFT + place % across * (side + _GAP), place // across * row_height + _ABOVE
            _Square(left, top, side, furthest[of_gap.sites_between]).draw(axes, of_gap, colour)
        words: dict[str, Any] = {"ha": "center", "fontsize": SMALL, "color": palette.INK}
        axes.text(_LEFT + room / 2, below + _LINE, "correlation, real", va="bottom", **words)
        axes.text(_LINE / 2, below / 2, "correlation, this set", va="center", rotation="vertical", **words)
    return drawn


@dataclass(frozen=True, slots=True)
class _Square:
    """Where a density is drawn: its upper left corner and its side, in points, and the correlation at its edges."""

    left: float
    top: float
    side: float
    furthest: float

    def place(self, value: float) -> float:
        """How far from the middle a value is drawn: by its root, since most are near zero."""
        return math.sqrt(value / self.furthest) * self.side / 2

    def draw(self, axes: Axes, triplets: TripletCorrelations, colour: str) -> None:
        """Draw the density, whose bins' edges have evenly spaced roots, with its axes and what is said of it."""
        right, bottom = self.left + self.side, self.top + self.side
        x, y = self.left + self.side / 2, self.top + self.side / 2
        half = self.place(float(triplets.edges[-1]))
        density(axes, triplets.density, colour, (x - half, x + half, y + half, y - half))
        axes.plot([self.left, right], [bottom, self.top], color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
        for across, up in (([self.left, right], [y, y]), ([x, x], [self.top, bottom])):
            axes.plot(across, up, color=palette.REAL, linewidth=0.6, zorder=0.5)
        corners = [self.left, right, right, self.left, self.left], [self.top, self.top, bottom, bottom, self.top]
        axes.plot(*corners, color=palette.REAL_DEEP, linewidth=0.7)
        value, words = _tick(self.furthest)
        for at in (-self.place(value), 0.0, self.place(value)):
            axes.plot([x + at] * 2, [bottom, bottom + _TICK], color=palette.REAL_DEEP, linewidth=0.7)
            axes.plot([self.left - _TICK, self.left], [y + at] * 2, color=palette.REAL_DEEP, linewidth=0.7)
        for at, named in ((x, "0"), (x + self.place(value), words)):
            axes.text(at, bottom + _TICK + 1, named, ha="center", va="top", fontsize=SMALL)
        head = "random" if triplets.sites_between is None else f"{triplets.sites_between} between"
        said = (head, f"r = {number(triplets.r)}", interval(triplets.r_interval))
        for line, words in enumerate(reversed(said)):
            axes.text(
                self.left, self.top - 3 - line * _LINE, words, va="baseline", fontsize=SMALL,
                color=palette.INK if words == head else palette.MUTED,
            )  # fmt: skip


def _tick(furthest: float) -> tuple[float, str]:
    """The largest round value up to this one, and its name."""
    power = 10.0 ** math.floor(math.log10(furthest))
    value = power * max(step for step in (1, 2, 5) if step * power <= furthest)
    return value, f"{value:g}" if value >= _SHORTEST else f"{value:.0e}"
