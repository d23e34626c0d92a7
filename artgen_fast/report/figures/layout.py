"""How many panels stand side by side, and how wide each is drawn, so that letters are of one size wherever it stands.

Letters grow and shrink with their panel. So a panel is drawn about as wide, in points, as its place on the page is in
pixels, and the page never gives it much less or much more than that.
"""

from __future__ import annotations

SMALL = 8.5
"""Size of the smallest letters in points: no drawing has smaller ones."""

WIDTHS = {1: 340, 2: 250, 3: 235}
"""Of panels by how many stand in a line, in points; of more, `NARROW`."""

NARROW = 170

LABELLED = 230
"""Least width of panels with words on all sides."""
MAP = 185
"""Least width of panels that hold a map and its scale; wider ones do not stand four in a line on paper."""

_IN_A_LINE = 4
_PAGE, _GAP, _SPARE = 1136, 16, 1.1
"""Width of the page and a gap, of that between two panels, and how much more than its width a panel gets, in pixels."""


def rows_in_a_line(across: int, rows: int) -> int:
    """Rows of panels that stand side by side: a row of one or two panels leaves room for others."""
    return min(rows, max(1, _IN_A_LINE // across))


def columns(across: int, width: float) -> int:
    """How many panels of a row stand side by side on a wide page: all, or equally many in each of some lines."""
    lines = -(-across * (_SPARE * width + _GAP) // _PAGE)
    return int(-(-across // lines))


def panel_width(across: int, rows: int = 1) -> int:
    """Width to draw a panel in, in points.

    Parameters
    ----------
    across : int
        Panels of a row: one a set.
    rows : int
        Rows of the figure.
    """
    return WIDTHS.get(across * rows_in_a_line(across, rows), NARROW)


def square_height(width: int) -> int:
    """Height of a panel whose axes are about square, between usual labels."""
    return width - 8
