"""What `longest_around` refuses, with which message."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.kernels.surrounding_stretches import longest_around


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 0}, r"k must be a whole number from 1 to the number of targets \(12\); got 0"),
        ({"k": 13}, "got 13"),
        ({"k": 2.0}, "got 2.0"),
        (
            {"observed": np.ones(90)},
            r"observed must be bool of shape \(90,\), one a site; got float64",
        ),
        ({"observed": np.ones(89, bool)}, r"got bool of shape \(89,\)"),
        ({"hidden": [[1]]}, r"hidden must be whole numbers in one dimension; got int64 of shape \(1, 1\)"),
        ({"hidden": [1.0]}, "got float64"),
        ({"hidden": [90]}, r"hidden must ascend within 0 … 89; got \[90\]"),
        ({"hidden": [-1]}, "must ascend"),
        ({"hidden": [4, 4]}, "must ascend"),
        ({"observed": np.ma.zeros(90, bool)}, "observed must have no missing values; got a masked array"),
        ({"hidden": np.ma.array([1])}, "hidden must have no missing values; got a masked array"),
        ({"hidden": [[1], [1, 2]]}, "hidden must be an array in host memory, its rows of one length"),
        ({"hidden": np.array([2**64 - 1], np.uint64)}, r"hidden must be whole numbers below 2\^63; got 18446744"),
        ({"bounds": [0, 91]}, r"bounds must be whole numbers that ascend from 0 .*\(90\); got"),
    ],
)
def test_faulty_arguments(hiding, change, message):
    with pytest.raises(InputError, match=message):
        longest_around(**hiding(6, 12, 90, 3)._replace(observed=np.zeros(90, bool))._asdict() | change)


def test_observed_sites_cannot_be_hidden(hiding):
    case = hiding(6, 12, 90, 3)
    site = int(np.flatnonzero(case.observed)[2])
    with pytest.raises(InputError, match=f"hidden sites must not be observed; site {site} is both"):
        longest_around(*case._replace(hidden=np.array([site])))


def test_haplotypes_bring_their_contigs_and_must_be_of_the_same_sites(hiding):
    case = hiding(6, 12, 90)
    sites = Sites.from_columns(np.arange(90), ["1"] * 40 + ["2"] * 50)
    queries, targets = (Haplotypes(panel.packed, 90, sites, panel.samples) for panel in case[:2])
    found = longest_around(queries, targets, *case[2:5])
    given = longest_around(*case._replace(bounds=np.array([0, 40, 90])))
    for part, expected in zip(found, given, strict=True):
        np.testing.assert_array_equal(part, expected)
    assert found.lengths.sum() < longest_around(*case).lengths.sum()
    with pytest.raises(InputError, match="the query and the target panel must have the same sites in the same order"):
        longest_around(queries, *case[1:])


def test_panels_of_other_sites_and_other_backends(hiding):
    case, other = hiding(6, 12, 90, 3), hiding(6, 12, 91)
    with pytest.raises(InputError, match=r"must have the same sites; got 90 sites \(8 words\) and 91 sites"):
        longest_around(case.queries, other.targets, *case[2:])
    with pytest.raises(BackendUnavailableError, match="this kernel has compiled and numba and reference only"):
        longest_around(*case, backend="cuda")
