"""What `longest_shared` accepts, and what it refuses with which message."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.kernels.shared_haplotypes import longest_shared


def test_arrays_and_memory_maps_give_the_same_answer(sharing, tmp_path):
    case = sharing(20, 30, 512)
    expected = longest_shared(*case, backend="reference")
    case.targets.packed.tofile(tmp_path / "rows")
    mapped = np.memmap(tmp_path / "rows", np.uint64, "r", shape=case.targets.packed.shape)
    for targets in (case.targets, case.targets.packed, mapped):
        queries = case.queries if targets is case.targets else case.queries.packed
        for part, expected_part in zip(longest_shared(queries, targets, case.positions), expected, strict=True):
            np.testing.assert_array_equal(part, expected_part)


def test_the_default_is_one_contig_numbered_by_site(sharing):
    case = sharing(5, 6, 300)
    default = longest_shared(case.queries, case.targets)
    assert default.base_pairs.tolist() == (default.sites - 1).tolist()
    assert default.sites.tolist() == longest_shared(*case[:2], np.arange(300), [0, 300]).sites.tolist()


@pytest.mark.parametrize("bounds", [[0, 299], [1, 300], [0, 200, 100, 300], [0.0, 300.0], [300], [[0, 300]]])
def test_bounds_must_cover_the_sites(sharing, bounds):
    case = sharing(5, 6, 300)
    with pytest.raises(InputError, match=r"bounds must be whole numbers that ascend from 0 .*\(300\); got"):
        longest_shared(case.queries, case.targets, None, bounds)


def test_positions_must_be_whole_numbers_that_do_not_descend_within_a_contig(sharing):
    case = sharing(5, 6, 300)
    with pytest.raises(InputError, match=r"positions must be whole numbers of shape \(300,\).*float64 of shape \(300,"):
        longest_shared(*case[:2], np.arange(300.0))
    with pytest.raises(InputError, match=r"got int64 of shape \(299,\)"):
        longest_shared(*case[:2], np.arange(299))
    places = np.r_[0:200, 0:100]
    with pytest.raises(InputError, match=r"site 201 lies before site 200.*give a bound there"):
        longest_shared(*case[:2], places, [0, 100, 300])
    longest_shared(*case[:2], places, [0, 200, 300])


def test_panels_must_have_the_same_sites_and_there_must_be_targets(sharing):
    case, other = sharing(5, 6, 300), sharing(5, 6, 301)
    with pytest.raises(InputError, match=r"must have the same sites; got 300 sites \(8 words\) and 301 sites"):
        longest_shared(case.queries, other.targets)
    with pytest.raises(InputError, match="targets must have at least one row"):
        longest_shared(case.queries, case.targets[:0])


def at_places(panel, positions, contigs):
    sites = Sites.from_columns(positions, contigs)
    return Haplotypes(panel.packed, panel.n_sites, sites, panel.samples)


def test_haplotypes_bring_their_positions_and_contigs(sharing):
    case = sharing(20, 30, 300)
    positions, contigs = np.r_[0:600:6, 50:250], ["1"] * 100 + ["2"] * 200
    queries, targets = (at_places(panel, positions, contigs) for panel in case[:2])
    given = longest_shared(queries, targets, positions, [0, 100, 300])
    for found in (
        longest_shared(queries, targets),
        longest_shared(queries, targets, positions),
        longest_shared(queries, targets, bounds=[0, 100, 300]),
    ):
        for part, expected in zip(found, given, strict=True):
            np.testing.assert_array_equal(part, expected)
    one = longest_shared(queries, targets, np.arange(300), [0, 300])  # what is given counts
    assert one.sites.tolist() == longest_shared(case.queries, case.targets).sites.tolist()
    assert one.sites.sum() > given.sites.sum()


def test_panels_of_different_sites_are_refused(sharing):
    case = sharing(5, 6, 300)
    with pytest.raises(InputError, match=r"the query and the target panel must have the same sites .* site 1 is"):
        longest_shared(case.queries, at_places(case.targets, np.arange(5, 305), "1"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positions": np.ma.zeros(300, int)}, "positions must have no missing values; got a masked array"),
        ({"positions": np.full(300, 2**63, np.uint64)}, r"positions must be whole numbers below 2\^63; got 92233720"),
        ({"positions": [[1], [1, 2]]}, "positions must be an array in host memory, its rows of one length; NumPy"),
        ({"bounds": np.ma.array([0, 300])}, "bounds must have no missing values; got a masked array"),
        ({"bounds": [[0], [1, 300]]}, "bounds must be an array in host memory"),
    ],
)
def test_arrays_that_numpy_would_change_are_refused(sharing, change, message):
    with pytest.raises(InputError, match=message):
        longest_shared(*sharing(5, 6, 300)[:2], **change)


def test_backends_that_the_kernel_has_not_are_refused(sharing):
    case = sharing(5, 6, 300)
    with pytest.raises(
        BackendUnavailableError, match="'cuda' cannot run here: this kernel has compiled and numba and ref"
    ):
        longest_shared(*case, backend="cuda")
    with pytest.raises(InputError, match="threads must be a whole number from 1"):
        longest_shared(*case, threads=0)
