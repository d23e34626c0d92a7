"""The C++ backend: checked arrays to the compiled module and back."""

from __future__ import annotations

from typing import Any

from artgen_fast.array_types import Float32Array, Float64Array, Int64Array, UInt64Array
from artgen_fast.haplotypes import words_for
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.gibbs.reference import Parameters

MomentsArrays = tuple[Float64Array, Float64Array, Float32Array]


def sample(
    parameters: Parameters,
    start: UInt64Array,
    steps: int,
    pinned: UInt64Array | None,
    seed: int,
    update: int,
    first_chain: int,
    instruction_set: str,
    threads: int,
) -> tuple[UInt64Array, UInt64Array]:
    """Packed visible and hidden states after the last step."""
    states: tuple[UInt64Array, UInt64Array] = _core().gibbs_sample(
        parameters.weights,
        parameters.visible_bias,
        parameters.hidden_bias,
        start,
        steps,
        None if pinned is None else pinned[None],
        seed,
        update,
        first_chain,
        parameters.fixed_point,
        words_for(parameters.n_hidden),
        instruction_set,
        threads,
    )
    return states


def hidden_probabilities(
    parameters: Parameters, visible: UInt64Array, instruction_set: str, threads: int
) -> Float32Array:
    """P(h = 1 | v), float32 of shape (rows, hidden)."""
    probabilities: Float32Array = _core().gibbs_hidden_probabilities(
        parameters.weights,
        parameters.visible_bias,
        parameters.hidden_bias,
        visible,
        parameters.fixed_point,
        instruction_set,
        threads,
    )
    return probabilities


def moments(
    parameters: Parameters, visible: UInt64Array, fields: Int64Array | None, instruction_set: str, threads: int
) -> MomentsArrays:
    """Means of v, of P(h = 1 | v) and of their products."""
    means: MomentsArrays = _core().gibbs_moments(
        parameters.weights,
        parameters.visible_bias,
        parameters.hidden_bias,
        visible,
        fields,
        parameters.fixed_point,
        instruction_set,
        threads,
    )
    return means


def contrast(
    parameters: Parameters,
    data: UInt64Array,
    start: UInt64Array,
    steps: int,
    pinned: UInt64Array | None,
    seed: int,
    update: int,
    fields: Int64Array | None,
    instruction_set: str,
    threads: int,
) -> tuple[UInt64Array, UInt64Array, MomentsArrays, MomentsArrays]:
    """Packed states after the last step, moments of the data and those of the chains; weights are laid out once."""
    found: tuple[UInt64Array, UInt64Array, MomentsArrays, MomentsArrays] = _core().gibbs_contrast(
        parameters.weights,
        parameters.visible_bias,
        parameters.hidden_bias,
        data,
        start,
        steps,
        None if pinned is None else pinned[None],
        seed,
        update,
        fields,
        parameters.fixed_point,
        words_for(parameters.n_hidden),
        instruction_set,
        threads,
    )
    return found


def _core() -> Any:
    return dispatch.compiled_module()
