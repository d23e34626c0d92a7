from __future__ import annotations

from dataclasses import replace

import numpy as np

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.aa_ts_halves import aa_ts_halves
from artgen_fast.report.shown_sets import ShownSet, shown_sets


def bars(sets: list[ShownSet]) -> list[tuple[float, float, float]]:
    """Row, left and right end of every bar."""
    figure = aa_ts_halves(sets)
    assert figure is not None
    axes = figure.panels[0].drawn.axes
    boxes = [bar.get_bbox() for bar in axes.patches]
    return [((box.y0 + box.y1) / 2, min(box.x0, box.x1), max(box.x0, box.x1)) for box in boxes]


def test_bars_go_from_a_half_to_each_half_over_what_is_accepted(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    found = bars(sets)
    reference = evaluation.sets["copies"].verdict.reference
    expected = []
    for row, each in enumerate(sets):
        aa = each.results.aa_ts
        for place, value, accepted in (
            (row - 0.19, aa.truth_half_tie, reference.truth_interval),
            (row + 0.19, aa.syn_half_tie, reference.syn_interval),
        ):
            expected += [(place, accepted.low, accepted.high), (place, min(value, 0.5), max(value, 0.5))]
    np.testing.assert_allclose(found, expected)


def test_the_mean_is_marked(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    figure = aa_ts_halves(sets)
    assert figure is not None
    upright = [
        line.get_xdata() for line in figure.panels[0].drawn.axes.lines if np.isclose(np.ptp(line.get_ydata()), 0.8)
    ]
    np.testing.assert_allclose(upright, [[each.results.aa_ts.half_tie] * 2 for each in sets])


def test_without_a_verdict_there_are_no_bands(evaluation: Evaluation):
    sets = [replace(each, results=replace(each.results, verdict=None)) for each in shown_sets(evaluation)]
    assert len(bars(sets)) == 2 * len(sets)
    gone = [replace(each, results=replace(each.results, aa_ts=None)) for each in sets]
    assert aa_ts_halves(gone) is None
