from __future__ import annotations

from itertools import pairwise

import pytest

from artgen_fast.report.palette import set_style, variables


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_many_sets_are_distinct_and_neighbours_differ_in_colour_and_marker():
    styles = [set_style(place) for place in range(36)]
    assert len({(style.colour, style.marker) for style in styles}) == 36
    assert all(a.colour != b.colour and a.marker != b.marker for a, b in pairwise(styles))


@pytest.mark.parametrize("scheme", [0, 1])
@pytest.mark.parametrize("role", ["ink", "muted", "holdout", *(f"set-{place}" for place in range(1, 7))])
def test_what_must_be_read_stands_out_from_the_paper(role: str, scheme: int):
    colours = variables()
    # Text needs 4.5 (WCAG AA), marks 3.
    least = 4.5 if role in ("ink", "muted") else 3
    assert contrast(colours[role][scheme], colours["paper"][scheme]) >= least
