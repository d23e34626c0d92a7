from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.frequency_classes import frequency_classes
from artgen_fast.report.shown_sets import shown_sets


@pytest.mark.parametrize(
    ("row", "field"), [("Alleles lost", "fixed_in_synthetic"), ("Frequencies of those sites", "r")]
)
def test_points_intervals_and_strokes_are_those_of_the_evaluation(evaluation: Evaluation, row: str, field: str):
    sets = shown_sets(evaluation)
    figure = frequency_classes(sets)
    assert figure is not None
    panels = dict(figure.rows)[row]
    for panel, each in zip(panels, sets, strict=True):
        assert panel.shown is each
        found = [one for one in each.results.allele_frequencies.classes if one.n_sites]
        axes = panel.drawn.axes
        *whiskers, points = [line for line in axes.lines if line.get_color() == each.style.colour]
        np.testing.assert_array_equal(points.get_xdata(), [getattr(one, field) for one in found])
        assert [text.get_text() for text in axes.texts] == [one.name for one in found]
        known = [one for one in found if np.isfinite(getattr(one, f"{field}_interval").low)]
        assert len(whiskers) == len(known) > 2
        for line, one in zip(whiskers, known, strict=True):
            ends = getattr(one, f"{field}_interval")
            assert list(line.get_xdata()) == [ends.low, ends.high]
        strokes = [float(segment[0, 0]) for each in axes.collections for segment in each.get_segments()]
        unseen = [getattr(one, field) for one in evaluation.holdout.allele_frequencies.classes if one.n_sites]
        assert strokes == ([] if each.is_holdout else [value for value in unseen if np.isfinite(value)])


def test_the_sites_are_counted(evaluation: Evaluation, without_holdout: Evaluation, undefined: Evaluation):
    figure = frequency_classes(shown_sets(evaluation))
    assert figure is not None
    for one in evaluation.holdout.allele_frequencies.classes:
        assert (f"{one.name} {one.n_sites}" in figure.details) == (one.n_sites > 0)
    assert "dark strokes" in figure.caption
    alone = frequency_classes(shown_sets(without_holdout))
    assert alone is not None
    assert "dark strokes" not in alone.caption
    assert frequency_classes(shown_sets(undefined)) is None
