from __future__ import annotations

from dataclasses import replace

import numpy as np

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.figure import Figure
from artgen_fast.report.figures.ld_runs import ld_runs
from artgen_fast.report.shown_sets import ShownSet, shown_sets

THRESHOLDS = (0.2, 0.5, 0.8)


def with_runs(each: ShownSet, counts: np.ndarray) -> ShownSet:
    """The set with other numbers of runs: int64 of shape (thresholds, 2, bins), real and synthetic."""
    found = each.results.ld_runs
    assert found is not None
    thresholds = tuple(
        replace(
            lengths,
            real=replace(lengths.real, by_base_pairs=real),
            synthetic=replace(lengths.synthetic, by_base_pairs=synthetic),
            base_pairs_ratio=ratio,
        )
        for lengths, (real, synthetic), ratio in zip(found.thresholds, counts, (0.5, float("nan"), 2.0), strict=True)
    )
    runs = replace(found, thresholds=thresholds)
    return replace(each, results=replace(each.results, ld_runs=runs))


def histograms(figure: Figure | None) -> np.ndarray:
    """Heights above their base lines, of shape (sets, thresholds, 2, bins)."""
    assert figure is not None
    return np.array(
        [
            [stairs.get_data().baseline - stairs.get_data().values for stairs in panel.drawn.axes.patches]
            for panel in figure.panels
        ]
    ).reshape(len(figure.panels), len(THRESHOLDS), 2, -1)


def test_heights_are_numbers_of_runs_on_one_scale_a_threshold(evaluation: Evaluation):
    found = evaluation.sets["copies"].ld_runs
    assert found is not None
    assert tuple(each.threshold for each in found.thresholds) == THRESHOLDS
    bins = len(found.base_pair_edges) - 1
    counts = np.random.default_rng(1).integers(1, 50, size=(2, len(THRESHOLDS), 2, bins))
    sets = [with_runs(each, of_set) for each, of_set in zip(shown_sets(evaluation)[:2], counts, strict=True)]
    figure = ld_runs(sets)
    heights = histograms(figure)
    scale = heights / counts
    np.testing.assert_allclose(scale, np.broadcast_to(scale[:1, :, :1, :1], scale.shape))
    np.testing.assert_allclose(heights.max(axis=(0, 2, 3)), heights.max())
    assert 0.5 < heights.max() < 0.8
    assert figure is not None
    for panel in figure.panels:
        texts = [text.get_text().split(" [")[0] for text in panel.drawn.axes.texts]
        assert sorted(texts) == sorted(["× 0.50", "× 2.00", *(f"r² ≥ {threshold}" for threshold in THRESHOLDS)])


def test_lengths_without_runs_are_cut_off(evaluation: Evaluation):
    each = shown_sets(evaluation)[0]
    found = each.results.ld_runs
    assert found is not None
    edges = found.base_pair_edges
    counts = np.zeros((len(THRESHOLDS), 2, len(edges) - 1), dtype=np.int64)
    counts[1, 1, 3] = counts[2, 0, 4] = 7
    figure = ld_runs([with_runs(each, counts)])
    assert figure is not None
    low, high = figure.panels[0].drawn.axes.get_xlim()
    assert edges[2] < low < edges[3]
    assert edges[5] < high < edges[6]


def test_no_runs_at_all_are_drawn_flat(evaluation: Evaluation):
    each = shown_sets(evaluation)[0]
    found = each.results.ld_runs
    assert found is not None
    nothing = np.zeros((len(THRESHOLDS), 2, len(found.base_pair_edges) - 1), dtype=np.int64)
    assert not histograms(ld_runs([with_runs(each, nothing)])).any()


def test_the_details_name_the_sites(evaluation: Evaluation):
    figure = ld_runs(shown_sets(evaluation))
    assert figure is not None
    assert "at least 5 %" in figure.details
