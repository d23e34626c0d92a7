"""Write a panel as VCF or BCF."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.io.vcf.persons import PAIRED_ROWS, diploid_rows
from artgen_fast.io.vcf.wholeness import ends_whole
from artgen_fast.whole_files import whole_file

_BLOCK_BYTES = 32 << 20
_LONGEST_POSITION = 2**31 - 1
_CONTIG_NAME = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*")


def write(haplotypes: Haplotypes, path: str | os.PathLike[str]) -> None:
    """Write a panel as `.vcf`, `.vcf.gz` (BGZF) or `.bcf`, by the extension.

    Rows of one person become its genotypes. Rows without a person are paired as they come into artificial people,
    each named after its two rows: ``AG0`` and ``AG1`` become ``AG0_AG1``. Where all rows are such, a line of the header
    says so, and `read` takes pairs of numbered rows apart.

    Raises
    ------
    InputError
        If a site has no contig, REF or ALT, a name does not fit VCF, a person has one haplotype only, or the number of
        rows without a person is odd.
    """
    require_writable(haplotypes.sites, haplotypes.samples)
    persons, rows = diploid_rows(haplotypes.samples)
    header = _header(haplotypes.sites, persons, artificial=not np.any(haplotypes.samples.person != ""))
    with whole_file(path) as partial:
        if partial.name.lower().endswith(".vcf"):
            with open(partial, "wb") as file:
                file.write(header.encode())
                for line in _lines(haplotypes, rows):
                    file.write(line + b"\n")
            return
        from cyvcf2 import Writer

        writer = Writer.from_string(str(partial), header, "wb" if partial.name.lower().endswith(".bcf") else "wz")
        try:
            for line in _lines(haplotypes, rows):
                writer.write_record(writer.variant_from_string(line.decode()))
        finally:
            writer.close()
        if not ends_whole(partial):
            raise OSError(0, "the file could not be written whole (is the disk full?)", str(path))


def require_writable(sites: Sites, samples: Samples) -> None:
    """Raise InputError unless VCF can hold these sites and samples, as `write` says."""
    _require_writable_sites(sites)
    diploid_rows(samples)


def _require_writable_sites(sites: Sites) -> None:
    def require(holds: npt.NDArray[np.bool_], what: str) -> None:
        if not holds.all():
            site = int(np.argmin(holds))
            raise InputError(
                f"VCF needs {what}; site {site + 1} is {sites.describe(site)} (id {sites.id[site]!r}). Read the panel "
                "with its .legend or site table, or write .hapbits, .hapt or .npz, which need none of it."
            )

    def each(column: Any, test: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
        known: dict[str, bool] = {}
        return np.array([known.setdefault(text, test(text)) for text in column.tolist()], dtype=np.bool_)

    require(each(sites.contig, lambda text: _CONTIG_NAME.fullmatch(text) is not None), "a contig name for every site")
    require((sites.position >= 1) & (sites.position <= _LONGEST_POSITION), "positions from 1 to 2^31 - 1")
    for alleles, name in ((sites.ref, "REF"), (sites.alt, "ALT")):
        require(each(alleles, lambda text: text.isascii() and text.isalpha()), f"a {name} allele of letters")
    require(each(sites.id, lambda text: text.isprintable() and not re.search(r"\s", text)), "ids without white space")


def _header(sites: Sites, persons: list[str], artificial: bool) -> str:
    contigs = "".join(f"##contig=<ID={contig}>\n" for contig in dict.fromkeys(sites.contig.tolist()))
    columns = ["CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *persons]
    paired = f"{PAIRED_ROWS}\n" if artificial else ""
    return (
        f'##fileformat=VCFv4.2\n{paired}##FILTER=<ID=PASS,Description="All filters passed">\n{contigs}'
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Phased genotype">\n#' + "\t".join(columns) + "\n"
    )


def _lines(haplotypes: Haplotypes, rows: npt.NDArray[np.int64]) -> Iterator[bytes]:
    """The records, without line ends."""
    sites = haplotypes.sites
    columns = [column.tolist() for column in (sites.contig, sites.position, sites.id, sites.ref, sites.alt)]
    rows_as_bytes = haplotypes.packed.view(np.uint8)
    bytes_per_block = max(1, min(512, _BLOCK_BYTES // (32 * len(rows))))
    for first_byte in range(0, -(-haplotypes.n_sites // 8), bytes_per_block):
        first = 8 * first_byte
        last = min(haplotypes.n_sites, first + 8 * bytes_per_block)
        block = rows_as_bytes[:, first_byte : first_byte + bytes_per_block][rows]
        alleles = np.unpackbits(block, axis=2, count=last - first, bitorder="little")
        calls = np.empty((last - first, len(rows), 4), dtype=np.uint8)
        calls[:, :, 0] = alleles[:, 0].T
        calls[:, :, 2] = alleles[:, 1].T
        calls += ord("0")
        calls[:, :, 1] = ord("|")
        calls[:, :, 3] = ord("\t")
        for site in range(first, last):
            contig, position, identifier, ref, alt = (column[site] for column in columns)
            fixed = f"{contig}\t{position}\t{identifier or '.'}\t{ref}\t{alt}\t.\t.\t.\tGT\t"
            yield fixed.encode() + calls[site - first].tobytes()[:-1]
