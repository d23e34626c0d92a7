"""Longest stretches shared with training rows, of every set and of unseen people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.array_types import Float64Array
from artgen_fast.metrics.shared_haplotypes import UNSEEN_QUANTILE
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import SMALL, panel_width
from artgen_fast.report.numbers import base_pairs, interval, number, percent
from artgen_fast.report.shown_sets import ShownSet, having


def shared_haplotypes(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw how long the longest shared stretches are, one panel a set, with those of unseen people behind."""
    compared = having([each for each in sets if not each.is_holdout], lambda each: each.shared_haplotypes)
    if not compared:
        return None
    shares = [
        [each.by_base_pairs / each.haplotypes for each in (found.synthetic, found.holdout) if each is not None]
        for _, found in compared
    ]
    every = np.array([share for of_set in shares for share in of_set])
    highest = every.max()
    edges = _edges(compared[0][1].base_pair_edges)
    filled = np.flatnonzero(every.any(axis=0))
    panels = []
    for (each, found), (synthetic, *unseen) in zip(compared, shares, strict=True):
        against, finding = found.against_unseen, ""
        with drawing(panel_width(len(compared)), 170) as drawn:
            axes = drawn.axes
            for behind in unseen:
                axes.stairs(behind, edges, fill=True, color=palette.HOLDOUT, alpha=0.3)
            axes.stairs(synthetic, edges, color=each.style.colour, linewidth=1.6)
            if against is not None and np.isfinite(against.long_base_pairs):
                finding = f"mean × {number(against.base_pairs_ratio)} {interval(against.base_pairs_ratio_interval)}"
                axes.plot(
                    [max(against.long_base_pairs, edges[0])] * 2, [0, 1.06 * highest], color=palette.INK,
                    linewidth=0.8, linestyle=(0, (4, 3)),
                )  # fmt: skip
                axes.text(
                    1, 1.14 * highest, f"{percent(against.share_long_base_pairs)} as long (unseen "
                    f"{percent(against.unseen_share_long_base_pairs)})",
                    transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=SMALL,
                    color=each.style.colour,
                )  # fmt: skip
            axes.set_xscale("log")
            axes.set_xlim(edges[filled[0]] / 1.3, edges[filled[-1] + 1] * 1.3)
            axes.xaxis.set_major_formatter(lambda value, _: base_pairs(value))
            axes.minorticks_off()
            axes.locator_params(axis="x", numticks=drawn.ticks)
            axes.set_ylim(0, 1.22 * highest)
            axes.set_yticks([])
            axes.spines["left"].set_visible(False)
            axes.set_xlabel("longest shared stretch")
        panels.append(Panel(drawn, each, finding.rstrip()))
    measured = any(found.holdout is not None for _, found in compared)
    return Figure(
        "shared-haplotypes",
        "Stretches shared with training rows",
        "The longest stretch without a difference that each row of the set shares with a training row"
        + (
            ": coloured for the set, dark for unseen people. Colour to the right of the dark area means that pieces of "
            "training rows were copied."
            if measured
            else ". Everybody shares long stretches with somebody: without unseen people it cannot be told whether "
            "these are too long."
        ),
        tuple(panels),
        details="Everybody shares long stretches with somebody, so that unseen people are the measure. The dashed "
        f"line is the length that the longest {percent(1 - UNSEEN_QUANTILE)} of their stretches have at least."
        if measured
        else "",
    )


def _edges(edges: Float64Array) -> Float64Array:
    """Edges for a logarithmic axis: the first bin, which begins at 0, is as wide there as the next one."""
    return np.concatenate([[edges[1] ** 2 / edges[2]], edges[1:]])
