"""The scores of each set as a radar chart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import LABELLED, SMALL
from artgen_fast.report.figures.scores import ScoreName, known_scores
from artgen_fast.report.shown_sets import ShownSet

_HEIGHT = 175
_REACH = 1.4
"""Half the panel's height in units of the chart's radius: the rest is for the names."""


def radar(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw the scores of each set around a circle, over those of the unseen people; none for fewer than three."""
    names = known_scores(sets)
    if len(names) < 3:
        return None
    unseen = next((each for each in sets if each.is_holdout), None)
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(names)) / len(names)
    panels = []
    for each in sets:
        with drawing(LABELLED, _HEIGHT) as drawn:
            axes = drawn.axes
            axes.set_axis_off()
            if unseen is not None and unseen is not each:
                axes.fill(*_polygon(unseen, names, angles), color=palette.REAL, alpha=0.55, linewidth=0)
            for ring in (0.25, 0.5, 0.75, 1.0):
                axes.plot(*_around(angles, np.full(len(angles), ring)), color=palette.REAL, linewidth=0.6)
            for angle, score in zip(angles, names, strict=True):
                x, y = np.cos(angle), np.sin(angle)
                axes.plot([0, x], [0, y], color=palette.REAL, linewidth=0.6)
                axes.text(
                    1.1 * x, 1.1 * y, score.short, fontsize=SMALL, linespacing=1.05,
                    va="center" if abs(y) < 0.8 else "bottom" if y > 0 else "top",
                    ha="center" if abs(x) < 0.2 else "left" if x > 0 else "right",
                )  # fmt: skip
            x, y = _polygon(each, names, angles)
            axes.fill(x, y, color=each.style.colour, alpha=0.16, linewidth=0)
            axes.plot(
                x, y, color=each.style.colour, linewidth=1.6, marker=each.style.marker, markersize=3.8,
                solid_joinstyle="round",
            )  # fmt: skip
            axes.set_ylim(-_REACH, _REACH)
            axes.set_xlim(-_REACH * LABELLED / _HEIGHT, _REACH * LABELLED / _HEIGHT)
        panels.append(Panel(drawn, each))
    return Figure(
        "radar",
        "The scores at a glance",
        "The same scores around each set: 1, which is best, at the rim, and 0 in the centre. A dent is a failure"
        + ("; grey is what unseen people reach." if unseen is not None else "."),
        tuple(panels),
        details="The enclosed area says nothing, since it depends on the order of the scores.",
    )


def _polygon(
    each: ShownSet, names: Sequence[ScoreName], angles: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Corners of a set's polygon; a score that is not defined has none."""
    values = np.array([score.of(each) for score in names])
    known = np.isfinite(values)
    return _around(angles[known], np.clip(values[known], 0, 1))


def _around(
    angles: npt.NDArray[np.float64], values: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """A closed polygon with corners at these angles and distances from the centre."""
    x, y = values * np.cos(angles), values * np.sin(angles)
    return np.append(x, x[:1]), np.append(y, y[:1])
