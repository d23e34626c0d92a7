"""Whole numbers, of Python and of NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.whole_numbers import require_seed, whole_number


@pytest.mark.parametrize("value", [2, np.int64(2), np.uint8(2)])
def test_whole_numbers_are_those_of_python_and_of_numpy(value):
    assert type(whole_number(value)) is int
    assert whole_number(value) == require_seed(value) == 2


@pytest.mark.parametrize("value", [True, np.True_, 2.0, np.float64(2), "2", None])
def test_anything_else_is_none(value):
    assert whole_number(value) is None
    with pytest.raises(InputError, match=r"seed must be a whole number from 0 to 2\^64 - 1; got"):
        require_seed(value)


def test_a_seed_is_not_negative_and_has_64_bits():
    assert (require_seed(0), require_seed(2**64 - 1)) == (0, 2**64 - 1)
    for seed in (-1, 2**64):
        with pytest.raises(InputError, match=rf"seed must be a whole number from 0 to 2\^64 - 1; got {seed}"):
            require_seed(seed)
