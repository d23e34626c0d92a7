"""Positions of sites, as text files give them."""

from __future__ import annotations

import re

LARGEST_POSITION = 2**63 - 1
"""What a site table can hold: positions are int64."""

_DIGITS = re.compile(r"0*(\d{1,19})", re.ASCII)


def position_from(text: str) -> int | None:
    """The position that a text says, or None if it is not a whole number from 0 to 2^63 - 1.

    Examples
    --------
    >>> position_from("135000000"), position_from("-1"), position_from("9" * 5000)
    (135000000, None, None)
    """
    match = _DIGITS.fullmatch(text)
    if match is None:
        return None
    position = int(match[1])
    return position if position <= LARGEST_POSITION else None
