"""What the public functions accept, and what they refuse with which message."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import pair_counts

ON_ANY_PANEL = [
    pair_counts.site_major,
    pair_counts.allele_counts,
    lambda panel, **options: pair_counts.joint_counts(panel, [0], [1], **options),
    lambda panel, **options: pair_counts.r2(panel, [0], [1], **options),
    lambda panel, **options: pair_counts.d_prime(panel, [0], [1], **options),
    pair_counts.r2_matrix,
    lambda panel, **options: pair_counts.binned_r2(panel, [0, 65], **options),
    lambda panel, **options: pair_counts.motif_counts(panel, 4, **options),
]
OF_PAIRS = [pair_counts.joint_counts, pair_counts.r2, pair_counts.d_prime]


def test_a_site_major_panel_that_was_not_made_by_the_kernel_is_checked(haplotypes):
    right = pair_counts.site_major(haplotypes)
    parts = {name: getattr(right, name) for name in ("bits", "group_words", "group_sizes", "counts")}
    assert pair_counts.SiteMajor(**parts).n_haplotypes == 70
    for name, wrong in (
        ("bits", right.bits[:, :1].copy()),
        ("bits", right.bits[:, :2].copy()),
        ("bits", right.bits[:-1]),
        ("bits", right.bits.astype(np.int64)),
        ("bits", np.asfortranarray(right.bits)),
        ("group_words", np.array([0, 1 << 40])),
        ("group_words", np.array([-1, 2])),
        ("group_words", np.array([2, 0])),
        ("group_words", right.group_words[:1]),
        ("group_sizes", np.array([129])),
        ("group_sizes", np.array([-1])),
        ("group_sizes", np.array([35, 35])),
        ("counts", right.counts[:-1]),
        ("counts", right.counts.astype(np.int64)),
    ):
        with pytest.raises(InputError, match=r"site-major panel must .* Make it by site_major\(haplotypes\)"):
            pair_counts.SiteMajor(**(parts | {name: wrong}))


def test_more_pairs_of_two_bins_than_their_sum_can_hold_are_refused():
    """2³³ pairs that are all in full linkage are the most whose sum, in units of 2⁻³⁰, fits 63 bits."""
    varying = pair_counts.site_major(Haplotypes.from_alleles(np.tile([[0], [1], [0], [1]], (1, 200))))
    many = varying.take(np.zeros(131_073, dtype=np.int64))
    with pytest.raises(InputError, match=r"at most 2³³ pairs of varying sites, .*; got 8,590,000,128\. Use more bins"):
        pair_counts.binned_r2(many, [0, 131_073])
    assert pair_counts.binned_r2(varying, [0, 200]).mean[0, 0] == pytest.approx(1)


def test_more_rows_than_can_be_counted_are_refused(haplotypes, monkeypatch):
    monkeypatch.setattr(pair_counts, "MAX_HAPLOTYPES", 69)
    for count in (pair_counts.allele_counts, pair_counts.site_major, lambda panel: pair_counts.motif_counts(panel, 4)):
        with pytest.raises(InputError, match="at most 69 haplotypes to be counted; got 70"):
            count(haplotypes)


@pytest.fixture
def haplotypes(panel):
    return panel("people", 70, 65)


def test_memory_maps_tensors_and_arrays_give_the_same_answer(engine, haplotypes, tmp_path):
    torch = pytest.importorskip("torch")
    rows = haplotypes.packed
    expected = pair_counts.site_major(rows, backend="reference")
    rows.tofile(tmp_path / "rows")
    own = rows.copy()
    frozen = rows.copy()
    frozen.flags.writeable = False
    for same_bits in (
        frozen,
        own,
        np.memmap(tmp_path / "rows", np.uint64, "r", shape=rows.shape),
        np.memmap(tmp_path / "rows", np.uint64, "r+", shape=rows.shape),
        torch.from_numpy(own),
        torch.from_numpy(own.view(np.int64)),
    ):
        turned = pair_counts.site_major(same_bits, **engine)
        np.testing.assert_array_equal(turned.bits, expected.bits)
        np.testing.assert_array_equal(pair_counts.allele_counts(same_bits, **engine), expected.total)
        np.testing.assert_array_equal(
            pair_counts.motif_counts(same_bits, 3, **engine), pair_counts.motif_counts(rows, 3, backend="reference")
        )
    np.testing.assert_array_equal(own, rows)  # the input is never written to


def test_haplotypes_are_turned_on_the_way(engine, haplotypes, turned):
    site_major = turned("people", 70, 65)
    pairs = [3, 60, 5], [9, 2, 5]
    for count in OF_PAIRS:
        np.testing.assert_array_equal(count(haplotypes, *pairs, **engine), count(site_major, *pairs, **engine))
    np.testing.assert_array_equal(
        pair_counts.r2_matrix(haplotypes, **engine), pair_counts.r2_matrix(site_major, **engine)
    )
    for part, expected in zip(
        pair_counts.binned_r2(haplotypes, [0, 9, 65], **engine),
        pair_counts.binned_r2(site_major, [0, 9, 65], **engine),
        strict=True,
    ):
        np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64])
def test_indices_and_groups_may_be_of_any_whole_dtype(engine, haplotypes, groups, dtype):
    labels = groups(70)
    turned = pair_counts.site_major(haplotypes, labels.astype(dtype), **engine)
    pairs = np.array([[3, 60, 5], [9, 2, 5]])
    for count in OF_PAIRS:
        np.testing.assert_array_equal(count(turned, *pairs.astype(dtype), **engine), count(turned, *pairs, **engine))
    spread = np.repeat(pairs, 2, axis=1).astype(dtype)[:, ::2]  # not contiguous
    np.testing.assert_array_equal(pair_counts.r2(turned, *spread, **engine), pair_counts.r2(turned, *pairs, **engine))


def test_without_a_request_the_best_usable_backend_runs(haplotypes):
    np.testing.assert_array_equal(
        pair_counts.r2_matrix(haplotypes), pair_counts.r2_matrix(haplotypes, backend="reference")
    )


@pytest.mark.parametrize("function", ON_ANY_PANEL)
def test_unpacked_alleles_are_refused(function):
    with pytest.raises(InputError, match=r"^haplotypes must be bit-packed .* got uint8 of shape \(30, 512\)"):
        function(np.zeros((30, 512), np.uint8))


@pytest.mark.parametrize("function", [pair_counts.site_major, ON_ANY_PANEL[2], ON_ANY_PANEL[-1]])
def test_a_panel_of_nobody_is_refused(haplotypes, function):
    with pytest.raises(InputError, match="haplotypes must have at least one row; got none"):
        function(haplotypes[:0])


@pytest.mark.parametrize("function", [pair_counts.site_major, lambda *a, **k: pair_counts.motif_counts(*a, 4, **k)])
@pytest.mark.parametrize(
    ("groups", "got"),
    [
        (np.zeros(69, int), r"one a haplotype; got int64 of shape \(69,\)"),
        (np.zeros((70, 1), int), r"one a haplotype; got int64 of shape \(70, 1\)"),
        (np.zeros(70), r"one a haplotype; got float64 of shape \(70,\)"),
        (np.zeros(70, bool), r"one a haplotype; got bool of shape \(70,\)"),
        (np.ma.zeros(70, int), "no missing values; got a masked array"),
        (np.r_[-1, np.zeros(69, int)], "without gaps, .* got 2 groups numbered -1 … 0"),
        (np.r_[2, np.zeros(69, int)], "without gaps, .* got 2 groups numbered 0 … 2"),
        (np.ones(70, int), "without gaps, .* got 1 groups numbered 1 … 1"),
        (np.r_[10**12, np.zeros(69, int)], "without gaps, .* got 2 groups numbered 0 … 1000000000000"),
    ],
)
def test_groups_must_be_numbered_without_gaps(haplotypes, function, groups, got):
    with pytest.raises(InputError, match=rf"^groups must .*{got}"):
        function(haplotypes, groups=groups)


@pytest.mark.parametrize("function", OF_PAIRS)
@pytest.mark.parametrize(
    ("first", "second", "refusal"),
    [
        ([0.0], [1], r"'first' must be site indices, whole numbers of shape \(pairs,\); got float64 of shape \(1,\)"),
        ([True], [1], r"'first' must be site indices, .* got bool of shape \(1,\)"),
        (0, 1, r"'first' must be site indices, .* got int64 of shape \(\)"),
        ([[0]], [[1]], r"'first' must be site indices, .* got int64 of shape \(1, 1\)"),
        ([0, 1], [1], r"'second' must be site indices, whole numbers of shape \(2,\); got int64 of shape \(1,\)"),
        ([0], ["1"], r"'second' must be site indices, .* got <U1 of shape \(1,\)"),
        ([-1], [1], r"'first' must be site indices from 0 to 64; got -1 … -1"),
        ([0, 1], [3, 65], r"'second' must be site indices from 0 to 64; got 3 … 65"),
        (np.array([2**64 - 1], np.uint64), [1], r"'first' must be whole numbers below 2\^63; got 18446744073709551615"),
        ([0], np.ma.array([1], mask=[True]), "'second' must have no missing values; got a masked array"),
    ],
)
def test_pairs_must_be_of_sites(haplotypes, function, first, second, refusal):
    with pytest.raises(InputError, match=refusal):
        function(haplotypes, first, second)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("wrong", "among"), [(-1, "-1 … 64"), (65, "0 … 65"), (2**62, f"0 … {2**62}")])
@pytest.mark.parametrize("name", ["first", "second"])
def test_one_wrong_site_of_many_pairs_is_refused(engine, haplotypes, name, wrong, among, threads):
    # Some backends look at the indices block by block, as they read them.
    pairs = {"first": np.arange(20_000) % 65, "second": np.arange(20_000) % 65}
    pairs[name][-2] = wrong
    with pytest.raises(InputError, match=f"'{name}' must be site indices from 0 to 64; got {among}"):
        pair_counts.r2(haplotypes, **pairs, threads=threads, **engine)


@pytest.mark.parametrize(
    ("third", "refusal"),
    [
        ([0, 1], r"'third' must be site indices, whole numbers of shape \(1,\); got int64 of shape \(2,\)"),
        ([65], r"'third' must be site indices from 0 to 64; got 65 … 65"),
    ],
)
def test_triplets_must_be_of_sites(haplotypes, third, refusal):
    with pytest.raises(InputError, match=refusal):
        pair_counts.joint_counts(haplotypes, [0], [1], third)


@pytest.mark.parametrize(
    "edges", [[0], [], 65, [[0, 65]], [1, 65], [0, 64], [0, 66], [0, 9, 8, 65], [-1, 65], [0, 8.5, 65]], ids=str
)
def test_edges_must_ascend_from_0_to_the_number_of_sites(haplotypes, edges):
    with pytest.raises(InputError, match=r"^edges must be whole numbers that ascend from 0 to .*sites \(65\); got "):
        pair_counts.binned_r2(haplotypes, edges)


@pytest.mark.parametrize("edges", ["all", None, ["0", "65"], [0, None, 65]], ids=str)
def test_edges_of_other_kinds_are_refused(haplotypes, edges):
    with pytest.raises(InputError, match=r"^edges must be whole numbers that ascend from 0 to .*sites \(65\); got "):
        pair_counts.binned_r2(haplotypes, edges)


def test_masked_and_ragged_edges_are_refused(haplotypes):
    with pytest.raises(InputError, match="edges must have no missing values; got a masked array"):
        pair_counts.binned_r2(haplotypes, np.ma.array([0, 65]))
    with pytest.raises(InputError, match="edges must be an array in host memory, its rows of one length"):
        pair_counts.binned_r2(haplotypes, [[0], [1, 65]])


def test_the_counts_of_all_groups_are_summed_once(haplotypes, groups):
    turned = pair_counts.site_major(haplotypes, groups(70))
    assert turned.total is turned.total
    assert turned.total.dtype == np.int64
    np.testing.assert_array_equal(turned.total, turned.counts.sum(axis=1))
    np.testing.assert_array_equal(turned.take(np.array([5, 2])).total, turned.total[[5, 2]])


@pytest.mark.parametrize("k", [0, 17, -1, 1.0, True, "1", None])
def test_k_out_of_range(haplotypes, k):
    with pytest.raises(InputError, match="k must be a whole number from 1 to 16; got"):
        pair_counts.motif_counts(haplotypes, k)


@pytest.mark.parametrize(
    ("first_window", "n_windows"), [(-1, None), (17, None), (0, 17), (16, 1), (3, -1), (-1, 2), (1.5, 2), (0, 2.5)]
)
def test_windows_must_lie_within_the_panel(haplotypes, first_window, n_windows):
    with pytest.raises(
        InputError, match=r"windows must lie within the 16 whole windows of 4 sites; got (all|-?[\d.]+) from win"
    ):
        pair_counts.motif_counts(haplotypes, 4, first_window, n_windows)


@pytest.mark.parametrize("function", ON_ANY_PANEL)
@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_threads_must_be_a_positive_number(haplotypes, function, threads):
    with pytest.raises(InputError, match="threads must be a whole number from 1 to 4,096; got"):
        function(haplotypes, threads=threads)


@pytest.mark.parametrize("function", ON_ANY_PANEL)
def test_an_unknown_or_unusable_engine_is_refused_and_never_replaced(haplotypes, function, without_modules):
    with pytest.raises(InputError, match="backend must be one of compiled, numba, cuda, reference; got 'fortran'"):
        function(haplotypes, backend="fortran")
    with pytest.raises(InputError, match="instruction_set applies to backend='compiled'; got 'avx2'"):
        function(haplotypes, backend="numba", instruction_set="avx2")
    without_modules("cupy")
    with pytest.raises(BackendUnavailableError, match=r"'cuda' cannot run here: CuPy is not installed; pip install"):
        function(haplotypes, backend="cuda")


def test_a_panel_of_one_haplotype_has_no_varying_site(engine):
    turned = pair_counts.site_major(Haplotypes.from_alleles([[0, 1, 1]]), **engine)
    assert np.isnan(pair_counts.r2_matrix(turned, **engine)).all()
    assert np.isnan(pair_counts.d_prime(turned, [0, 1], [1, 2], **engine)).all()
    mean, pairs = pair_counts.binned_r2(turned, [0, 3], **engine)
    assert np.isnan(mean).all()
    assert pairs.tolist() == [[0]]
