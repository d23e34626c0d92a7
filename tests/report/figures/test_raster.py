from __future__ import annotations

import re
from base64 import b64decode
from io import BytesIO

import numpy as np
from PIL import Image

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.raster import SHADES, density, raster
from artgen_fast.report.figures.svg import inline

COLOUR = palette.set_style(0).colour


def pictures(svg: str) -> list[np.ndarray]:
    """The masks, uint8 of shape (rows, columns)."""
    found = re.findall(r'<mask id="[^"]+"><image href="data:image/png;base64,([^"]+)"', svg)
    return [np.asarray(Image.open(BytesIO(b64decode(each)))) for each in found]


def test_each_picture_is_a_mask_over_its_own_colour():
    tables = np.random.default_rng(1).random((2, 7, 5))
    tables[0, 2, 3] = np.nan
    with drawing(100, 100) as panel:
        raster(panel.axes, tables[0], COLOUR)
        raster(panel.axes, tables[1], palette.INK)
    for found, table in zip(pictures(panel.svg), tables, strict=True):
        np.testing.assert_allclose(found / 255, np.nan_to_num(table), atol=0.5 / SHADES + 0.5 / 255)
    assert re.findall(r'mask="url\(#([^)]+)\)" style="fill: ([^"]+)"', inline(panel.svg, "here", "")) == [
        ("here-opacity-0", "var(--set-1)"),
        ("here-opacity-1", "var(--ink)"),
    ]


def test_a_picture_is_where_it_should_be_to_a_thousandth_of_its_size():
    with drawing(100, 100) as panel:
        raster(panel.axes, np.ones((300, 300)), COLOUR)
    across, _, _, down, left, top = map(float, re.search(r"matrix\(([^)]+)\)", panel.svg)[1].split())
    box = panel.axes.get_position().bounds
    assert np.abs(np.array([300 * across, 300 * down, left]) - 100 * np.array([box[2], box[3], box[0]])).max() < 0.1
    assert abs(top - 100 * (1 - box[1] - box[3])) < 0.1


def test_densities_run_rightwards_and_upwards_and_the_fuller_a_cell_the_darker():
    counts = np.array([[0, 1, 3], [0, 30, 1000]])
    with drawing(100, 100) as panel:
        density(panel.axes, counts, COLOUR, (0, 2, 0, 3))
    (found,) = pictures(panel.svg)
    shades = found[::-1].T.astype(int)
    assert shades.shape == counts.shape
    assert ((shades > 0) == (counts > 0)).all()
    assert (np.diff(shades.ravel()[np.argsort(counts, axis=None)]) >= 0).all()
    assert shades[0, 1] < shades[1, 1] < shades[1, 2]
