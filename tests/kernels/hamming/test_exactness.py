"""Every backend and instruction set equals the reference, bit for bit."""

from __future__ import annotations

import time
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from artgen_fast.haplotypes import Haplotypes, unpack
from artgen_fast.kernels import dispatch, hamming
from artgen_fast.kernels.hamming import reference

KINDS = ["noise", "zeros", "ones", "single bits", "rare", "copies", "mosaic"]
ROWS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 130, 255, 256, 257, 300]
"""Around the sides of tiles and blocks."""


def assert_same(answer, expected):
    assert len(answer) == len(expected)
    for part, expected_part in zip(answer, expected, strict=True):
        if expected_part is None:
            assert part is None
        else:
            assert (part.dtype, part.shape) == (expected_part.dtype, expected_part.shape)
            np.testing.assert_array_equal(part, expected_part)


@cache
def expected_nearest(queries_key, targets_key, k, exclude_self, panel):
    return reference.nearest(panel(*queries_key), panel(*targets_key), k, exclude_self)


@cache
def expected_within(key, k, panel):
    return reference.within(panel(*key), k, True)


@cache
def expected_cross(queries_key, targets_key, panel):
    return reference.cross(panel(*queries_key), panel(*targets_key), True)


def test_the_compiled_module_is_here():
    # Without it the tests below would pass on Numba alone.
    if dispatch.backend_availability("compiled").reason.startswith("it is disabled"):
        pytest.skip("the compiled module is disabled on purpose")
    assert dispatch.backend_availability("compiled").reason == ""
    levels = {level.name: level.usable for level in dispatch.instruction_sets("hamming")}
    assert levels["portable"]


@pytest.mark.parametrize("words", [*range(1, 130), 255, 256, 257, 513])
def test_any_number_of_words(engine, panel, words):
    for kind in ("noise", "single bits"):
        first, second = (kind, 9, words), (kind, 21, words)
        assert_same(
            hamming.cross(panel(*first), panel(*second), histogram=True, **engine), expected_cross(first, second, panel)
        )
        assert_same(hamming.within(panel(*second), k=3, histogram=True, **engine), expected_within(second, 3, panel))


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("kind", KINDS)
def test_any_number_of_rows(engine, panel, kind, rows):
    many, few = (kind, rows, 8), (kind, 37, 8)
    for queries, targets in ((many, few), (few, many)):
        k = min(3, targets[1])
        assert_same(
            hamming.nearest(panel(*queries), panel(*targets), k=k, **engine),
            expected_nearest(queries, targets, k, False, panel),
        )
        assert_same(
            hamming.cross(panel(*queries), panel(*targets), histogram=True, **engine),
            expected_cross(queries, targets, panel),
        )
    if rows > 1:
        k = min(3, rows - 1)
        assert_same(hamming.within(panel(*many), k=k, histogram=True, **engine), expected_within(many, k, panel))


@pytest.mark.parametrize("k", range(1, 9))
@pytest.mark.parametrize("kind", ["noise", "rare", "copies", "zeros"])
def test_any_number_of_neighbours(engine, panel, kind, k):
    first, second = (kind, 70, 3), (kind, 66, 3)
    assert_same(
        hamming.nearest(panel(*first), panel(*second), k=k, **engine), expected_nearest(first, second, k, False, panel)
    )
    # The same memory is searched by symmetry; a copy of it is not; the answer is the same.
    expected = expected_nearest(first, first, k, True, panel)
    rows = panel(*first)
    assert_same(hamming.nearest(rows, rows, k=k, exclude_self=True, **engine), expected)
    assert_same(hamming.nearest(rows, rows.copy(), k=k, exclude_self=True, **engine), expected)
    assert_same(hamming.within(rows, k=k, **engine), (*expected, None))


@pytest.mark.parametrize("k", range(1, 9))
def test_as_many_neighbours_as_there_are_targets(engine, panel, k):
    targets = panel("rare", k, 2)
    distances, indices = hamming.nearest(panel("rare", 5, 2), targets, k=k, **engine)
    assert_same((distances, indices), reference.nearest(panel("rare", 5, 2), targets, k, False))
    np.testing.assert_array_equal(np.sort(indices, axis=1), np.tile(np.arange(k), (5, 1)))
    rows = panel("rare", k + 1, 2)
    assert_same(hamming.within(rows, k=k, **engine), (*reference.nearest(rows, rows, k, True), None))


