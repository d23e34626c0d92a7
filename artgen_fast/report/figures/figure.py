"""What a figure of the report is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from artgen_fast.report.figures.drawing import Drawing
from artgen_fast.report.figures.layout import columns, rows_in_a_line
from artgen_fast.report.shown_sets import ShownSet


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing.

    Attributes
    ----------
    drawn : Drawing
    shown : ShownSet or None
        The set that is drawn: its marker and name head the panel. None where several are.
    finding : str
        The panel's main number, shown beside the name, such as "r = 0.98".
    row : str
        What panels side by side have in common, shown above them, such as "PC 1 and 2". Empty where the figure's
        title says it all.
    """

    drawn: Drawing
    shown: ShownSet | None = None
    finding: str = ""
    row: str = ""

    @property
    def label(self) -> str:
        """The panel in words, for readers who hear it."""
        name = self.shown.name if self.shown else ""
        return ", ".join(part for part in (self.row, name, self.finding) if part)


@dataclass(frozen=True, slots=True)
class Figure:
    """One or several panels with a title and a sentence that tells how to read them.

    Attributes
    ----------
    name : str
        Its identifier on the page, and its files' name.
    title : str
    caption : str
        What one sees, and how to read it; in two sentences or so.
    panels : tuple of Panel
        At least one. Those of a row follow each other.
    legend : tuple of ShownSet
        The sets that share a panel, so that their markers have to be named; empty where each has its own.
    details : str
        What else is to be known, folded on the page.
    """

    name: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    legend: tuple[ShownSet, ...] = ()
    details: str = ""

    @property
    def across(self) -> int:
        """Panels of the fullest row."""
        return max(len(panels) for _, panels in self.rows)

    @property
    def rows_in_a_line(self) -> int:
        """Rows that stand side by side where there is room."""
        return rows_in_a_line(self.across, len(self.rows))

    @property
    def in_a_line(self) -> int:
        """Panels that stand side by side where there is room."""
        return self.across * self.rows_in_a_line

    @property
    def columns(self) -> int:
        """Panels of a row that stand side by side where there is room for as many."""
        return columns(self.across, self.width)

    @property
    def width(self) -> float:
        """Of the widest panel, in points."""
        return max(panel.drawn.width for panel in self.panels)

    @property
    def rows(self) -> list[tuple[str, list[Panel]]]:
        """Panels by row, with the row's heading."""
        return [(row, list(panels)) for row, panels in groupby(self.panels, key=lambda panel: panel.row)]
