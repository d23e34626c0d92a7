"""Compiled kernels; called through artgen_fast.kernels, which checks the arguments."""

import numpy as np
import numpy.typing as npt

_Neighbours = tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]

def hamming_search(
    queries: npt.NDArray[np.uint64],
    targets: npt.NDArray[np.uint64] | None,
    query_neighbours: int,
    target_neighbours: int,
    exclude_self: bool,
    histogram: bool,
    pruning: bool | None,
    instruction_set: str,
    threads: int,
) -> tuple[_Neighbours | None, _Neighbours | None, npt.NDArray[np.int64] | None]: ...
def hamming_instruction_sets() -> list[tuple[str, str]]:
    """Name and reason of refusal (empty if usable) of each instruction set, best first."""

def bit_product(
    rows: npt.NDArray[np.uint64],
    matrix: npt.NDArray[np.float32],
    transposed: bool,
    instruction_set: str,
    threads: int,
) -> npt.NDArray[np.float64]: ...
def bit_product_instruction_sets() -> list[tuple[str, str]]:
    """Name and reason of refusal (empty if usable) of each instruction set, best first."""

def gibbs_sample(
    weights: npt.NDArray[np.float32],
    visible_bias: npt.NDArray[np.float32],
    hidden_bias: npt.NDArray[np.float32],
    start: npt.NDArray[np.uint64],
    steps: int,
    pinned: npt.NDArray[np.uint64] | None,
    seed: int,
    update: int,
    first_chain: int,
    fixed_point: bool,
    hidden_words: int,
    instruction_set: str,
    threads: int,
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]: ...
def gibbs_hidden_probabilities(
    weights: npt.NDArray[np.float32],
    visible_bias: npt.NDArray[np.float32],
    hidden_bias: npt.NDArray[np.float32],
    visible: npt.NDArray[np.uint64],
    fixed_point: bool,
    instruction_set: str,
    threads: int,
) -> npt.NDArray[np.float32]: ...
def gibbs_moments(
    weights: npt.NDArray[np.float32],
    visible_bias: npt.NDArray[np.float32],
    hidden_bias: npt.NDArray[np.float32],
    visible: npt.NDArray[np.uint64],
    receptive_fields: npt.NDArray[np.int64] | None,
    fixed_point: bool,
    instruction_set: str,
    threads: int,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float32]]: ...
def gibbs_contrast(
    weights: npt.NDArray[np.float32],
    visible_bias: npt.NDArray[np.float32],
    hidden_bias: npt.NDArray[np.float32],
    data: npt.NDArray[np.uint64],
    start: npt.NDArray[np.uint64],
    steps: int,
    pinned: npt.NDArray[np.uint64] | None,
    seed: int,
    update: int,
    receptive_fields: npt.NDArray[np.int64] | None,
    fixed_point: bool,
    hidden_words: int,
    instruction_set: str,
    threads: int,
) -> tuple[
    npt.NDArray[np.uint64],
    npt.NDArray[np.uint64],
    tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float32]],
    tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float32]],
]: ...
def gibbs_instruction_sets() -> list[tuple[str, str]]:
    """Name and reason of refusal (empty if usable) of each instruction set, best first."""

def shared_haplotypes_longest(
    queries: npt.NDArray[np.uint64],
    targets: npt.NDArray[np.uint64],
    positions: npt.NDArray[np.int64],
    bounds: npt.NDArray[np.int64],
    cuts: npt.NDArray[np.int64],
    edges: npt.NDArray[np.int64],
    threads: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]: ...
def identical_haplotypes_pairs(
    bits: npt.NDArray[np.uint64],
    group_words: npt.NDArray[np.int64],
    group_sizes: npt.NDArray[np.int64],
    cores: npt.NDArray[np.int64],
    alleles: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    least: float,
    threads: int,
) -> list[npt.NDArray[np.int64]]: ...
def identical_haplotypes_classes(
    bits: npt.NDArray[np.uint64],
    group_words: npt.NDArray[np.int64],
    group_sizes: npt.NDArray[np.int64],
    begins: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    threads: int,
) -> npt.NDArray[np.int32]: ...
def surrounding_stretches_longest(
    queries: npt.NDArray[np.uint64],
    targets: npt.NDArray[np.uint64],
    sites: npt.NDArray[np.int64],
    before: npt.NDArray[np.int64],
    begin: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
    hidden_begin: npt.NDArray[np.int64],
    hidden_end: npt.NDArray[np.int64],
    k: int,
    threads: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]: ...