def test_no_queries(engine, panel):
    none = panel("noise", 0, 4)
    assert_same(
        hamming.nearest(none, panel("noise", 5, 4), k=2, **engine),
        (np.empty((0, 2), np.int32), np.empty((0, 2), np.int64)),
    )
    assert not hamming.histogram(none, panel("noise", 5, 4), **engine).any()
    assert not hamming.histogram(none, **engine).any()


@pytest.mark.parametrize("threads", [1, 2, 3, 9])  # of 9 each has fewer queries a task
@pytest.mark.parametrize("kind", ["noise", "rare", "copies", "mosaic"])
def test_any_number_of_threads(engine, panel, kind, threads):
    first, second = (kind, 1030, 16), (kind, 520, 16)
    rows, others = panel(*first), panel(*second)
    for _ in range(3):
        assert_same(
            hamming.cross(rows, others, histogram=True, threads=threads, **engine), expected_cross(first, second, panel)
        )
        assert_same(
            hamming.within(rows, k=4, histogram=True, threads=threads, **engine), expected_within(first, 4, panel)
        )
    assert_same(
        hamming.nearest(others, rows, k=4, threads=threads, **engine), expected_nearest(second, first, 4, False, panel)
    )


@pytest.mark.parametrize("pruning", [None, True, False])
@pytest.mark.parametrize("kind", ["mosaic", "copies", "rare", "noise"])
@pytest.mark.parametrize("words", [33, 129])
def test_pruning_changes_no_answer(engine, panel, kind, words, pruning):
    first, second = (kind, 700, words), (kind, 333, words)
    rows, others = panel(*first), panel(*second)
    without_histogram = expected_cross(first, second, panel)[:4]
    assert_same(hamming.cross(rows, others, pruning=pruning, **engine), (*without_histogram, None))
    assert_same(
        hamming.cross(rows, others, histogram=True, pruning=pruning, **engine), expected_cross(first, second, panel)
    )
    for k in (1, 8):
        neighbours = expected_within(first, k, panel)[:2]
        assert_same(hamming.within(rows, k=k, pruning=pruning, **engine), (*neighbours, None))
        assert_same(
            hamming.nearest(rows, others, k=k, pruning=pruning, **engine),
            expected_nearest(first, second, k, False, panel),
        )
        assert_same(hamming.nearest(rows, rows.copy(), k=k, exclude_self=True, pruning=pruning, **engine), neighbours)


@pytest.mark.parametrize("kind", ["mosaic", "noise"])
def test_pruning_where_it_is_chosen_by_itself(engine, panel, kind):
    # Enough pairs and words for a sample to decide: it finds pairs to skip in one panel and none in the other.
    first, second = (kind, 1100, 40), (kind, 1000, 40)
    rows, others = panel(*first), panel(*second)
    assert_same(hamming.cross(rows, others, **engine), (*expected_cross(first, second, panel)[:4], None))
    assert_same(hamming.within(rows, k=2, **engine), (*expected_within(first, 2, panel)[:2], None))


@pytest.mark.parametrize("pruning", [None, True])
def test_samples_of_rows_may_mislead_but_not_change_answers(engine, panel, pruning):
    # Rows that a search samples are all REF, the others half or an eighth ALT; and one panel is unlike the other.
    misleading = panel("noise", 1500, 33).copy()
    misleading[sampled_rows(1500, {(32, 1), (128, 1), (192, 0), (512, 0), (64, 1)})] = 0
    less = misleading & np.roll(misleading, 5, axis=1) & np.roll(misleading, 11, axis=1)
    assert len(np.unique(misleading, axis=0)) > 500
    for rows, others in (
        (misleading, panel("noise", 1000, 33)),
        (less, panel("noise", 1000, 33)),
        (less, np.roll(less, 3, axis=0)[:1000].copy()),
        (panel("zeros", 1100, 33), panel("noise", 1000, 33)),
        (panel("ones", 1100, 33), panel("mosaic", 1000, 33)),
    ):
        assert_same(
            hamming.cross(rows, others, pruning=pruning, **engine),
            expected_cross_of_bytes(rows.tobytes(), others.tobytes(), 33),
        )


@pytest.mark.parametrize("histogram", [True, False])
@pytest.mark.parametrize(("kind", "words"), [("mosaic", 40), ("rare", 129)])  # windows of 128 and of 512 sites
def test_rows_unlike_all_others(engine, panel, kind, words, histogram):
    # Their distances to the common haplotypes of a window are larger than any between those, and than a byte holds.
    rows = panel(kind, 1100, words).copy()
    rows[::100] = ~rows[::100]
    rows[7] = 2**64 - 1
    others = panel(kind, 1000, words)
    expected = expected_cross_of_bytes(rows.tobytes(), others.tobytes(), words)[:4]
    for queries, targets, answer in (
        (rows, others, expected),
        (others, rows, (*expected[2:], *expected[:2])),
    ):
        found = hamming.cross(queries, targets, histogram=histogram, pruning=True, **engine)
        assert_same(found[:4], answer)
        if histogram:
            np.testing.assert_array_equal(found.histogram, histogram_of_bytes(rows.tobytes(), others.tobytes(), words))


