from __future__ import annotations

import gc
import re

import numpy as np
import pytest

from artgen_fast.report.figures.drawing import drawing, without_garbage_collection


@pytest.mark.parametrize("label", ["x", "two lines,\nlong legs"])
def test_labels_fill_the_panel_and_nothing_is_cut(label: str):
    with drawing(200, 100) as panel:
        panel.axes.plot([0, 1], [0, 1e6])
        panel.axes.set_xlabel(label)
        panel.axes.set_ylabel(label)
    # On all four sides there is ink within 8 points of the edge, and none on it.
    ink = panel.pixels(2)[:, :, :3].min(axis=2) < 250
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    for first, last, end in ((rows[0], rows[-1], 200), (columns[0], columns[-1], 400)):
        assert 0 < first < 16
        assert end - 16 < last < end - 1


def test_pixels_are_of_the_size_asked_for_and_on_white():
    with drawing(230, 100) as panel:
        panel.axes.plot([0, 1], [0, 1])
    for per_point in (1, 192 / 72):
        assert panel.pixels(per_point).shape == (int(100 * per_point), int(230 * per_point), 4)
    assert panel.pixels(1)[0, 0].tolist() == [255] * 4


def test_garbage_is_not_collected_while_drawing_and_then_as_before():
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            with without_garbage_collection():
                assert not gc.isenabled()
            assert gc.isenabled() == enabled
        finally:
            gc.enable()


def test_the_users_own_settings_come_back():
    from matplotlib import rcParams

    before = dict(rcParams)
    with drawing(100, 100) as panel:
        assert rcParams["font.size"] == 9.5
        panel.axes.plot([0, 1], [0, 1])
    assert dict(rcParams) == before


def test_the_users_settings_change_nothing():
    from matplotlib import rc_context

    def drawn() -> str:
        with drawing(100, 100) as panel:
            panel.axes.plot([0, 1], [0, 1])
        return panel.svg

    plain = drawn()
    with rc_context({"font.size": 30, "lines.linewidth": 9, "svg.fonttype": "path"}):
        assert drawn() == plain
    assert re.search(r"font-size: 8.5px", plain)
