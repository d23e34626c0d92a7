"""Products of bit-packed haplotypes with dense matrices, compiled by Numba for the CPU they run on.

Both products come down to one step: 64 rows of the matrix, and for many sums a word that says which of the 64 to add.
For X·B the words are those of the haplotypes at 64 sites. For Xᵀ·Y they are those of the sites at 64 haplotypes: blocks
of 64 × 64 bits, transposed on the way. The 64 rows make eight tables of 256 sums each, which stay in the L2 cache.

Every sum is made by one thread and in one order, so that the number of threads cannot matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

from artgen_fast.array_types import Float32Array, Float64Array, UInt64Array
from artgen_fast.kernels.numba_functions import compiled, read_only
from artgen_fast.kernels.numba_threads import share_blocks, workers_for

COLUMNS = 16
"""Columns that are multiplied together: a row of them is a cache line of float32."""

BLOCK_ROWS = 4096
"""Most haplotypes whose sums are made together: they share the tables, and fit the L2 cache beside them."""

BLOCK_WORDS = 64
"""Most words of sites whose sums are made together, for the same reason."""

SUMMED_WORDS = 8
"""Words of 64 alleles that are summed in float32 before the sum goes to float64; as many as a cache line holds."""


def _row_pointer(context: Any, builder: Any, array_type: Any, array: Any, row: Any) -> Any:
    """Pointer to a row of COLUMNS float32, as to one vector."""
    vector = ir.VectorType(ir.FloatType(), COLUMNS)
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(builder.bitcast(data, vector.as_pointer()), [row])


# Rows are added as vectors by hand: Numba would ask at each of them whether the arrays overlap.


def _set_sum_of_rows(
    typing_context: Any, out: Any, out_row: Any, first: Any, first_row: Any, second: Any, second_row: Any
) -> Any:
    """``out[out_row] = first[first_row] + second[second_row]``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        to, x, y = (_row_pointer(context, builder, signature.args[at], *arguments[at : at + 2]) for at in (0, 2, 4))
        builder.store(builder.fadd(builder.load(x, align=4), builder.load(y, align=4)), to, align=4)
        return context.get_dummy_value()

    return numba.void(out, out_row, first, first_row, second, second_row), generate


_set_sum = intrinsic(_set_sum_of_rows)