@pytest.mark.parametrize("histogram", [True, False])
def test_haplotypes_as_far_apart_as_a_byte_holds(engine, histogram):
    # Three common ones in 512 sites, the last two at a distance of 240, and rows at 272 to 512 of them.
    common = np.zeros((3, 512), bool)
    common[1, :120] = common[2, 120:240] = True
    chosen = np.random.default_rng(5).integers(0, 3, (2, 1050, 18))
    panels = np.packbits(common[chosen].reshape(2, 1050, -1), axis=2, bitorder="little").view(np.uint64)
    panels[:, ::100] = ~panels[:, ::100]
    rows, others = panels
    expected = reference.cross(rows, others, True)
    found = hamming.cross(rows, others, histogram=histogram, pruning=True, **engine)
    assert_same(found, expected if histogram else (*expected[:4], None))


@pytest.mark.parametrize("apart", [46, 47])
def test_rows_that_a_group_of_windows_has_no_room_for(engine, apart):
    # Two common haplotypes in 512 sites. At a distance of 46, tables have room for an eighth more, 51, and a group of
    # five for 255; at 47, for 52, and four for 208. Rows that no sample sees are at 52 of the first haplotype.
    common = np.zeros((2, 512), bool)
    common[1, :apart] = True
    alleles = common[np.random.default_rng(6).integers(0, 2, (2, 1050, 10))]
    unseen = sorted(set(range(1050)) - set(sampled_rows(1050, {(512, 0)})))
    alleles[0, unseen[::100], :, :] = np.isin(np.arange(512), range(16, 68))
    alleles[1, -1] = False
    rows, others = np.packbits(alleles.reshape(2, 1050, -1), axis=2, bitorder="little").view(np.uint64)
    for queries, targets in ((rows, others), (others, rows)):
        expected = reference.cross(queries, targets, False)[:4]
        assert_same(hamming.cross(queries, targets, pruning=True, **engine), (*expected, None))


def test_distances_of_more_than_16_bits(engine):
    # Rows that take turns between three unlike founders: every window has three haplotypes, far from each other.
    rng = np.random.default_rng(4)
    founders = rng.integers(0, 2**64, (3, 3072), dtype=np.uint64)
    founder = rng.integers(0, 3, (70, 512)).repeat(6, axis=1)
    rows = founders[founder, np.arange(3072)]
    expected = reference.within(rows, 3, True)
    assert expected[0].min() > 2**16 - 10_000
    assert_same(hamming.within(rows, k=3, histogram=True, pruning=True, **engine), expected)
    assert_same(hamming.within(rows, k=3, pruning=True, **engine), (*expected[:2], None))


@pytest.mark.skipif(not dispatch.backend_availability("compiled").usable, reason="it is the compiled search's sample")
@pytest.mark.parametrize("histogram", [True, False])
def test_a_misleading_sample_costs_little(histogram):
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 2**64, (3000, 64), dtype=np.uint64)
    rows[sampled_rows(3000, {(32, 1), (384, 0), (1024, 0), (128, 1)})] = 0
    assert (rows != 0).any(axis=1).sum() > 1000

    def seconds(pruning):
        begin = time.perf_counter()
        hamming.within(rows, histogram=histogram, backend="compiled", threads=1, pruning=pruning)
        return time.perf_counter() - begin

    # Verifying all pairs at all sites that rounding changes would take some hundred times as long.
    assert min(seconds(None) for _ in range(3)) < 20 * min(seconds(False) for _ in range(3))


def sampled_rows(count, samples):
    """Rows in any of a search's samples, of these sizes and draws (csrc/hamming/row_sample.cpp)."""
    sampled = set()
    for wanted, draw in samples:
        edges = np.arange(wanted + 1) * count // wanted
        nth = np.arange(draw * wanted + 1, (draw + 1) * wanted + 1, dtype=np.uint64)
        mixed = (nth * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)
        sampled.update((edges[:-1] + (mixed.astype(np.int64) * np.diff(edges) >> 32)).tolist())
    return sorted(sampled)


@cache
def histogram_of_bytes(rows: bytes, others: bytes, words: int):
    return reference.histogram(*(np.frombuffer(each, np.uint64).reshape(-1, words) for each in (rows, others)))


