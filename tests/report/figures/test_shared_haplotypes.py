from __future__ import annotations

import numpy as np

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.shared_haplotypes import shared_haplotypes
from artgen_fast.report.shown_sets import shown_sets


def test_shares_of_the_set_before_those_of_unseen_people(evaluation: Evaluation):
    sets = [each for each in shown_sets(evaluation) if not each.is_holdout]
    figure = shared_haplotypes(shown_sets(evaluation))
    assert figure is not None
    assert [panel.shown for panel in figure.panels] == sets
    for panel, each in zip(figure.panels, sets, strict=True):
        found = each.results.shared_haplotypes
        assert found is not None
        assert found.holdout is not None
        assert found.against_unseen is not None
        unseen, synthetic = (stairs.get_data() for stairs in panel.drawn.axes.patches)
        np.testing.assert_allclose(unseen.values, found.holdout.by_base_pairs / 120)
        np.testing.assert_allclose(synthetic.values, found.synthetic.by_base_pairs / 120)
        np.testing.assert_array_equal(synthetic.edges[1:], found.base_pair_edges[1:])
        assert synthetic.edges[0] > 0
        (line,) = panel.drawn.axes.lines
        np.testing.assert_array_equal(line.get_xdata(), max(found.against_unseen.long_base_pairs, synthetic.edges[0]))
        assert panel.finding.startswith(f"mean × {found.against_unseen.base_pairs_ratio:.2f}")
    assert "cannot be told" not in figure.caption


def test_without_unseen_people_there_is_no_measure(without_holdout: Evaluation):
    figure = shared_haplotypes(shown_sets(without_holdout))
    assert figure is not None
    (panel,) = figure.panels
    assert panel.finding == ""
    assert len(panel.drawn.axes.patches) == 1
    assert not panel.drawn.axes.lines
    assert "cannot be told" in figure.caption


def test_undefined_numbers_leave_the_line_out(undefined: Evaluation):
    figure = shared_haplotypes(shown_sets(undefined))
    assert figure is not None
    for panel in figure.panels:
        assert not panel.drawn.axes.lines
        assert len(panel.drawn.axes.patches) == 2
