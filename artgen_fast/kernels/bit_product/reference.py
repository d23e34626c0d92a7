"""Products of bit-packed haplotypes with dense matrices, plainly: in float64, from unpacked alleles.

The functions take the same arguments as those of the other backends; instruction set and threads mean nothing here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UInt64Array = npt.NDArray[np.uint64]
Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]


def times(rows: UInt64Array, matrix: Float32Array, instruction_set: str = "", threads: int = 1) -> Float64Array:
    """X·B, float64 of shape (rows, columns); sites beyond the matrix's are padding."""
    return alleles(rows)[:, : len(matrix)] @ matrix.astype(np.float64)


def transposed_times(
    rows: UInt64Array, matrix: Float32Array, instruction_set: str = "", threads: int = 1
) -> Float64Array:
    """Xᵀ·Y, float64 of shape (64·words, columns)."""
    return alleles(rows).T @ matrix.astype(np.float64)


def alleles(rows: UInt64Array) -> Float64Array:
    """X: 0 and 1, float64 of shape (rows, 64·words)."""
    in_bytes = np.ascontiguousarray(rows, dtype="<u8").view(np.uint8)
    return np.unpackbits(in_bytes, axis=1, bitorder="little").astype(np.float64)