@cache
def expected_cross_of_bytes(rows: bytes, others: bytes, words: int):
    return reference.cross(*(np.frombuffer(each, np.uint64).reshape(-1, words) for each in (rows, others)), False)


@cache
def expected_in_blocks(rows_key, others_key, panel):
    """Cross minima and histogram of ``rows`` and ``others``, and the two nearest within ``rows``, in blocks."""
    rows, others = panel(*rows_key), panel(*others_key)
    between, own = [], []
    column_keys = np.full(len(others), np.iinfo(np.int64).max)
    histogram = np.zeros(64 * rows.shape[1] + 1, np.int64)
    for start in range(0, len(rows), 500):
        block = rows[start : start + 500]
        table = reference.distances(block, others)
        between.append((table.min(axis=1), table.argmin(axis=1)))
        histogram += np.bincount(table.ravel(), minlength=len(histogram))
        nearest_query = table.min(axis=0).astype(np.int64) << 32 | (start + table.argmin(axis=0))
        column_keys = np.minimum(column_keys, nearest_query)
        table = reference.distances(block, rows)
        table[np.arange(len(block)), start + np.arange(len(block))] = 2**30
        first = table.argmin(axis=1)
        first_distance = table.min(axis=1)
        table[np.arange(len(block)), first] = 2**30
        own.append((np.c_[first_distance, table.min(axis=1)], np.c_[first, table.argmin(axis=1)]))
    cross = [np.concatenate(part) for part in zip(*between, strict=True)]
    within = [np.concatenate(part) for part in zip(*own, strict=True)]
    return (*cross, (column_keys >> 32).astype(np.int32), column_keys & (2**32 - 1), histogram), tuple(within)


@pytest.mark.parametrize("pruning", [True, False])
def test_more_rows_than_a_block_of_targets(engine, panel, pruning):
    # The largest blocks have 8192 targets; with so few sites almost every answer is a tie, also across blocks. The last
    # task of the first blocks has an odd number of queries, and those after it have more.
    first, second = ("mosaic", 8301, 2), ("mosaic", 8253, 2)
    cross, within = expected_in_blocks(first, second, panel)
    assert_same(hamming.cross(panel(*first), panel(*second), histogram=True, pruning=pruning, **engine), cross)
    assert_same(hamming.cross(panel(*first), panel(*second), pruning=pruning, **engine), (*cross[:4], None))
    assert_same(hamming.within(panel(*first), k=2, pruning=pruning, **engine), (*within, None))
    assert_same(
        hamming.nearest(panel(*second), panel(*first), pruning=pruning, **engine),
        (cross[2][:, None], cross[3][:, None]),
    )


def first_of_each(kinds, rows):
    """The first two positions of each of so many kinds among rows."""
    positions = np.argsort(kinds, kind="stable")
    first = np.searchsorted(kinds[positions], np.arange(rows))
    return positions[first], positions[first + 1]


@pytest.mark.parametrize("pruning", [True, False])
def test_more_rows_than_are_prepared_together(panel, pruning):
    # A search prepares 65,536 queries and 16,384 targets at most. With more kinds of rows than
    # haplotypes that are common, the answer is known from the kinds.
    kinds = panel("mosaic", 1000, 2)
    rng = np.random.default_rng(8)
    of_rows, of_others = rng.integers(len(kinds), size=66_000), rng.integers(len(kinds), size=16_900)
    rows, others = kinds[of_rows], kinds[of_others]
    distances = reference.distances(kinds, kinds).astype(np.int64)
    (first_row, second_row), (first_other, _) = (first_of_each(of, len(kinds)) for of in (of_rows, of_others))
    to_others, to_rows = ((distances << 32 | first).min(axis=1) for first in (first_other, first_row))
    expected = (*neighbour(to_others[of_rows]), *neighbour(to_rows[of_others]))
    assert_same(hamming.cross(rows, others, pruning=pruning, threads=2), (*expected, None))
    assert_same(hamming.cross(others, rows, pruning=pruning, threads=2), (*expected[2:], *expected[:2], None))
    pairs = np.outer(np.bincount(of_rows), np.bincount(of_others[:9000]))
    counts = np.bincount(distances.ravel(), pairs.ravel(), minlength=129).astype(np.int64)
    np.testing.assert_array_equal(hamming.histogram(rows, others[:9000], threads=2), counts)

    others_of_row = np.where(first_row[of_rows] == np.arange(len(rows)), second_row[of_rows], first_row[of_rows])
    keys = (distances << 32 | first_row)[of_rows]
    keys[np.arange(len(rows)), of_rows] = others_of_row  # of its own kind, at no distance
    nearest, index = neighbour(keys.min(axis=1))
    assert_same(hamming.within(rows, pruning=pruning, threads=2), (nearest[:, None], index[:, None], None))


