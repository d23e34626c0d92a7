"""Site-frequency spectra of every set and of the real rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.array_types import Float64Array
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import SMALL, panel_width
from artgen_fast.report.numbers import interval, number
from artgen_fast.report.shown_sets import ShownSet, having

_APART = 0.6
"""Room between singletons and the other classes, in widths of a class."""


def frequency_spectrum(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw the folded spectra, one panel a set, with singletons apart."""
    compared = having(sets, lambda each: each.frequency_spectrum)
    if not compared:
        return None
    shares = [(_shares(found.by_minor.real), _shares(found.by_minor.synthetic)) for _, found in compared]
    highest = max(np.nanmax([*real, *synthetic, 0.0]) for real, synthetic in shares) or 1
    panels = []
    for (each, found), (real, synthetic) in zip(compared, shares, strict=True):
        place = np.arange(len(real)) + _APART * (np.arange(len(real)) > 0)
        with drawing(panel_width(len(compared)), 180) as drawn:
            axes = drawn.axes
            axes.bar(place, real, width=0.92, color=palette.REAL, alpha=0.8)
            axes.plot(
                place[1:], synthetic[1:], color=each.style.colour, marker=each.style.marker, markersize=4, linewidth=1.4
            )
            axes.plot(place[:1], synthetic[:1], each.style.marker, color=each.style.colour, markersize=4)
            if np.isfinite(found.singletons.ratio):
                axes.text(
                    place[0] - 0.46, 1.16 * highest, f"singletons × {number(found.singletons.ratio)}", va="center",
                    fontsize=SMALL, color=each.style.colour,
                )  # fmt: skip
            # Labels of all classes have no room.
            axes.set_xticks(place[::2], [f"{last}" for last in found.by_minor.last[::2]])
            axes.set_xlim(place[0] - 0.7, place[-1] + 0.7)
            axes.set_ylim(0, 1.25 * highest)
            axes.locator_params(axis="y", nbins=5)
            axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
            axes.grid(visible=True, axis="y")
            axes.set_xlabel("rarer allele in up to … haplotypes")
            axes.set_ylabel("varying sites")
        ends = interval(found.by_minor.distance_interval)
        panels.append(Panel(drawn, each, f"distance {number(found.by_minor.distance)} {ends}".rstrip()))
    return Figure(
        "frequency-spectrum",
        "Site-frequency spectrum",
        "The sites that vary, by how many haplotypes carry their rarer allele: in the real rows (grey) and in the set "
        "(coloured). Colour should end where the grey bars do; most models lose singletons, at the left, first.",
        tuple(panels),
        details="Classes double in width: 1, 2, 3 to 4, 5 to 8 … Both spectra are for the same number of haplotypes. "
        "Beside × is the set's share of singletons over the real one. The distance is the part of the sites that would "
        "have to change class; it is above 0 even for real people.",
    )


def _shares(sites: Float64Array) -> Float64Array:
    """Of all varying sites; zeros where nothing varies."""
    total = sites.sum()
    return sites / total if total > 0 else np.zeros_like(sites)
