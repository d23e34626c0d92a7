"""Choosing haplotypes and sites of a panel, whatever format it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artgen_fast.array_types import BoolArray
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.io.options import LEAVE_OUT, ImportReport, ReadOptions, Region

Alleles = tuple[str, str]

OUTSIDE_REGION = "outside the region"
NOT_LISTED = "not in the site list"
NOT_A_SNP = "not SNPs"
NOT_PASSED = "that failed a filter"


@dataclass(frozen=True, slots=True)
class WantedSites:
    """The sites of a list: for each (contig, position) the wanted (REF, ALT), or an empty set for any.

    A contig or an allele that a site table does not name is an empty string, which matches only the same.
    """

    places: dict[tuple[str, int], frozenset[Alleles]]

    @classmethod
    def from_entries(cls, entries: Iterable[tuple[str, int, str, str]]) -> WantedSites:
        """Sites from (contig, position, REF, ALT); both alleles empty for any alleles."""
        chosen: dict[tuple[str, int], set[Alleles]] = {}
        any_alleles: set[tuple[str, int]] = set()
        for contig, position, ref, alt in entries:
            alleles = chosen.setdefault((contig, position), set())
            if ref or alt:
                alleles.add((ref, alt))
            else:
                any_alleles.add((contig, position))
        return cls(
            {place: frozenset() if place in any_alleles else frozenset(alleles) for place, alleles in chosen.items()}
        )

    @classmethod
    def from_sites(cls, sites: Sites) -> WantedSites:
        """The sites of a site table."""
        return cls.from_entries(
            zip(sites.contig.tolist(), sites.position.tolist(), sites.ref.tolist(), sites.alt.tolist(), strict=True)
        )

    def __len__(self) -> int:
        return sum(max(1, len(alleles)) for alleles in self.places.values())

    def mask(self, sites: Sites) -> tuple[BoolArray, int]:
        """Which sites are wanted, and how many wanted sites were found."""
        keep = np.zeros(len(sites), dtype=np.bool_)
        found: set[tuple[str, int, str, str]] = set()
        columns = (sites.contig.tolist(), sites.position.tolist(), sites.ref.tolist(), sites.alt.tolist())
        for site, (contig, position, ref, alt) in enumerate(zip(*columns, strict=True)):
            alleles = self.places.get((contig, position))
            if alleles is None or (alleles and (ref, alt) not in alleles):
                continue
            keep[site] = True
            found.add((contig, position, ref, alt) if alleles else (contig, position, "", ""))
        return keep, len(found)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of `ReadOptions`, with their lists loaded."""

    options: ReadOptions
    regions: tuple[Region, ...] | None
    names: dict[str, str | None] | None
    """Each wanted person or haplotype, and where in the list it is; None for a comment that may be a name."""
    excluded: dict[str, str | None] | None
    """Each person or haplotype that is left out, likewise."""
    wanted: WantedSites | None

    def rows(self, samples: Samples, path: Path, check: bool = True) -> BoolArray | None:
        """Which rows the options `samples` and `exclude_samples` keep, or None if they keep all.

        Raises
        ------
        InputError
            If a name is neither a person nor a haplotype of the file, or nobody is left.
        """
        if self.names is None and self.excluded is None:
            return None
        keep = np.ones(len(samples), dtype=np.bool_)
        if self.names is not None:
            keep &= _named(samples, self.names, "wanted", path, check)
        if self.excluded is not None:
            keep &= ~_named(samples, self.excluded, "excluded", path, check)
        if not keep.any():
            raise InputError(f"some haplotypes of {path} must be left; all are excluded. Correct the lists of samples.")
        return keep

    def reason_to_skip(self, contig: str, position: int) -> str | None:
        """Why a record at a place cannot be kept, before its alleles and genotypes are looked at."""
        if self.regions is not None and not any((contig, position) in region for region in self.regions):
            return OUTSIDE_REGION
        if self.wanted is not None and (contig, position) not in self.wanted.places:
            return NOT_LISTED
        return None

    def apply(self, haplotypes: Haplotypes, report: ImportReport) -> Haplotypes:
        """Keep the chosen haplotypes and sites, and complete the report.

        Raises
        ------
        InputError
            If a wanted sample is not there, a filter needs what the site table does not say, or no site is left.
        """
        # A reader that has left people out already has checked the lists, and those it left out are not here.
        rows = self.rows(haplotypes.samples, report.path, check=report.haplotypes_dropped == 0)
        if rows is not None and not rows.all():
            report.haplotypes_dropped += int(np.count_nonzero(~rows))
            haplotypes = haplotypes[np.flatnonzero(rows)]
        report.contigs.update(dict.fromkeys(haplotypes.sites.contig.tolist()))
        keep = np.ones(haplotypes.n_sites, dtype=np.bool_)

        def drop(chosen: BoolArray, reason: str) -> None:
            report.drop(reason, int(np.count_nonzero(keep & ~chosen)))
            np.logical_and(keep, chosen, out=keep)

        sites, options = haplotypes.sites, self.options
        inside = [_in_region(sites, region, report.path) for region in self.regions or ()]
        if inside:
            drop(np.logical_or.reduce(inside), OUTSIDE_REGION)
        if self.wanted is not None:
            chosen, found = self.wanted.mask(sites)
            report.sites_not_found = len(self.wanted) - found
            drop(chosen, NOT_LISTED)
        if options.snps_only:
            if len(sites) and not sites.has_alleles:
                raise InputError(
                    f"snps_only needs the REF and ALT of every site; {report.path} does not give them. "
                    "Give a .legend (--legend) with a .hapt file, or leave snps_only out."
                )
            drop(is_snp(sites), NOT_A_SNP)
        if options.min_maf > 0:
            counts = haplotypes.allele_counts()
            minor = np.minimum(counts, len(haplotypes) - counts)
            drop(minor >= options.min_maf * len(haplotypes), f"MAF below {options.min_maf:g}")
        if options.thin > 0:
            drop(_thinned(sites, keep, options.thin), f"within {options.thin:,} bp of the kept site before")
        report.haplotypes_kept, report.sites_kept = len(haplotypes), int(np.count_nonzero(keep))
        if not report.sites_kept:
            raise self._nothing_left(report)
        report.regions_without_sites = [
            region for region, chosen in zip(self.regions or (), inside, strict=True) if not np.any(chosen & keep)
        ]
        return haplotypes if keep.all() else haplotypes[:, np.flatnonzero(keep)]

    def _nothing_left(self, report: ImportReport) -> InputError:
        """What to do where every site was dropped."""
        contigs = ", ".join(filter(None, report.contigs))[:200]
        unknown = [region.contig for region in self.regions or () if region.contig not in report.contigs]
        if unknown and len(unknown) == len(self.regions or ()):
            other = _with_or_without_chr(unknown[0])
            advice = f"There is no contig {unknown[0][:60]!r}; the file's are {contigs}. " + (
                f"Ask for {other!r}." if other in report.contigs else "A region is CONTIG or CONTIG:START-END."
            )
        elif (reason := _main_reason(report)) in report.faulty_calls:
            advice = _advice_on_faulty_calls(report, reason)
        else:
            advice = "Use wider filters" + (f"; the file's sites are on contig {contigs}." if contigs else ".")
        return InputError(
            f"no site of {report.path} is left ({report.sites_read:,} read; dropped: {report.dropped_in_words()}). "
            f"{advice}"
        )


