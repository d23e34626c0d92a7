from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.lines import Line2D

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.figure import Figure
from artgen_fast.report.figures.radar import radar
from artgen_fast.report.figures.scores import SCORES, known_scores, scores
from artgen_fast.report.shown_sets import ShownSet, shown_sets


def with_scores(each: ShownSet, **changed: float) -> ShownSet:
    return replace(each, results=replace(each.results, scores=replace(each.results.scores, **changed)))


def polygon(sets: list[ShownSet], place: int) -> dict[str, np.ndarray]:
    """Corners by colour: the set's own outline, and the grey of the unseen people."""
    figure = radar(sets)
    assert figure is not None
    axes = figure.panels[place].drawn.axes
    (own,) = [line for line in axes.lines if line.get_color() == sets[place].style.colour]
    grey = [patch for patch in axes.patches if patch.get_alpha() == 0.55]
    return {"own": own.get_xydata()} | dict(zip(["unseen"], [patch.get_xy() for patch in grey], strict=False))


def test_corners_are_as_far_out_as_the_scores(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    names = known_scores(sets)
    for place, each in enumerate(sets):
        found = polygon(sets, place)
        assert ("unseen" in found) == (place > 0)
        for corners, shown in ((found["own"], each), (found.get("unseen"), sets[0])):
            if corners is not None:
                expected = [min(max(score.of(shown), 0), 1) for score in names]
                np.testing.assert_allclose(np.hypot(*corners[: len(names)].T), expected, atol=1e-12)


def test_scores_go_round_clockwise_from_the_top(evaluation: Evaluation):
    each = with_scores(shown_sets(evaluation)[0], **{score.field: 1.0 for score in SCORES})
    x, y = polygon([each], 0)["own"].T
    assert (x[0], y[0]) == pytest.approx((0, 1))
    assert x[1] > 0
    assert (x[-1], y[-1]) == pytest.approx((0, 1))


def test_a_score_that_is_not_defined_has_no_corner(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    sets[1] = with_scores(sets[1], ld=float("nan"))
    assert len(polygon(sets, 1)["own"]) == len(polygon(sets, 2)["own"]) - 1


def test_fewer_than_three_scores_are_no_radar(evaluation: Evaluation):
    undefined = {score.field: float("nan") for score in SCORES[2:]}
    sets = [with_scores(each, **undefined) for each in shown_sets(evaluation)]
    assert radar(sets) is None
    figure = scores(sets)
    assert figure is not None
    assert len(points_and_intervals(figure)[0]) == 2 * len(sets)


def points_and_intervals(figure: Figure) -> tuple[list[Line2D], list[Line2D]]:
    lines = figure.panels[0].drawn.axes.lines
    points = [line for line in lines if line.get_marker() != "None"]
    return points, [line for line in lines if line not in points]


def test_every_score_is_a_point_on_its_interval(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    figure = scores(sets)
    assert figure is not None
    shown = [(score, each) for score in SCORES for each in sets]
    points, intervals = points_and_intervals(figure)
    assert [(line.get_xdata()[0], line.get_color()) for line in points] == [
        (score.of(each), each.style.colour) for score, each in shown
    ]
    for line, point, (score, each) in zip(intervals, points, shown, strict=True):
        ends = score.interval_of(each)
        np.testing.assert_array_equal(line.get_xdata(), [ends.low, ends.high])
        assert set(line.get_ydata()) == set(point.get_ydata())
        assert line.get_color() == point.get_color()
    assert all(np.ptp(line.get_xdata()) > 0 for line in intervals[: len(sets)])
