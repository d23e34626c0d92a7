"""Figures are enlarged and zoomed by mouse, touch and keyboard, and the page keeps scrolling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FIGURE = "#allele-frequencies"
IS_OPEN = 'document.getElementById("viewer").open'
SEEN = """(() => {
    const {x, y, width, height} = document.querySelector("#stage > svg").viewBox.baseVal;
    return {x, y, width, height};
})()"""


def on_sheet(x: float, y: float) -> str:
    return f"""(() => {{
        const {{x, y}} = new DOMPoint({x}, {y}).matrixTransform(
            document.querySelector("#stage > svg").getScreenCTM().inverse());
        return [x, y];
    }})()"""


@pytest.fixture
def tab(open_tab: Callable[..., Any], report: Path) -> Any:
    return open_tab(report)


def test_the_button_enlarges_and_every_way_out_closes(tab: Any):
    for leave in (lambda: tab.press("Escape"), lambda: tab.click("#viewer [data-do=close]")):
        tab.click(f"{FIGURE} [data-do=enlarge]")
        assert tab.evaluate(IS_OPEN)
        assert tab.evaluate('document.getElementById("viewer-title").textContent') == "Allele frequencies"
        leave()
        tab.until(f"!{IS_OPEN}")
        assert tab.evaluate('document.activeElement.closest("figure").id') == FIGURE[1:]
    assert tab.console == []


def test_the_enlarged_figure_holds_all_panels_as_vectors(tab: Any):
    tab.click(f"{FIGURE} [data-do=enlarge]")
    panels = f'document.querySelectorAll("{FIGURE} .panel > svg")'
    places = 'document.querySelectorAll("#stage > svg > svg")'
    for kind in ("path", "text"):
        count = f'.length && [...{{}}].map(each => each.querySelectorAll("{kind}").length)'
        drawn, shown = (tab.evaluate(f"{each}{count.format(each)}") for each in (panels, places))
        assert drawn == shown
        assert min(shown) > 0
    assert tab.evaluate('document.querySelectorAll("#stage canvas, #stage img").length') == 0
    boxes = tab.evaluate(f"[...{places}].map(each => {{ const b = each.getBoundingClientRect(); return [b.x, b.y]; }})")
    assert len({tuple(map(round, box)) for box in boxes}) == len(boxes) > 2


def test_no_identifier_is_taken_twice_while_it_is_open(tab: Any):
    tab.click(f"{FIGURE} [data-do=enlarge]")
    ids = tab.evaluate('[...document.querySelectorAll("[id]")].map(each => each.id)')
    assert len(ids) == len(set(ids))
    assert any(name.startswith("sheet-") for name in ids)
    lost = """[...document.querySelectorAll("#stage [clip-path], #stage use")].filter(each => {
        const name = (each.getAttribute("clip-path") || each.getAttribute("href")).match(/#([^")]+)/)[1];
        return !document.getElementById(name);
    }).length"""
    assert tab.evaluate(lost) == 0


def test_the_wheel_zooms_around_the_pointer(tab: Any):
    tab.click(f"{FIGURE} [data-do=enlarge]")
    whole = tab.evaluate(SEEN)
    x, y = 500, 400
    under = tab.evaluate(on_sheet(x, y))
    tab.mouse("mouseWheel", x, y, deltaX=0, deltaY=-500)
    tab.until(f"{SEEN}.width < {0.8 * whole['width']}")
    assert tab.evaluate(on_sheet(x, y)) == pytest.approx(under, abs=0.5)
    tab.mouse("mouseWheel", x, y, deltaX=0, deltaY=5000)
    tab.until(f"{SEEN}.width === {whole['width']}")
    assert tab.evaluate(SEEN) == whole


def test_dragging_moves_what_lies_under_the_pointer(tab: Any):
    tab.click(f"{FIGURE} [data-do=enlarge]")
    tab.click("#viewer [data-do=in]")
    tab.click("#viewer [data-do=in]")
    held = tab.evaluate(on_sheet(600, 450))
    tab.mouse("mousePressed", 600, 450, button="left", clickCount=1)
    for step in (560, 520, 500):
        tab.mouse("mouseMoved", step, 450 + (600 - step) // 10, button="left", buttons=1)
    tab.mouse("mouseReleased", 500, 460, button="left", clickCount=1)
    assert tab.evaluate(on_sheet(500, 460)) == pytest.approx(held, abs=0.5)
    before = tab.evaluate(SEEN)
    tab.mouse("mouseMoved", 300, 300)
    assert tab.evaluate(SEEN) == before


def test_two_fingers_zoom(tab: Any):
    tab.send("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    tab.click(f"{FIGURE} [data-do=enlarge]")
    whole = tab.evaluate(SEEN)
    for kind, apart in (("touchStart", 50), ("touchMove", 100), ("touchMove", 200)):
        points = [{"x": 600 - apart, "y": 400, "id": 1}, {"x": 600 + apart, "y": 400, "id": 2}]
        tab.send("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    tab.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    assert tab.evaluate(SEEN)["width"] == pytest.approx(whole["width"] / 4, rel=0.05)


def test_the_keyboard_alone_opens_zooms_moves_and_closes(tab: Any):
    tab.evaluate(f'document.querySelector("{FIGURE} [data-do=enlarge]").focus()')
    tab.press("Enter")
    assert tab.evaluate(IS_OPEN)
    assert tab.evaluate('document.getElementById("viewer").contains(document.activeElement)')
    whole = tab.evaluate(SEEN)
    tab.press("+")
    tab.press("+")
    near = tab.evaluate(SEEN)
    assert near["width"] == pytest.approx(whole["width"] / 1.4**2)
    tab.press("ArrowRight")
    assert tab.evaluate(SEEN)["x"] > near["x"]
    tab.press("0")
    assert tab.evaluate(SEEN) == whole
    for _ in range(12):
        tab.press("Tab")
        assert tab.evaluate('document.activeElement === document.body || document.getElementById("viewer")'
                            ".contains(document.activeElement)")  # fmt: skip
    tab.press("Escape")
    assert not tab.evaluate(IS_OPEN)


def test_a_click_on_a_panel_shows_that_panel(tab: Any):
    chosen = 'document.querySelector("#stage > svg > svg:nth-of-type(3)").getBoundingClientRect()'
    tab.click(f"{FIGURE} .row:first-child .panel:nth-child(3) > svg")
    assert tab.evaluate(IS_OPEN)
    box = tab.evaluate(f"(() => {{ const b = {chosen}; return [b.left, b.right, b.top, b.bottom]; }})()")
    stage = tab.evaluate("""(() => {
        const b = document.getElementById("stage").getBoundingClientRect(); return [b.left, b.right, b.top, b.bottom];
    })()""")
    assert stage[0] <= box[0] < box[1] <= stage[1]
    assert stage[2] <= box[2] < box[3] <= stage[3]
    assert box[3] - box[2] > (stage[3] - stage[2]) / 2


@pytest.mark.parametrize(("width", "larger"), [(390, 1.05), (1300, 1.3)])
def test_one_panel_of_a_long_row_fills_the_screen(
    open_tab: Callable[..., Any], report: Path, width: int, larger: float
):
    tab = open_tab(report, width=width)
    of = "(() => {{ const b = {}.getBoundingClientRect(); return [b.width, b.height]; }})()".format
    panel = "#ld-heat-map .panel:nth-child(2) > svg"
    on_page = tab.evaluate(of(f'document.querySelector("{panel}")'))
    tab.click(panel)
    assert tab.evaluate(IS_OPEN)
    enlarged = tab.evaluate(of('document.querySelector("#stage > svg > svg:nth-of-type(2)")'))
    stage = tab.evaluate(of('document.getElementById("stage")'))
    assert enlarged[0] > larger * on_page[0]
    assert max(enlarged[0] / stage[0], enlarged[1] / stage[1]) > 0.7


def test_the_wheel_over_a_figure_scrolls_the_page_and_over_the_enlarged_one_does_not(tab: Any):
    x, y = tab.middle(f"{FIGURE} .panel svg")
    before = tab.evaluate("scrollY")
    tab.mouse("mouseWheel", x, y, deltaX=0, deltaY=150)
    tab.until(f"scrollY >= {before} + 100")
    tab.click(f"{FIGURE} [data-do=enlarge]")
    before = tab.evaluate("scrollY")
    tab.mouse("mouseWheel", 500, 400, deltaX=0, deltaY=150)
    tab.mouse("mouseWheel", 500, 400, deltaX=0, deltaY=-150)
    tab.until(f"{SEEN}.width < document.querySelector('#stage > svg').viewBox.baseVal.width + 1")
    assert tab.evaluate("scrollY") == before