def neighbour(keys):
    """Distances and indices of keys that order by both."""
    return (keys >> 32).astype(np.int32), keys & (2**32 - 1)


@pytest.mark.parametrize("kind", ["noise", "rare", "ones", "mosaic"])
def test_histogram(engine, panel, kind):
    rows, others = panel(kind, 131, 5), panel(kind, 66, 5)
    counts = hamming.histogram(rows, others, **engine)
    assert_same((counts,), (reference.histogram(rows, others),))
    assert counts.sum() == 131 * 66
    counts = hamming.histogram(rows, **engine)
    assert_same((counts,), (reference.histogram(rows, None),))
    assert counts.sum() == 131 * 130 // 2


def test_histogram_of_a_panel_ends_at_its_number_of_sites(engine):
    panel = Haplotypes.from_alleles([[1] * 70, [0] * 70, [0] * 69 + [1]])
    counts = hamming.histogram(panel, **engine)
    assert counts.shape == (71,)
    assert np.flatnonzero(counts).tolist() == [1, 69, 70]
    np.testing.assert_array_equal(hamming.within(panel, histogram=True, **engine).histogram, counts)
    np.testing.assert_array_equal(hamming.cross(panel, panel, histogram=True, **engine).histogram[:2], [3, 2])


@pytest.mark.parametrize("kind", ["noise", "mosaic"])
def test_against_distances_by_matrix_product(engine, panel, kind):
    # Independent of the reference: |x| + |y| - 2<x, y> on unpacked alleles.
    queries, targets = panel(kind, 2000, 40), panel(kind, 1200, 40)
    x, y = (unpack(rows, 2560).astype(np.float32) for rows in (queries, targets))
    table = (x.sum(axis=1)[:, None] + y.sum(axis=1)[None, :] - 2 * x @ y.T).astype(np.int32)
    expected = (table.min(axis=1), table.argmin(axis=1), table.min(axis=0), table.argmin(axis=0))
    answer = hamming.cross(queries, targets, histogram=True, **engine)
    assert_same(answer, (*expected, np.bincount(table.ravel(), minlength=2561)))
    own = (x.sum(axis=1)[:, None] + x.sum(axis=1)[None, :] - 2 * x @ x.T).astype(np.int32)
    np.fill_diagonal(own, 2**30)
    order = np.argsort(own, axis=1, kind="stable")[:, :4]
    assert_same(hamming.nearest(queries, queries, k=4, exclude_self=True, **engine),
                (np.take_along_axis(own, order, axis=1), order))  # fmt: skip


_WORD = st.sampled_from([0, 1, 3, 2**63, 2**64 - 1])


@settings(max_examples=40, deadline=None)
@given(data=st.data(), words=st.integers(1, 10), n=st.integers(2, 20), m=st.integers(1, 20))
def test_few_distinct_words_in_small_panels(engine, data, words, n, m):
    rows = data.draw(arrays(np.uint64, (n, words), elements=_WORD))
    others = data.draw(arrays(np.uint64, (m, words), elements=_WORD))
    assert_same(hamming.cross(rows, others, histogram=True, **engine), reference.cross(rows, others, True))
    k = data.draw(st.integers(1, min(8, n - 1)))
    assert_same(hamming.within(rows, k=k, histogram=True, **engine), reference.within(rows, k, True))
    assert_same(hamming.nearest(others, rows, k=k, **engine), reference.nearest(others, rows, k, False))


@pytest.mark.real_data
def test_real_haplotypes(engine, real_data):
    with np.load(real_data / "panels" / "kg1000_chr1_d1s1656_rephased.npz") as archive:
        packed = archive["packed"]
    rows = np.zeros((900, 8 * -(-packed.shape[1] // 8)), np.uint8)
    rows[:, : packed.shape[1]] = packed[:900]
    words = rows.view(np.uint64)
    for pruning in (None, True, False):
        assert_same(
            hamming.within(words, k=4, histogram=True, pruning=pruning, **engine), _real_within(words.tobytes())
        )
        assert_same(hamming.cross(words[:500], words[500:], pruning=pruning, **engine),
                    (*reference.cross(words[:500], words[500:], False),))  # fmt: skip


@cache
def _real_within(words: bytes):
    return reference.within(np.frombuffer(words, np.uint64).reshape(900, -1), 4, True)
