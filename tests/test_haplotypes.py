"""Packing, the site and sample tables, slicing, and splitting by person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Samples, Sites, concatenate, pack, unpack, words_for


def example_panel(persons=6, n_sites=70, seed=0):
    alleles = np.random.default_rng(seed).integers(0, 2, (2 * persons, n_sites))
    sites = Sites.from_columns(np.arange(100, 100 + n_sites), contig="7", ref="A", alt="G")
    return Haplotypes.from_alleles(alleles, sites, Samples.from_persons([f"P{i}" for i in range(persons)]))


class TestBits:
    def test_site_j_is_bit_j_mod_64_of_word_j_div_64(self):
        for site in (0, 1, 63, 64, 130, 511, 512):
            alleles = np.zeros((1, 600), np.uint8)
            alleles[0, site] = 1
            expected = np.zeros((1, 16), np.uint64)
            expected[0, site // 64] = np.uint64(1) << np.uint64(site % 64)
            np.testing.assert_array_equal(pack(alleles), expected)

    @pytest.mark.parametrize(
        ("n_sites", "words"), [(0, 0), (1, 8), (512, 8), (513, 16), (10_000, 160), (65_535, 1024), (65_537, 1032)]
    )
    def test_rows_fill_whole_64_byte_lines(self, n_sites, words):
        assert words_for(n_sites) == words
        packed = pack(np.ones((2, n_sites), bool))
        assert (packed.shape, packed.dtype) == ((2, words), np.uint64)
        assert np.bitwise_count(packed).sum() == 2 * n_sites  # padding bits are zero

    @given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=600), elements=st.integers(0, 1)))
    def test_unpack_is_the_inverse_of_pack(self, alleles):
        restored = unpack(pack(alleles), alleles.shape[1])
        assert restored.dtype == np.uint8
        np.testing.assert_array_equal(restored, alleles)

    @pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32])
    @pytest.mark.parametrize("shape", [(1, 1), (3, 7), (70, 130), (129, 65), (2, 0), (0, 9), (30, 40_000)])
    def test_alleles_may_lie_in_memory_in_any_order(self, shape, dtype):
        alleles = (np.random.default_rng(1).random(shape) < 0.4).astype(dtype)
        wide = np.zeros((2 * shape[0], 3 * shape[1]), dtype=dtype)
        wide[::2, ::3] = alleles
        expected = pack(alleles)
        np.testing.assert_array_equal(unpack(expected, shape[1]), alleles)
        for same in (np.asfortranarray(alleles), wide[::2, ::3], np.asfortranarray(wide)[::2, ::3]):
            np.testing.assert_array_equal(pack(same), expected)
        np.testing.assert_array_equal(pack(alleles[::-1, ::-1]), pack(alleles[::-1, ::-1].copy()))

    @pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, np.int64])
    def test_any_integer_or_boolean_dtype(self, dtype):
        assert pack(np.array([[0, 1, 1]], dtype))[0, 0] == 6

    @pytest.mark.parametrize(
        ("alleles", "message"),
        [
            (np.zeros(3, int), r"shape \(haplotypes, sites\); got int64 of shape \(3,\)"),
            (np.zeros((2, 2)), r"integer or boolean .* got float64"),
            (np.array([[0, 2]]), "got values from 0 to 2.*split multi-allelic"),
            (np.array([[0, -1]]), "got values from -1 to 0. Drop missing calls"),
            (np.array([[0, 256]]), "got values from 0 to 256"),  # would be 0 as uint8
        ],
    )
    def test_anything_else_is_refused(self, alleles, message):
        with pytest.raises(InputError, match=message):
            pack(alleles)


class TestAllelesThatCannotBePacked:
    @pytest.mark.parametrize("take", [pack, Haplotypes.from_alleles])
    def test_missing_calls_and_rows_of_different_lengths_are_refused(self, take):
        with pytest.raises(InputError, match="no missing calls; got a masked array"):
            take(np.ma.masked_array([[0, 1]], mask=[[True, False]]))
        with pytest.raises(InputError, match=r"must be an array of shape \(haplotypes, sites\); they are not"):
            take([[0, 1], [1]])


class TestSites:
    def test_a_string_stands_for_every_site(self):
        sites = Sites.from_columns([5, 7], contig="X", ref=["A", "CTT"], alt="T")
        assert sites.contig.tolist() == ["X", "X"]
        assert sites.ref.tolist() == ["A", "CTT"]
        assert sites.id.tolist() == ["", ""]
        assert sites.has_alleles
        assert not Sites.numbered(2).has_alleles
        assert Sites.numbered(3).position.tolist() == [1, 2, 3]

    def test_columns_of_another_length_are_refused(self):
        with pytest.raises(InputError, match=r"'ref' must have one value per site \(2\); got shape \(3,\)"):
            Sites.from_columns([5, 7], ref=["A", "C", "G"])
        with pytest.raises(InputError, match=r"positions must have shape \(sites,\); got shape \(1, 2\)"):
            Sites.from_columns([[5, 7]])

    def test_first_difference_names_the_site(self):
        sites = Sites.from_columns([5, 5, 9], contig="2", ref="A", alt=["C", "G", "T"])
        assert sites.first_difference(sites[:]) is None
        assert sites.first_difference(sites[:2]) == "3 sites against 2"
        swapped = sites[[1, 0, 2]]  # same positions, order of the duplicates differs
        assert sites.first_difference(swapped) == "site 1 is 2:5 A>C against 2:5 A>G"
        other_contig = Sites.from_columns([5, 5, 9], contig=["2", "2", "3"], ref="A", alt=["C", "G", "T"])
        assert sites.first_difference(other_contig) == "site 3 is 2:9 A>T against 3:9 A>T"

    def test_the_id_identifies_nothing(self):
        assert Sites.from_columns([5], id="rs1").first_difference(Sites.from_columns([5], id="rs2")) is None

    def test_a_site_is_found_by_its_place_or_its_id(self):
        sites = Sites.from_columns([5, 5, 9, 9], ["2", "3", "3", "3"], ["rs1", "rs2", "", ""], "A", "C")
        assert (sites.index_of("2:5"), sites.index_of("3:5"), sites.index_of("rs2")) == (0, 1, 1)
        assert Sites.numbered(3).index_of(":2") == 1
        for name, how_many, advice in (
            ("3:9", "2", "Choose"),
            ("rs9", "none", "Choose"),
            ("2:6", "none", r"The nearest is 2:5\.$"),
            ("3:x", "none", "Choose"),
            ("4:6", "none", "Choose"),
            ("2:" + "9" * 30, "none", "Choose"),
        ):
            message = f"as CONTIG:POSITION, .* '{name}' is the name of {how_many}. {advice}"
            with pytest.raises(InputError, match=message):
                sites.index_of(name)

    def test_describe_without_contig_or_alleles(self):
        assert Sites.numbered(2).describe(1) == "?:2"


class TestSamples:
    def test_consecutive_haplotypes_of_a_person(self):
        samples = Samples.from_persons(["NA1", "NA2"])
        assert samples.name.tolist() == ["NA1_A", "NA1_B", "NA2_A", "NA2_B"]
        assert samples.person.tolist() == ["NA1", "NA1", "NA2", "NA2"]
        assert samples.phase.tolist() == [0, 1, 0, 1]

    def test_pairs_only_where_the_names_say_so(self):
        names = ["X_A", "Y_HAP_2", "AG0", "X_B", "Y_HAP_1", "Z_A", "W_A", "W_HAP_2", "V_1", "V_2", "U_A", "U_A", "U_B"]
        samples = Samples.from_haplotype_names(names)
        assert samples.name.tolist() == names
        assert samples.person.tolist() == ["X", "Y", "", "X", "Y", "", "", "", "", "", "", "", ""]
        assert samples.phase.tolist() == [0, 1, -1, 1, 0, -1, -1, -1, -1, -1, -1, -1, -1]

    def test_artificial_rows_belong_to_nobody(self):
        samples = Samples.synthetic(3)
        assert samples.name.tolist() == ["AG0", "AG1", "AG2"]
        assert samples.units().tolist() == [0, 1, 2]
        assert set(samples.phase.tolist()) == {-1}

    def test_units_are_persons_or_rows_without_one(self):
        samples = Samples.from_haplotype_names(["b_A", "AG0", "a_B", "b_B", "AG1", "a_A"])
        assert samples.units().tolist() == [0, 1, 2, 0, 3, 2]


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
        monkeypatch.setattr("artgen_fast.haplotypes._UNPACK_BLOCK_BYTES", block_bytes)
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

    @pytest.mark.parametrize("index", [0, np.int64(3), "0", [[0]], 1.5, None])
    def test_an_index_that_is_no_selection_is_refused(self, index):
        panel = example_panel()
        with pytest.raises(InputError, match=r"rows must be a slice, mask or array of indices; .* use panel\[0:1\]"):
            panel[index]
        with pytest.raises(InputError, match=r"sites must be a slice, mask or array of indices; .* panel\[:, 0:1\]"):
            panel[:, index]

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
        with pytest.raises(InputError, match=f"seed must be a whole number, 0 or more; got {seed}"):
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


@pytest.mark.real_data
def test_real_names_pair_as_the_source_says(real_data):
    with np.load(real_data / "panels" / "805_SNP_1000G_real.npz") as archive:
        names = archive["sample_ids"]
    samples = Samples.from_haplotype_names(names)
    persons, sizes = np.unique(samples.person, return_counts=True)
    assert len(persons) == len(names) // 2
    assert set(sizes.tolist()) == {2}
