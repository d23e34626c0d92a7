"""On A4 paper: light, without buttons, nothing cut."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

MILLIMETRE, PIXELS_PER_POINT = 96 / 25.4, 96 / 72
WIDTH, HEIGHT = int((210 - 2 * 10) * MILLIMETRE), (297 - 2 * 12) * MILLIMETRE
"""What the margins leave of a page, in CSS pixels."""


LETTERS = """[...document.querySelectorAll(".panel > svg")].flatMap(svg => [...svg.querySelectorAll("text")].map(each =>
    parseFloat(getComputedStyle(each).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))"""


def test_printed_it_is_light_and_holds_no_buttons(open_tab: Callable[..., Any], report: Path):
    tab = open_tab(report, width=WIDTH, dark=True, media="print")
    assert tab.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate('getComputedStyle(document.querySelector("svg text")).fill') == "rgb(28, 32, 36)"
    assert (
        tab.evaluate("[...document.querySelectorAll('button, nav')].filter(each => each.getClientRects().length)") == []
    )


def test_printed_nothing_is_cut(open_tab: Callable[..., Any], report: Path):
    tab = open_tab(report, width=WIDTH, media="print")
    assert tab.evaluate("document.documentElement.scrollWidth") <= WIDTH
    # What can be scrolled aside on a screen is lost on paper.
    assert tab.evaluate("[...document.querySelectorAll('.scroll')].every(each => each.scrollWidth <= each.clientWidth)")
    unbroken = tab.evaluate("""[...document.querySelectorAll(".panel, .card, figcaption, tr")].map(each =>
        [each.getBoundingClientRect().height, getComputedStyle(each).breakInside])""")
    assert len(unbroken) > 50
    assert {rule for _, rule in unbroken} == {"avoid"}
    assert max(height for height, _ in unbroken) < HEIGHT
    # All chain patterns are on paper, though folded on the screen.
    assert tab.evaluate("[...document.querySelectorAll('details td')].every(each => each.checkVisibility())")


def test_printed_no_panel_stands_alone_and_all_are_large_enough_to_read(open_tab: Callable[..., Any], report: Path):
    tab = open_tab(report, width=WIDTH, media="print")
    rows = tab.evaluate("""[...document.querySelectorAll(".several .panels")].map(row =>
        [...row.children].map(each => each.getBoundingClientRect().bottom))""")
    assert {len(row) for row in rows} == {3, 4}
    assert {(len(row), *Counter(row).values()) for row in rows} == {(3, 3), (4, 4), (4, 2, 2)}
    assert min(tab.evaluate(LETTERS)) >= 5.7 * PIXELS_PER_POINT


def test_printed_five_sets_stand_three_to_a_row(open_tab: Callable[..., Any], report: Path):
    tab = open_tab(report, width=WIDTH, media="print")
    rows = tab.evaluate("""[...document.querySelectorAll(".several .panels:has(> :nth-child(4))")].map(row => {
        row.append(row.lastElementChild.cloneNode(true));
        return [...row.children].map(each => each.getBoundingClientRect().bottom);
    })""")
    assert {tuple(Counter(row).values()) for row in rows} == {(3, 2)}
    assert min(tab.evaluate(LETTERS)) >= 5.7 * PIXELS_PER_POINT
    assert tab.evaluate("document.documentElement.scrollWidth") <= WIDTH


def test_printed_nothing_that_was_folded_is_left_out(open_tab: Callable[..., Any], report: Path):
    tab = open_tab(report, width=WIDTH, media="print")
    folded = tab.evaluate("""[...document.querySelectorAll("main details > :not(summary)")].map(each =>
        [each.checkVisibility(), each.getBoundingClientRect().height])""")
    assert len(folded) > 20
    assert all(visible and height > 10 for visible, height in folded)


def test_it_prints_as_a_document_of_some_pages(open_tab: Callable[..., Any], report: Path):
    pdf = open_tab(report, media="print").pdf()
    assert pdf.startswith(b"%PDF-")
    sizes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox ?\[([^\]]+)\]", pdf)}
    assert {(round(box[2]), round(box[3])) for box in sizes} == {(595, 842)}
    assert 5 <= len(re.findall(rb"/Type ?/Page\b(?!s)", pdf)) <= 25
