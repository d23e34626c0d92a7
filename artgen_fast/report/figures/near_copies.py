"""How near rows come to training rows, of every set and of unseen people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.array_types import Float64Array
from artgen_fast.metrics.near_copies import NearCopies
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.numbers import count, number
from artgen_fast.report.shown_sets import ShownSet, having


def near_copies(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw the lower tail of the distances to the nearest training row, one panel a set, over that of unseen people."""
    compared = having(sets, lambda each: each.near_copies)
    if not compared:
        return None
    every = [
        float(quantiles[-1])
        for _, found in compared
        for quantiles in (found.synthetic_to_training, found.unseen_to_training)
    ]
    farthest = max([1.0, *(distance for distance in every if np.isfinite(distance))])
    panels = [_panel(each, found, farthest, panel_width(len(compared))) for each, found in compared]
    return Figure(
        "near-copies",
        "How near rows come to training rows",
        "The share of the set's rows (coloured) and of unseen people's rows (broad, pale) that lie within so many "
        "sites of a training row. Colour above and to the left of the pale line comes nearer to training people than "
        "people do.",
        tuple(panels),
        details="Left of the dashed line rows are near copies; there is no such line where people themselves come as "
        "near as can be. Above each panel stands the distance of the nearest row, and that of unseen people in "
        "brackets. All rows are compared, in a quick evaluation some.",
    )


def _panel(each: ShownSet, found: NearCopies, farthest: float, width: int) -> Panel:
    with drawing(width, 170) as drawn:
        axes = drawn.axes
        unseen = _curve(found.levels, found.unseen_to_training, found.unseen_rows)
        own = _curve(found.levels, found.synthetic_to_training, found.synthetic_rows)
        axes.plot(*unseen, color=palette.HOLDOUT, alpha=0.35, linewidth=4)
        axes.plot(*own, color=each.style.colour, linewidth=1.4, marker=".", markersize=4)
        if found.copy_distance >= 0:
            axes.axvline(found.copy_distance + 0.5, color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.set_yscale("log")
        axes.set_ylim(0.5 / max(found.unseen_rows, found.synthetic_rows), 1.3)
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        axes.set_xlim(-0.03 * farthest, 1.03 * farthest)
        axes.minorticks_off()
        axes.locator_params(axis="y", numticks=5)
        axes.locator_params(axis="x", nbins=drawn.ticks)
        axes.set_xlabel("sites from the nearest training row")
    nearest, unseen_nearest = (
        number(float(each[0]), 0) for each in (found.synthetic_to_training, found.unseen_to_training)
    )
    copies = f"{count(found.near_copies)} near copies; " if found.near_copies else ""
    return Panel(drawn, each, f"{copies}nearest at {nearest} sites ({unseen_nearest})")


def _curve(levels: Float64Array, quantiles: Float64Array, rows: int) -> tuple[Float64Array, Float64Array]:
    """Distances, and the share of the rows at most so far; the least distance is that of one row at least."""
    told = (levels == 0) | (levels >= 1 / rows)
    return quantiles[told], np.maximum(levels[told], 1 / rows)