def _with_or_without_chr(contig: str) -> str:
    return contig.removeprefix("chr") if contig.startswith("chr") else f"chr{contig}"


def _main_reason(report: ImportReport) -> str:
    """What dropped most of the sites that were asked for."""
    asked_for = {reason: n for reason, n in report.dropped.items() if reason not in (OUTSIDE_REGION, NOT_LISTED)}
    return max(asked_for, key=lambda reason: asked_for[reason], default="")


def _advice_on_faulty_calls(report: ImportReport, reason: str) -> str:
    """Whom to leave out where the calls of some have dropped every site; never which calls they are."""
    whose, n_sites = report.faulty_calls[reason]
    n_most = int(np.count_nonzero(2 * n_sites >= report.dropped[reason]))
    most = f"{n_most:,} of {len(n_sites):,} {whose} have such calls at half or more of the sites {reason}"
    if n_most == len(n_sites):
        return f"{most}: choose other sites or another file."
    who = " (bcftools stats -s - counts them by person)" if whose == "people" else ""
    return f"{most}. Leave those with the most out{who}: {LEAVE_OUT}."


def _named(samples: Samples, names: dict[str, str | None], what: str, path: Path, check: bool) -> BoolArray:
    """Rows whose haplotype or person is in a list, all of whose names are known if that is to be checked."""
    name, person = samples.name.tolist(), samples.person.tolist()
    known = {*name, *person}
    unknown = [place for listed, place in names.items() if listed not in known and place is not None] if check else []
    if unknown:
        n_names = sum(place is not None or listed in known for listed, place in names.items())
        # Places, not names: what an error says may be kept in a log, where nobody's name belongs.
        raise InputError(
            f"every {what} sample must be a person or haplotype of {path}, spelt as there, one name a line; "
            f"{len(unknown)} of {n_names} are not, the first is {unknown[0]}. Correct or remove it."
        )
    return np.array([n in names or p in names for n, p in zip(name, person, strict=True)], dtype=np.bool_)


def is_snp(sites: Sites) -> BoolArray:
    """Which sites have one base as REF and one as ALT, bool of shape (sites,)."""
    snp = np.ones(len(sites), dtype=np.bool_)
    for alleles in (sites.ref, sites.alt):
        one_base = np.zeros(len(sites), dtype=np.bool_)
        for base in "ACGTacgt":
            one_base |= alleles == base
        snp &= one_base
    return snp


def _in_region(sites: Sites, region: Region, path: Path) -> BoolArray:
    if len(sites) and not np.any(sites.contig != ""):
        raise InputError(
            f"a region needs the contigs of the sites; {path} does not give them. "
            "Give a .legend (--legend) with a .hapt file, or leave the region out."
        )
    inside: BoolArray = (sites.contig == region.contig) & (sites.position >= region.start)
    return inside if region.end is None else inside & (sites.position <= region.end)


def _thinned(sites: Sites, keep: BoolArray, distance: int) -> BoolArray:
    """Sites that are so far after the last chosen one of their contig; the sites are in order."""
    chosen = np.zeros(len(sites), dtype=np.bool_)
    last: dict[str, int] = {}
    contigs, positions = sites.contig.tolist(), sites.position.tolist()
    for site in np.flatnonzero(keep).tolist():
        contig, position = contigs[site], positions[site]
        before = last.get(contig)
        if before is None or position - before >= distance:
            chosen[site] = True
            last[contig] = position
    return chosen