def _add_tabled_rows(typing_context: Any, sums: Any, row: Any, tables: Any, word: Any) -> Any:
    """``sums[row] += tables[byte 0 of word] + tables[256 + byte 1] + … + tables[7 · 256 + byte 7]``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def whole(number: int) -> Any:
            return ir.Constant(ir.IntType(64), number)

        total = None
        for byte in range(8):
            pattern = builder.and_(builder.lshr(arguments[3], whole(8 * byte)), whole(255))
            place = builder.or_(pattern, whole(256 * byte))
            entry = builder.load(_row_pointer(context, builder, signature.args[2], arguments[2], place), align=4)
            total = entry if total is None else builder.fadd(total, entry)
        to = _row_pointer(context, builder, signature.args[0], *arguments[:2])
        builder.store(builder.fadd(builder.load(to, align=4), total), to, align=4)
        return context.get_dummy_value()

    return numba.void(sums, row, tables, word), generate


_add_tabled = intrinsic(_add_tabled_rows)


@compiled
def _fill_tables(matrix: Float32Array, tables: Float32Array) -> None:
    """Fill rows 256 b … 256 b + 255 of the tables with all sums of rows 8 b … 8 b + 7 of the matrix, b = 0 … 7."""
    for byte in range(np.uint64(8)):
        empty = np.uint64(256) * byte
        tables[empty] = 0
        for bit in range(np.uint64(8)):
            half = np.uint64(1) << bit
            for pattern in range(half):
                _set_sum(tables, empty + half + pattern, tables, empty + pattern, matrix, np.uint64(8) * byte + bit)


@compiled
def _add_products(words: UInt64Array, matrix: Float32Array, tables: Float32Array, sums: Float32Array) -> None:
    """Add to each sum those of the 64 rows of the matrix that its word has a 1 for."""
    _fill_tables(matrix, tables)
    for at in range(np.uint64(len(words))):
        _add_tabled(sums, at, tables, words[at])


@compiled
def _times_block(
    rows: UInt64Array, matrix: Float32Array, tables: Float32Array, sums: Float32Array, out: Float64Array
) -> None:
    """Add X·B to ``out``, (rows, COLUMNS), for the rows of a block."""
    n_rows, n_words = rows.shape
    words = np.empty((SUMMED_WORDS, n_rows), dtype=np.uint64)
    for first_word in range(0, n_words, SUMMED_WORDS):
        n_summed = min(SUMMED_WORDS, n_words - first_word)
        # A cache line of each row at a time.
        for row in range(n_rows):
            for word in range(n_summed):
                words[word, row] = rows[row, first_word + word]
        sums[:n_rows] = 0
        for word in range(n_summed):
            first = 64 * (first_word + word)
            _add_products(words[word], matrix[first : first + 64], tables, sums)
        for row in range(n_rows):
            for column in range(COLUMNS):
                out[row, column] += sums[row, column]


@compiled
def _exchange(upper: UInt64Array, lower: UInt64Array, shift: int, mask: np.uint64) -> None:
    """Exchange the bits of ``lower`` under the mask with those ``shift`` higher of ``upper``."""
    for word in range(len(upper)):
        differ = ((upper[word] >> np.uint64(shift)) ^ lower[word]) & mask
        lower[word] ^= differ
        upper[word] ^= differ << np.uint64(shift)


@compiled
def _transpose(words: UInt64Array) -> None:
    """Transpose the 64 × 64 bits of each column of words, (64, columns): afterwards word j holds bit j of all 64.

    Halves of the rows trade halves of their bits, then quarters, and so on down to single bits.
    """
    mask = np.uint64(0x00000000FFFFFFFF)
    for shift in (32, 16, 8, 4, 2, 1):
        for row in range(64):
            if not row & shift:
                _exchange(words[row], words[row | shift], shift, mask)
        mask ^= mask << np.uint64(shift >> 1)


@compiled
def _transposed_times_block(
    rows: UInt64Array,
    first_word: int,
    n_words: int,
    matrix: Float32Array,
    tables: Float32Array,
    sums: Float32Array,
    out: Float64Array,
) -> None:
    """Add Xᵀ·Y to ``out``, (sites, COLUMNS), for the sites of a block of words."""
    n_rows = len(rows)
    words = np.empty((64, n_words), dtype=np.uint64)
    for first_row in range(0, n_rows, 64):
        for row in range(64):
            for word in range(n_words):
                present = first_row + row < n_rows
                words[row, word] = rows[first_row + row, first_word + word] if present else np.uint64(0)
        _transpose(words)
        if first_row % (64 * SUMMED_WORDS) == 0:
            sums[: 64 * n_words] = 0
        _add_products(words.ravel(), matrix[first_row : first_row + 64], tables, sums)
        last = first_row + 64 >= n_rows
        if last or (first_row + 64) % (64 * SUMMED_WORDS) == 0:
            for bit in range(64):
                for word in range(n_words):
                    for column in range(COLUMNS):
                        out[64 * (first_word + word) + bit, column] += sums[n_words * bit + word, column]


def times(rows: UInt64Array, matrix: Float32Array, instruction_set: str = "", threads: int = 1) -> Float64Array:
    """X·B, float64 of shape (rows, columns)."""
    rows = read_only(rows)
    n_rows, n_words = rows.shape
    block = max(1, min(BLOCK_ROWS, -(-n_rows // threads)))
    workers = workers_for(n_rows, block, threads)
    tables, sums = _cache_lines(workers, 8 * 256), _cache_lines(workers, block)

    def multiply(factor: Float32Array, product: Float64Array) -> None:
        def multiply_block(worker: int, first_row: int) -> None:
            chosen = slice(first_row, first_row + block)
            _times_block(rows[chosen], factor, tables[worker], sums[worker], product[chosen])

        share_blocks(n_rows, block, threads, multiply_block)

    return _by_columns(matrix, 64 * n_words, n_rows, multiply)


def transposed_times(
    rows: UInt64Array, matrix: Float32Array, instruction_set: str = "", threads: int = 1
) -> Float64Array:
    """Xᵀ·Y, float64 of shape (64·words, columns)."""
    rows = read_only(rows)
    n_rows, n_words = rows.shape
    block = min(BLOCK_WORDS, -(-n_words // threads))
    workers = workers_for(n_words, block, threads)
    tables, sums = _cache_lines(workers, 8 * 256), _cache_lines(workers, 64 * block)

    def multiply(factor: Float32Array, product: Float64Array) -> None:
        def multiply_block(worker: int, first_word: int) -> None:
            chosen = min(block, n_words - first_word)
            _transposed_times_block(rows, first_word, chosen, factor, tables[worker], sums[worker], product)

        share_blocks(n_words, block, threads, multiply_block)

    return _by_columns(matrix, -(-n_rows // 64) * 64, 64 * n_words, multiply)


def _by_columns(
    matrix: Float32Array, padded_rows: int, n_out: int, multiply: Callable[[Float32Array, Float64Array], None]
) -> Float64Array:
    """The product of all columns from those of COLUMNS columns at a time; what is padded goes nowhere."""
    products = []
    factor = _cache_lines(1, padded_rows)[0]
    factor[:] = 0
    for first in range(0, matrix.shape[1], COLUMNS):
        some = matrix[:, first : first + COLUMNS]
        factor[: len(some), : some.shape[1]] = some
        product = np.zeros((n_out, COLUMNS))
        multiply(factor, product)
        products.append(product[:, : some.shape[1]])
    return products[0] if len(products) == 1 else np.hstack([np.empty((n_out, 0)), *products])


def _cache_lines(n: int, rows: int) -> Float32Array:
    """Float32 of shape (n, rows, COLUMNS), each row of it a cache line."""
    line = 4 * COLUMNS
    memory = np.empty(n * rows * line + line, dtype=np.uint8)
    start = -memory.ctypes.data % line
    return memory[start : start + n * rows * line].view(np.float32).reshape(n, rows, COLUMNS)
