"""Writing VCF and BCF: what bcftools accepts, whose rows are whose on the way back, and what VCF cannot hold."""

from __future__ import annotations

import numpy as np
import pysam
import pysam.bcftools
import pytest

import artgen_fast as ag
from artgen_fast import Haplotypes, Samples, Sites
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import as_text
from artgen_fast.io.vcf import writer


@pytest.mark.parametrize("extension", [".vcf", ".vcf.gz", ".bcf"])
def test_bcftools_accepts_what_is_written(extension, panel, tmp_path):
    path = tmp_path / f"panel{extension}"
    ag.write(panel, path)
    lines = [line.split("\t") for line in pysam.bcftools.view("-H", str(path)).splitlines()]
    assert len(lines) == panel.n_sites
    alleles = panel.alleles()
    for site, fields in enumerate(lines):
        assert fields[:5] == [
            panel.sites.contig[site],
            str(panel.sites.position[site]),
            panel.sites.id[site] or ".",
            panel.sites.ref[site],
            panel.sites.alt[site],
        ]
        assert fields[9:] == [f"{a}|{b}" for a, b in alleles[:, site].reshape(-1, 2)]
    columns = pysam.bcftools.view("-h", str(path)).splitlines()[-1].split("\t")
    assert columns[9:] == ["P1", "P2", "P3", "Q"]
    if extension != ".vcf":
        first_contig = panel[:, :5]
        ag.write(first_contig, path)
        pysam.bcftools.index(str(path))
        assert len(pysam.bcftools.view("-H", "-r", "20:200-300", str(path)).splitlines()) == 2


def test_rows_of_a_person_need_not_be_neighbours(panel, tmp_path):
    ag.write(panel[[0, 2, 1, 3]], tmp_path / "p.vcf")
    np.testing.assert_array_equal(ag.read(tmp_path / "p.vcf").packed, panel.packed[:4])


@pytest.mark.parametrize("extension", [".vcf", ".vcf.gz", ".bcf"])
def test_artificial_rows_are_paired_into_people_named_after_both_and_read_as_nobody(panel, tmp_path, extension, same):
    artificial = Haplotypes(panel.packed[:4], panel.n_sites, panel.sites, Samples.synthetic(4))
    path = tmp_path / f"ag{extension}"
    ag.write(artificial, path)
    columns = pysam.bcftools.view("-h", str(path)).splitlines()[-1].split("\t")
    assert columns[9:] == ["AG0_AG1", "AG2_AG3"]
    assert same(ag.read(path), artificial)
    assert same(ag.read(path, samples=["AG1", "AG2"]), artificial[1:3])


@pytest.mark.parametrize(
    ("names", "back"),
    [
        (["made1", "made2"], ["made1", "made2"]),
        (["a-7", "a-31"], ["a-7", "a-31"]),
        (["a1", "b2"], None),
        (["made_1", "made_2"], None),
        (["1", "2"], None),
    ],
)
def test_numbered_artificial_rows_come_back_by_name(panel, tmp_path, names, back):
    nobody = Samples.synthetic(2)
    rows = Haplotypes(
        panel.packed[:2], panel.n_sites, panel.sites, Samples(as_text(names), nobody.person, nobody.phase)
    )
    ag.write(rows, tmp_path / "ag.vcf")
    again = ag.read(tmp_path / "ag.vcf")
    pair = "_".join(names)
    assert again.samples.name.tolist() == (back or [f"{pair}_A", f"{pair}_B"])
    assert set(again.samples.person.tolist()) == ({""} if back else {pair})


def test_people_whom_a_merge_brought_into_an_artificial_file_stay_people(panel, tmp_path):
    ag.write(Haplotypes(panel.packed[:6], panel.n_sites, panel.sites, Samples.synthetic(6)), tmp_path / "ag.vcf")
    text = (tmp_path / "ag.vcf").read_text().replace("AG2_AG3", "NA_12878").replace("AG4_AG5", "HG00096")
    (tmp_path / "ag.vcf").write_text(text)
    merged = ag.read(tmp_path / "ag.vcf").samples
    assert merged.person.tolist() == ["", "", "NA_12878", "NA_12878", "HG00096", "HG00096"]
    assert merged.name.tolist()[:3] == ["AG0", "AG1", "NA_12878_A"]
    assert merged.phase.tolist() == [-1, -1, 0, 1, 0, 1]


def test_rows_of_nobody_beside_people_are_read_as_people(panel, tmp_path):
    samples = Samples.from_haplotype_names(["P_A", "P_B", "AG0", "AG1"])
    ag.write(Haplotypes(panel.packed[:4], panel.n_sites, panel.sites, samples), tmp_path / "both.vcf")
    assert ag.read(tmp_path / "both.vcf").samples.person.tolist() == ["P", "P", "AG0_AG1", "AG0_AG1"]


def with_sites(panel, **columns):
    old = panel.sites
    table = {name: getattr(old, name) for name in ("position", "contig", "id", "ref", "alt")} | columns
    return Haplotypes(panel.packed, panel.n_sites, Sites.from_columns(**table), panel.samples)


UNWRITABLE = {
    "no contig": (lambda panel: with_sites(panel, contig="", position=np.arange(1, 84)), "a contig name"),
    "contig with a space": (lambda panel: with_sites(panel, contig=["20"] * 60 + ["chr 1"] * 23), "a contig name"),
    "no alleles": (lambda panel: with_sites(panel, ref="", alt=""), "a REF allele"),
    "symbolic": (lambda panel: with_sites(panel, alt="<DEL>"), "an? ALT allele"),
    "two ALT": (lambda panel: with_sites(panel, alt="A,C"), "an? ALT allele"),
    "position 0": (lambda panel: with_sites(panel, position=np.arange(83)), "positions from 1"),
    "far position": (lambda panel: with_sites(panel, position=np.arange(83) + 2**31), "positions from 1"),
    "id of two words": (lambda panel: with_sites(panel, id="a b"), "ids without white space"),
    "pairs of the same name": (
        lambda panel: Haplotypes(
            panel.packed[:4], panel.n_sites, panel.sites, Samples.from_haplotype_names(["a", "b_c", "a_b", "c"])
        ),
        "two pairs of rows give 'a_b_c'",
    ),
    "odd number of rows": (
        lambda panel: Haplotypes(panel.packed[:5], panel.n_sites, panel.sites, Samples.synthetic(5)),
        "'AG4' is left over",
    ),
    "half a person": (lambda panel: panel[[0, 1, 2]], "that of row 3 has one"),
    "three rows of a person": (lambda panel: panel[[0, 1, 1]], "the person of row 3 has other ones"),
    "name with a tab": (
        lambda panel: Haplotypes(panel.packed[:2], panel.n_sites, panel.sites, Samples.from_persons(["a\tb"])),
        "the name of row 1's person",
    ),
}


@pytest.mark.parametrize("extension", [".vcf", ".bcf"])
@pytest.mark.parametrize("fault", UNWRITABLE)
def test_a_panel_that_vcf_cannot_hold_is_refused_and_leaves_no_file(fault, extension, panel, nothing_written, tmp_path):
    change, message = UNWRITABLE[fault]
    with pytest.raises(InputError, match=message):
        ag.write(change(panel), tmp_path / f"p{extension}")
    nothing_written.check()


def test_a_full_disk_is_noticed_though_htslib_is_silent(panel, nothing_written, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "ends_whole", lambda path: False)
    with pytest.raises(OSError, match="could not be written whole"):
        ag.write(panel, tmp_path / "p.bcf")
    nothing_written.check()
