"""Nearest neighbours both ways between two panels on the device: ours, torch's int8 products, a plain CuPy kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cupy
import torch
from rounds import Entry

import artgen_fast
from artgen_fast.kernels import dispatch, hamming
from gpu_contenders.timing import entry

MOST_ROWS_OF_PEERS = 8_192
"""They hold all distances, and int8 a byte a site."""

_PLAIN = cupy.RawKernel(
    r"""
    extern "C" __global__ void plain(const unsigned long long* x, const unsigned long long* y, int n, int m, int words,
                                     int* distances) {
      const int i = blockIdx.y * blockDim.y + threadIdx.y, j = blockIdx.x * blockDim.x + threadIdx.x;
      if (i >= n || j >= m) return;
      int sum = 0;
      for (int w = 0; w < words; ++w) sum += __popcll(x[(long long)i * words + w] ^ y[(long long)j * words + w]);
      distances[(long long)i * m + j] = sum;
    }
    """,
    "plain",
)


def random_panel(rows: int, words: int, seed: int) -> Any:
    """Bits of frequency ½ on the device, in which nothing can be pruned."""
    random = cupy.random.RandomState(seed)
    return random.randint(0, 256, size=rows * words * 8, dtype=cupy.uint8).view(cupy.uint64).reshape(rows, words)


def entries(rows: int, words: int) -> Iterator[Entry]:
    """Every contender; all answer with the distances from each row of the first panel."""
    x, y = random_panel(rows, words, 1), random_panel(rows, words, 2)
    for level in dispatch.instruction_sets("hamming", "cuda"):
        if level.usable:

            def run(name: str = level.name) -> Any:
                return hamming.cross(x, y, backend="cuda", instruction_set=name)

            name = f"artgen_fast {level.name}"
            yield entry(name, artgen_fast.__version__, run, lambda found: found.row_distances)
    if rows > MOST_ROWS_OF_PEERS:
        return

    def plain() -> Any:
        distances = cupy.empty((rows, rows), dtype=cupy.int32)
        blocks = -(-rows // 16)
        _PLAIN((blocks, blocks), (16, 16), (x, y, cupy.int32(rows), cupy.int32(rows), cupy.int32(words), distances))
        return distances.min(axis=1), distances.min(axis=0)

    yield entry("cupy, one thread a pair", cupy.__version__, plain, lambda found: found[0])

    alleles = [torch.from_dlpack(cupy.unpackbits(panel.view(cupy.uint8)).reshape(rows, -1)).char() for panel in (x, y)]
    ones = [panel.sum(dim=1, dtype=torch.int32) for panel in alleles]

    def products() -> Any:
        distances = ones[0][:, None] + ones[1][None] - 2 * torch._int_mm(alleles[0], alleles[1].T)
        return distances.amin(dim=1), distances.amin(dim=0)

    yield entry("torch int8 matmul", torch.__version__, products, lambda found: found[0].cpu().numpy())
