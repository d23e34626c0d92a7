from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.evaluation import Evaluation
from artgen_fast.report import palette
from artgen_fast.report.figures.populations import populations
from artgen_fast.report.shown_sets import shown_sets

ROWS = {
    "Shares": "synthetic_share",
    "AA_truth": "truth_half_tie",
    "AA_syn": "syn_half_tie",
    "Rare allele frequencies": "rare_frequencies_r",
    "Heterozygosity": "heterozygosity_ratio",
}


def test_points_intervals_and_strokes_are_those_of_the_evaluation(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    figure = populations(sets)
    assert figure is not None
    assert [heading for heading, _ in figure.rows] == list(ROWS)
    for (_, panels), field in zip(figure.rows, ROWS.values(), strict=True):
        for panel, each in zip(panels, sets, strict=True):
            assert panel.shown is each
            found = each.results.populations.populations
            axes = panel.drawn.axes
            (points,) = [line for line in axes.lines if line.get_color() == each.style.colour]
            np.testing.assert_array_equal(points.get_xdata(), [getattr(one, field) for one in found])
            np.testing.assert_array_equal(points.get_ydata(), range(len(found)))
            ends = [getattr(one, f"{field}_interval") for one in found]
            np.testing.assert_array_equal(
                [segment[:, 0] for segment in axes.collections[0].get_segments()], [[end.low, end.high] for end in ends]
            )
            strokes = list(axes.collections[1:])
            assert len(strokes) == (not each.is_holdout)
            for stroke in strokes:
                unseen = [getattr(one, field) for one in evaluation.holdout.populations.populations]
                np.testing.assert_array_equal([segment[0, 0] for segment in stroke.get_segments()], unseen)
            assert [text.get_text() for text in axes.texts] == [one.label for one in found]


def test_bars_are_the_real_shares(evaluation: Evaluation):
    figure = populations(shown_sets(evaluation))
    assert figure is not None
    shares, *others = figure.rows
    for panel in shares[1]:
        found = panel.shown.results.populations.populations
        widths = [bar.get_width() for bar in panel.drawn.axes.patches]
        assert widths == pytest.approx([one.real_share for one in found])
        assert sum(widths) == pytest.approx(1)
    assert not any(panel.drawn.axes.patches for _, row in others for panel in row)
    assert all(line.get_color() == palette.INK for _, row in others for line in row[0].drawn.axes.lines[:1])


def test_without_labels_or_numbers_there_is_no_figure(without_holdout: Evaluation, undefined: Evaluation):
    assert populations(shown_sets(without_holdout)) is None
    assert populations(shown_sets(undefined)) is None
