"""VCF and BCF (`.vcf`, `.vcf.gz`, `.bcf`), through cyvcf2 and htslib.

A panel needs phased diploid calls of two alleles. What VCF can say beyond that is refused, unless an option of
`ReadOptions` drops or splits it: several ALT alleles, ALT alleles that are no sequence, no ALT allele, missing calls,
calls that are not diploid, and unphased calls. A homozygous call written with ``/`` is accepted: both its haplotypes
are known whatever the phase. Duplicate positions and indels are kept; alleles are not trimmed or left-aligned.

A person's two haplotypes are consecutive rows, named ``PERSON_A`` and ``PERSON_B`` (left and right of the ``|``); those
of a file of artificial haplotypes belong to nobody (`write`).

Regions are chosen while the whole file is read: htslib's indexed queries end without an error where a block of the file
is damaged.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.haplotypes import NO_PHASE, Haplotypes, Samples, Sites, UInt8Array, as_text, packed_by_site, words_for
from artgen_fast.io.file_start import GZIP_MAGIC, LARGEST_COMPRESSION, FileStart
from artgen_fast.io.filters import NOT_A_SNP, NOT_PASSED, Filters
from artgen_fast.io.options import ImportReport, remedy
from artgen_fast.whole_files import whole_file

TEXT_MAGIC = b"##fileformat=VCF"
BCF_MAGIC = b"BCF\x02"

BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends every whole BGZF file (SAM specification, section 4.1.2)."""

MISSING = -1
NOT_THERE = -2
"""What cyvcf2 gives for the second allele of a haploid call among diploid ones."""

_FIRST_SAMPLE_COLUMN = 10
"""Samples come after CHROM, POS, ID, REF, ALT, QUAL, FILTER, INFO and FORMAT."""

_PAIRED_ROWS = "##artgen_fast=haplotypes without a person, paired as they came"
"""Line of the header of a file that was written with no column for a person."""

_ARTIFICIAL_PAIR = re.compile(r"(?P<prefix>\D*[^\d_])(?P<first>\d+)_(?P=prefix)(?P<second>\d+)")
"""Name of a column for two numbered rows: AG0_AG1."""

_BLOCK_BYTES = 32 << 20
_LONGEST_POSITION = 2**31 - 1
_CONTIG_NAME = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*")


def recognises(start: FileStart) -> bool:
    """Whether a file is VCF or BCF."""
    return start.text.startswith((TEXT_MAGIC, BCF_MAGIC))


def read(start: FileStart, filters: Filters, report: ImportReport) -> Haplotypes:
    """Read a VCF or BCF file, in blocks of sites.

    Raises
    ------
    FileFormatError
        If the file is damaged or truncated, has no samples or records, or holds what a panel cannot; the message names
        the record and the option that drops it.
    """
    from cyvcf2 import VCF

    _require_whole(start)
    try:
        records = VCF(str(start.path))
    # cyvcf2 raises bare exceptions for what htslib cannot read.
    except Exception as error:
        raise FileFormatError(
            f"{start.path} must be a whole VCF or BCF file with a header, a #CHROM line and different sample names; "
            f"htslib cannot read its header ({error}). It is damaged or truncated: get or write the file again."
        ) from error
    try:
        try:
            persons = list(records.samples)
        except UnicodeDecodeError as error:
            raise FileFormatError(
                f"{start.path}, the line #CHROM: sample names must be UTF-8 text; one is not ({error}). "
                "Write the file in UTF-8."
            ) from error
        if not persons:
            raise FileFormatError(
                f"{start.path} has no samples: it lists sites only. Give the file with the genotypes (GT)."
            )
        artificial = _PAIRED_ROWS in records.raw_header.splitlines()
        samples = _taken_apart(persons) if artificial else Samples.from_persons(persons)
        chosen: npt.NDArray[np.int64] | slice = slice(None)
        rows = filters.rows(samples, start.path)
        if rows is not None:
            kept = rows.reshape(-1, 2).any(axis=1)
            report.haplotypes_dropped += 2 * int(np.count_nonzero(~kept))
            chosen = np.flatnonzero(kept)
            samples = samples[np.flatnonzero(np.repeat(kept, 2))]
        return _Reader(start.path, filters, report, samples, chosen).panel(_records(records, start.path))
    finally:
        records.close()


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
    persons, rows = _diploid_rows(haplotypes.samples)
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
        if not _ends_whole(partial):
            raise OSError(0, "the file could not be written whole (is the disk full?)", str(path))


def require_writable(sites: Sites, samples: Samples) -> None:
    """Raise InputError unless VCF can hold these sites and samples, as `write` says."""
    _require_writable_sites(sites)
    _diploid_rows(samples)


