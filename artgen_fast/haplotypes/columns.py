"""Columns of the tables of sites and samples, and what they may be cut by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

TEXT = np.dtypes.StringDType()

Int64Array = npt.NDArray[np.int64]
TextArray = npt.NDArray[Any]
"""One-dimensional array of variable-width strings (numpy.dtypes.StringDType), which NumPy's stubs cannot say yet."""
RowIndex = slice | npt.NDArray[Any] | Sequence[int]


def as_text(values: Any) -> TextArray:
    """Return values as a one-dimensional array of variable-width strings."""
    array: TextArray = np.asarray(values).astype(TEXT)
    return array
