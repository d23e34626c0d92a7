"""Figures of imputation and of the selection scan: they show the numbers of the evaluation."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import same_color

from artgen_fast.evaluation import Evaluation
from artgen_fast.report import palette
from artgen_fast.report.figures.haplotype_windows import haplotype_windows
from artgen_fast.report.figures.imputation import imputation
from artgen_fast.report.figures.selection_scan import selection_scan
from artgen_fast.report.shown_sets import shown_sets


def test_real_half_mixed_and_synthetic_are_beside_each_other(evaluation: Evaluation):
    sets = [each for each in shown_sets(evaluation) if not each.is_holdout]
    figure = imputation(shown_sets(evaluation))
    assert figure is not None
    assert [panel.shown for panel in figure.panels] == sets
    for panel, each in zip(figure.panels, sets, strict=True):
        found = each.results.imputation
        assert found is not None
        classes = [one for one in found.classes if one.rarer_alleles]
        axes = panel.drawn.axes
        assert [bar.get_width() for bar in axes.patches] == [one.real.r2 for one in classes]
        half = [path.vertices[0, 0] for lines in axes.collections for path in lines.get_paths()]
        assert half == [one.half_real.r2 for one in classes]
        points = [line for line in axes.lines if line.get_marker() == each.style.marker]
        for kind, filled in (("mixed", False), ("synthetic", True)):
            own = [line for line in points if same_color(line.get_markerfacecolor(), palette.PAPER) != filled]
            assert [line.get_xdata()[0] for line in own] == [getattr(one, kind).r2 for one in classes]
            assert [round(float(line.get_ydata()[0])) for line in own] == list(range(len(classes)))
        assert [text.get_text() for text in axes.texts] == [one.name for one in classes]
        assert panel.finding.startswith(f"common {found.common.synthetic.r2:.2f}")
    assert "120 haplotypes of unseen people" in figure.details


def test_every_site_with_both_scores_is_a_point(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    figure = selection_scan(sets)
    assert figure is not None
    assert [panel.shown for panel in figure.panels] == sets
    ranges = set()
    for panel, each in zip(figure.panels, sets, strict=True):
        found = each.results.selection_scan
        assert found is not None
        both = np.isfinite(found.real_score) & np.isfinite(found.synthetic_score)
        assert np.count_nonzero(both) == found.n_sites > 10
        specks, diagonal = panel.drawn.axes.lines
        x, y = specks.get_xydata()[::3].T
        np.testing.assert_array_equal(x, found.real_score[both])
        np.testing.assert_array_equal(y, found.synthetic_score[both])
        np.testing.assert_array_equal(*diagonal.get_data())
        ranges.add((panel.drawn.axes.get_xlim(), panel.drawn.axes.get_ylim()))
        assert panel.finding.startswith(f"r = {found.correlation:.2f}".replace("-", "−"))
    assert len(ranges) == 1
    ((low, high), across) = ranges.pop()
    assert (low, high) == across


def test_h12_runs_along_the_windows(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    figure = haplotype_windows(sets)
    assert figure is not None
    assert [panel.shown for panel in figure.panels] == sets
    ranges = set()
    for panel, each in zip(figure.panels, sets, strict=True):
        found = each.results.haplotype_windows
        assert found is not None
        axes = panel.drawn.axes
        (line,) = axes.lines
        assert line.get_ydata().tolist() == np.repeat(found.synthetic_h12, 2).tolist()
        (area,) = axes.collections
        assert area.get_paths()[0].vertices[:, 1].max() == found.real_h12.max()
        assert panel.finding.startswith(f"{found.h12_ratio:.2f} of the real")
        ranges.add(axes.get_ylim())
    assert len(ranges) == 1


def test_points_are_seen_in_pixels_too(evaluation: Evaluation):
    figure = selection_scan(shown_sets(evaluation))
    assert figure is not None
    for panel in figure.panels:
        pixels = panel.drawn.pixels(2)[..., :3].astype(int)
        assert panel.shown is not None
        colour = np.array([int(panel.shown.style.colour[at : at + 2], 16) for at in (1, 3, 5)])
        assert np.count_nonzero(np.abs(pixels - colour).max(axis=2) < 30) > 50


def test_what_was_not_asked_for_is_not_drawn(without_holdout: Evaluation, undefined: Evaluation):
    assert imputation(shown_sets(without_holdout)) is None
    assert selection_scan(shown_sets(without_holdout)) is None
    assert haplotype_windows(shown_sets(without_holdout)) is None
    assert imputation(shown_sets(undefined)) is not None
    assert selection_scan(shown_sets(undefined)) is not None
