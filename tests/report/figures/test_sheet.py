from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.sheet import MOST_ACROSS, sheet, sheet_pixels, sheet_svg
from artgen_fast.report.shown_sets import ShownSet, shown_sets

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def sets(evaluation: Evaluation) -> list[ShownSet]:
    return shown_sets(evaluation)


def panel(**about: object) -> Panel:
    with drawing(60, 40) as drawn:
        drawn.axes.plot([0, 1], [0, 1])
    return Panel(drawn, **about)


def figure(sets: list[ShownSet], per_row: int) -> Figure:
    panels = [
        panel(shown=sets[k % len(sets)], finding=f"r = {k}", row=row) for row in ("one", "two") for k in range(per_row)
    ]
    return Figure("name", "Title & more", "", tuple(panels), legend=tuple(sets))


@pytest.mark.parametrize("per_row", [1, 2, 3, 8])
def test_nothing_overlaps_and_nothing_leaves_the_sheet(sets: list[ShownSet], per_row: int):
    laid = sheet(figure(sets, per_row))
    boxes = [(spot.x, spot.y, spot.x + 60, spot.y + 40) for spot in laid.panels]
    assert len(boxes) == 2 * per_row
    for left, top, right, bottom in boxes:
        assert min(left, top) >= 0
        assert right <= laid.width
        assert bottom <= laid.height
    assert all(a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1] for a, b in combinations(boxes, 2))
    for words in laid.words:
        assert 0 < words.y <= laid.height
        assert not any(box[0] <= words.x < box[2] and box[1] < words.y < box[3] for box in boxes)
    assert len({spot.y for spot in laid.panels}) == 2 * -(-per_row // MOST_ACROSS)


def test_every_word_is_on_the_sheet(sets: list[ShownSet]):
    root = ElementTree.fromstring(sheet_svg(sheet(figure(sets, 2))))
    said = [text.text for text in root.findall(f"{SVG}text")]
    # The legend, then each row's heading, and each panel's marker, name and finding.
    legend = [word for each in sets for word in (each.style.glyph, each.short)]
    heads = [[sets[k].style.glyph, sets[k].short, f"r = {k}"] for k in range(2)]
    assert said == [*legend, "one", *heads[0], *heads[1], "two", *heads[0], *heads[1]]
    assert root.find(f"{SVG}title").text == "Title & more"


def test_an_empty_sheet_differs_only_by_its_panels(sets: list[ShownSet]):
    laid = sheet(figure(sets, 2))
    full, empty = (ElementTree.fromstring(sheet_svg(laid, drawn=drawn)) for drawn in (True, False))
    assert [place.attrib for place in full.findall(f"{SVG}svg")] == [
        place.attrib for place in empty.findall(f"{SVG}svg")
    ]
    assert all(len(place) > 3 for place in full.findall(f"{SVG}svg"))
    assert all(len(place) == 0 for place in empty.findall(f"{SVG}svg"))


def test_pixels_show_every_panel_at_its_place(sets: list[ShownSet]):
    laid = sheet(figure(sets, 3))
    whole = sheet_pixels(laid, 144)
    assert whole.shape == (int(2 * laid.height), int(2 * laid.width), 4)
    for spot in laid.panels:
        part = spot.panel.drawn.pixels(2)
        x, y = round(2 * spot.x), round(2 * spot.y)
        np.testing.assert_array_equal(whole[y : y + part.shape[0], x : x + part.shape[1]], part)
