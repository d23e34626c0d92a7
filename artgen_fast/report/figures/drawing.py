"""Drawing with Matplotlib, without its global state, into small SVG and into pixels."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO, StringIO
from textwrap import wrap
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from artgen_fast.array_types import UInt8Array
from artgen_fast.report import palette
from artgen_fast.report.figures.layout import SMALL
from artgen_fast.report.figures.svg import bare

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as MatplotlibFigure


FONTS = "DejaVu Sans, Verdana, sans-serif"
"""Of drawings that stand alone; on the page the reader's own font is used."""

POINTS_PER_INCH = 72
_MARGIN = 3
_LETTER = 5.4
"""Usual width of a letter of a label, in points."""
_USUAL_MARGINS = (42, 6, 34, 6)
"""Left, right, below and above the axes: near what most panels come to, so that `Drawing` need fit them only once."""
_SAME_WIDTH, _SAME_HEIGHT = 60, 15
"""Change of the axes' sides, in points, up to which their ticks stay the same: along the first axis most panels say how
many there are."""
_TICKS_HAVE_ROOM = 200

_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "artgen_fast",
    "text.parse_math": False,
    "path.simplify": False,
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.labelsize": 9.5,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
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
    """A panel being drawn; its SVG is there after the `with` block.

    Attributes
    ----------
    width, height : float
        Points.
    axes : Axes
    svg : str
        An element without a ground of its own, in the colours of light paper.
    """

    def __init__(self, figure: MatplotlibFigure, width: float, height: float) -> None:
        self.width, self.height = width, height
        left, right, below, above = _USUAL_MARGINS
        self.axes: Axes = figure.add_axes(
            (left / width, below / height, 1 - (left + right) / width, 1 - (below + above) / height)
        )
        self.svg = ""
        self._figure = figure

    @property
    def ticks(self) -> int:
        """How many ticks have room along the first axis."""
        return 3 if self.width < _TICKS_HAVE_ROOM else 5

    def pixels(self, per_point: float) -> UInt8Array:
        """The panel on white paper, uint8 of shape (rows, columns, 4)."""
        with house_style():
            return pixels(self._figure, per_point)

    def finish(self) -> None:
        """Lay the panel out and write its SVG."""
        self._wrap_labels()
        self._fit()
        self._keep_label_inside()
        text = StringIO()
        self._figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        self.svg = bare(text.getvalue())

    def _wrap_labels(self) -> None:
        """Break a label that is longer than its side of the panel."""
        for axis, room in ((self.axes.xaxis, self.width), (self.axes.yaxis, self.height)):
            letters = int((room - 2 * _MARGIN) / _LETTER)
            axis.set_label_text("\n".join(wrap(axis.get_label_text(), letters)))

    def _keep_label_inside(self) -> None:
        """Move the first axis' label, which stands in the middle below the axes, off the panel's edges."""
        label = self.axes.xaxis.label
        box, margin = label.get_window_extent(), _MARGIN * self._figure.dpi / POINTS_PER_INCH
        shift = max(0.0, margin - box.x0) - max(0.0, box.x1 + margin - self._figure.bbox.width)
        if shift:
            label.set_x(label.get_position()[0] + shift / self.axes.get_window_extent().width)

    def _fit(self) -> None:
        """Give the axes the room that their labels leave.

        Matplotlib's layout engines do this in two passes and draw everything once more: here that took a third of the
        time of a panel.
        """
        whole, per_point = self._figure.bbox, self._figure.dpi / POINTS_PER_INCH
        for _ in range(2):
            inside, outside = self.axes.get_window_extent().frozen(), self.axes.get_tightbbox(for_layout_only=True)
            if outside is None:
                return
            left, below = inside.x0 - outside.x0, inside.y0 - outside.y0
            right, above = outside.x1 - inside.x1, outside.y1 - inside.y1
            margin = _MARGIN * per_point
            width, height = whole.width - left - right - 2 * margin, whole.height - below - above - 2 * margin
            self.axes.set_position(
                ((left + margin) / whole.width, (below + margin) / whole.height, width / whole.width,
                 height / whole.height)
            )  # fmt: skip
            # Axes of about the same size keep their ticks, and with them their margins.
            if (
                abs(width - inside.width) < _SAME_WIDTH * per_point
                and abs(height - inside.height) < _SAME_HEIGHT * per_point
            ):
                return


@contextmanager
def drawing(width: float, height: float) -> Iterator[Drawing]:
    """Axes on a new figure of a size in points, in the package's style whatever the user's settings are."""
    from matplotlib.figure import Figure as MatplotlibFigure

    with house_style():
        panel = Drawing(MatplotlibFigure((width / POINTS_PER_INCH, height / POINTS_PER_INCH)), width, height)
        yield panel
        panel.finish()


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Do not look for garbage: there is hardly any, among very many objects that Matplotlib makes and figures keep."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's settings for everything in the report."""
    from matplotlib import rc_context, rcParams

    with rc_context(), warnings.catch_warnings():
        # They were checked when they were made: checking some hundreds again would take longer than many a panel.
        dict.update(cast("dict[str, Any]", rcParams), _house_settings())
        # Names may be in any script: the reader's browser draws the text with its own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


@cache
def _house_settings() -> dict[str, Any]:
    """All settings but the window system, which the user may have chosen and `rc_context` does not put back."""
    from matplotlib import rcParams, style

    with style.context(["default", _SETTINGS]):
        return {name: rcParams[name] for name in rcParams if name != "backend"}


def pixels(figure: MatplotlibFigure, per_point: float) -> UInt8Array:
    """A Matplotlib figure as uint8 of shape (rows, columns, 4); in `house_style`."""
    dots_per_inch = per_point * POINTS_PER_INCH
    figure.set_dpi(dots_per_inch)
    buffer = BytesIO()
    figure.savefig(buffer, format="rgba", dpi=dots_per_inch, facecolor=palette.PAPER)
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8).reshape(-1, int(figure.bbox.width), 4).copy()
