"""`artgen info`: what a panel holds, and whether it is whole."""

from __future__ import annotations

import numpy as np
import pytest

import artgen_fast as ag
from artgen_fast import Haplotypes, Samples, Sites
from artgen_fast.cli import main


@pytest.fixture
def panel():
    alleles = np.array([[0, 1, 1, 0], [0, 1, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0]])
    sites = Sites.from_columns([5, 900, 900, 12], ["1", "1", "1", "X"], ref="A", alt=["C", "C", "CT", "C"])
    return Haplotypes.from_alleles(alleles, sites, Samples.from_persons(["P1", "P2"]))


def shown(capsys):
    """The table as a dict."""
    lines = capsys.readouterr().out.splitlines()
    column = lines[1].index("4") if lines else 0
    return {line[:column].strip(): line[column:] for line in lines}


@pytest.mark.parametrize("extension", [".hapbits", ".vcf", ".hapt"])
def test_the_table(panel, tmp_path, capsys, extension):
    path = tmp_path / f"p{extension}"
    ag.write(panel, path)
    main_without_exit("info", path)
    table = shown(capsys)
    assert table["file"].startswith(f"{path} (")
    del table["file"]
    assert table == {
        "haplotypes": "4",
        "persons": "2",
        "without a person": "0",
        "equal to an earlier one": "1",
        "sites": "4",
        "SNPs": "3",
        "at the position of an earlier one": "1",
        "fixed (one allele)": "1",
        "singletons": "2",
        "MAF > 1 %": "3",
        "packed alleles": "256 bytes",
        "contig 1": "5 to 900",
        "contig X": "12 to 12",
    }


def main_without_exit(*arguments):
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert not end.value.code


def test_what_is_not_known_is_said(tmp_path, capsys):
    ag.write(Haplotypes.from_alleles(np.eye(4, dtype=np.uint8)), tmp_path / "p.hapbits")
    main_without_exit("info", tmp_path / "p.hapbits")
    table = shown(capsys)
    assert table["SNPs"] == "not known (no REF and ALT)"
    assert table["contig not known"] == "1 to 4"
    assert table["without a person"] == "4"


def test_many_contigs_are_counted_not_listed(tmp_path, capsys):
    sites = Sites.from_columns(np.arange(1, 15), [f"c{i}" for i in range(14)])
    ag.write(Haplotypes.from_alleles(np.ones((4, 14), np.uint8), sites), tmp_path / "p.hapbits")
    main_without_exit("info", tmp_path / "p.hapbits")
    assert shown(capsys)[""] == "and 4 more contigs"


def test_verify_finds_what_opening_does_not(panel, tmp_path, capsys):
    path = tmp_path / "p.hapbits"
    ag.write(panel, path)
    main_without_exit("info", path, "--verify")
    assert shown(capsys)["verified"].startswith("1 blocks of bits match their checksums")
    content = bytearray(path.read_bytes())
    content[-64] ^= 1
    path.write_bytes(content)
    main_without_exit("info", path)
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main(["info", str(path), "--verify"])
    assert end.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "haplotypes 1 to 4 are damaged" in captured.err
