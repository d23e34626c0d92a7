"""Columns of the tables of sites and samples, and what they may be cut by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import TextArray

TEXT = np.dtypes.StringDType()

RowIndex = slice | npt.NDArray[Any] | Sequence[int]


def as_text(values: Any) -> TextArray:
    """Return values as a one-dimensional array of variable-width strings."""
    array: TextArray = np.asarray(values).astype(TEXT)
    return array