def _require_whole(start: FileStart) -> None:
    if start.gzipped:
        if _is_bgzf(start.path) and not _ends_whole(start.path):
            raise FileFormatError(
                f"{start.path} must end with a BGZF end-of-file block; it does not, so it is truncated. "
                "Get or write the file again."
            )
    elif start.text.startswith(TEXT_MAGIC):
        with open(start.path, "rb") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                raise FileFormatError(
                    f"{start.path} must end with a whole line; its last line has no end, so it is probably truncated. "
                    "Get the file again (or add the missing line end)."
                )
    if start.text.startswith(BCF_MAGIC):
        _require_bcf_header_inside(start)


def _require_bcf_header_inside(start: FileStart) -> None:
    length = struct.unpack("<I", start.text[5:9])[0] if len(start.text) >= 9 else 0
    if not 0 < length <= start.size * (LARGEST_COMPRESSION if start.gzipped else 1):
        raise FileFormatError(
            f"{start.path}: the BCF header must be inside the file of {start.size:,} bytes; it claims {length:,}. "
            "The file is damaged or truncated: get or write it again."
        )


def _is_bgzf(path: Path) -> bool:
    with open(path, "rb") as file:
        first = file.read(16)
    return first.startswith(GZIP_MAGIC) and len(first) == 16 and bool(first[3] & 4) and first[12:14] == b"BC"


def _ends_whole(path: Path) -> bool:
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - len(BGZF_END)))
        return file.read() == BGZF_END


def _records(records: Any, path: Path) -> Iterator[Any]:
    number, place = 0, "the header"
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        # cyvcf2 raises bare exceptions for what htslib cannot read.
        except Exception as error:
            raise FileFormatError(
                f"{path}, record {number + 1} (after {place}) cannot be read: it is damaged or truncated ({error}). "
                "Get or write the file again."
            ) from error
        number += 1
        try:
            place = f"{record.CHROM}:{record.POS}"
        except UnicodeDecodeError as error:
            raise _not_text(path, number, error) from error
        yield record


def _not_text(path: Path, number: int, error: UnicodeDecodeError) -> FileFormatError:
    return FileFormatError(
        f"{path}, record {number}: contig, REF and ALT must be UTF-8 text; one is not ({error}). "
        "Write the file in UTF-8."
    )


