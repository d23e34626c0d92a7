from __future__ import annotations

from dataclasses import replace

import pytest

from artgen_fast.evaluation import Evaluation
from artgen_fast.metrics.uncertainty.intervals import Interval
from artgen_fast.report.figures.copied_people import copied_people
from artgen_fast.report.shown_sets import shown_sets


def test_bars_are_counts_of_people_beside_as_many_unseen_ones(evaluation: Evaluation):
    (each,) = (each for each in shown_sets(evaluation) if each.name == "copies")
    found = replace(
        each.results.copies, training_persons=60, training_persons_copied=40, holdout_persons=30,
        holdout_persons_copied=6, exchangeable=Interval(10, 20),
    )  # fmt: skip
    figure = copied_people([replace(each, results=replace(each.results, copies=found))])
    assert figure is not None
    (panel,) = figure.panels
    chance, training, unseen = (bar.get_bbox() for bar in panel.drawn.axes.patches)
    assert [(bar.x0, bar.x1) for bar in (chance, training, unseen)] == [(10, 20), (0, 40), (0, 12)]
    assert chance.y0 < training.y0 < training.y1 < chance.y1 < unseen.y0 < unseen.y1 < 1
    words = [text.get_text() for text in panel.drawn.axes.texts]
    assert words == ["40 of 60 training", "6 of 30 unseen", "copies"]


def test_every_set_has_its_line_but_the_yardstick(evaluation: Evaluation, without_holdout: Evaluation):
    figure = copied_people(shown_sets(evaluation))
    assert figure is not None
    assert len(figure.panels[0].drawn.axes.patches) == 3 * len(evaluation.sets)
    assert copied_people(shown_sets(without_holdout)) is None


def test_nobody_copied_is_drawn_too(evaluation: Evaluation):
    each = shown_sets(evaluation)[1]
    none = replace(
        each.results.copies, training_persons_copied=0, holdout_persons_copied=0, exchangeable=Interval(0, 0)
    )
    figure = copied_people([replace(each, results=replace(each.results, copies=none))])
    assert figure is not None
    assert figure.panels[0].drawn.axes.get_xlim() == (0, pytest.approx(1.4))
