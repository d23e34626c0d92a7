"""Sites out of order are refused: distances in base pairs would mean nothing."""

from __future__ import annotations

import numpy as np
import pytest

import artgen_fast as ag
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.io import require_writable

DISORDERED = {
    "back on a contig": ([5, 9, 7], ["1", "1", "1"], r"site 3 \(1:7 A>C\) comes after 1:9 A>C\. Sort"),
    "a contig comes back": (
        [5, 9, 17],
        ["1", "2", "1"],
        r"site 3 \(1:17 A>C\) comes after 2:9 A>C, away from its contig\. Sort",
    ),
}
ORDERED = {"equal positions": ([5, 5, 7], ["1", "1", "1"]), "contigs in any order": ([9, 3, 5], ["2", "1", "1"])}


def vcf(path, positions, contigs):
    lines = [f"{contig}\t{at}\t.\tA\tC\t.\t.\t.\tGT\t0|1\n" for contig, at in zip(contigs, positions, strict=True)]
    header = "##fileformat=VCFv4.2\n" + "".join(f"##contig=<ID={contig}>\n" for contig in sorted(set(contigs)))
    header += '##FORMAT=<ID=GT,Number=1,Type=String,Description="G">\n'
    path.write_text(f"{header}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tann\n{''.join(lines)}")
    return path


@pytest.mark.parametrize("case", DISORDERED)
def test_a_file_out_of_order_is_refused(tmp_path, case):
    positions, contigs, where = DISORDERED[case]
    with pytest.raises(FileFormatError, match=r"p\.vcf must hold the sites of a contig together and .*" + where):
        ag.read(vcf(tmp_path / "p.vcf", positions, contigs))


@pytest.mark.parametrize("case", DISORDERED)
def test_a_panel_out_of_order_is_neither_written_nor_evaluated(tmp_path, case):
    positions, contigs, where = DISORDERED[case]
    alleles = np.tile(np.eye(3, dtype=np.uint8), (2, 1))
    panel = Haplotypes.from_alleles(alleles, Sites.from_columns(positions, contigs, "", "A", "C"))
    with pytest.raises(InputError, match=where):
        ag.write(panel, tmp_path / "p.hapbits")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match=where):
        require_writable(panel.sites, Samples.synthetic(6), tmp_path / "p.hapbits")
    with pytest.raises(InputError, match=where):
        ag.evaluate(panel, panel)


@pytest.mark.parametrize("case", ORDERED)
def test_equal_positions_and_any_order_of_contigs_are_taken(tmp_path, case):
    positions, contigs = ORDERED[case]
    panel = ag.read(vcf(tmp_path / "p.vcf", positions, contigs))
    assert panel.sites.position.tolist() == positions
    ag.write(panel, tmp_path / "p.hapbits")
    assert ag.read(tmp_path / "p.hapbits").sites.contig.tolist() == contigs
