"""What a figure of the report is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing.

    Attributes
    ----------
    title : str
        Empty where the figure's title says it all.
    svg : str
    glyph, variable : str
        Marker and CSS variable of the set that is drawn; empty where several are.
    """

    title: str
    svg: str
    glyph: str = ""
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One or several panels with a title and a sentence that tells how to read them.

    Attributes
    ----------
    name : str
        Its identifier on the page, and the start of its files' names.
    title : str
    caption : str
        How to read it, and what would be bad.
    panels : tuple of Panel
    legend : bool
        Whether several sets share a panel, so that their markers have to be named.
    """

    name: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    legend: bool = False
