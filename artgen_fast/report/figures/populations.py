"""Which populations each set holds, which it leaves out, and how well it fits each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import Float64Array
from artgen_fast.evaluation import SetEvaluation
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.figures.marks import row_labels
from artgen_fast.report.shown_sets import ShownSet


@dataclass(frozen=True, slots=True)
class _Statistic:
    """A field of `Population` with an interval, the row's heading, the axis' name, and what real people would give."""

    field: str
    heading: str
    name: str
    expected: float | None


_STATISTICS = (
    _Statistic("synthetic_share", "Shares", "share of the rows", None),
    _Statistic("truth_half_tie", "AA_truth", "real rows nearer to real rows", 0.5),
    _Statistic("syn_half_tie", "AA_syn", "set's rows nearer to the set's rows", 0.5),
    _Statistic("rare_frequencies_r", "Rare allele frequencies", "r with the real frequencies", 1.0),
    _Statistic("heterozygosity_ratio", "Heterozygosity", "of the set's rows / of real rows", 1.0),
)


@dataclass(frozen=True, slots=True)
class _Values:
    """A statistic of every population with its interval."""

    value: Float64Array
    low: Float64Array
    high: Float64Array

    @classmethod
    def of(cls, each: SetEvaluation, field: str) -> _Values:
        found = () if each.populations is None else each.populations.populations
        ends = [getattr(population, f"{field}_interval") for population in found]
        return cls(
            np.array([getattr(population, field) for population in found]),
            np.array([interval.low for interval in ends]),
            np.array([interval.high for interval in ends]),
        )


def populations(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw every population's share of each set, and how well the set covers and fits it; none without labels."""
    labelled = [each for each in sets if each.results.populations is not None]
    if not labelled:
        return None
    unseen = next((each for each in labelled if each.is_holdout), None)
    width = panel_width(len(labelled), len(_STATISTICS))
    panels = []
    for statistic in _STATISTICS:
        values = [_Values.of(each.results, statistic.field) for each in labelled]
        shown = np.concatenate([end for each in values for end in (each.value, each.low, each.high)])
        if not np.isfinite(shown).any():
            continue
        for each, found in zip(labelled, values, strict=True):
            beside = None if unseen is None or unseen is each else values[labelled.index(unseen)]
            panels.append(_panel(each, statistic, found, beside, float(np.nanmax(shown)), width))
    if not panels:
        return None
    return Figure(
        "populations",
        "Populations",
        "How often each population is among the set's rows, and how well the set fits its people. Points should lie on "
        "the grey bars and dashed lines"
        + (", or as near to them as the dark strokes, which are unseen people." if unseen is not None else "."),
        tuple(panels),
        details="Rows of a set take the population of the majority of their five nearest real rows; lines are 95 % "
        "intervals. AA_truth of a population's rows is high where the set leaves it out and low where it copies it; "
        "AA_syn, of the set's rows of that population, is high where they lie beside the real ones or outnumber them. "
        "Frequencies (≤ 0.2) are correlated, and heterozygosities compared, between the real rows and the set's rows "
        "of a population. One whose people are often nearest to another's falls short of its bar even among real "
        "people.",
    )


def _panel(
    each: ShownSet, statistic: _Statistic, found: _Values, unseen: _Values | None, highest: float, width: int
) -> Panel:
    described = each.results.populations.populations if each.results.populations is not None else ()
    rows, colour = np.arange(len(described)), each.style.colour
    with drawing(width, 54 + 13 * len(described)) as drawn:
        axes = drawn.axes
        if statistic.expected is None:
            real = [population.real_share for population in described]
            axes.barh(rows, real, height=0.8, color=palette.REAL, alpha=0.7)
        else:
            axes.axvline(statistic.expected, color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.hlines(rows, found.low, found.high, color=colour, linewidth=1.3)
        axes.plot(found.value, rows, each.style.marker, color=colour, markersize=4)
        if unseen is not None:
            axes.vlines(unseen.value, rows - 0.42, rows + 0.42, color=palette.HOLDOUT, linewidth=1.3)
        row_labels(axes, [population.label for population in described])
        axes.set_ylim(len(described) - 0.4, -0.6)
        axes.locator_params(axis="x", nbins=drawn.ticks)
        axes.set_xlim((0, 1.03 * highest) if statistic.expected is None else (-0.03, max(1.03, 1.03 * highest)))
        axes.set_xlabel(statistic.name)
    return Panel(drawn, each, row=statistic.heading)
