"""What a reader sees: everything, at any width, in both schemes, without a request or a message."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PHONE, DESKTOP, WIDE = 390, 1200, 1400
PAPER = {False: [255, 255, 255], True: [21, 24, 28]}

FIGURES = """[...document.querySelectorAll("figure")].map(figure => [figure.id,
    [...figure.querySelectorAll(".panel > svg")].map(svg => {
        const {left, right, height} = svg.getBoundingClientRect();
        return {left, right, height, marks: svg.querySelectorAll("path, use").length,
            outside: Math.max(...[...svg.querySelectorAll("text")].map(each => {
                const box = each.getBoundingClientRect();
                return Math.max(left - box.left, box.right - right);
            })),
            letters: [...svg.querySelectorAll("text")].map(each =>
                parseFloat(getComputedStyle(each).fontSize) * (right - left) / svg.viewBox.baseVal.width)};
    })])"""

CONTRASTS = """(() => {
    const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const colour = text => {
        paint.clearRect(0, 0, 1, 1);
        paint.fillStyle = text;
        paint.fillRect(0, 0, 1, 1);
        return [...paint.getImageData(0, 0, 1, 1).data];
    };
    const luminance = rgb => {
        const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const [r, g, b] = rgb.slice(0, 3).map(c => linear(c / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = element => {
        for (let each = element; each; each = each.parentElement) {
            const found = colour(getComputedStyle(each).backgroundColor);
            if (found[3] === 255) return found;
        }
        return [255, 255, 255];
    };
    const worst = {};
    for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!own || !element.getClientRects().length || element.closest("[aria-hidden], script, template")) continue;
        const style = getComputedStyle(element);
        const inside = element instanceof SVGElement;
        const [a, b] = [colour(inside ? style.fill : style.color), ground(element)].map(luminance);
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const size = parseFloat(style.fontSize), bold = parseInt(style.fontWeight) >= 700;
        const least = !inside && (size >= 24 || size >= 18.66 && bold) ? 3 : 4.5;
        const name = `${element.tagName}.${element.getAttribute("class")}`;
        if (!(name in worst) || ratio / least < worst[name]) worst[name] = ratio / least;
    }
    return worst;
})()"""


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("dark", [False, True])
def test_every_figure_is_visible_and_nothing_is_wider_than_the_window(
    open_tab: Callable[..., Any], report: Path, width: int, dark: bool
):
    tab = open_tab(report, width=width, dark=dark)
    figures = dict(tab.evaluate(FIGURES))
    assert set(figures) == set(re.findall(r'<figure id="([^"]+)"', report.read_text(encoding="utf-8")))
    for name, panels in figures.items():
        assert panels, name
        for panel in panels:
            assert panel["left"] >= 0, name
            assert panel["right"] <= width, name
            assert panel["right"] - panel["left"] >= 130, name
            assert panel["height"] >= 50, name
            assert panel["marks"] > 4, name
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    paper = tab.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert [int(part) for part in re.findall(r"\d+", paper)] == PAPER[dark]


def test_a_single_set_has_the_whole_width(open_tab: Callable[..., Any], report_without_holdout: Path):
    tab = open_tab(report_without_holdout, width=WIDE)
    right = "Math.max(...[...document.querySelectorAll('{}')].map(each => each.getBoundingClientRect().right))".format
    page = tab.evaluate(right("main"))
    for part in ("#verdict *", "#numbers td", "#principal-components .panel", "#allele-frequencies figcaption"):
        assert tab.evaluate(right(part)) > page - 60, part
    tables = tab.evaluate(
        "[...document.querySelectorAll('#numbers table')].map(each => each.getBoundingClientRect().top)"
    )
    assert len(tables) == 2
    assert tables[0] == tables[1]


@pytest.mark.parametrize(("width", "least"), [(WIDE, 9), (PHONE, 8)])
@pytest.mark.parametrize("page", ["report", "report_without_holdout"])
def test_words_in_figures_can_be_read_and_are_whole(
    open_tab: Callable[..., Any], request: pytest.FixtureRequest, page: str, width: int, least: float
):
    for name, panels in open_tab(request.getfixturevalue(page), width=width).evaluate(FIGURES):
        sizes = [size for panel in panels for size in panel["letters"]]
        assert sizes, name
        assert least <= min(sizes), name
        assert max(sizes) <= 20, f"{name}: as large as a heading"
        # The browser's letters are not Matplotlib's.
        assert max(panel["outside"] for panel in panels) <= 4, name


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_stands_out_from_its_ground(open_tab: Callable[..., Any], report: Path, dark: bool):
    tab = open_tab(report, dark=dark)
    # Relative to what WCAG 2 (AA) asks: 4.5, or 3 for large text.
    worst = tab.evaluate(CONTRASTS)
    assert {"text.null", "SPAN.null", "DD.null", "P.null", "SPAN.mark leaks", "BUTTON.null"} <= set(worst)
    assert {name: ratio for name, ratio in worst.items() if ratio < 1} == {}
    tab.evaluate('document.querySelector("svg text").style.fill = "var(--grid)"')
    assert tab.evaluate(CONTRASTS)["text.null"] < 1


@pytest.mark.parametrize("dark", [False, True])
def test_so_does_what_could_not_be_told(open_tab: Callable[..., Any], report_without_holdout: Path, dark: bool):
    worst = open_tab(report_without_holdout, dark=dark).evaluate(CONTRASTS)
    assert {"SPAN.mark unknown", "DT.unknown"} <= set(worst)
    assert min(worst.values()) >= 1


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_fetched_and_nothing_is_complained_of(open_tab: Callable[..., Any], report: Path, dark: bool):
    tab = open_tab(report, dark=dark)
    tab.click("figure .panel svg")
    tab.press("Escape")
    assert tab.console == []
    assert tab.requests == [report.as_uri()]


def test_on_a_phone_the_contents_are_folded_and_stay_at_hand(open_tab: Callable[..., Any], report: Path):
    tab = open_tab(report, width=PHONE)
    nav = "(() => { const b = document.querySelector('nav').getBoundingClientRect(); return [b.top, b.height]; })()"
    assert tab.evaluate(nav)[1] < 60
    tab.evaluate("document.querySelector('#terms').scrollIntoView({behavior: 'instant'})")
    assert tab.evaluate(nav)[0] == 0
    tab.click("nav summary")
    links = tab.evaluate("""[...document.querySelectorAll("nav a")].map(each => {
        const box = each.getBoundingClientRect(); return [each.hash, box.height, box.left, box.right]; })""")
    assert len(links) > 25
    # As large as a finger asks for.
    assert min(height for _, height, _, _ in links) >= 36
    assert all(left >= 0 and right <= PHONE for *_, left, right in links)
    assert tab.evaluate(nav)[1] < 800
    tab.click('nav a[href="#ld-decay"]')
    tab.until("!document.querySelector('nav details').open")
    top = tab.evaluate("document.querySelector('#ld-decay h3').getBoundingClientRect().top")
    assert sum(tab.evaluate(nav)) <= top < 200, "not under the contents"


def test_on_a_wide_page_the_contents_are_open(open_tab: Callable[..., Any], report: Path):
    tab = open_tab(report, width=WIDE)
    assert tab.evaluate("[...document.querySelectorAll('nav a')].every(each => each.checkVisibility())")
    assert not tab.evaluate("document.querySelector('nav summary').checkVisibility()")
    assert tab.evaluate("document.querySelector('nav').getBoundingClientRect().height") < 420


def test_a_message_and_a_request_would_be_seen(open_tab: Callable[..., Any], tmp_path: Path):
    page = tmp_path / "broken.html"
    page.write_text(
        '<!DOCTYPE html><link rel="icon" href="data:,"><script>console.error("lost"); setTimeout(() => none.member);'
        '</script><img src="away.png">',
        encoding="utf-8",
    )
    tab = open_tab(page)
    tab.until(lambda: len(tab.console) >= 3)
    assert "lost" in tab.console
    assert (tmp_path / "away.png").as_uri() in tab.requests


def test_the_page_lets_nobody_else_in(open_tab: Callable[..., Any], report: Path, tmp_path: Path):
    page = tmp_path / "report.html"
    text = report.read_text(encoding="utf-8")
    foreign = '<script>document.title = "taken"</script><img src="away.png"></body>'
    page.write_text(text.replace("</body>", foreign), encoding="utf-8")
    tab = open_tab(page)
    assert tab.evaluate("document.title") != "taken"
    assert len([line for line in tab.console if "Content Security Policy" in line]) == 2
    assert tab.requests == [page.as_uri()]


def test_without_the_script_there_are_no_dead_buttons(open_tab: Callable[..., Any], report: Path, tmp_path: Path):
    page = tmp_path / "report.html"
    text = report.read_text(encoding="utf-8")
    page.write_text(re.sub(r"<script>.*</script>", "", text, flags=re.DOTALL), encoding="utf-8")
    tab = open_tab(page)
    shown = "[...document.querySelectorAll('button')].filter(button => button.getClientRects().length).length"
    assert tab.evaluate(shown) == 0
    assert open_tab(report).evaluate(shown) > 0
