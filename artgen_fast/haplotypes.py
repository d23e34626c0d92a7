"""Phased haplotypes as bits, with the sites and the samples they belong to.

Site ``j`` of a row is bit ``j % 64`` of 64-bit word ``j // 64`` (1 = ALT). Rows are padded with zero bits to a whole
number of 64-byte lines, so that no kernel needs a tail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.errors import InputError
from artgen_fast.whole_numbers import require_seed

BITS_PER_WORD = 64
WORDS_PER_LINE = 8
"""Rows are padded to a multiple of this many words (64 bytes)."""

NO_PHASE = -1
"""Phase of a haplotype that belongs to no person."""

_ROWS_PACKED_TOGETHER = 64
_PACKED_TOGETHER_BYTES = 1 << 20
_UNPACK_BLOCK_BYTES = 64 << 20

_MOST_POSITION_DIGITS = 18
"""More would not fit into 64 bits."""

_ROWS_PER_SUM = 32
"""Rows whose unpacked alleles stay in the cache until they are added, in bytes, which hold up to 255 rows."""

TEXT = np.dtypes.StringDType()

UInt64Array = npt.NDArray[np.uint64]
UInt8Array = npt.NDArray[np.uint8]
Int64Array = npt.NDArray[np.int64]
TextArray = npt.NDArray[Any]
"""One-dimensional array of variable-width strings (numpy.dtypes.StringDType), which NumPy's stubs cannot say yet."""
RowIndex = slice | npt.NDArray[Any] | Sequence[int]


