from __future__ import annotations

import numpy as np

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.frequency_spectrum import frequency_spectrum
from artgen_fast.report.shown_sets import shown_sets


def test_bars_are_the_real_shares_and_points_those_of_the_set(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    figure = frequency_spectrum(sets)
    assert figure is not None
    assert [panel.shown for panel in figure.panels] == sets
    for panel in figure.panels:
        assert panel.shown is not None
        found = panel.shown.results.frequency_spectrum
        assert found is not None
        bars = panel.drawn.axes.patches
        classes, singletons = panel.drawn.axes.lines
        np.testing.assert_allclose([bar.get_height() for bar in bars], found.by_minor.real / found.real_varying)
        points = np.concatenate([singletons.get_xydata(), classes.get_xydata()])
        np.testing.assert_allclose(points[:, 1], found.by_minor.synthetic / found.synthetic_varying)
        np.testing.assert_allclose(points[:, 0], [bar.get_x() + bar.get_width() / 2 for bar in bars])
        assert points[1, 0] - points[0, 0] > 1.5 * (points[2, 0] - points[1, 0])
        (text,) = panel.drawn.axes.texts
        assert text.get_text() == f"singletons × {found.singletons.ratio:.2f}"
        ends = f"[{found.by_minor.distance_interval.low:.2f},\u00a0{found.by_minor.distance_interval.high:.2f}]"
        assert panel.finding == f"distance {found.by_minor.distance:.2f} {ends}".replace("-", "−")


def test_undefined_spectra_are_drawn_empty(undefined: Evaluation):
    figure = frequency_spectrum(shown_sets(undefined))
    assert figure is not None
    for panel in figure.panels:
        assert {bar.get_height() for bar in panel.drawn.axes.patches} == {0}
        assert not panel.drawn.axes.texts
