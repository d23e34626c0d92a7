"""`artgen import`: what it keeps, says and refuses."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import artgen_fast as ag
from artgen_fast import Haplotypes, Samples, Sites
from artgen_fast.cli import main

RECORDS = """\
##fileformat=VCFv4.2
##contig=<ID=20>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP2
20\t100\trs1\tA\tG\t.\t.\t.\tGT\t0|1\t0|0
20\t200\trs2\tA\tG,T\t.\t.\t.\tGT\t0|1\t2|0
20\t300\trs3\tA\tGT\t.\t.\t.\tGT\t1|1\t0|1
20\t400\trs4\tC\tT\t.\t.\t.\tGT\t1|1\t0|1
20\t410\trs5\tC\tG\t.\t.\t.\tGT\t1|1\t0|1
"""


@pytest.fixture
def vcf(tmp_path):
    path = tmp_path / "panel.vcf"
    path.write_text(RECORDS)
    return path


def artgen(*arguments):
    """Run the command; its exit status (0 where it ends without one)."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return end.code or 0
    return 0


def test_what_was_kept_and_dropped_is_said(vcf, tmp_path, capsys):
    output = tmp_path / "panel.hapbits"
    options = ("--skip-multiallelic", "--snps-only", "--region", "20:1-405")
    assert artgen("import", vcf, "-o", output, *options) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{vcf} (VCF/BCF): 4 haplotypes × 5 sites",
        "  dropped 1 site: multi-allelic",
        "  dropped 1 site: not SNPs",
        "  dropped 1 site: outside the region",
        f"{output}: 4 haplotypes × 2 sites",
    ]
    assert ag.read(output).sites.id.tolist() == ["rs1", "rs4"]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (("--split-multiallelic",), ["rs1", "rs2", "rs2", "rs3", "rs4", "rs5"]),
        (("--skip-multiallelic", "--thin", "100"), ["rs1", "rs3", "rs4"]),
        (("--skip-multiallelic", "--min-maf", ".26"), []),
        (("--skip-multiallelic", "--min-maf", ".25"), ["rs1", "rs3", "rs4", "rs5"]),
        (("--skip-multiallelic", "--sites", "{folder}/sites.txt"), ["rs3", "rs5"]),
    ],
)
def test_each_option_reaches_the_reader(vcf, tmp_path, options, ids):
    (tmp_path / "sites.txt").write_text("20 300\n20 410 C G\n20 400 C A\n")
    output = tmp_path / "panel.npz"
    status = artgen("import", vcf, "-o", output, *(option.format(folder=tmp_path) for option in options))
    assert status == (0 if ids else 2)
    assert output.exists() == bool(ids)
    if ids:
        assert ag.read(output).sites.id.tolist() == ids


def test_samples_come_from_a_file(vcf, tmp_path, capsys):
    (tmp_path / "names.txt").write_text("P2\n")
    output = tmp_path / "panel.bcf"
    assert artgen("import", vcf, "-o", output, "--skip-multiallelic", "--samples", tmp_path / "names.txt") == 0
    assert "dropped 2 haplotypes: by the lists of samples" in capsys.readouterr().out
    assert ag.read(output).samples.person.tolist() == ["P2", "P2"]


def test_people_are_left_out_by_a_list(vcf, tmp_path, capsys):
    (tmp_path / "names.txt").write_text("P2\n")
    output = tmp_path / "panel.bcf"
    options = ("--skip-multiallelic", "--exclude-samples", tmp_path / "names.txt")
    assert artgen("import", vcf, "-o", output, *options) == 0
    people = set(ag.read(output).samples.person.tolist())
    assert "P2" not in people
    assert people
    both = ("--samples", tmp_path / "names.txt", "--force")
    assert artgen("import", vcf, "-o", output, *options, *both) == 2
    assert "some haplotypes of" in capsys.readouterr().err
    (tmp_path / "names.txt").write_text("P2\nnobody\n")
    assert artgen("import", vcf, "-o", output, *options, "--force") == 2
    assert "every excluded sample must be a person or haplotype" in capsys.readouterr().err


def test_a_region_of_no_contig_of_the_file_names_those_there_are(vcf, tmp_path, capsys):
    assert artgen("import", vcf, "-o", tmp_path / "p.bcf", "--skip-multiallelic", "--region", "chr20") == 2
    assert "There is no contig 'chr20'; the file's are 20. Ask for '20'." in capsys.readouterr().err


