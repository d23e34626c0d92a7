"""Which populations each set holds and which it leaves out."""

from __future__ import annotations

from collections.abc import Sequence

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import WIDE, drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.shown_sets import ShownSet


def populations(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw the share of every population among the real rows and each set's; none without labels."""
    compared = [(each, each.results.populations) for each in sets]
    labelled = [(each, found.populations) for each, found in compared if found is not None]
    if not labelled:
        return None
    labels = [population.label for population in labelled[0][1]]
    height = max(24, 9 * len(labelled))
    with drawing(WIDE, 62 + height * len(labels)) as panel:
        axes = panel.axes
        for row, population in enumerate(labelled[0][1]):
            axes.barh(row, population.real_share, height=0.86, color=palette.REAL, alpha=0.7)
        for place, (each, shares) in enumerate(labelled):
            offset = 0.7 * ((place + 0.5) / len(labelled) - 0.5)
            for row, population in enumerate(shares):
                ends, colour = population.synthetic_share_interval, each.style.colour
                axes.plot([ends.low, ends.high], [row + offset] * 2, color=colour, linewidth=1.4)
                axes.plot(population.synthetic_share, row + offset, each.style.marker, color=colour, markersize=5)
        axes.set_yticks(range(len(labels)), labels)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(labels) - 0.4, -0.6)
        axes.set_xlim(left=0)
        axes.set_xlabel("share of the rows")
    return Figure(
        "populations",
        "Populations",
        "Grey bars are the populations' shares of the real training rows; points are the shares of the set's rows "
        "whose nearest real row is of that population, with 95 % intervals. A population whose people are often "
        "nearest to another's has all its points short of its bar; bad is a set's point far from the unseen people's.",
        (Panel("", panel.svg),),
        legend=True,
    )
