"""The C++ backend: checked arrays to the compiled module and back."""

from __future__ import annotations

from typing import Any

from artgen_fast.array_types import Float32Array, Float64Array, UInt64Array
from artgen_fast.kernels import dispatch


def times(rows: UInt64Array, matrix: Float32Array, instruction_set: str, threads: int) -> Float64Array:
    """X·B, float64 of shape (rows, columns)."""
    return _product(rows, matrix, False, instruction_set, threads)


def transposed_times(rows: UInt64Array, matrix: Float32Array, instruction_set: str, threads: int) -> Float64Array:
    """Xᵀ·Y, float64 of shape (64·words, columns)."""
    return _product(rows, matrix, True, instruction_set, threads)


def _product(
    rows: UInt64Array, matrix: Float32Array, transposed: bool, instruction_set: str, threads: int
) -> Float64Array:
    core: Any = dispatch.compiled_module()
    product: Float64Array = core.bit_product(rows, matrix, transposed, instruction_set, threads)
    return product
