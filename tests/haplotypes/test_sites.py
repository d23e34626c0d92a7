"""The table of sites."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Sites, as_text


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
        with pytest.raises(InputError, match=r"'ref' must be an array in host memory, its rows of one length"):
            Sites.from_columns([5, 7], ref=[["A"], ["A", "C"]])
        with pytest.raises(
            InputError, match=r"contig: StringDType\(\) of shape \(2,\), position: int64 of shape \(3,\)"
        ):
            Sites(as_text(["1", "1"]), np.arange(3), *[as_text(["", ""])] * 3)
        with pytest.raises(InputError, match=r"a table of sites must be arrays of one length; .* position: list"):
            Sites(as_text(["1", "1"]), [1, 2], *[as_text(["", ""])] * 3)
        with pytest.raises(InputError, match=r"a table of sites must be arrays of one length"):
            Sites(*[np.zeros((1, 2), int)] * 5)

    @pytest.mark.parametrize(
        ("positions", "message"),
        [
            ([[5, 7]], r"whole numbers in one dimension; got int64 of shape \(1, 2\)"),
            ([1.7], r"whole numbers in one dimension; got float64 of shape \(1,\)"),
            (["5"], r"whole numbers in one dimension; got <U1 of shape \(1,\)"),
            (5, r"whole numbers in one dimension; got int64 of shape \(\)"),
            ([2**63], r"whole numbers below 2\^63; got 9223372036854775808"),
            (np.ma.array([5]), "no missing values; got a masked array"),
            ([[5], [5, 7]], "an array in host memory, its rows of one length"),
        ],
        ids=str,
    )
    def test_positions_are_whole_numbers(self, positions, message):
        with pytest.raises(InputError, match=f"^positions must (be|have) {message}"):
            Sites.from_columns(positions)
        assert len(Sites.from_columns([])) == 0

    def test_bounds_of_contigs(self):
        assert Sites.from_columns([1, 2, 1, 5, 1], ["a", "a", "b", "b", "a"]).contig_bounds().tolist() == [0, 2, 4, 5]
        assert Sites.numbered(3).contig_bounds().tolist() == [0, 3]
        assert Sites.numbered(0).contig_bounds().tolist() == [0, 0]

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
