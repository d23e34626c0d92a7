"""How nearest-neighbour chains run between the sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.figures.marks import limits
from artgen_fast.report.shown_sets import ShownSet, having

SIZES = (2, 3)
"""Chain sizes drawn; the table holds the longer ones too."""


def nn_chains(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw the frequency of each pattern over its expectation."""
    compared = having(sets, lambda each: each.nn_chains)
    if not compared:
        return None
    patterns = [chain.pattern for chain in compared[0][1].patterns if len(chain.pattern) in SIZES]
    with drawing(panel_width(1), 220) as drawn:
        axes = drawn.axes
        axes.axhline(1, color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
        shown = [0.0, 2.0]
        for place, (each, found) in enumerate(compared):
            chains = {chain.pattern: chain for chain in found.patterns}
            x = np.arange(len(patterns)) + 0.7 * ((place + 0.5) / len(compared) - 0.5)
            for at, pattern in zip(x, patterns, strict=True):
                chain = chains[pattern]
                low, high = chain.exchangeable.low / chain.expected, chain.exchangeable.high / chain.expected
                axes.bar(at, high - low, bottom=low, width=0.6 / len(compared), color=palette.REAL, alpha=0.8)
                ends = [chain.interval.low / chain.expected, chain.interval.high / chain.expected]
                axes.plot([at, at], ends, color=each.style.colour, linewidth=1.4)
                shown.append(ends[1])
            axes.plot(
                x, [chains[pattern].frequency / chains[pattern].expected for pattern in patterns],
                each.style.marker, color=each.style.colour, markersize=4.5,
            )  # fmt: skip
        axes.set_xticks(range(len(patterns)), patterns)
        axes.tick_params(axis="x", length=0)
        axes.set_ylim(limits(shown))
        axes.set_ylabel("times as often as expected")
        axes.set_xlabel("chain (T: real row, S: row of the set)")
    return Figure(
        "nn-chains",
        "Chains of nearest neighbours",
        "How often chains of nearest neighbours run through real rows (T) and rows of the set (S), over what is "
        "expected. TT or SS far above the dashed line: the sets keep to themselves; far below: one hugs the other.",
        (Panel(drawn),),
        legend=tuple(each for each, _ in compared),
        details="From every row of the two pooled sets a chain hops to its nearest row that it has not visited. Where "
        "the sets cannot be told apart every pattern is as frequent as the next; grey holds 95 % of random labels.",
    )