def test_regions_may_be_repeated(vcf, tmp_path, capsys):
    output = tmp_path / "panel.hapbits"
    regions = ("--region", "20:1-100", "--region", "20:400", "--region", "21:1,000-2000")
    assert artgen("import", vcf, "-o", output, *regions) == 0
    assert ag.read(output).sites.id.tolist() == ["rs1", "rs4"]
    assert "no site is kept in the region 21:1,000-2,000" in capsys.readouterr().out


SKIPPED = {
    "--skip-missing": "0|1\t.|.",
    "--skip-unphased": "0|1\t0/1",
    "--skip-haploid": "0|1\t1",
    "--skip-symbolic": "<DEL>",
    "--skip-no-alt": ".",
}


@pytest.mark.parametrize("option", SKIPPED)
def test_the_option_that_an_error_names_mends_it(tmp_path, capsys, option):
    fields = RECORDS.splitlines()[4].split("\t")
    if "\t" in SKIPPED[option]:
        fields[9:] = SKIPPED[option].split("\t")
    else:
        fields[4] = SKIPPED[option]
        fields[9:] = ["0|0", "0|0"]
    path = tmp_path / "faulty.vcf"
    lines = RECORDS.splitlines()
    path.write_text("\n".join([*lines[:4], "\t".join(fields), lines[7], ""]))
    output = tmp_path / "panel.hapbits"
    assert artgen("import", path, "-o", output) == 2
    error = capsys.readouterr().err
    assert error.startswith("artgen: error: ")
    assert error.count("\n") == 1
    assert "faulty.vcf, record 1 (20:100)" in error
    assert option in error
    assert not output.exists()
    assert artgen("import", path, "-o", output, option) == 0
    assert ag.read(output).sites.id.tolist() == ["rs4"]


def test_a_legend_can_be_given(tmp_path):
    (tmp_path / "p.hapt").write_text("AG AG0 0 1\nAG AG1 1 1\n")
    (tmp_path / "other.legend").write_text("id position a0 a1\n7:55 55 A C\n7:66 66 G T\n")
    output = tmp_path / "p.hapbits"
    assert artgen("import", tmp_path / "p.hapt", "-o", output, "--legend", tmp_path / "other.legend") == 0
    assert ag.read(output).sites.describe(1) == "7:66 G>T"


FAULTY_FILES = {
    "empty": b"",
    "text": b"hello\n",
    "cut VCF": RECORDS.encode()[:-7],
    "binary": bytes(range(256)) * 20,
    "hapbits": b"\x93HAPBIT\0" + b"\xff" * 100,
    "zip": b"PK\x03\x04",
    "gzip": b"\x1f\x8b\x08\0",
    "BCF": b"BCF\x02\x02\xff\xff\xff\xff",
}


@pytest.mark.parametrize("fault", FAULTY_FILES)
def test_a_faulty_file_is_one_message_and_status_2(fault, tmp_path, capsys):
    path = tmp_path / "panel.dat"
    path.write_bytes(FAULTY_FILES[fault])
    assert artgen("import", path, "-o", tmp_path / "out.hapbits") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"artgen: error: {path}")
    assert captured.err.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["panel.dat"]


@pytest.mark.parametrize("output", ["out.txt", "no-such-folder/out.hapbits"])
def test_an_impossible_output_is_refused(vcf, tmp_path, capsys, output):
    assert artgen("import", vcf, "-o", tmp_path / output, "--skip-multiallelic") == 2
    assert "artgen: error: " in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["panel.vcf"]


def test_a_panel_that_the_output_cannot_hold_is_refused(tmp_path, capsys):
    panel = Haplotypes.from_alleles(np.eye(3, dtype=np.uint8), Sites.from_columns([1, 2, 3], "1"), Samples.synthetic(3))
    ag.write(panel, tmp_path / "p.hapbits")
    assert artgen("import", tmp_path / "p.hapbits", "-o", tmp_path / "p.vcf") == 2
    assert "VCF needs a REF allele" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["p.hapbits"]


def test_the_installed_command_gives_no_traceback(tmp_path):
    """The whole program in a process of its own, as a user runs it."""
    (tmp_path / "panel.vcf").write_text(RECORDS)
    command = "from artgen_fast.cli import main; main()"
    arguments = ["import", str(tmp_path / "panel.vcf"), "-o", str(tmp_path / "p.hapbits")]
    done = subprocess.run([sys.executable, "-c", command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "record 2 (20:200) has 2 ALT alleles" in done.stderr


def test_the_help_teaches(capsys):
    assert artgen("import", "--help") == 0
    shown = capsys.readouterr().out
    for word in ("artgen import chr2.vcf.gz -o lct.hapbits --region 2:", "--region", "--skip-unphased", "--legend"):
        assert word in shown
