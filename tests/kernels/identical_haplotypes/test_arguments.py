"""What the public functions refuse, with which message."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.kernels.identical_haplotypes import haplotype_classes, identical_pairs


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([90], [0], [3]), "cores must be from 0 to 89; got 90 … 90"),
        (([-1], [0], [3]), "cores must be from 0 to 89; got -1"),
        (([9], [2], [3]), "alleles must be from 0 to 1; got 2"),
        (([9], [0], [91]), "ends must be from -1 to 90; got 91"),
        (([9], [0], [9]), "ends must not be the core itself, to which no direction leads; got 9 for both"),
        (([9, 8], [0], [3]), "one value a walk; got 2, 1 and 1"),
        (([9.0], [0], [3]), r"cores must be whole numbers in one dimension; got float64 of shape \(1,\)"),
        (([[9]], [0], [3]), r"got int64 of shape \(1, 1\)"),
        ((np.ma.array([9]), [0], [3]), "cores must have no missing values; got a masked array"),
        ((np.array([2**64 - 1], np.uint64), [0], [3]), r"cores must be whole numbers below 2\^63; got 18446744"),
        (([9], [0], np.array([2**64 - 1], np.uint64)), r"ends must be whole numbers below 2\^63; got 18446744"),
        (([[9], [9, 8]], [0], [3]), "cores must be an array in host memory, its rows of one length"),
    ],
)
def test_walks(relatives, arguments, message):
    with pytest.raises(InputError, match=message):
        identical_pairs(relatives(65, 90, 9).panel, *arguments)


@pytest.mark.parametrize("least", [-0.1, 1.1, float("nan"), "0", None, [0.5]])
def test_the_least_share(relatives, least):
    with pytest.raises(InputError, match="least must be a share from 0 to 1; got"):
        identical_pairs(relatives(65, 90, 9).panel, [3], [0], [9], least)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0], [91]), "ends must be from 0 to 90; got 91"),
        (([-1], [9]), "begins must be from 0 to 90; got -1"),
        (([10], [9]), "begins must not lie behind ends"),
        (([1, 2], [9]), "one value a window; got 2 and 1"),
    ],
)
def test_windows(relatives, arguments, message):
    with pytest.raises(InputError, match=message):
        haplotype_classes(relatives(65, 90, 9).panel, *arguments)


def test_a_walk_whose_core_has_no_pairs_ends_there(relatives):
    panel, alleles, _ = relatives(65, 90, 9)
    core = int(np.flatnonzero(alleles.sum(axis=0) <= 1)[0])
    pairs, back = identical_pairs(panel, [core, core], [1, 1], [90, -1], least=0)
    assert len(pairs) == len(back) == 1
    assert not pairs.any()


def test_no_walks_and_no_windows(relatives):
    panel, *_ = relatives(65, 90, 9)
    assert identical_pairs(panel, [], [], []) == []
    assert haplotype_classes(panel, [], []).shape == (0, 65)


def test_a_panel_by_site_and_a_backend_that_the_kernel_has(relatives):
    panel, *_ = relatives(65, 90, 9)
    with pytest.raises(InputError, match="panel must be a SiteMajor in host memory; got ndarray"):
        identical_pairs(panel.bits, [3], [0], [9])
    with pytest.raises(BackendUnavailableError, match="this kernel has compiled and numba and reference only"):
        haplotype_classes(panel, [3], [9], backend="cuda")