def words_for(n_sites: int) -> int:
    """Number of 64-bit words in a padded row of ``n_sites`` sites."""
    lines = -(-n_sites // (BITS_PER_WORD * WORDS_PER_LINE))
    return lines * WORDS_PER_LINE


def _as_matrix(alleles: npt.ArrayLike) -> npt.NDArray[Any]:
    """Alleles as an array; NumPy would drop a mask, and has errors of its own for rows of different lengths."""
    if isinstance(alleles, np.ma.MaskedArray):
        raise InputError(
            "alleles must have no missing calls; got a masked array. Drop the sites or rows that are masked first."
        )
    try:
        return np.asarray(alleles)
    except ValueError as error:
        raise InputError(f"alleles must be an array of shape (haplotypes, sites); they are not ({error}).") from error


def pack(alleles: npt.ArrayLike) -> UInt64Array:
    """Pack alleles into bits.

    Parameters
    ----------
    alleles : array of shape (rows, sites)
        0 (reference) or 1 (alternative), of any integer or boolean dtype.

    Returns
    -------
    uint64 array of shape (rows, words)
        Site ``j`` is bit ``j % 64`` of word ``j // 64``; padding bits are zero.

    Raises
    ------
    InputError
        If the array is not two-dimensional, not integer, or holds anything but 0 and 1.

    Examples
    --------
    >>> pack([[1, 0, 1]])[0, 0]
    np.uint64(5)
    """
    matrix = _as_matrix(alleles)
    if matrix.ndim != 2 or matrix.dtype.kind not in "iub":
        raise InputError(
            "alleles must be an integer or boolean array of shape (haplotypes, sites); "
            f"got {matrix.dtype} of shape {matrix.shape}. Give one row per haplotype, 0 = REF, 1 = ALT."
        )
    if matrix.dtype.kind != "b" and matrix.size:
        low, high = int(matrix.min()), int(matrix.max())
        if low < 0 or high > 1:
            raise InputError(
                f"alleles must be 0 (REF) or 1 (ALT); got values from {low} to {high}. "
                "Drop missing calls and split multi-allelic sites first."
            )
    rows, n_sites = matrix.shape
    words = words_for(n_sites)
    packed_bytes = np.zeros((rows, words * 8), dtype=np.uint8)
    by_site = abs(matrix.strides[0]) < abs(matrix.strides[1])
    packed_bytes[:, : -(-n_sites // 8)] = packed_by_site(matrix.T) if by_site else _packed_by_row(matrix)
    return packed_bytes.view("<u8")


def _packed_by_row(alleles: npt.NDArray[Any]) -> UInt8Array:
    """Pack alleles of shape (rows, sites), of which those of a row lie together, eight a byte."""
    rows, n_sites = alleles.shape
    packed = np.empty((rows, -(-n_sites // 8)), dtype=np.uint8)
    for start in range(0, rows, _ROWS_PACKED_TOGETHER):
        block = alleles[start : start + _ROWS_PACKED_TOGETHER].astype(np.uint8, copy=False)
        packed[start : start + len(block)] = np.packbits(block, axis=1, bitorder="little")
    return packed


def packed_by_site(alleles: npt.NDArray[Any]) -> UInt8Array:
    """Pack alleles of shape (sites, rows), of which those of a site lie together, as in a VCF.

    Returns
    -------
    uint8 array of shape (rows, bytes)
        Site ``j`` is bit ``j % 8`` of byte ``j // 8``.
    """
    # Eight sites of all rows at a time by shifts; numpy.packbits would need the transpose first.
    n_sites, rows = alleles.shape
    packed = np.empty((rows, -(-n_sites // 8)), dtype=np.uint8)
    step = 8 * max(1, _PACKED_TOGETHER_BYTES // max(1, 8 * rows))
    for start in range(0, n_sites, step):
        end = min(start + step, n_sites)
        eighths = np.zeros((-(-(end - start) // 8), rows), dtype=np.uint8)
        for bit in range(7, -1, -1):
            eighths += eighths
            sites = alleles[start + bit : end : 8]
            eighths[: len(sites)] |= sites.astype(np.uint8, copy=False)
        packed[:, start // 8 : start // 8 + len(eighths)] = eighths.T
    return packed


def _shift_into(packed: UInt64Array, first: int, n_sites: int, into: UInt64Array) -> None:
    """Write the sites from ``first`` on to an array of zeros, without unpacking any."""
    word, shift = divmod(first, BITS_PER_WORD)
    words = -(-n_sites // BITS_PER_WORD)
    np.right_shift(packed[:, word : word + words], np.uint64(shift), out=into[:, :words])
    step = max(1, _UNPACK_BLOCK_BYTES // max(1, 8 * words))
    for start in range(0, len(packed) if shift else 0, step):
        rows = slice(start, start + step)
        above = packed[rows, word + 1 : word + 1 + words] << (BITS_PER_WORD - shift)
        into[rows, : above.shape[1]] |= above
    if n_sites % BITS_PER_WORD:
        into[:, words - 1] &= (1 << n_sites % BITS_PER_WORD) - 1


def unpack(packed: UInt64Array, n_sites: int) -> UInt8Array:
    """Alleles of packed rows, as uint8 of shape (rows, n_sites); the inverse of `pack`."""
    rows = np.ascontiguousarray(packed, dtype="<u8").view(np.uint8)
    return np.unpackbits(rows, axis=1, count=n_sites, bitorder="little")


def has_padding_bits(packed: UInt64Array, n_sites: int) -> bool:
    """Whether a bit beyond the last site is set in any row; reads only the words that hold padding."""
    last, used = divmod(n_sites, BITS_PER_WORD)
    if used and np.any(packed[:, last] >> np.uint64(used)):
        return True
    return bool(np.any(packed[:, last + (used > 0) :]))


def as_text(values: Any) -> TextArray:
    """Return values as a one-dimensional array of variable-width strings."""
    array: TextArray = np.asarray(values).astype(TEXT)
    return array


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """The sites of a panel, one entry each, in the order of the bits.

    A site is identified by (contig, position, REF, ALT); its ``id`` is carried along but identifies nothing.
    Empty strings stand for what the source did not give (a `.hapt` file without `.legend` names no alleles).
    """

    contig: TextArray
    position: Int64Array
    id: TextArray
    ref: TextArray
    alt: TextArray

    @classmethod
    def from_columns(
        cls,
        position: npt.ArrayLike,
        contig: Any = "",
        id: Any = "",  # noqa: A002 - the field's own name for it
        ref: Any = "",
        alt: Any = "",
    ) -> Sites:
        """Sites from columns; a single string stands for every site."""
        positions = np.ascontiguousarray(position, dtype=np.int64)
        if positions.ndim != 1:
            raise InputError(f"positions must have shape (sites,); got shape {positions.shape}.")
        columns = []
        for name, column in (("contig", contig), ("id", id), ("ref", ref), ("alt", alt)):
            text = np.full(len(positions), column, dtype=TEXT) if isinstance(column, str) else as_text(column)
            if text.shape != positions.shape:
                raise InputError(
                    f"the column '{name}' must have one value per site ({len(positions)}); got shape {text.shape}."
                )
            columns.append(text)
        return cls(columns[0], positions, columns[1], columns[2], columns[3])

    @classmethod
    def numbered(cls, n_sites: int) -> Sites:
        """Sites known only by their order: positions 1 … n, no contig, no alleles."""
        return cls.from_columns(np.arange(1, n_sites + 1))

    def __len__(self) -> int:
        return len(self.position)

    def __getitem__(self, index: RowIndex) -> Sites:
        return Sites(self.contig[index], self.position[index], self.id[index], self.ref[index], self.alt[index])

    @property
    def has_alleles(self) -> bool:
        """Whether every site names its REF and ALT allele."""
        return bool(np.all(self.ref != "") and np.all(self.alt != ""))

    def first_difference(self, other: Sites) -> str | None:
        """Say where two site tables first disagree, or None if they are the same sites in the same order."""
        if len(self) != len(other):
            return f"{len(self)} sites against {len(other)}"
        differs = (
            (self.position != other.position)
            | (self.contig != other.contig)
            | (self.ref != other.ref)
            | (self.alt != other.alt)
        )
        if not differs.any():
            return None
        at = int(np.argmax(differs))
        return f"site {at + 1} is {self.describe(at)} against {other.describe(at)}"

    def first_disorder(self) -> str | None:
        """Say where the sites of a contig are not all together, or not in the order of their positions, or None."""
        if not len(self):
            return None
        same_contig = self.contig[1:] == self.contig[:-1]
        back = same_contig & (self.position[1:] < self.position[:-1])
        if back.any():
            at = int(np.argmax(back)) + 1
            return f"site {at + 1} ({self.describe(at)}) comes after {self.describe(at - 1)}"
        seen: set[str] = set()
        for at in [0, *(np.flatnonzero(~same_contig) + 1).tolist()]:
            contig = str(self.contig[at])
            if contig in seen:
                return f"site {at + 1} ({self.describe(at)}) comes after {self.describe(at - 1)}, away from its contig"
            seen.add(contig)
        return None

    def index_of(self, name: str) -> int:
        """Index of the one site of that ID, or at that ``contig:position``.

        Raises
        ------
        InputError
            If there is none, or more than one.
        """
        contig, _, position = name.rpartition(":")
        found = self.id == name
        is_place = position.isascii() and position.isdigit() and len(position) <= _MOST_POSITION_DIGITS
        if is_place:
            found |= (self.contig == contig) & (self.position == int(position))
        places = np.flatnonzero(found)
        if len(places) == 1:
            return int(places[0])
        near = np.flatnonzero(self.contig == contig)
        if len(places) == 0 and len(near) and is_place:
            nearest = near[np.argmin(np.abs(self.position[near] - int(position)))]
            advice = f"The nearest is {contig}:{self.position[nearest]}."
        else:
            advice = "Choose another, or cut the panel to one of them."
        raise InputError(
            f"a site must be named by its ID or as CONTIG:POSITION, of one site of the panel; {name!r} is the name of "
            f"{len(places) or 'none'}. {advice}"
        )

    def describe(self, site: int) -> str:
        """One site as ``contig:position REF>ALT``."""
        alleles = f" {self.ref[site]}>{self.alt[site]}" if self.ref[site] or self.alt[site] else ""
        return f"{self.contig[site] or '?'}:{self.position[site]}{alleles}"


_PHASE_SUFFIX = re.compile(r"^(?P<person>.+?)(?:_HAP_(?P<number>[12])|_(?P<letter>[AB]))$")


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The haplotypes of a panel, one entry a row.

    Attributes
    ----------
    name : array of strings
        Name of each haplotype.
    person : array of strings
        The person it belongs to; empty for rows that belong to nobody (synthetic ones).
    phase : int8 array
        0 or 1 for the first or second haplotype of the person, -1 for rows without one.
    """

    name: TextArray
    person: TextArray
    phase: npt.NDArray[np.int8]

    @classmethod
    def from_persons(cls, persons: Any) -> Samples:
        """Two consecutive haplotypes for each person, as VCF genotypes are ordered."""
        each = as_text(persons)
        person = np.repeat(each, 2)
        phase = np.tile(np.array([0, 1], dtype=np.int8), len(each))
        names = [f"{who}_{'AB'[which]}" for who, which in zip(person, phase, strict=True)]
        return cls(as_text(names) if names else each, person, phase)

    @classmethod
    def from_haplotype_names(cls, names: Any) -> Samples:
        """Pair haplotypes where their names say so: ``X_A`` with ``X_B``, ``X_HAP_1`` with ``X_HAP_2``.

        A name with a suffix but without its partner belongs to no person. ``X_1`` and ``X_2`` do not pair: artificial
        genomes are numbered like that.
        """
        text = as_text(names)
        person = np.full(len(text), "", dtype=TEXT)
        phase = np.full(len(text), NO_PHASE, dtype=np.int8)
        partners: dict[tuple[str, bool], tuple[list[int], list[int]]] = {}
        for row, name in enumerate(text):
            match = _PHASE_SUFFIX.match(name)
            if match:
                numbered = match["number"] is not None
                which = int(match["number"]) - 1 if numbered else "AB".index(match["letter"])
                partners.setdefault((match["person"], numbered), ([], []))[which].append(row)
        for (who, _), both in partners.items():
            if len(both[0]) == len(both[1]) == 1:
                for which in (0, 1):
                    person[both[which][0]] = who
                    phase[both[which][0]] = which
        return cls(text, person, phase)

    @classmethod
    def synthetic(cls, n: int, prefix: str = "AG") -> Samples:
        """Artificial haplotypes ``AG0``, ``AG1``, …, which belong to nobody."""
        names = np.array([f"{prefix}{row}" for row in range(n)], dtype=TEXT)
        return cls(names, np.full(n, "", dtype=TEXT), np.full(n, NO_PHASE, dtype=np.int8))

    def __len__(self) -> int:
        return len(self.name)

    def __getitem__(self, index: RowIndex) -> Samples:
        return Samples(self.name[index], self.person[index], self.phase[index])

    def persons_also_in(self, other: Samples) -> int:
        """Number of persons who are in both panels, by their names."""
        return len((set(self.person.tolist()) & set(other.person.tolist())) - {""})

    def units(self) -> Int64Array:
        """Sampling unit of each row, numbered from 0 by first appearance: a person, or the row itself without one."""
        seen: dict[str, int] = {}
        units = np.empty(len(self), dtype=np.int64)
        next_unit = 0
        for row, who in enumerate(self.person):
            if not who:
                units[row] = next_unit
                next_unit += 1
                continue
            if who not in seen:
                seen[who] = next_unit
                next_unit += 1
            units[row] = seen[who]
        return units


@dataclass(frozen=True, slots=True, eq=False)
class Haplotypes:
    """A panel of phased haplotypes: packed alleles, sites and samples.

    Attributes
    ----------
    packed : uint64 array of shape (haplotypes, words)
        Site ``j`` is bit ``j % 64`` of word ``j // 64``; 1 = ALT; padding bits are zero, or distances would count them.
        May be a memory map. That of an array in memory is checked; that of a memory map is not, since it would mean
        reading the whole file: `artgen_fast.io.write` has checked it, and `artgen_fast.io.verify` checks it again.
    n_sites : int
        Number of sites.
    sites : Sites
        Contig, position, id, REF and ALT of each site.
    samples : Samples
        Name, person and phase of each haplotype.

    Examples
    --------
    >>> panel = Haplotypes.from_alleles([[0, 1, 1], [0, 0, 1]])
    >>> len(panel), panel.n_sites
    (2, 3)
    >>> panel[:, 1:].alleles()
    array([[1, 1],
           [0, 1]], dtype=uint8)
    """

    packed: UInt64Array
    n_sites: int
    sites: Sites = field(repr=False)
    samples: Samples = field(repr=False)

    def __post_init__(self) -> None:
        expected = words_for(self.n_sites)
        if self.packed.ndim != 2 or self.packed.dtype != np.uint64 or self.packed.shape[1] != expected:
            raise InputError(
                f"packed haplotypes of {self.n_sites} sites must be uint64 of shape (rows, {expected}); "
                f"got {self.packed.dtype} of shape {self.packed.shape}. Use artgen_fast.haplotypes.pack(alleles)."
            )
        if not _is_memory_map(self.packed) and has_padding_bits(self.packed, self.n_sites):
            raise InputError(
                f"the bits beyond site {self.n_sites} of packed haplotypes must be zero; some are set. "
                "Use artgen_fast.haplotypes.pack(alleles)."
            )
        if len(self.sites) != self.n_sites:
            raise InputError(f"the site table must have {self.n_sites} rows; got {len(self.sites)}.")
        if len(self.samples) != len(self.packed):
            raise InputError(f"the sample table must have {len(self.packed)} rows; got {len(self.samples)}.")

    @classmethod
    def from_alleles(
        cls, alleles: npt.ArrayLike, sites: Sites | None = None, samples: Samples | None = None
    ) -> Haplotypes:
        """Pack a matrix of alleles.

        Parameters
        ----------
        alleles : array of shape (haplotypes, sites)
            0 = REF, 1 = ALT.
        sites : Sites, optional
            Default: sites numbered from 1, without contig or alleles.
        samples : Samples, optional
            Default: artificial rows, without persons.
        """
        matrix = _as_matrix(alleles)
        packed = pack(matrix)
        rows, n_sites = matrix.shape
        return cls(
            packed,
            n_sites,
            Sites.numbered(n_sites) if sites is None else sites,
            Samples.synthetic(rows) if samples is None else samples,
        )

    def alleles(self) -> UInt8Array:
        """All alleles, uint8 of shape (haplotypes, sites): eight times the packed size."""
        return unpack(self.packed, self.n_sites)

    def allele_blocks(self, max_bytes: int = _UNPACK_BLOCK_BYTES) -> Iterator[tuple[slice, UInt8Array]]:
        """Alleles in blocks of rows, each at most ``max_bytes`` (and at least one row): (rows, uint8 alleles)."""
        step = max(1, max_bytes // max(1, self.n_sites))
        for start in range(0, len(self), step):
            rows = slice(start, min(start + step, len(self)))
            yield rows, unpack(self.packed[rows], self.n_sites)

    def allele_counts(self) -> Int64Array:
        """Number of haplotypes that carry ALT at each site, int64 of shape (sites,).

        `artgen_fast.kernels.pair_counts.allele_counts` is the same, and several times faster.
        """
        counts = np.zeros(self.n_sites, dtype=np.int64)
        for start in range(0, len(self), _ROWS_PER_SUM):
            alleles = unpack(self.packed[start : start + _ROWS_PER_SUM], self.n_sites)
            counts += np.add.reduce(alleles, axis=0, dtype=np.uint8)
        return counts

    def __len__(self) -> int:
        return len(self.packed)

    def __repr__(self) -> str:
        return f"Haplotypes({len(self)} haplotypes × {self.n_sites} sites)"

    def __getitem__(self, index: RowIndex | tuple[RowIndex, RowIndex]) -> Haplotypes:
        """Rows, or rows and sites, by slices, integer arrays or boolean masks.

        Raises
        ------
        InputError
            If an index is something else, such as a single number.
        """
        rows, chosen_sites = index if isinstance(index, tuple) else (index, slice(None))
        rows, chosen_sites = _checked_index(rows, "rows"), _checked_index(chosen_sites, "sites")
        panel = Haplotypes(np.ascontiguousarray(self.packed[rows]), self.n_sites, self.sites, self.samples[rows])
        if isinstance(chosen_sites, slice) and chosen_sites == slice(None):
            return panel
        return panel._take_sites(chosen_sites)

    def _take_sites(self, chosen: slice | npt.NDArray[Any]) -> Haplotypes:
        sites = self.sites[chosen]
        packed = np.zeros((len(self), words_for(len(sites))), dtype=np.uint64)
        if isinstance(chosen, slice) and chosen.step in (None, 1):
            _shift_into(self.packed, chosen.indices(self.n_sites)[0], len(sites), packed)
            return Haplotypes(packed, len(sites), sites, self.samples)
        index = np.arange(self.n_sites)[chosen]
        of_byte, of_bit = index // 8, (index % 8).astype(np.uint8)
        step = max(1, _UNPACK_BLOCK_BYTES // max(1, len(sites)))
        for start in range(0, len(self), step):
            rows = slice(start, start + step)
            octets = np.ascontiguousarray(self.packed[rows], dtype="<u8").view(np.uint8)
            packed[rows] = pack((np.take(octets, of_byte, axis=1) >> of_bit) & 1)
        return Haplotypes(packed, len(sites), sites, self.samples)

    def require_same_sites(self, other: Haplotypes, this: str = "first", that: str = "second") -> None:
        """Raise InputError unless both panels have the same sites in the same order."""
        difference = self.sites.first_difference(other.sites)
        if difference is not None:
            raise InputError(
                f"the {this} and the {that} panel must have the same sites in the same order; {difference}. "
                "Cut both to their common sites first (artgen import --sites)."
            )

    def split_by_person(self, fractions: Sequence[float], seed: int) -> list[Haplotypes]:
        """Split the rows at random, both haplotypes of a person on the same side.

        Parameters
        ----------
        fractions : sequence of float
            Share of the haplotypes in each part; positive, summing to 1.
        seed : int
            Same seed, same split.

        Returns
        -------
        list of Haplotypes
            One panel a fraction; rows keep their order. Rows without a person are units of their own.

        Raises
        ------
        InputError
            If the fractions or the seed are impossible, or a part would be empty.
        """
        shares = np.asarray(fractions, dtype=np.float64)
        if shares.ndim != 1 or len(shares) == 0 or not (np.all(shares > 0) and abs(shares.sum() - 1) <= 1e-9):
            raise InputError(f"fractions must be positive and sum to 1; got {list(fractions)}.")
        units = self.samples.units()
        n_units = int(units.max()) + 1 if len(units) else 0
        if n_units < len(shares):
            raise InputError(
                f"a split into {len(shares)} parts needs at least {len(shares)} persons (or rows without a person); "
                f"got {n_units}."
            )
        order = np.random.default_rng(require_seed(seed)).permutation(n_units)
        sizes = np.bincount(units, minlength=n_units)[order]
        middle = np.cumsum(sizes) - sizes / 2
        part_of_unit = np.empty(n_units, dtype=np.int64)
        part_of_unit[order] = np.searchsorted(np.cumsum(shares)[:-1] * len(self), middle, side="right")
        parts = part_of_unit[units]
        split = [self[np.flatnonzero(parts == part)] for part in range(len(shares))]
        if any(len(panel) == 0 for panel in split):
            raise InputError(
                f"the fractions {list(fractions)} leave a part empty with {n_units} persons (or rows without a "
                "person). Use larger fractions."
            )
        return split


def _is_memory_map(array: npt.NDArray[Any]) -> bool:
    base: Any = array
    while isinstance(base, np.ndarray):
        if isinstance(base, np.memmap):
            return True
        base = base.base
    return False


def _checked_index(index: RowIndex, what: str) -> slice | npt.NDArray[Any]:
    if isinstance(index, slice):
        return index
    array = np.asarray(index)
    if array.ndim != 1 or array.dtype.kind not in "iub":
        example = "[0:1]" if what == "rows" else "[:, 0:1]"
        raise InputError(
            f"{what} must be a slice, mask or array of indices; got {index!r}. For a single one use panel{example}."
        )
    return array


def concatenate(panels: Sequence[Haplotypes]) -> Haplotypes:
    """Stack panels of the same sites; the site table is the first one's."""
    if not panels:
        raise InputError("concatenate needs at least one panel; got none.")
    for panel in panels[1:]:
        panels[0].require_same_sites(panel)
    samples = Samples(
        np.concatenate([panel.samples.name for panel in panels]),
        np.concatenate([panel.samples.person for panel in panels]),
        np.concatenate([panel.samples.phase for panel in panels]),
    )
    return Haplotypes(np.concatenate([panel.packed for panel in panels]), panels[0].n_sites, panels[0].sites, samples)
