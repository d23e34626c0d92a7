from __future__ import annotations

import re

import numpy as np

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import dots, drawing, inline, limits, steps


def test_even_whole_numbers_give_an_even_histogram_whatever_the_bins():
    edges = np.linspace(-0.5, 9.5, 8)
    counts = np.histogram(np.arange(10), bins=edges)[0]
    assert len(set(counts)) > 1
    with drawing(100, 100) as panel:
        steps(panel.axes, counts, edges)
        heights = panel.axes.patches[0].get_data().values
    np.testing.assert_allclose(heights, 0.1)


def test_a_dot_for_every_cell_that_holds_something():
    counts = np.array([[4, 0], [1, 100]])
    with drawing(100, 100) as panel:
        dots(panel.axes, np.arange(3.0), np.arange(3.0), counts, palette.INK, 8)
        drawn = {
            (float(x), float(y)): float(line.get_linewidth())
            for line in panel.axes.lines
            for x, y in zip(line.get_xdata()[::3], line.get_ydata()[::3], strict=True)
        }
    assert set(drawn) == {(0.5, 0.5), (1.5, 0.5), (1.5, 1.5)}
    assert drawn[1.5, 0.5] < drawn[0.5, 0.5] < drawn[1.5, 1.5] == 8


def test_inline_svg_has_its_own_identifiers_and_the_pages_colours():
    with drawing(100, 100) as panel:
        panel.axes.plot([0, 1], [0, 1], "o", color=palette.set_style(0).colour)
        panel.axes.set_title("a $x$ < b")
    svg = inline(panel.svg, "here", 'a "quoted" label')
    ids = re.findall(r' id="([^"]+)"', svg)
    assert ids
    assert all(name.startswith("here-") for name in ids)
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', svg)) == set(ids)
    assert "var(--set-1)" in svg
    assert palette.set_style(0).colour not in svg
    assert 'aria-label="a &quot;quoted&quot; label"' in svg
    assert "a $x$ &lt; b" in svg
    assert svg.startswith("<svg")
    assert not re.search(r'<svg[^>]* (?:width|height)="', svg)


def test_limits_of_nothing():
    assert limits([float("nan")]) is None
    assert limits([0.0, 1.0, float("nan")], margin=0.1) == (-0.1, 1.1)
