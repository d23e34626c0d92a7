"""Positions in text."""

from __future__ import annotations

import pytest

from artgen_fast.io.positions import LARGEST_POSITION, position_from


@pytest.mark.parametrize(
    ("text", "position"),
    [("0", 0), ("7", 7), ("007", 7), ("0" * 5000 + "12", 12), (str(LARGEST_POSITION), LARGEST_POSITION)],
)
def test_whole_numbers_that_a_site_table_can_hold(text, position):
    assert position_from(text) == position


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.0", "1_000", " 1", "1\n", "²", "٣", str(2**63), "1" * 20, "9" * 5000]
)
def test_anything_else_is_no_position(text):
    assert position_from(text) is None
