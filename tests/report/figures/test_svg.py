from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import pytest

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.svg import bare, contents, inline, named, themed

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def svg() -> str:
    with drawing(120, 100) as panel:
        panel.axes.plot([0, 1], [0, 0.123456], "o-", color=palette.set_style(0).colour)
        panel.axes.set_xlabel("0.123456 of a $x$ < b")
        panel.axes.set_yticks([])
    return panel.svg


def test_bare_svg_is_whole_and_keeps_what_it_says(svg: str):
    root = ElementTree.fromstring(svg)
    assert [each.text for each in root.iter(f"{SVG}text")][-1] == "0.123456 of a $x$ < b"
    assert root.get("viewBox") == "0 0 120 100"
    assert not re.search(r"<g>|<g [^>]*/>|<style|<metadata|<!--|font-family|rotate\(-0", svg)


def test_bare_svg_is_in_hundredths_of_a_point():
    drawn = '<svg><g><path d="M 1.23456 -0.98765 \nL 2 3.1 \nz" style="stroke: #000000"/></g></svg>'
    assert 'd="M1.23 -0.98l.77 4.08z"' in bare(drawn)


def test_lines_are_steps_that_lead_through_the_same_points():
    corners = np.random.default_rng(0).integers(-2000, 2000, (40, 2))
    corners[5] = corners[4]
    corners[9] = corners[8] + [3, -100]
    corners[12], corners[13] = corners[11] + [0, 50], corners[11] + [70, 50]
    lines = [corners[:20], corners[20:]]
    path = "".join("M" + "L".join(f"{x / 100} {y / 100} \n" for x, y in line) + "z " for line in lines)
    (found,) = re.findall(r' d="([^"]*)"', bare(f'<svg><path d="{path}" style="x"/></svg>'))
    assert not re.search(r"[^MlzL\d. -]", found)
    for line, written in zip(lines, found.split("z"), strict=False):
        start, steps = written.removeprefix("M").split("l")
        numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", f"{start} {steps}")]
        led = np.cumsum(np.reshape(numbers, (-1, 2)), axis=0)
        through = line[np.r_[True, (np.diff(line, axis=0) != 0).any(axis=1)]]
        np.testing.assert_allclose(led, through / 100, atol=1e-9)
    assert len(found) < 0.9 * len(path)
    assert 'd="M1 2l0 0"' in bare('<svg><path d="M 1 2 L 1 2 L 1 2" style="x"/></svg>')


def test_groups_that_say_something_are_kept_and_all_are_closed():
    drawn = (
        '<svg><g id="a"><g clip-path="url(#c)"><g/><g><path d="M 0 0" style="x"/></g></g></g><clipPath id="c"/></svg>'
    )
    kept = contents(bare(drawn))
    assert kept == '<g clip-path="url(#c)"><path d="M0 0" style="x"/></g><clipPath id="c"/>'


def resolved(svg: str) -> list[tuple[str, dict[str, str]]]:
    """Every drawn mark with the attributes that it has of itself or of its groups."""

    def walk(element: ElementTree.Element, given: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
        own = given | {name: value for name, value in element.attrib.items() if name in ("style", "clip-path")}
        tag = element.tag.removeprefix(SVG)
        if tag in ("path", "use", "text"):
            yield f"{tag} {element.get('d') or element.get('x')} {element.text}", own
        for child in element:
            yield from walk(child, own)

    return list(walk(ElementTree.fromstring(svg), {}))


def test_neighbours_share_a_group_and_lose_nothing():
    marks = [
        '<path d="M0 0" style="fill: #111111" clip-path="url(#c)"/>',
        '<path d="M1 0" style="fill: #111111" clip-path="url(#c)"/>',
        '<path d="M2 0" style="fill: #111111"/>',
        '<text style="fill: #222222" x="1">style="fill: #222222"</text>',
        '<text style="fill: #222222" x="2">b &lt; c</text>',
        '<use x="4" style="fill: #333333; opacity: 0.5"/>',
        '<use x="5" style="fill: #333333; opacity: 0.5"/>',
    ]
    drawn = f'<svg>{"".join(marks)}<clipPath id="c"/></svg>'
    found = bare(drawn)
    assert resolved(found) == resolved(drawn)
    assert found.count("#111111") == 2
    assert found.count("clip-path=") == 1
    assert found.count("#222222") == 2
    assert found.count("opacity") == 2, "two overlapping marks of half opacity are darker where they overlap"


def test_named_svg_has_its_own_identifiers(svg: str):
    theirs = set(re.findall(r' id="([^"]+)"', named(svg, "here")))
    assert theirs
    assert all(name.startswith("here-") for name in theirs)
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', named(svg, "here"))) == theirs


def test_themed_svg_follows_the_page_and_leaves_words_alone():
    light, blue = palette.INK, palette.set_style(0).colour
    drawn = f'<text style="fill: {light}">{light}</text><rect fill="{blue.upper()}" stroke="#123456"/>'
    assert themed(drawn) == f'<text style="fill: var(--ink)">{light}</text><rect fill="var(--set-1)" stroke="#123456"/>'


def test_inline_svg_is_named_themed_described_and_as_wide_as_its_place(svg: str):
    shown = inline(svg, "here", 'a "quoted" <label>')
    assert 'aria-label="a &quot;quoted&quot; &lt;label&gt;"' in shown
    assert not re.search(r'<svg[^>]* (?:width|height)="', shown)
    assert palette.set_style(0).colour not in shown
    assert 'id="here-' in shown
    ElementTree.fromstring(shown)
