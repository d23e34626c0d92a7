"""Columns of the tables of sites and samples, and what they may be cut by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import TextArray
from artgen_fast.errors import InputError
from artgen_fast.host_arrays import described

TEXT = np.dtypes.StringDType()

RowIndex = slice | npt.NDArray[Any] | Sequence[int]


def as_text(values: Any) -> TextArray:
    """Return values as a one-dimensional array of variable-width strings."""
    array: TextArray = np.asarray(values).astype(TEXT)
    return array


def require_columns(columns: Mapping[str, Any], table: str, remedy: str) -> None:
    """Raise InputError unless the columns of a table are one-dimensional arrays of one length."""
    shapes = {column.shape if isinstance(column, np.ndarray) else None for column in columns.values()}
    if len(shapes) > 1 or None in shapes or len(next(iter(shapes)) or ()) != 1:
        got = ", ".join(f"{name}: {described(column)}" for name, column in columns.items())
        raise InputError(f"the columns of a table of {table} must be arrays of one length; got {got}. Use {remedy}.")
