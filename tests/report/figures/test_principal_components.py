from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.path import Path

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.principal_components import principal_components
from artgen_fast.report.shown_sets import ShownSet, shown_sets

BINS = 50


def with_rows(each: ShownSet, real: np.ndarray, synthetic: np.ndarray) -> ShownSet:
    """The set with rows at other places on components 1 and 2."""
    pca = each.results.pca
    edges = np.linspace(-4, 4, BINS + 1)
    counts = [np.histogram2d(*rows.T, bins=(edges, edges))[0].astype(np.int64) for rows in (real, synthetic)]
    density = replace(
        pca.real_axes.densities[0], first_edges=edges, second_edges=edges, real=counts[0], synthetic=counts[1]
    )
    axes = replace(pca.real_axes, densities=(density,))
    return replace(each, results=replace(each.results, pca=replace(pca, real_axes=axes)))


def cloud(seed: int, middle: tuple[float, float], spread: tuple[float, float]) -> np.ndarray:
    return np.random.default_rng(seed).normal(middle, spread, size=(20_000, 2))


def rings_of(path: Path) -> list[np.ndarray]:
    """The closed lines of an outline, holes too."""
    return [polygon for polygon in path.to_polygons(closed_only=False) if len(polygon) > 2]


def test_every_pair_of_components_is_a_row_of_panels(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    figure = principal_components(sets)
    assert figure is not None
    assert [heading for heading, _ in figure.rows] == [
        "Components 1 and 2",
        "Components 3 and 4",
        "Components 5 and 6",
        "Pooled components 1 and 2",
    ]
    assert all([panel.shown for panel in row] == sets for _, row in figure.rows)
    apart = sets[1].results.pca.real_axes.wasserstein
    assert figure.rows[1][1][1].finding == f"apart by {apart[2]:.2f} and {apart[3]:.2f} sd"
    pooled = sets[1].results.pca.joint_axes.wasserstein
    assert figure.rows[3][1][1].finding == f"apart by {pooled[0]:.2f} and {pooled[1]:.2f} sd"


def test_lines_and_areas_hold_the_shares_that_they_say(evaluation: Evaluation):
    real, synthetic = cloud(1, (0, 0), (1, 0.5)), cloud(2, (0.5, -0.5), (0.6, 0.9))
    figure = principal_components([with_rows(shown_sets(evaluation)[1], real, synthetic)])
    assert figure is not None
    areas, lines = figure.panels[0].drawn.axes.collections
    for rows, outlines in ((synthetic, lines.get_paths()), (real, areas.get_paths())):
        inside = [max(Path(ring).contains_points(rows).mean() for ring in rings_of(path)) for path in outlines]
        assert inside == pytest.approx([0.99, 0.9, 0.5], abs=0.03)


def test_lines_and_areas_end_inside_the_frame(evaluation: Evaluation):
    """Rows at the edge of the table are drawn as others are."""
    at_the_edge = np.concatenate([cloud(1, (0, 0), (1, 1)), np.full((8000, 2), 3.99), np.full((8000, 2), -3.99)])
    figure = principal_components([with_rows(shown_sets(evaluation)[1], at_the_edge, at_the_edge)])
    assert figure is not None
    axes = figure.panels[0].drawn.axes
    (left, right), (below, above) = axes.get_xlim(), axes.get_ylim()
    for collection in axes.collections:
        for path in collection.get_paths():
            x, y = path.vertices.T
            assert left < x.min() < -3.9 < 3.9 < x.max() < right
            assert below < y.min() < -3.9 < 3.9 < y.max() < above


def test_rows_beyond_the_last_line_are_dots(evaluation: Evaluation):
    synthetic = np.concatenate([cloud(2, (0, 0), (0.5, 0.5)), [[3.0, -3.0], [-3.0, 3.0]]])
    figure = principal_components([with_rows(shown_sets(evaluation)[1], cloud(1, (0, 0), (1, 1)), synthetic)])
    assert figure is not None
    axes = figure.panels[0].drawn.axes
    (dots,) = axes.lines
    places = dots.get_xydata()[::3]
    for far in ([3.0, -3.0], [-3.0, 3.0]):
        assert np.abs(places - far).max(axis=1).min() < 0.1
    assert np.hypot(*places.T).min() > 1.1


def test_axes_name_their_component_and_its_share_of_the_variance(evaluation: Evaluation):
    figure = principal_components(shown_sets(evaluation))
    assert figure is not None
    explained = evaluation.sets["copies"].pca.real_axes.explained
    axes = figure.rows[2][1][0].drawn.axes
    assert axes.get_xlabel() == f"PC 5 ({100 * explained[4]:.1f} %)"
    assert axes.get_ylabel() == f"PC 6 ({100 * explained[5]:.1f} %)"
