"""Readers on real files; the numbers are those of the data's own description or of bcftools."""

from __future__ import annotations

import numpy as np
import pysam
import pysam.bcftools
import pytest

import artgen_fast as ag
from artgen_fast.errors import FileFormatError
from artgen_fast.io.summary import summarise

pytestmark = pytest.mark.real_data


def bcftools_alleles(path, n_sites):
    """Alleles of the first sites as bcftools prints them, of shape (haplotypes, sites), and the fields of each site."""
    lines = [line.split("\t") for line in pysam.bcftools.view("-H", str(path)).splitlines()[:n_sites]]
    calls = np.array([[call[:3].split("|") for call in line[9:]] for line in lines], dtype=np.uint8)
    return calls.reshape(len(lines), -1).T, lines


def test_vcf_and_bcf_of_the_same_panel_agree_with_each_other_and_with_bcftools(real_data, tmp_path):
    folder = real_data / "vcf"
    panel = ag.read(folder / "shapeit4_eur_chr20_phased.bcf")
    text, report = ag.io.read_with_report(folder / "shapeit4_eur_chr20_phased.vcf.gz")
    panel.require_same_sites(text)
    np.testing.assert_array_equal(panel.packed, text.packed)
    assert panel.samples.name.tolist() == text.samples.name.tolist()
    assert (len(panel), panel.n_sites, report.dropped) == (600, 24_990, {})
    assert ag.read(folder / "shapeit4_eur_chr20_phased.bcf", snps_only=True).n_sites == 23_670

    part = panel[:, :500]
    ag.write(part, tmp_path / "part.bcf")
    alleles, lines = bcftools_alleles(tmp_path / "part.bcf", 501)
    np.testing.assert_array_equal(alleles, part.alleles())
    original, original_lines = bcftools_alleles(folder / "shapeit4_eur_chr20_phased.bcf", 500)
    np.testing.assert_array_equal(original, alleles)
    assert [line[:5] for line in lines] == [line[:5] for line in original_lines]


def test_the_unphased_panel_is_refused_by_its_first_unphased_call(real_data):
    path = real_data / "vcf" / "shapeit4_eur_chr20_unphased.vcf.gz"
    with pytest.raises(FileFormatError, match=r"record 131 \(20:1017286\) .*unphased.*column 212\).*--skip-unphased"):
        ag.read(path)


def test_the_1000_genomes_excerpt_needs_its_options_and_counts_what_they_drop(real_data):
    path = real_data / "vcf" / "kg1000_chr4_tmem156.vcf.gz"
    with pytest.raises(FileFormatError, match="skip_multiallelic"):
        ag.read(path)
    with pytest.raises(FileFormatError, match="skip_symbolic"):
        ag.read(path, skip_multiallelic=True)
    panel, report = ag.io.read_with_report(path, skip_multiallelic=True, skip_symbolic=True)
    assert report.dropped == {"multi-allelic": 16, "symbolic": 3}
    assert (len(panel), panel.n_sites, report.sites_read) == (534, 2099, 2118)
    # Non-SNP records are 96, 16 of which are multi-allelic; the other 80 include the 3 symbolic ones.
    _, report = ag.io.read_with_report(path, skip_multiallelic=True, snps_only=True)
    assert report.dropped == {"multi-allelic": 16, "not SNPs": 80}


def test_split_alleles_of_the_excerpt_are_those_of_bcftools(real_data, tmp_path):
    path = real_data / "vcf" / "kg1000_chr4_tmem156.vcf.gz"
    panel, report = ag.io.read_with_report(path, split_multiallelic=True, skip_symbolic=True)
    pysam.bcftools.norm("-m", "-any", "-Ob", "-o", str(tmp_path / "split.bcf"), str(path), catch_stdout=False)
    split = ag.read(tmp_path / "split.bcf", skip_symbolic=True)
    panel.require_same_sites(split)
    np.testing.assert_array_equal(panel.packed, split.packed)
    assert report.records_split == 16


def test_the_805_hapt_in_a_zip_is_the_805_npz(real_data):
    folder = real_data / "panels"
    text = ag.read(folder / "805_SNP_1000G_real.hapt.zip")
    packed = ag.read(folder / "805_SNP_1000G_real.npz")
    np.testing.assert_array_equal(text.packed, packed.packed)
    assert text.samples.name.tolist() == packed.samples.name.tolist()
    assert text.samples.person.tolist() == packed.samples.person.tolist()
    assert len(set(text.samples.person.tolist())) == 2504
    artificial = ag.read(folder / "805_SNP_GAN_AG_20000epochs.npz")
    packed.require_same_sites(artificial)
    assert set(artificial.samples.person.tolist()) == {""}


def test_the_rephased_panel_is_as_described(real_data):
    summary = summarise(ag.read(real_data / "panels" / "kg1000_chr1_d1s1656_rephased.npz"))
    assert (summary.n_haplotypes, summary.n_persons, summary.n_sites) == (5008, 2504, 10_599)
    assert (summary.n_duplicate_rows, summary.n_singletons, summary.n_common) == (49, 1045, 4753)


def test_contigs_by_site_and_names_of_haplotypes(real_data):
    joined = ag.read(real_data / "panels" / "kg1000_7loci_rephased.npz", region="22")
    assert joined.n_sites == 11_252
    x = ag.read(real_data / "panels" / "kg1000_phase1_xpar1.npz")
    assert (len(x), len(set(x.samples.person.tolist()))) == (2184, 1092)


def test_the_panel_with_missing_calls_is_refused(real_data):
    with pytest.raises(FileFormatError, match=r"missing calls at 4,603 of 4,603 sites.*--skip-missing"):
        ag.read(real_data / "panels" / "dgrp2_3R.npz")
