"""Whole numbers as people give them: Python's or NumPy's, but no truth values."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from artgen_fast.errors import InputError


def whole_number(value: Any) -> int | None:
    """The value as an int, or None if it is not a whole number (``True`` and ``2.0`` are none).

    Examples
    --------
    >>> import numpy as np
    >>> whole_number(np.int64(2)), whole_number(2.0), whole_number(True)
    (2, None, None)
    """
    if isinstance(value, bool | np.bool_):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def require_seed(seed: Any) -> int:
    """The seed of a random generator as an int of at most 64 bits.

    Raises
    ------
    InputError
        If it is not a whole number, negative, or larger.
    """
    number = whole_number(seed)
    if number is None or not 0 <= number < 1 << 64:
        raise InputError(f"seed must be a whole number from 0 to 2^64 - 1; got {seed!r}.")
    return number
