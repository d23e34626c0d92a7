"""One colour and one marker for every set, the same in all figures, safe for colour-blind readers.

Figures are drawn in the colours of light paper. On the page each of these is replaced by a CSS variable, so that the
same drawing follows the reader's light or dark scheme.
"""

from __future__ import annotations

from dataclasses import dataclass

INK = "#1c2024"
"""Text, axes and reference lines."""
MUTED = "#68717a"
"""Secondary text."""
GRID = "#dfe3e8"
REAL = "#c3c9d1"
"""Areas: what the real training rows give."""
REAL_DEEP = "#8b95a1"
"""The same where a line or a denser area is needed."""
HOLDOUT = "#3d464f"
PAPER = "#ffffff"

_SETS = (
    ("#0069b4", "#5cb3f5", "o", "●"),
    ("#a8417f", "#ee9dcc", "s", "■"),
    ("#8a6a00", "#f0c54a", "^", "▲"),
    ("#5b4bc4", "#b0a6ff", "v", "▼"),
    ("#00727f", "#4fcfdd", "P", "✚"),
    ("#7b4a2a", "#d6a582", "X", "✖"),
)
"""Colour on light paper, colour on dark, marker in figures, the same marker as text. After Okabe and Ito 2008; green,
orange and red are those of the verdicts."""

_DARK = {
    INK: "#e8ebee",
    MUTED: "#9aa4ae",
    GRID: "#31373e",
    REAL: "#4a525b",
    REAL_DEEP: "#87919c",
    HOLDOUT: "#c9d1d9",
    PAPER: "#15181c",
}
_NAMES = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    REAL: "real",
    REAL_DEEP: "real-deep",
    HOLDOUT: "holdout",
    PAPER: "paper",
}


@dataclass(frozen=True, slots=True)
class SetStyle:
    """How a set is drawn everywhere.

    Attributes
    ----------
    colour : str
        Hexadecimal, as on light paper.
    marker : str
        Matplotlib's name of the marker.
    glyph : str
        The same marker as a character.
    variable : str
        Name of the colour's CSS variable.
    """

    colour: str
    marker: str
    glyph: str
    variable: str


HOLDOUT_STYLE = SetStyle(HOLDOUT, "D", "◆", "holdout")


def set_style(place: int) -> SetStyle:
    """Style of the set in a given place; colours repeat after six sets, then with the next marker."""
    n = len(_SETS)
    colour = _SETS[place % n][0]
    marker, glyph = _SETS[(place + place // n) % n][2:]
    return SetStyle(colour, marker, glyph, f"set-{place % n + 1}")


def variables() -> dict[str, tuple[str, str]]:
    """Name of every CSS variable → its colour on light and on dark paper."""
    named = {name: (light, _DARK[light]) for light, name in _NAMES.items()}
    return named | {f"set-{place + 1}": (light, dark) for place, (light, dark, _, _) in enumerate(_SETS)}