class _Reader:
    """Turns records into a panel, a block of sites at a time."""

    def __init__(
        self,
        path: Path,
        filters: Filters,
        report: ImportReport,
        samples: Samples,
        chosen: npt.NDArray[np.int64] | slice,
    ) -> None:
        self.path, self.filters, self.options, self.report = path, filters, filters.options, report
        self.samples, self.chosen = samples, chosen
        self.n_persons = n_persons = len(samples) // 2
        # Columns, not names, are what a refusal says: it may be kept in a log, where nobody's name belongs.
        self.columns = np.arange(n_persons) if isinstance(chosen, slice) else chosen
        # A multiple of 8 sites, so that blocks meet at whole bytes.
        self.block_sites = max(8, min(4096, _BLOCK_BYTES // (6 * n_persons)) // 8 * 8)
        self.alleles = np.empty((self.block_sites, n_persons, 2), dtype=np.int16)
        self.phased = np.empty((self.block_sites, n_persons), dtype=np.bool_)
        self.pending: list[tuple[int, str, int, str, str, str, int, int]] = []
        self.kept: list[tuple[str, int, str, str, str]] = []
        self.tail = np.zeros((0, 2 * n_persons), dtype=np.bool_)
        self.blocks: list[UInt8Array] = []

    def panel(self, records: Iterator[Any]) -> Haplotypes:
        """All records as a panel."""
        number = 0
        for number, record in enumerate(records, start=1):
            try:
                self._add(number, record)
            except UnicodeDecodeError as error:
                raise _not_text(self.path, number, error) from error
        if number == 0:
            raise FileFormatError(f"{self.path} has a header and no records. Give a file with variants.")
        self._flush()
        if len(self.tail):
            self.blocks.append(packed_by_site(self.tail))
        packed = np.zeros((2 * self.n_persons, words_for(len(self.kept)) * 8), dtype=np.uint8)
        at = 0
        for block in self.blocks:
            packed[:, at : at + block.shape[1]] = block
            at += block.shape[1]
        contig, position, identifier, ref, alt = zip(*self.kept, strict=True) if self.kept else ((),) * 5
        sites = Sites.from_columns(position, contig, identifier, ref, alt)
        return Haplotypes(packed.view(np.uint64), len(sites), sites, self.samples)

    def _add(self, number: int, record: Any) -> None:
        contig, position, alts = record.CHROM, record.POS, record.ALT
        self.report.contigs.setdefault(contig)
        reason = self.filters.reason_to_skip(contig, position)
        if reason is not None:
            self.report.drop(reason, max(1, len(alts)) if self.options.split_multiallelic else 1)
            return
        if self.options.pass_only and record.FILTER is not None:
            self.report.drop(NOT_PASSED, max(1, len(alts)) if self.options.split_multiallelic else 1)
            return
        if not alts:
            self._refuse_or_drop(number, record, "no ALT allele", "without an ALT allele", "skip_no_alt")
            return
        if len(alts) > 1:
            if not self.options.split_multiallelic:
                self._refuse_or_drop(
                    number,
                    record,
                    f"{len(alts)} ALT alleles ({','.join(alts)[:60]})",
                    "multi-allelic",
                    "skip_multiallelic",
                    " or split_multiallelic=True (--split-multiallelic) to make each ALT allele a site",
                )
                return
            self.report.records_split += 1
        calls: npt.NDArray[np.int16] | None = None
        for allele, alt in enumerate(alts, start=1):
            if self.options.snps_only and not (_is_base(record.REF) and _is_base(alt)):
                self.report.drop(NOT_A_SNP)
            elif not alt.isalpha():
                self._refuse_or_drop(number, record, f"the symbolic ALT allele {alt[:60]}", "symbolic", "skip_symbolic")
            else:
                if calls is None:
                    calls = self._diploid_calls(number, record)
                if calls is None:
                    continue
                self.alleles[len(self.pending)] = calls[:, :2]
                self.phased[len(self.pending)] = calls[:, 2]
                identifier = record.ID or ""
                self.pending.append((number, contig, position, identifier, record.REF, alt, allele, len(alts)))
                if len(self.pending) == self.block_sites:
                    self._flush()

    def _diploid_calls(self, number: int, record: Any) -> npt.NDArray[np.int16] | None:
        """Both alleles and the phase of every person, int16 of shape (persons, 3), or None if the record is dropped."""
        try:
            calls: npt.NDArray[np.int16] = record.genotype.array()[self.chosen]
        # cyvcf2 raises a bare exception for a record without GT.
        except Exception:
            self._refuse_or_drop(number, record, "no genotypes (GT)", "with missing calls", "skip_missing")
            return None
        if calls.shape == (self.n_persons, 3):
            return calls
        ploidy = calls.shape[1] - 1
        if np.any(calls[:, :-1] == MISSING):
            self._refuse_or_drop(number, record, "a missing call", "with missing calls", "skip_missing")
        else:
            self._refuse_or_drop(number, record, f"calls of ploidy {ploidy}", "not diploid", "skip_haploid")
        return None

    def _refuse_or_drop(
        self, number: int, record: Any, what: str, reason: str, option: str, alternative: str = ""
    ) -> None:
        if not getattr(self.options, option):
            # An earlier record of the block may have a fault of its own, which is then the one to name.
            self._flush()
            raise self._refusal(number, record.CHROM, record.POS, what, option, alternative)
        self.report.drop(reason)

    def _refusal(
        self, number: int, contig: str, position: int, what: str, option: str, alternative: str = ""
    ) -> FileFormatError:
        return FileFormatError(
            f"{self.path}, record {number} ({contig}:{position}) has {what}; a panel needs phased diploid calls of two "
            f"sequence alleles. Use {remedy(option)} to drop such sites{alternative}."
        )

    def _flush(self) -> None:
        """Check and pack the pending sites."""
        if not self.pending:
            return
        alleles = self.alleles[: len(self.pending)].reshape(len(self.pending), 2 * self.n_persons)
        phased = self.phased[: len(self.pending)]
        keep = np.ones(len(self.pending), dtype=np.bool_)
        refusals = []
        for faulty, what, reason, option in _faults(alleles, phased):
            sites = faulty.any(axis=1) & keep
            keep &= ~sites
            if not sites.any():
                continue
            if getattr(self.options, option):
                self.report.drop(reason, int(np.count_nonzero(sites)))
                continue
            site = int(np.argmax(sites))
            number, contig, position = self.pending[site][:3]
            column = _FIRST_SAMPLE_COLUMN + int(self.columns[np.argmax(faulty[site])])
            refusals.append((number, self._refusal(number, contig, position, f"{what} (column {column})", option)))
        if refusals:
            raise min(refusals, key=lambda refusal: refusal[0])[1]
        self._require_known_alleles(alleles)
        chosen = [site for site, kept in zip(self.pending, keep, strict=True) if kept]
        allele = np.array([site[6] for site in chosen], dtype=np.int16)
        self.kept += [site[1:6] for site in chosen]
        carried = (alleles if keep.all() else alleles[keep]) == allele[:, None]
        if len(self.tail):
            carried = np.concatenate([self.tail, carried])
        whole = len(carried) // 8 * 8
        if whole:
            self.blocks.append(packed_by_site(carried[:whole]))
        self.tail = carried[whole:].copy()
        self.pending.clear()

    def _require_known_alleles(self, alleles: npt.NDArray[np.int16]) -> None:
        highest = alleles.max(axis=1)
        named = np.array([site[7] for site in self.pending], dtype=np.int16)
        if np.any(highest > named):
            site = int(np.argmax(highest > named))
            number, contig, position = self.pending[site][:3]
            raise FileFormatError(
                f"{self.path}, record {number} ({contig}:{position}) has a call of ALT allele {highest[site]}, and "
                f"names {named[site]} ALT allele(s). The record is damaged: get or write the file again."
            )


def _faults(
    alleles: npt.NDArray[np.int16], phased: npt.NDArray[np.bool_]
) -> Iterator[tuple[npt.NDArray[np.bool_], str, str, str]]:
    """Faults of calls: which (site, person) has it, what it is, the reason for dropping the site, and the option."""
    first, second = alleles[:, ::2], alleles[:, 1::2]
    called = np.ones(phased.shape, dtype=np.bool_)
    if alleles.size and alleles.min() < 0:
        missing = (first == MISSING) | (second == MISSING)
        haploid = (second == NOT_THERE) & ~missing
        yield missing, "a missing call", "with missing calls", "skip_missing"
        yield haploid, "a call that is not diploid", "not diploid", "skip_haploid"
        called = ~missing & ~haploid
    if not phased.all():
        unphased = (first != second) & ~phased & called
        yield unphased, "an unphased heterozygous call", "unphased", "skip_unphased"


def _is_base(allele: str) -> bool:
    return allele in tuple("ACGTacgt")


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


def _diploid_rows(samples: Samples) -> tuple[list[str], npt.NDArray[np.int64]]:
    """People for the columns of a VCF, and the two rows of each, int64 of shape (persons, 2)."""
    rows_of: dict[str, list[int | None]] = {}
    waiting: int | None = None
    names, persons, phases = samples.name.tolist(), samples.person.tolist(), samples.phase.tolist()
    for row, (name, person, phase) in enumerate(zip(names, persons, phases, strict=True)):
        if person:
            pair = rows_of.setdefault(person, [None, None])
            if phase not in (0, 1) or pair[phase] is not None:
                raise InputError(
                    "VCF needs one first and one second haplotype of a person; "
                    f"the person of row {row + 1} has other ones. Correct the table of samples."
                )
            pair[phase] = row
        elif waiting is None:
            waiting = row
        else:
            artificial = f"{names[waiting]}_{name}"
            if artificial in rows_of:
                raise InputError(
                    f"VCF needs different sample names; two pairs of rows give {artificial!r}. Name the rows apart."
                )
            rows_of[artificial] = [waiting, row]
            waiting = None
    if waiting is not None:
        raise InputError(
            f"VCF pairs the rows that belong to no person into artificial people, so their number must be even; "
            f"{names[waiting]!r} is left over. Leave out or add a row, or write .hapbits, .hapt or .npz."
        )
    pairs = []
    for person, (first, second) in rows_of.items():
        if first is None or second is None:
            raise InputError(
                f"VCF needs both haplotypes of a person; that of row {persons.index(person) + 1} has one. "
                "Leave it out or write .hapbits or .npz."
            )
        if not person.isprintable() or person != person.strip():
            raise InputError(
                f"VCF needs sample names of printable characters; the name of row {first + 1}'s person has others. "
                "Rename it."
            )
        pairs.append((first, second))
    return list(rows_of), np.array(pairs, dtype=np.int64)


def _taken_apart(columns: list[str]) -> Samples:
    """The rows of a file with artificial people: pairs by their names, and people, should a merge have brought some."""
    people = Samples.from_persons(columns)
    names, persons, phases = people.name.copy(), people.person.copy(), people.phase.copy()
    for at, column in enumerate(columns):
        pair = _ARTIFICIAL_PAIR.fullmatch(column)
        if pair is not None:
            rows = slice(2 * at, 2 * at + 2)
            names[rows] = as_text([f"{pair['prefix']}{pair['first']}", f"{pair['prefix']}{pair['second']}"])
            persons[rows], phases[rows] = "", NO_PHASE
    return Samples(names, persons, phases)


def _header(sites: Sites, persons: list[str], artificial: bool) -> str:
    contigs = "".join(f"##contig=<ID={contig}>\n" for contig in dict.fromkeys(sites.contig.tolist()))
    columns = ["CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *persons]
    paired = f"{_PAIRED_ROWS}\n" if artificial else ""
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
