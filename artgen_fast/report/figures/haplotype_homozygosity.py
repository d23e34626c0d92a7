"""Decay of extended haplotype homozygosity around a few core sites, of every set and of the real rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.array_types import Float64Array, Int64Array
from artgen_fast.metrics.haplotype_homozygosity import CoreDecays
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.figures.marks import limits, row_labels
from artgen_fast.report.numbers import base_pairs, count, interval, number
from artgen_fast.report.shown_sets import ShownSet, having

MOST_CORES = 4
"""Cores that are drawn, spread over all of them."""

_HEIGHT = 0.44
"""Of an EHH of 1 above or below its core's line, where lines are 1 apart."""


def haplotype_homozygosity(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw EHH by distance from a few cores, REF above their lines and ALT below, one panel a set."""
    compared = [(each, found) for each, found in having(sets, lambda each: each.haplotype_homozygosity)
                if found.cores.contig]  # fmt: skip
    if not compared:
        return None
    shown = limits(np.concatenate([found.cores.distances for _, found in compared]), margin=0)
    panels = []
    for each, found in compared:
        cores = found.cores
        drawn_cores = _spread(cores)
        with drawing(panel_width(len(compared)), 50 + 52 * len(drawn_cores)) as drawn:
            axes = drawn.axes
            for row, core in enumerate(drawn_cores):
                for allele, side in ((0, -_HEIGHT), (1, _HEIGHT)):
                    real, synthetic = (side * values[core, allele] for values in (cores.real, cores.synthetic))
                    axes.fill_between(
                        cores.distances, row, row + real, color=palette.REAL, alpha=0.55 if allele else 1.0, linewidth=0
                    )
                    axes.plot(
                        cores.distances, row + _to_the_end(synthetic), color=each.style.colour, linewidth=1.4,
                        linestyle=(0, (2.5, 1.2)) if allele else "-",
                    )  # fmt: skip
                axes.axhline(row, color=palette.REAL_DEEP, linewidth=0.6)
            row_labels(axes, [_place(cores, core) for core in drawn_cores])
            axes.axvline(0, color=palette.REAL_DEEP, linewidth=0.6)
            axes.set_xlim(shown)
            axes.set_ylim(len(drawn_cores) - 0.5, -0.5)
            axes.locator_params(axis="x", nbins=drawn.ticks - 1)
            axes.xaxis.set_major_formatter(lambda value, _: ("−" if value < 0 else "") + base_pairs(abs(value)))
            axes.spines["left"].set_visible(False)
            axes.set_xlabel("distance from the core")
        ratio = f"area × {number(found.integrated_ratio)} {interval(found.integrated_ratio_interval)}"
        panels.append(Panel(drawn, each, ratio.rstrip()))
    return Figure(
        "haplotype-homozygosity",
        "Haplotype homozygosity",
        "How far haplotypes that carry the same allele at a core site stay identical (EHH): in the real rows (grey) "
        "and in the set (line). A line inside the grey means that haplotypes are broken up, one outside it that "
        "stretches are too much alike.",
        tuple(panels),
        details="The height is the chance that two such haplotypes are identical from the core out to a distance: 1 at "
        "the core, 0 where it is below 0.05 or the region ends. Around each core, named by its position, carriers of "
        "REF are above the line and those of ALT below it, dashed. Beside × is the mean area under all curves over "
        "that of the real rows.",
    )


def _to_the_end(decay: Float64Array) -> Float64Array:
    """An EHH down to the first 0 on each side, beyond which it is not followed: there the area ends, too."""
    followed = decay != 0
    beside = np.zeros_like(followed)
    beside[1:] |= followed[:-1]
    beside[:-1] |= followed[1:]
    return np.where(followed | beside, decay, np.nan)


def _spread(cores: CoreDecays) -> Int64Array:
    """Some cores from all parts of the panel, of those with both alleles where there are any."""
    whole = np.flatnonzero(np.isfinite(cores.difference).all(axis=1))
    possible = whole if len(whole) else np.arange(len(cores.position))
    number_drawn = min(MOST_CORES, len(possible))
    chosen: Int64Array = possible[(2 * np.arange(number_drawn) + 1) * len(possible) // (2 * number_drawn)]
    return chosen


def _place(cores: CoreDecays, core: int) -> str:
    """A core's position, with its contig where there are several."""
    text = count(int(cores.position[core]))
    return f"{cores.contig[core]}: {text}" if len(set(cores.contig)) > 1 else text
