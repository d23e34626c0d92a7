"""Arrays as people give them: nothing missing, rows of one length, whole numbers that stay what they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int64Array
from artgen_fast.errors import InputError

LARGEST_INT64 = (1 << 63) - 1


def require_unmasked(value: Any, name: str) -> None:
    """Raise InputError for a masked array, whose mask would be lost.

    Parameters
    ----------
    value : any
    name : str
        The argument's name, for the error.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise InputError(
            f"{name} must have no missing values; got a masked array. Drop the sites or rows that are masked first."
        )


def described(value: Any) -> str:
    """What an argument is, for the error that says what it must be: dtype and shape of an array, or the type."""
    return f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def host_array(value: Any, name: str) -> npt.NDArray[Any]:
    """An argument as a NumPy array, of whatever shape and dtype: those are for the caller to check.

    Raises
    ------
    InputError
        If it is masked, or no array, such as rows of different lengths; NumPy has errors of its own for these.
    """
    require_unmasked(value, name)
    try:
        return np.asarray(value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name} must be an array in host memory, its rows of one length; NumPy makes none of it ({error})."
        ) from error


def as_int64(array: npt.NDArray[Any], name: str) -> Int64Array:
    """Whole numbers as a contiguous array of int64, to which NumPy would turn too large ones into negative ones.

    Raises
    ------
    InputError
        If a number is too large.
    """
    if array.dtype.kind == "u" and array.max(initial=0) > LARGEST_INT64:
        raise InputError(f"{name} must be whole numbers below 2^63; got {array.max()}.")
    return np.ascontiguousarray(array, dtype=np.int64)


def whole_numbers(value: Any, name: str) -> Int64Array:
    """An argument as int64 of shape (n,); an empty list is one, though NumPy makes floats of it.

    Raises
    ------
    InputError
        If it is anything else, or a number is too large.
    """
    array = host_array(value, name)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InputError(f"{name} must be whole numbers in one dimension; got {described(array)}.")
    return as_int64(array, name)
