"""What the functions that Numba compiles have in common: how they are compiled, and instructions on the bits of words.

They hold no GIL and are called from Python threads (`numba_threads`). Numba keeps the machine code of a function until
that function's own file changes: after an edit of one that another file calls, clear the cache (NUMBA_CACHE_DIR).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import intrinsic

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Scalar = TypeVar("Scalar", bound=np.generic)


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile at first call, and keep the machine code on disk where Numba finds a folder for it.

    Divisions follow IEEE 754, as in NumPy: no branch in the way of vector instructions, and never another order of
    operations.
    """
    machine_code: Callable[Arguments, Result]
    try:
        machine_code = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # neither the package's folder nor the user's cache folder can be written
        machine_code = numba.njit(nogil=True, error_model="numpy")(function)
    return machine_code


def _population_count(typing_context: Any, word: Any) -> Any:
    """Number of bits that are 1, by the CPU's own instruction (vectorised where it has one for vectors)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return numba.uint64(numba.uint64), generate


def _leading_zeros(typing_context: Any, word: Any) -> Any:
    """Number of bits above the highest 1; 64 of a word without one."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], context.get_constant(numba.boolean, False))

    return numba.uint64(numba.uint64), generate


def _trailing_zeros(typing_context: Any, word: Any) -> Any:
    """Number of bits below the lowest 1; 64 of a word without one."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(numba.boolean, False))

    return numba.uint64(numba.uint64), generate


population_count = intrinsic(_population_count)
leading_zeros = intrinsic(_leading_zeros)
trailing_zeros = intrinsic(_trailing_zeros)


def read_only(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """The array as a read-only view, so that maps, read-only and writable arrays share one compiled function."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
