"""All panels of a figure on one sheet: as it is enlarged, saved and written to a file."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from textwrap import wrap

from artgen_fast.array_types import UInt8Array
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import FONTS, POINTS_PER_INCH, house_style, pixels
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.svg import contents, named

MOST_ACROSS = 6

_MARGIN, _GAP, _LINE, _GLYPH, _SIZE = 8, 14, 13, 13, 9.5
_LETTER = 6.2
_SMALL_LETTER = 5.4
"""Width of a letter in the legend, on the large side, and a usual one."""


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text that begins at (x, y) on its base line."""

    x: float
    y: float
    text: str
    colour: str = palette.INK
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A panel and its upper left corner."""

    x: float
    y: float
    panel: Panel


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where everything is, in points from the upper left corner."""

    title: str
    width: float
    height: float
    words: tuple[Words, ...]
    panels: tuple[Placed, ...]


def sheet(figure: Figure) -> Sheet:
    """Lay a figure out in its rows of panels, with their headings and the legend."""
    words: list[Words] = []
    placed: list[Placed] = []
    rows = [(heading, _lines(panels)) for heading, panels in figure.rows]
    width = 2 * _MARGIN - _GAP + max(sum(each.drawn.width + _GAP for each in line) for _, row in rows for line in row)
    y: float = _MARGIN
    if figure.legend:
        y = _legend(figure, width, words)
    for heading, row in rows:
        if heading:
            words.append(Words(_MARGIN, y + _LINE, heading, palette.MUTED))
            y += 1.7 * _LINE
        for line in row:
            top = y + _LINE * max(bool(each.shown) + len(_finding(each)) for each in line) + _MARGIN / 2
            x: float = _MARGIN
            for each in line:
                _head(each, x, y, words)
                placed.append(Placed(x, top, each))
                x += each.drawn.width + _GAP
            y = top + max(each.drawn.height for each in line) + _GAP
    return Sheet(figure.title, width, y - _GAP + _MARGIN, tuple(words), tuple(placed))


def sheet_svg(laid: Sheet, *, drawn: bool = True) -> str:
    """The sheet as an SVG element in the colours of light paper; with empty panels if not ``drawn``."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{laid.width:g}pt" height="{laid.height:g}pt" '
        f'viewBox="0 0 {laid.width:g} {laid.height:g}" font-family="{FONTS}" font-size="{_SIZE}">',
        f"<title>{escape(laid.title)}</title>",
        f'<rect width="100%" height="100%" style="fill: {palette.PAPER}"/>',
    ]
    for each in laid.words:
        weight = "; font-weight: bold" if each.bold else ""
        style = f"fill: {each.colour}{weight}"
        parts.append(f'<text x="{each.x:g}" y="{each.y:g}" style="{style}">{escape(each.text)}</text>')
    for place, spot in enumerate(laid.panels, start=1):
        width, height = spot.panel.drawn.width, spot.panel.drawn.height
        inside = contents(named(spot.panel.drawn.svg, f"panel-{place}")) if drawn else ""
        parts.append(
            f'<svg x="{spot.x:g}" y="{spot.y:g}" width="{width:g}" height="{height:g}" overflow="visible" '
            f'stroke-linejoin="round" stroke-linecap="butt">{inside}</svg>'
        )
    return "\n".join([*parts, "</svg>"])


def sheet_pixels(laid: Sheet, per_inch: float) -> UInt8Array:
    """The sheet on white paper, uint8 of shape (rows, columns, 4)."""
    from matplotlib.figure import Figure as MatplotlibFigure

    per_point = per_inch / POINTS_PER_INCH
    with house_style():
        paper = MatplotlibFigure((laid.width / POINTS_PER_INCH, laid.height / POINTS_PER_INCH))
        for each in laid.words:
            paper.text(
                each.x / laid.width, 1 - each.y / laid.height, each.text, color=each.colour, fontsize=_SIZE,
                fontweight="bold" if each.bold else "normal",
            )  # fmt: skip
        whole = pixels(paper, per_point)
    for spot in laid.panels:
        part = spot.panel.drawn.pixels(per_point)
        top, left = round(spot.y * per_point), round(spot.x * per_point)
        room = whole[top : top + part.shape[0], left : left + part.shape[1]]
        room[:] = part[: room.shape[0], : room.shape[1]]
    return whole


def _lines(panels: list[Panel]) -> list[list[Panel]]:
    return [panels[start : start + MOST_ACROSS] for start in range(0, len(panels), MOST_ACROSS)]


def _head(panel: Panel, x: float, y: float, words: list[Words]) -> None:
    if panel.shown:
        y += _LINE
        words.append(Words(x, y, panel.shown.style.glyph, panel.shown.style.colour))
        words.append(Words(x + _GLYPH, y, panel.shown.short, bold=True))
    for line in _finding(panel):
        y += _LINE
        words.append(Words(x + (_GLYPH if panel.shown else 0), y, line, palette.MUTED))


def _finding(panel: Panel) -> list[str]:
    """The finding in lines no wider than the panel."""
    return wrap(panel.finding, int(panel.drawn.width / _SMALL_LETTER), break_long_words=False)


def _legend(figure: Figure, width: float, words: list[Words]) -> float:
    """Write the legend at the top of the sheet; where it ends."""
    x, y = float(_MARGIN), float(_MARGIN + _LINE)
    for each in figure.legend:
        needed = _GLYPH + _LETTER * len(each.short) + _GAP
        if x > _MARGIN and x + needed > width:
            x, y = float(_MARGIN), y + 1.2 * _LINE
        words.append(Words(x, y, each.style.glyph, each.style.colour))
        words.append(Words(x + _GLYPH, y, each.short))
        x += needed
    return y + _LINE / 2
