"""What tiles could get wrong and tables not: the split of weights, the ends of chunks, and chains without a pair."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.kernels import dispatch, gibbs
from artgen_fast.kernels.gibbs.reference import LARGEST_SUM

_AMX = {level.name: level for level in dispatch.instruction_sets("gibbs")}.get("amx_int8")

pytestmark = pytest.mark.skipif(
    _AMX is None or not _AMX.usable, reason=_AMX.reason if _AMX else "there is no compiled module with AMX"
)


def probabilities(weights, bias, states, instruction_set):
    return gibbs.hidden_probabilities(
        weights, bias, states, "int8x2", backend="compiled", instruction_set=instruction_set
    )


@pytest.mark.parametrize("chains", [1, 16, 17, 33, 48, 50])
@pytest.mark.parametrize("inputs", [1, 32, 33, 64, 65, 480, 512, 513, 1024, 1056, 1100])
def test_ends_of_chunks_and_pairs(inputs, chains):
    rng = np.random.default_rng([inputs, chains])
    weights = rng.standard_normal((inputs, 37)).astype(np.float32) / 10
    start, bias = gibbs.random_start(chains, inputs, seed=3), np.zeros(37, np.float32)
    expected = probabilities(weights, bias, start, "portable")
    np.testing.assert_array_equal(probabilities(weights, bias, start, "amx_int8"), expected)


def test_every_whole_weight_is_split_right():
    # Unit u has one weight of w scales beside the largest, which makes the scale 2^-14. Rows choose one of the two.
    wholes = np.arange(-LARGEST_SUM, LARGEST_SUM + 1)
    weights = np.zeros((5, len(wholes)), np.float32)
    weights[0] = LARGEST_SUM * 2.0**-14
    weights[4] = wholes * 2.0**-14
    start = np.zeros((2, 8), np.uint64)
    start[:, 0] = 1, 1 << 4
    found = probabilities(weights, np.zeros(len(wholes), np.float32), start, "amx_int8")
    expected = 1 / (1 + np.exp(-weights[[0, 4]].astype(np.float64)))
    np.testing.assert_allclose(found, expected, rtol=1e-6)  # one scale more or less changes them by 7e-6 at least


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_sums_of_most_inputs(sign):
    # 2^18 inputs, of each four one with the largest weight: the sum is almost 2^31, its high part times 256 as well.
    inputs = 1 << 18
    weights = np.zeros((inputs, 1), np.float32)
    weights[::4] = sign * LARGEST_SUM * 2.0**-31
    weights[1::4] = sign * -LARGEST_SUM * 2.0**-31
    start = np.zeros((3, inputs // 64), np.uint64)
    start[0] = 0x1111111111111111
    start[1] = 0x2222222222222222
    start[2] = 0x3333333333333333
    found = probabilities(weights, np.zeros(1, np.float32), start, "amx_int8")[:, 0]
    activation = sign * LARGEST_SUM * 2.0**-15 * np.array([1, -1, 0])
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-activation)), rtol=1e-6)
