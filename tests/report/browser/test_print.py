"""On A4 paper: light, without buttons, nothing cut."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

MILLIMETRE = 96 / 25.4
WIDTH, HEIGHT = int((210 - 2 * 10) * MILLIMETRE), (297 - 2 * 12) * MILLIMETRE
"""What the margins leave of a page, in CSS pixels."""


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
    unbroken = tab.evaluate("""[...document.querySelectorAll(".row, .card, figcaption, tr")].map(each =>
        [each.getBoundingClientRect().height, getComputedStyle(each).breakInside])""")
    assert len(unbroken) > 50
    assert {rule for _, rule in unbroken} == {"avoid"}
    assert max(height for height, _ in unbroken) < HEIGHT
    # All chain patterns are on paper, though folded on the screen.
    assert tab.evaluate("[...document.querySelectorAll('details td')].every(each => each.checkVisibility())")


def test_printed_four_sets_stand_in_one_row_and_large_enough_to_read(open_tab: Callable[..., Any], report: Path):
    tab = open_tab(report, width=WIDTH, media="print")
    rows = tab.evaluate("""[...document.querySelectorAll(".several .panels")].map(row =>
        [...row.children].map(each => [each.getBoundingClientRect().bottom, each.getBoundingClientRect().width]))""")
    assert {len(row) for row in rows} == {3, 4}
    assert all(len({bottom for bottom, _ in row}) == 1 for row in rows)
    # 46 on paper, without a scroll bar; there the letters, 8.5 of a panel's 230 units, have 4.8 points.
    assert min(width for row in rows for _, width in row) >= 44 * MILLIMETRE


def test_it_prints_as_a_document_of_some_pages(open_tab: Callable[..., Any], report: Path):
    pdf = open_tab(report, media="print").pdf()
    assert pdf.startswith(b"%PDF-")
    sizes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox ?\[([^\]]+)\]", pdf)}
    assert {(round(box[2]), round(box[3])) for box in sizes} == {(595, 842)}
    assert 5 <= len(re.findall(rb"/Type ?/Page\b(?!s)", pdf)) <= 25
