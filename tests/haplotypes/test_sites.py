"""The table of sites."""

from __future__ import annotations

import pytest

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Sites


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
