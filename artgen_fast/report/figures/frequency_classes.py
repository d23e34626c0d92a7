"""What becomes of alleles of each frequency, from singletons to common ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artgen_fast.metrics.allele_frequencies import FrequencyClass
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.figures.marks import row_labels, whisker
from artgen_fast.report.numbers import count
from artgen_fast.report.shown_sets import ShownSet, having


@dataclass(frozen=True, slots=True)
class _Statistic:
    """A field of `FrequencyClass` with an interval, the row's heading and the axis' name."""

    field: str
    heading: str
    name: str


_STATISTICS = (
    _Statistic("fixed_in_synthetic", "Alleles lost", "share of the sites"),
    _Statistic("r", "Frequencies of those sites", "r with the real frequencies"),
)


def frequency_classes(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw, by frequency class, how many alleles are lost and how well the frequencies agree."""
    compared = having(sets, lambda each: each.allele_frequencies)
    if not compared:
        return None
    shown = [place for place, each in enumerate(compared[0][1].classes) if each.n_sites]
    classes = {each.name: [found.classes[place] for place in shown] for each, found in compared}
    unseen = next((classes[each.name] for each, _ in compared if each.is_holdout), None)
    width = panel_width(len(compared), len(_STATISTICS))
    lowest = {statistic: _lowest(statistic, list(classes.values())) for statistic in _STATISTICS}
    panels = [
        _panel(each, statistic, classes[each.name], None if each.is_holdout else unseen, lowest[statistic], width)
        for statistic in _STATISTICS
        for each, _ in compared
        if any(np.isfinite(getattr(one, statistic.field)) for one in classes[each.name])
    ]
    if not panels:
        return None
    sites = "; ".join(f"{one.name} {count(one.n_sites)}" for one in classes[compared[0][0].name])
    return Figure(
        "frequency-classes",
        "Rare and common alleles",
        "How many alleles of each frequency the set lost, and how well the frequencies of the others agree. Points "
        + (
            "should lie near the dark strokes, which are unseen people: they lack many of the rarest alleles, too."
            if unseen is not None
            else "should lie near 0 above and near 1 below, but other people lack many of the rarest alleles, too."
        ),
        tuple(panels),
        details=f"Classes are of the rarer allele's frequency in the real rows (number of sites: {sites}). Lost are "
        "those that do not vary in the set; correlated are the frequencies at these and the others, within each "
        "class alone. Lines are 95 % intervals.",
    )


def _lowest(statistic: _Statistic, sets: Sequence[Sequence[FrequencyClass]]) -> float:
    """Where the axes of a row begin, of all sets alike."""
    values = [float(getattr(one, statistic.field)) for classes in sets for one in classes]
    return min([-0.03, *(1.03 * value for value in values if np.isfinite(value))])


def _panel(
    each: ShownSet,
    statistic: _Statistic,
    classes: Sequence[FrequencyClass],
    unseen: Sequence[FrequencyClass] | None,
    lowest: float,
    width: int,
) -> Panel:
    values = [float(getattr(one, statistic.field)) for one in classes]
    colour = each.style.colour
    with drawing(width, 54 + 17 * len(classes)) as drawn:
        axes = drawn.axes
        for row, (one, value) in enumerate(zip(classes, values, strict=True)):
            interval = getattr(one, f"{statistic.field}_interval")
            whisker(axes, value, interval.low, interval.high, row, colour)
        axes.plot(values, np.arange(len(values)), each.style.marker, color=colour, markersize=4.5)
        if unseen is not None:
            beside = {row: float(getattr(one, statistic.field)) for row, one in enumerate(unseen)}
            for row, value in beside.items():
                if np.isfinite(value):
                    axes.vlines(value, row - 0.4, row + 0.4, color=palette.HOLDOUT, linewidth=1.3)
        row_labels(axes, [one.name for one in classes])
        axes.set_ylim(len(classes) - 0.4, -0.6)
        axes.set_xlim(lowest, 1.03)
        axes.locator_params(axis="x", nbins=drawn.ticks)
        axes.grid(visible=True, axis="x")
        axes.set_xlabel(statistic.name)
    return Panel(drawn, each, row=statistic.heading)
