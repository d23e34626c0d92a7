"""The reference itself: published numbers of Philox, uniform numbers, fixed point and conditionals by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from artgen_fast.kernels import gibbs
from artgen_fast.kernels.gibbs import reference


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ([0, 0, 0, 0], 0, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([0xFFFFFFFF] * 4, 0xFFFFFFFF_FFFFFFFF, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            0x299F31D0_A4093822,
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox_gives_the_known_answers_of_its_authors(counter, key, expected):
    words = reference.philox(*counter, key)
    assert " ".join(f"{int(word):08x}" for word in words) == expected


def test_uniform_numbers_are_uniform_and_depend_on_every_part_of_the_counter():
    first = reference.uniforms(1, 2, np.arange(400), 3, reference.HIDDEN, 403)
    assert first.shape == (400, 403)
    assert stats.kstest(first.ravel(), "uniform").pvalue > 1e-3
    assert stats.kstest((first.ravel() * 2**16) % 1, "uniform").pvalue > 1e-3  # the lower halves alone
    others = [
        reference.uniforms(*changed)
        for changed in (
            (9, 2, np.arange(400), 3, reference.HIDDEN, 403),
            (1 + 2**32, 2, np.arange(400), 3, reference.HIDDEN, 403),
            (1, 9, np.arange(400), 3, reference.HIDDEN, 403),
            (1, 2, np.arange(400, 800), 3, reference.HIDDEN, 403),
            (1, 2, np.arange(400), 9, reference.HIDDEN, 403),
            (1, 2, np.arange(400), 3, reference.VISIBLE, 403),
            (1, 2, np.arange(400), 3, reference.START, 403),
        )
    ]
    for other in [*others, first[:, ::-1], first[::-1]]:
        assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.01
    np.testing.assert_array_equal(first[:, :17], reference.uniforms(1, 2, np.arange(400), 3, reference.HIDDEN, 17))


def test_random_starts_are_fair_and_end_with_the_last_unit():
    bits = gibbs.random_start(2_000, 130, seed=4)
    alleles = reference.states(bits, 512)
    assert bits.shape == (2_000, 8)
    assert not alleles[:, 130:].any()
    ones = alleles[:, :130].sum()
    assert abs(ones - 130_000) < 4 * np.sqrt(260_000) / 2
    assert np.abs(np.corrcoef(alleles[:, :130].T) - np.eye(130)).max() < 6 / np.sqrt(2_000)
    assert not np.array_equal(bits, gibbs.random_start(2_000, 130, seed=4, update=1))


def test_fixed_point_rounds_each_units_weights_to_multiples_of_its_scale():
    rng = np.random.default_rng(0)
    rows = (rng.standard_normal((50, 203)) * rng.gamma(1, 1, (50, 1))).astype(np.float32)
    rows[7] = 0
    whole, scale = reference.fixed_point(rows)
    assert whole.dtype == np.int16
    assert np.abs(whole * scale.astype(np.float64)[:, None] - rows).max() <= scale.max() * 0.5001
    assert not whole[7].any()
    padded = np.zeros((50, 204))
    padded[:, :203] = whole
    together = padded.reshape(50, -1, 4)
    sums = np.maximum(np.maximum(together, 0).sum(2), np.maximum(-together, 0).sum(2)).max(1)
    assert sums.max() <= reference.LARGEST_SUM + 2  # four weights, each rounded by half a scale
    assert np.all(sums[np.arange(50) != 7] >= reference.LARGEST_SUM - 2)  # and the range is used


def test_conditionals_of_a_machine_that_can_be_done_by_hand():
    weights = np.float32([[1, -2], [0.5, 4]])
    visible = np.array([[0b00], [0b01], [0b10], [0b11]], np.uint64).repeat(8, axis=1)
    visible[:, 1:] = 0
    found = gibbs.hidden_probabilities(
        weights, np.float32([0.25, -1]), visible, precision="float32", backend="reference"
    )
    x = np.array([[0.25, -1], [1.25, -3], [0.75, 3], [1.75, 1]])
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-x)), rtol=1e-6)
