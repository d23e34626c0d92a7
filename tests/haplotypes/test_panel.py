"""Panels: what they refuse, slicing, and splitting by person."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Samples, Sites, concatenate, pack


def example_panel(persons=6, n_sites=70, seed=0):
    alleles = np.random.default_rng(seed).integers(0, 2, (2 * persons, n_sites))
    sites = Sites.from_columns(np.arange(100, 100 + n_sites), contig="7", ref="A", alt="G")
    return Haplotypes.from_alleles(alleles, sites, Samples.from_persons([f"P{i}" for i in range(persons)]))


class TestHaplotypes:
    def test_allele_counts_beyond_one_byte(self):
        alleles = np.random.default_rng(4).integers(0, 2, (1000, 70))
        alleles[:, 3] = 1
        np.testing.assert_array_equal(Haplotypes.from_alleles(alleles).allele_counts(), alleles.sum(axis=0))

    def test_alleles_come_back(self):
        alleles = np.random.default_rng(1).integers(0, 2, (5, 700))
        panel = Haplotypes.from_alleles(alleles)
        assert (len(panel), panel.n_sites, panel.packed.shape) == (5, 700, (5, 16))
        np.testing.assert_array_equal(panel.alleles(), alleles)
        assert repr(panel) == "Haplotypes(5 haplotypes × 700 sites)"

    def test_blocks_of_alleles_cover_the_panel_in_order(self):
        panel = example_panel()
        for max_bytes in (1, 140, 10**6):
            blocks = list(panel.allele_blocks(max_bytes))
            assert all(len(block) == max(1, min(len(panel), max_bytes // 70)) for _, block in blocks[:-1])
            np.testing.assert_array_equal(np.concatenate([block for _, block in blocks]), panel.alleles())
            assert [row for rows, _ in blocks for row in range(len(panel))[rows]] == list(range(12))

    @pytest.mark.parametrize("rows", [slice(None), slice(2, 9, 3), [5, 0, 5], np.arange(12) % 2 == 1])
    @pytest.mark.parametrize(
        "chosen",
        [
            slice(None), slice(3, 67), slice(64), slice(5, 69), slice(63, 70), slice(64, 66), slice(9, 9),
            slice(80, 90), slice(-7, None), slice(2, 66, 5), slice(None, None, -1),
            [66, 0, 66], np.arange(0), np.arange(70) % 3 == 0,
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("block_bytes", [1 << 26, 200])
    def test_slices_of_rows_and_sites(self, rows, chosen, block_bytes, monkeypatch):
        monkeypatch.setattr("artgen_fast.haplotypes.bits.UNPACK_BLOCK_BYTES", block_bytes)
        panel = example_panel()
        part = panel[rows, chosen]
        np.testing.assert_array_equal(part.alleles(), panel.alleles()[rows][:, chosen])
        np.testing.assert_array_equal(part.sites.position, panel.sites.position[chosen])
        assert part.samples.name.tolist() == panel.samples.name[rows].tolist()
        assert np.bitwise_count(part.packed).sum() == part.alleles().sum()  # padding stays zero

    def test_parts_that_do_not_fit_are_refused(self):
        packed = np.zeros((2, 8), np.uint64)
        with pytest.raises(
            InputError, match=r"of 600 sites must be uint64 of shape \(rows, 16\); got uint64 .*\(2, 8\)"
        ):
            Haplotypes(packed, 600, Sites.numbered(600), Samples.synthetic(2))
        with pytest.raises(InputError, match="got int64 of shape"):
            Haplotypes(packed.view(np.int64), 100, Sites.numbered(100), Samples.synthetic(2))
        with pytest.raises(InputError, match="the site table must have 100 rows; got 99"):
            Haplotypes(packed, 100, Sites.numbered(99), Samples.synthetic(2))
        with pytest.raises(InputError, match="the sample table must have 2 rows; got 3"):
            Haplotypes(packed, 100, Sites.numbered(100), Samples.synthetic(3))

    def test_parts_of_other_kinds_are_refused(self):
        packed, sites, samples = np.zeros((2, 8), np.uint64), Sites.numbered(2), Samples.synthetic(2)
        with pytest.raises(InputError, match=r"must be uint64 of shape \(rows, 8\); got list\. Use .*pack\(alleles\)"):
            Haplotypes([[1], [1]], 2, sites, samples)
        with pytest.raises(InputError, match="packed haplotypes must have no missing values; got a masked array"):
            Haplotypes(np.ma.array(packed), 2, sites, samples)
        for n_sites in (2.0, True, "2", None, -1):
            with pytest.raises(InputError, match="the number of sites must be a whole number, 0 or more; got"):
                Haplotypes(packed, n_sites, sites, samples)
        with pytest.raises(InputError, match="sites must be Sites; got Samples"):
            Haplotypes(packed, 2, samples, sites)
        with pytest.raises(InputError, match="samples must be Samples; got list"):
            Haplotypes(packed, 2, sites, ["a", "b"])

    @pytest.mark.parametrize("n_sites", [1, 63, 64, 100, 447, 448, 511])
    def test_bits_beyond_the_last_site_are_refused(self, n_sites):
        clean = pack(np.ones((3, n_sites), np.uint8))
        assert Haplotypes(clean, n_sites, Sites.numbered(n_sites), Samples.synthetic(3)).alleles().all()
        for bit in {n_sites, 511}:
            dirty = clean.copy()
            dirty[1, bit // 64] |= np.uint64(1) << np.uint64(bit % 64)
            with pytest.raises(InputError, match=f"the bits beyond site {n_sites} .* must be zero; some are set"):
                Haplotypes(dirty, n_sites, Sites.numbered(n_sites), Samples.synthetic(3))

    @pytest.mark.parametrize("n_sites", [0, 512])
    def test_a_row_may_have_no_padding(self, n_sites):
        assert Haplotypes.from_alleles(np.ones((3, n_sites), np.uint8)).n_sites == n_sites

    def test_a_memory_map_is_not_read_on_construction(self, tmp_path):
        dirty = np.full((3, 8), 2**63, np.uint64)
        dirty.tofile(tmp_path / "bits")
        mapped = np.memmap(tmp_path / "bits", np.uint64, "r", shape=(3, 8))
        for bits in (mapped, mapped.view(np.ndarray)):
            panel = Haplotypes(bits, 70, Sites.numbered(70), Samples.synthetic(3))
            with pytest.raises(InputError, match="beyond site 70"):
                panel[[0, 2]]  # a copy of its rows is read anyway, and checked

    @pytest.mark.parametrize(
        ("index", "single"), [(0, 0), (np.int64(3), 3), (-1, -1), ("0", 0), ([[0]], 0), (1.5, 0), (None, 0), (..., 0)]
    )
    def test_an_index_that_is_no_selection_is_refused(self, index, single):
        panel = example_panel()
        advice = rf"must be a slice, mask or array of indices; .* use panel\[\[{single}\]\]"
        with pytest.raises(InputError, match=f"rows {advice}"):
            panel[index]
        with pytest.raises(InputError, match="sites " + advice.replace(r"panel\[", r"panel\[:, ")):
            panel[:, index]
        assert len(panel[[single]]) == panel[:, [single]].n_sites == 1  # the advice works

    @pytest.mark.parametrize(
        ("index", "message"),
        [
            (np.ones(5, bool), r"a mask of {what} must have {n} values, one for each; got 5"),
            ([0, 99], r"{what} must be indices below {n} \(or from -{n}, counted from the end\); got 99"),
            ([-99], r"{what} must be indices below {n} .*; got -99"),
            (np.array([2**64 - 1], np.uint64), r"{what} must be whole numbers below 2\^63; got 18446744073709551615"),
            (np.ma.array([1]), r"{what} must have no missing values; got a masked array"),
            ([[1], [1, 2]], r"{what} must be an array in host memory, its rows of one length"),
            (
                slice("a", None),
                r"a slice of {what} must be of whole numbers, its step not 0; got slice\('a', None, None\)",
            ),
            (slice(0, 4, 0), r"a slice of {what} must be of whole numbers, its step not 0; got slice\(0, 4, 0\)"),
        ],
        ids=str,
    )
    def test_an_index_beyond_the_panel_says_rows_or_sites(self, index, message):
        panel = example_panel()
        with pytest.raises(InputError, match="^" + message.format(what="rows", n=12)):
            panel[index]
        with pytest.raises(InputError, match="^" + message.format(what="sites", n=70)):
            panel[:, index]

    @pytest.mark.parametrize("index", [(), (slice(None),) * 3])
    def test_a_panel_has_two_axes(self, index):
        with pytest.raises(InputError, match=f"indexed by rows, or by rows and sites; got {len(index)} indices"):
            example_panel()[index]

    @pytest.mark.parametrize("nothing", [[], (), np.array([]), np.array([], int)], ids=repr)
    def test_nothing_may_be_chosen(self, nothing):
        panel = example_panel()
        assert (len(panel[nothing, :]), panel[nothing, :].n_sites) == (0, 70)
        assert (len(panel[:, nothing]), panel[:, nothing].n_sites) == (12, 0)
        assert len(panel[[]]) == len(panel[:0][np.zeros(0, bool)]) == 0

    def test_a_panel_is_not_gone_through(self):
        panel = example_panel()
        with pytest.raises(TypeError, match="not iterable"):
            list(panel)
        with pytest.raises(TypeError, match=r"not a container|not iterable"):
            assert 0 in panel

    def test_neighbouring_rows_with_all_sites_are_a_view(self):
        panel = example_panel()
        for same in (panel[2:9], panel[2:9, :], panel[2:9, 0:70], panel[2:9, 0:], panel[2:9, -70:99]):
            assert np.shares_memory(same.packed, panel.packed)
            assert same.sites is panel.sites
        for other in (panel[[2, 3]], panel[::2], panel[:, 0:69], panel[:, ::-1]):
            assert not np.shares_memory(other.packed, panel.packed)

    def test_different_sites_are_refused_by_name(self):
        panel = example_panel()
        with pytest.raises(
            InputError, match=r"the real and the synthetic panel .* site 1 is 7:100 A>G against 7:101 A>G\. Cut both"
        ):
            panel[:, :10].require_same_sites(panel[:, 1:11], "real", "synthetic")

    def test_concatenate(self):
        panel = example_panel()
        joined = concatenate([panel[:5], panel[5:]])
        np.testing.assert_array_equal(joined.packed, panel.packed)
        assert joined.samples.name.tolist() == panel.samples.name.tolist()
        assert joined.samples.units().tolist() == panel.samples.units().tolist()
        with pytest.raises(InputError, match="at least one panel"):
            concatenate([])
        with pytest.raises(InputError, match="70 sites against 60"):
            concatenate([panel, panel[:, :60]])

    def test_concatenate_takes_any_iterable_of_panels_and_nothing_else(self):
        panel = example_panel()
        joined = concatenate(panel[rows] for rows in (slice(5), slice(5, None)))
        np.testing.assert_array_equal(joined.packed, panel.packed)
        for arguments, got in (((panel, panel), "Haplotypes, Haplotypes"), ((panel,), "Haplotypes"), ((3,), "int")):
            with pytest.raises(InputError, match=rf"takes a list of panels; got {got}\. Use concatenate\(\[first, sec"):
                concatenate(*arguments)
        with pytest.raises(InputError, match="takes panels, each of them Haplotypes; got ndarray"):
            concatenate([panel, panel.alleles()])


class TestSplitByPerson:
    def test_both_haplotypes_of_a_person_are_on_the_same_side(self):
        panel = example_panel(persons=50)
        parts = panel.split_by_person([0.5, 0.3, 0.2], seed=4)
        assert [len(part) for part in parts] == [50, 30, 20]
        persons = [set(part.samples.person.tolist()) for part in parts]
        assert len(set.union(*persons)) == sum(map(len, persons)) == 50
        names = [part.samples.name.tolist() for part in parts]
        assert sorted(name for part in names for name in part) == sorted(panel.samples.name.tolist())
        order = panel.samples.name.tolist().index
        assert all(list(map(order, part)) == sorted(map(order, part)) for part in names)  # rows keep their order
        by_name = dict(zip(panel.samples.name.tolist(), panel.alleles(), strict=True))
        for part in parts:
            for name, row in zip(part.samples.name.tolist(), part.alleles(), strict=True):
                np.testing.assert_array_equal(row, by_name[name])

    def test_the_seed_decides(self):
        panel = example_panel(persons=50)

        def first_part(seed):
            return panel.split_by_person([0.5, 0.5], seed)[0].samples.name.tolist()

        assert first_part(1) == first_part(1)
        assert first_part(1) != first_part(2)

    @pytest.mark.parametrize("seed", [-1, 0.5, None])
    def test_an_impossible_seed_is_refused(self, seed):
        with pytest.raises(InputError, match=rf"seed must be a whole number from 0 to 2\^64 - 1; got {seed}"):
            example_panel().split_by_person([0.5, 0.5], seed)

    def test_rows_without_a_person_are_split_one_by_one(self):
        parts = Haplotypes.from_alleles(np.eye(9, dtype=int)).split_by_person([2 / 3, 1 / 3], seed=0)
        assert [len(part) for part in parts] == [6, 3]

    @pytest.mark.parametrize("fractions", [[], [0.5, 0.4], [1.5, -0.5], [1.0, 0.0], [[1.0]], [np.nan, 1.0]])
    def test_fractions_must_be_positive_and_sum_to_one(self, fractions):
        with pytest.raises(InputError, match="fractions must be positive and sum to 1"):
            example_panel().split_by_person(fractions, seed=0)

    def test_too_few_persons(self):
        with pytest.raises(InputError, match=r"at least 3 persons .* got 2"):
            example_panel(persons=2).split_by_person([0.4, 0.3, 0.3], seed=0)
        with pytest.raises(InputError, match="leave a part empty with 3 persons"):
            example_panel(persons=3).split_by_person([0.98, 0.02], seed=0)
