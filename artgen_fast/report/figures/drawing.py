"""Drawing with Matplotlib, without its global state, into small SVG that follows the page's colours."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from artgen_fast.report import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as MatplotlibFigure

Float64Array = npt.NDArray[np.float64]

WIDE = 400
"""Width of a figure that stands alone, in points."""
NARROW = 230
"""Width of one of several panels side by side, in points."""

_POINTS_PER_INCH = 72
_DOT_SIZES = 8

_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "artgen_fast",
    "text.parse_math": False,
    "path.simplify": False,
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.labelsize": 9.5,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "text.color": palette.INK,
    "axes.labelcolor": palette.INK,
    "axes.edgecolor": palette.REAL_DEEP,
    "xtick.color": palette.REAL_DEEP,
    "ytick.color": palette.REAL_DEEP,
    "xtick.labelcolor": palette.INK,
    "ytick.labelcolor": palette.INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "axes.axisbelow": True,
    "grid.color": palette.GRID,
    "grid.linewidth": 0.6,
}


class Drawing:
    """A panel being drawn; its SVG is there after the `with` block."""

    def __init__(self, figure: MatplotlibFigure, axes: Axes) -> None:
        self.figure, self.axes, self.svg = figure, axes, ""


@contextmanager
def drawing(width: float, height: float) -> Iterator[Drawing]:
    """Axes on a new figure of a size in points, in the package's style whatever the user's settings are."""
    from matplotlib import style
    from matplotlib.figure import Figure as MatplotlibFigure

    with style.context(["default", _SETTINGS]), warnings.catch_warnings():
        # Names may be in any script: the reader's browser draws the text with its own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = MatplotlibFigure(figsize=(width / _POINTS_PER_INCH, height / _POINTS_PER_INCH), layout="constrained")
        panel = Drawing(figure, figure.add_subplot())
        yield panel
        text = StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        panel.svg = _bare(text.getvalue())


def _bare(svg: str) -> str:
    """An SVG element alone: no XML head, no metadata, no identifiers that nothing refers to."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("xlink:href", "href").replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in used else "", svg)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    return re.sub(r"\n\s*", "\n", svg).strip()


def inline(svg: str, name: str, label: str) -> str:
    """An SVG for the page: its colours are CSS variables, its identifiers are its own, its width is its place's.

    Parameters
    ----------
    svg : str
        What `drawing` gave.
    name : str
        Put before every identifier, since all figures share the page.
    label : str
        What the picture shows, for readers who hear it.
    """
    for variable, (light, _) in palette.variables().items():
        svg = re.sub(light, f"var(--{variable})", svg, flags=re.IGNORECASE)
    svg = re.sub(r' id="', f' id="{name}-', svg)
    svg = re.sub(r'(href="|url\()#', rf"\g<1>#{name}-", svg)
    head, body = svg.split(">", 1)
    head = re.sub(r' (?:width|height|version)="[^"]*"', "", head)
    quoted = label.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'{head} role="img" aria-label="{quoted}">{body}'


def limits(values: npt.ArrayLike, *, margin: float = 0.04) -> tuple[float, float] | None:
    """Range of the finite values with a margin; none if there are none."""
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    if not len(finite):
        return None
    low, high = float(finite.min()), float(finite.max())
    space = margin * (high - low or 1)
    return low - space, high + space


def steps(axes: Axes, counts: npt.ArrayLike, edges: Float64Array, **settings: Any) -> None:
    """A histogram of whole numbers as shares of all counts per whole number.

    Bins that are not a whole number wide hold unequally many whole numbers: by width they would show a comb.
    """
    heights = np.asarray(counts, dtype=np.float64)
    held = np.maximum(np.ceil(edges[1:]) - np.ceil(edges[:-1]), 1)
    total = heights.sum()
    if total > 0:
        axes.stairs(heights / total / held, edges, **settings)


def dots(axes: Axes, first_edges: Float64Array, second_edges: Float64Array, counts: npt.ArrayLike, colour: str,
         largest: float) -> None:  # fmt: skip
    """A table of counts as dots whose area grows with the count, at most ``largest`` points wide.

    A dot is a line of no length with round ends: far smaller as SVG than markers.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.max() <= 0:
        return
    first = (first_edges[:-1] + first_edges[1:]) / 2
    second = (second_edges[:-1] + second_edges[1:]) / 2
    width = np.ceil(np.sqrt(table / table.max()) * _DOT_SIZES).astype(int)
    for size in range(1, _DOT_SIZES + 1):
        i, j = np.nonzero(width == size)
        x = np.stack([first[i], first[i], np.full(len(i), np.nan)], axis=1).ravel()
        y = np.stack([second[j], second[j], np.full(len(j), np.nan)], axis=1).ravel()
        if len(i):
            axes.plot(
                x, y, color=colour, linewidth=max(1.1, largest * size / _DOT_SIZES), solid_capstyle="round", alpha=0.85
            )


def whisker(axes: Axes, value: float, low: float, high: float, y: float, colour: str) -> None:
    """A horizontal interval; nothing where it is not defined."""
    if np.isfinite(low) and np.isfinite(high) and np.isfinite(value):
        axes.plot([low, high], [y, y], color=colour, linewidth=1.6, solid_capstyle="round")
