"""Read VCF and BCF, in blocks of sites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import UInt8Array
from artgen_fast.errors import FileFormatError
from artgen_fast.haplotypes import Haplotypes, Samples, Sites, packed_by_site, words_for
from artgen_fast.io.file_start import FileStart
from artgen_fast.io.filters import NOT_A_SNP, NOT_PASSED, Filters
from artgen_fast.io.options import LEAVE_OUT, ImportReport, remedy
from artgen_fast.io.vcf.htslib_log import ERRORS, NOTHING, htslib_says
from artgen_fast.io.vcf.persons import PAIRED_ROWS, taken_apart
from artgen_fast.io.vcf.wholeness import FIRST_SAMPLE_COLUMN, require_different_samples, require_whole

MISSING = -1
NOT_THERE = -2
"""What cyvcf2 gives for the second allele of a haploid call among diploid ones."""

UNPHASED = "unphased"
_OR_LEAVE_OUT = f", or {LEAVE_OUT} to leave such people out"

_BLOCK_BYTES = 32 << 20


def read(start: FileStart, filters: Filters, report: ImportReport) -> Haplotypes:
    """Read a VCF or BCF file, in blocks of sites.

    Raises
    ------
    FileFormatError
        If the file is damaged or truncated, has no samples or records, or holds what a panel cannot; the message names
        the record and the option that drops it.
    """
    from cyvcf2 import VCF

    require_whole(start)
    try:
        with htslib_says(NOTHING):
            records = VCF(str(start.path))
    # cyvcf2 raises bare exceptions for what htslib cannot read.
    except Exception as error:
        require_different_samples(start)
        raise FileFormatError(
            f"{start.path} must be a whole VCF or BCF file with a header, a #CHROM line and different sample names; "
            f"htslib cannot read its header ({error}). It is damaged or truncated: get or write the file again."
        ) from error
    with htslib_says(ERRORS):
        return _panel(records, start, filters, report)


def _panel(records: Any, start: FileStart, filters: Filters, report: ImportReport) -> Haplotypes:
    """The panel of an open file, which is closed."""
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
        artificial = PAIRED_ROWS in records.raw_header.splitlines()
        samples = taken_apart(persons) if artificial else Samples.from_persons(persons)
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
            if self.options.snps_only:
                self.report.drop(NOT_A_SNP)
                return
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
            self._count_faults("with missing calls", np.ones(self.n_persons, dtype=np.bool_))
            return None
        if calls.shape == (self.n_persons, 3):
            return calls
        ploidy = calls.shape[1] - 1
        missing = (calls[:, :-1] == MISSING).any(axis=1)
        if missing.any():
            self._refuse_or_drop(number, record, "a missing call", "with missing calls", "skip_missing")
            self._count_faults("with missing calls", missing)
        else:
            self._refuse_or_drop(number, record, f"calls of ploidy {ploidy}", "not diploid", "skip_haploid")
            self._count_faults("not diploid", np.ones(self.n_persons, dtype=np.bool_))
        return None

    def _count_faults(self, reason: str, faulty: npt.NDArray[np.bool_]) -> None:
        """Count whose calls drop sites: bool of shape (persons,) or (sites, persons)."""
        self.report.count_faults(reason, "people", np.atleast_2d(faulty).sum(axis=0))

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
                if reason != UNPHASED:
                    self._count_faults(reason, faulty[sites])
                continue
            site = int(np.argmax(sites))
            number, contig, position = self.pending[site][:3]
            column = FIRST_SAMPLE_COLUMN + int(self.columns[np.argmax(faulty[site])])
            n_people = int(np.count_nonzero(faulty[site]))
            what = f"{what} (column {column}{'' if n_people == 1 else f', and {n_people - 1:,} more'})"
            others = "" if n_people == self.n_persons or reason == UNPHASED else _OR_LEAVE_OUT
            refusals.append((number, self._refusal(number, contig, position, what, option, others)))
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
        yield unphased, "an unphased heterozygous call", UNPHASED, "skip_unphased"


def _is_base(allele: str) -> bool:
    return allele in tuple("ACGTacgt")
