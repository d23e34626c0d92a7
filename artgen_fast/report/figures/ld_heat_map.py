"""Linkage disequilibrium over the whole region, of every set and of the real rows, as two halves of one map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from artgen_fast.array_types import Float64Array
from artgen_fast.metrics.ld_heat_map import LDHeatMap
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import MAP, SMALL, panel_width
from artgen_fast.report.figures.raster import raster
from artgen_fast.report.numbers import count, interval, number
from artgen_fast.report.shown_sets import ShownSet, having

if TYPE_CHECKING:
    from matplotlib.axes import Axes


MOST_LINES = 10
"""Borders of contigs that are drawn across the map; more would hide it, and are marked at its edges."""

_APART = 0.09
"""Between the middles of two contigs that are both named, as a share of the map."""

_POSITIONS_APART = 0.18
"""Between two positions that are both written, as a share of the map."""

_LEGEND_STEPS = 64
_LEGEND_TICKS = (0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
_MEGABASE = 1e6


def ld_heat_map(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw mean r² between all parts of the region, one panel a set, all on the same scale."""
    compared = [
        (each, found, found.mean_r2()) for each, found in having(sets, lambda each: each.ld_heat_map) if found.bins > 1
    ]
    if not compared:
        return None
    highest = max(np.nanmax(table, initial=0) for *_, table in compared) or 1.0
    panels = []
    width = max(MAP, panel_width(len(compared)))
    for each, found, table in compared:
        with drawing(width, width - 33) as drawn:
            axes = drawn.axes
            # Proportional to |r|: in proportion to r² all but the nearest sites would be blank.
            raster(axes, np.sqrt(table / highest), palette.INK)
            axes.spines[["top", "right"]].set_visible(True)
            if len(found.contig_bins) <= MOST_LINES + 1:
                for border in found.contig_bins[1:]:
                    axes.axhline(border, color=each.style.colour, linewidth=0.6)
                    axes.axvline(border, color=each.style.colour, linewidth=0.6)
            _positions(axes, found)
            for words, x, y, side in (("real", 0.02, 0.02, "bottom"), ("this set", 0.98, 0.98, "top")):
                axes.annotate(
                    words, (x, y), xycoords="axes fraction", ha="left" if x < 0.5 else "right", va=side,
                    color=palette.INK, bbox={"facecolor": palette.PAPER, "edgecolor": "none", "pad": 1.5},
                )  # fmt: skip
            _legend(axes, highest)
        finding = f"r = {number(found.correlation, 3)} {interval(found.correlation_interval, 3)}".strip()
        panels.append(Panel(drawn, each, finding))
    return Figure(
        "ld-heat-map",
        "Linkage disequilibrium over the region",
        "Mean r² between all parts of the region, the darker the more linked: the real rows below the diagonal, the "
        "set above it. A good set mirrors the real half; a pale upper half has lost linkage.",
        tuple(panels),
        details="Parts are bins of equally many varying sites; the scale is at the right. Blocks should be at the same "
        "places, as dark and as far out. Shades far from the diagonal, or across the borders between contigs, that the "
        "lower half lacks are made up. r is the correlation of both halves over all pairs of different bins."
        + _thinned([found for _, found, _ in compared]),
    )


def _thinned(maps: Sequence[LDHeatMap]) -> str:
    """How many of the sites are in the map, where not all are."""
    thinned = [found for found in maps if found.sites < found.varying_sites]
    if not thinned:
        return ""
    least, most = (count(function(found.varying_sites for found in thinned)) for function in (min, max))
    of = least if least == most else f"{least} to {most}"
    return f" Where {of} sites vary in both, {count(thinned[0].sites)} of them are looked at, evenly chosen."


def _positions(axes: Axes, found: LDHeatMap) -> None:
    """Name the contigs, or give the positions if there is only one."""
    if len(found.contig_bins) > 1:
        places, labels = _contig_names(found)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_ticks(found.contig_bins[1:], minor=True)
        axes.tick_params(which="major", length=0)
        axes.tick_params(which="minor", length=3.5)
        words = "contigs"
    else:
        places, labels = _round_positions(found)
        words = f"position on contig {found.contigs[0]}, Mb"
    axes.set_xticks(places, labels)
    axes.set_yticks(places, labels)
    axes.set_xlabel(words)


def _contig_names(found: LDHeatMap) -> tuple[Float64Array, list[str]]:
    """Middles of the contigs, and their names, as far as there is room."""
    ends = np.append(found.contig_bins, found.bins)
    middles = (ends[:-1] + ends[1:]) / 2
    named: list[int] = []
    for contig, middle in enumerate(middles):
        if not named or middle - middles[named[-1]] >= _APART * found.bins:
            named.append(contig)
    return middles[named], [found.contigs[contig] for contig in named]


def _round_positions(found: LDHeatMap) -> tuple[Float64Array, list[str]]:
    """Bins, in parts, where round positions lie, and those in megabases."""
    from matplotlib.ticker import MaxNLocator

    first, last = float(found.first_position[0]) / _MEGABASE, float(found.last_position[-1]) / _MEGABASE
    round_ones = np.asarray(MaxNLocator(4).tick_values(first, last))
    round_ones = round_ones[(round_ones >= first) & (round_ones <= last)]
    edges = np.append(found.first_position, found.last_position[-1]) / _MEGABASE
    places = np.interp(round_ones, edges, np.arange(found.bins + 1.0))
    # Round positions are not evenly far apart on the map: of near ones the first is named.
    named: list[int] = []
    for at, place in enumerate(places):
        if not named or place - places[named[-1]] >= _POSITIONS_APART * found.bins:
            named.append(at)
    return places[named], [f"{each:.10g}" for each in round_ones[named]]


def _legend(axes: Axes, highest: float) -> None:
    """The scale of shades, with its values of r², at the right."""
    scale = axes.inset_axes((1.03, 0, 0.035, 1))
    raster(scale, np.linspace(1, 0, _LEGEND_STEPS)[:, None], palette.INK)
    values = np.array([0, *(tick for tick in _LEGEND_TICKS if tick <= highest)])
    places = (1 - np.sqrt(values / highest)) * _LEGEND_STEPS
    apart = [0, *(np.flatnonzero(np.abs(np.diff(places)) >= _LEGEND_STEPS / 16) + 1).tolist()]
    scale.set_xticks([])
    scale.yaxis.tick_right()
    scale.set_yticks(places[apart], [f"{values[place]:g}" for place in apart])
    scale.spines[["top", "right"]].set_visible(True)
    scale.set_title("r²", fontsize=SMALL, pad=4)
