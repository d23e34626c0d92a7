from __future__ import annotations

from dataclasses import replace

import numpy as np

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.near_copies import near_copies
from artgen_fast.report.shown_sets import ShownSet, shown_sets


def drawn(sets: list[ShownSet]):
    figure = near_copies(sets)
    assert figure is not None
    return [panel.drawn.axes for panel in figure.panels], [panel.finding for panel in figure.panels]


def test_lines_are_the_quantiles_of_the_set_and_of_unseen_people(evaluation: Evaluation):
    every, findings = drawn(shown_sets(evaluation))
    assert len(every) == len(evaluation.sets), "the hold-out is the measure, in every panel"
    for axes, finding, each in zip(every, findings, evaluation.sets.values(), strict=True):
        found = each.near_copies
        unseen, own = axes.lines[:2]
        for line, quantiles, rows in (
            (unseen, found.unseen_to_training, found.unseen_rows),
            (own, found.synthetic_to_training, found.synthetic_rows),
        ):
            told = (found.levels == 0) | (found.levels >= 1 / rows)
            np.testing.assert_array_equal(line.get_xdata(), quantiles[told])
            np.testing.assert_array_equal(line.get_ydata(), np.maximum(found.levels[told], 1 / rows))
        nearest, unseen_nearest = int(found.synthetic_to_training[0]), int(found.unseen_to_training[0])
        assert f"nearest at {nearest} sites ({unseen_nearest})" in finding


def test_near_copies_are_counted_left_of_a_line_where_there_can_be_any(evaluation: Evaluation):
    (each,) = (each for each in shown_sets(evaluation) if each.name == "copies")
    for limit, copies, lines, begins in ((7, 12, 3, "12 near copies; "), (7, 0, 3, "nearest"), (-1, 0, 2, "nearest")):
        found = replace(each.results.near_copies, copy_distance=limit, near_copies=copies)
        ((axes,), (finding,)) = drawn([replace(each, results=replace(each.results, near_copies=found))])
        assert len(axes.lines) == lines
        assert finding.startswith(begins)
    gone = replace(each, results=replace(each.results, near_copies=None))
    assert near_copies([gone]) is None
