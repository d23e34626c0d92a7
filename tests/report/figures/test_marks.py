from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import PathPatch

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.marks import cells, limits, row_labels, specks, steps


def test_even_whole_numbers_give_an_even_histogram_whatever_the_bins():
    edges = np.linspace(-0.5, 9.5, 8)
    counts = np.histogram(np.arange(10), bins=edges)[0]
    assert len(set(counts)) > 1
    with drawing(100, 100) as panel:
        steps(panel.axes, counts, edges)
        heights = panel.axes.patches[0].get_data().values
    np.testing.assert_allclose(heights, 0.1)


def shades(counts: np.ndarray, spots: list[tuple[float, float]]) -> list[int]:
    """How many shades lie over each spot; cell (i, j) is from (i, j) to (i + 1, j + 1)."""
    first, second = (np.arange(n + 1.0) for n in counts.shape)
    with drawing(100, 100) as panel:
        cells(panel.axes, first, second, counts, palette.INK)
        patches = [artist for artist in panel.axes.get_children() if isinstance(artist, PathPatch)]
    corners = [patch.get_path().vertices.reshape(-1, 5, 2) for patch in patches]
    return [
        sum(bool(((each.min(axis=1) < spot) & (each.max(axis=1) > spot)).all(axis=1).any()) for each in corners)
        for spot in spots
    ]


def middles(counts: np.ndarray) -> list[tuple[float, float]]:
    return [(i + 0.5, j + 0.5) for i, j in np.ndindex(counts.shape)]


def test_the_fuller_a_cell_the_darker_and_an_empty_one_is_blank():
    counts = np.array([[0, 1, 3, 1000], [0, 0, 30, 0], [1, 1, 300, 0]])
    found = np.array(shades(counts, middles(counts))).reshape(counts.shape)
    assert ((found > 0) == (counts > 0)).all()
    assert (np.diff(found.ravel()[np.argsort(counts, axis=None)]) >= 0).all()
    # Of the shades 1, 4, 16, 64 and 252, by powers: 30 is in the middle one.
    assert (found[0, 1], found[1, 2], found.max()) == (1, 3, 5)


def test_neighbouring_cells_leave_no_seam():
    counts = np.array([[5, 5, 0], [5, 5, 0]])
    across, along, corner = (1.0, 0.5), (0.5, 1.0), (1.0, 1.0)
    inside = shades(counts, [(0.5, 0.5)])
    assert shades(counts, [across, along, corner]) == inside * 3
    assert shades(counts, [(0.5, 2.1), (2.1, 0.5)]) == [0, 0]


def test_no_counts_no_cells():
    nothing = np.zeros((2, 2), dtype=int)
    assert shades(nothing, middles(nothing)) == [0] * 4


def test_specks_are_dots_where_they_should_be():
    with drawing(100, 100) as panel:
        specks(panel.axes, np.array([1.0, 2.0]), np.array([5.0, 6.0]), palette.INK, 2)
        specks(panel.axes, np.empty(0), np.empty(0), palette.INK, 2)
        (line,) = panel.axes.lines
        points = np.array(line.get_xydata()).reshape(2, 3, 2)
    np.testing.assert_array_equal(points[:, 0], [[1, 5], [2, 6]])
    # Lines of no length would be left out of pixels; these are far shorter than a pixel.
    np.testing.assert_allclose(points[:, 1], points[:, 0], rtol=2e-5)
    assert np.all(points[:, 1, 0] > points[:, 0, 0])
    assert np.isnan(points[:, 2]).all()


def test_rows_are_named_where_they_are():
    with drawing(100, 100) as panel:
        panel.axes.set_ylim(1.5, -0.5)
        row_labels(panel.axes, ["first", "second"])
        named = {text.get_text(): text.get_position()[1] for text in panel.axes.texts}
    assert named == {"first": 0, "second": 1}
    assert panel.svg.index("first") < panel.svg.index("second")


@pytest.mark.parametrize("margin", [0.0, 0.1])
def test_limits(margin: float):
    assert limits([float("nan")]) is None
    assert limits([0.0, 1.0, float("nan")], margin=margin) == (-margin, 1.0 + margin)
