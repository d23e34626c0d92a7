"""A panel of phased haplotypes: bits, sites and samples together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int64Array, UInt8Array, UInt64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes.bits import (
    UNPACK_BLOCK_BYTES,
    count_alleles,
    cut_sites,
    has_padding_bits,
    pack,
    take_sites,
    unpack,
    words_for,
)
from artgen_fast.haplotypes.columns import RowIndex
from artgen_fast.haplotypes.samples import Samples
from artgen_fast.haplotypes.sites import Sites
from artgen_fast.host_arrays import as_int64, described, host_array, require_unmasked
from artgen_fast.whole_numbers import require_seed, whole_number


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

    Rows, or rows and sites, are chosen by slices, arrays of indices or masks. The result is a panel, too. A slice of
    neighbouring rows with all sites is a view: it shares the bits with the whole panel, and reads nothing of a memory
    map. Everything else copies the chosen bits.

    >>> panel[[1, 0]].samples.name.tolist()
    ['AG1', 'AG0']
    >>> panel[:, [True, False, True]]
    Haplotypes(2 haplotypes × 2 sites)
    """

    packed: UInt64Array
    n_sites: int
    sites: Sites = field(repr=False)
    samples: Samples = field(repr=False)

    # Without these Python would go through the rows by numbers, which are refused with advice on indexing.
    __iter__: ClassVar[None] = None
    __contains__: ClassVar[None] = None

    def __post_init__(self) -> None:
        expected = words_for(self.n_sites)
        require_unmasked(self.packed, "packed haplotypes")
        if (
            not isinstance(self.packed, np.ndarray)
            or self.packed.ndim != 2
            or self.packed.dtype != np.uint64
            or self.packed.shape[1] != expected
        ):
            raise InputError(
                f"packed haplotypes of {self.n_sites} sites must be uint64 of shape (rows, {expected}); "
                f"got {described(self.packed)}. Use artgen_fast.haplotypes.pack(alleles)."
            )
        if not _is_memory_map(self.packed) and has_padding_bits(self.packed, self.n_sites):
            raise InputError(
                f"the bits beyond site {self.n_sites} of packed haplotypes must be zero; some are set. "
                "Use artgen_fast.haplotypes.pack(alleles)."
            )
        for name, table, of_type in (("sites", self.sites, Sites), ("samples", self.samples, Samples)):
            if not isinstance(table, of_type):
                raise InputError(
                    f"{name} must be {of_type.__name__}; got {type(table).__name__}. "
                    "Use Haplotypes(packed, n_sites, sites, samples)."
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
        matrix = host_array(alleles, "alleles")
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

    def allele_blocks(self, max_bytes: int = UNPACK_BLOCK_BYTES) -> Iterator[tuple[slice, UInt8Array]]:
        """Alleles in blocks of rows, each at most ``max_bytes`` (and at least one row): (rows, uint8 alleles)."""
        step = max(1, max_bytes // max(1, self.n_sites))
        for start in range(0, len(self), step):
            rows = slice(start, min(start + step, len(self)))
            yield rows, unpack(self.packed[rows], self.n_sites)

    def allele_counts(self) -> Int64Array:
        """Number of haplotypes that carry ALT at each site, int64 of shape (sites,).

        `artgen_fast.kernels.pair_counts.allele_counts` is the same, and several times faster.
        """
        return count_alleles(self.packed, self.n_sites)

    def __len__(self) -> int:
        return len(self.packed)

    def __repr__(self) -> str:
        return f"Haplotypes({len(self)} haplotypes × {self.n_sites} sites)"

    def __getitem__(self, index: RowIndex | tuple[RowIndex, RowIndex]) -> Haplotypes:
        """Rows, or rows and sites, by slices, integer arrays or boolean masks.

        Raises
        ------
        InputError
            If an index is something else, such as a single number, or beyond the panel.
        """
        parts = index if isinstance(index, tuple) else (index, slice(None))
        if not 1 <= len(parts) <= 2:
            raise InputError(f"a panel must be indexed by rows, or by rows and sites; got {len(parts)} indices.")
        rows = _checked_index(parts[0], "rows", len(self))
        chosen_sites = _checked_index(parts[-1] if len(parts) == 2 else slice(None), "sites", self.n_sites)
        packed, sites = np.ascontiguousarray(self.packed[rows]), self.sites
        if not (isinstance(chosen_sites, slice) and chosen_sites.indices(self.n_sites) == (0, self.n_sites, 1)):
            sites = sites[chosen_sites]
            if isinstance(chosen_sites, slice) and chosen_sites.step in (None, 1):
                packed = cut_sites(packed, chosen_sites.indices(self.n_sites)[0], len(sites))
            else:
                packed = take_sites(packed, np.arange(self.n_sites)[chosen_sites])
        return Haplotypes(packed, len(sites), sites, self.samples[rows])

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


def _checked_index(index: Any, what: str, n: int) -> slice | npt.NDArray[Any]:
    """An index of rows or of sites, of which there are n, as NumPy takes it without an error."""
    if isinstance(index, slice):
        try:
            index.indices(n)
        except (TypeError, ValueError) as error:
            raise InputError(f"a slice of {what} must be of whole numbers, its step not 0; got {index}.") from error
        return index
    array = host_array(index, what)
    if array.ndim == 1 and array.size == 0 and array.dtype.kind != "b":
        return np.arange(0)
    if array.ndim != 1 or array.dtype.kind not in "iub":
        single = whole_number(index)
        example = f"[{0 if single is None else single}]"
        raise InputError(
            f"{what} must be a slice, mask or array of indices; got {index!r:.80}. For a single one use "
            f"panel[{example if what == 'rows' else f':, {example}'}]."
        )
    if array.dtype.kind == "b":
        if len(array) != n:
            raise InputError(f"a mask of {what} must have {n} values, one for each; got {len(array)}.")
        return array
    indices = as_int64(array, what)
    beyond = indices[(indices < -n) | (indices >= n)]
    if len(beyond):
        raise InputError(
            f"{what} must be indices below {n} (or from -{n}, counted from the end); got {int(beyond[0])}."
        )
    return indices


def concatenate(panels: Iterable[Haplotypes], *others: Any) -> Haplotypes:
    """Stack panels of the same sites; the site table is the first one's.

    Parameters
    ----------
    panels : iterable of Haplotypes
        At least one.
    *others
        Nothing: panels that are given one by one are refused, as `numpy.concatenate` does.

    Raises
    ------
    InputError
        If it is no iterable of panels, there is none, or their sites differ.
    """
    if others or isinstance(panels, Haplotypes) or not isinstance(panels, Iterable):
        raise InputError(
            f"concatenate takes a list of panels; got {', '.join(type(each).__name__ for each in (panels, *others))}. "
            "Use concatenate([first, second])."
        )
    panels = list(panels)
    if not panels:
        raise InputError("concatenate needs at least one panel; got none.")
    for panel in panels:
        if not isinstance(panel, Haplotypes):
            raise InputError(f"concatenate takes panels, each of them Haplotypes; got {type(panel).__name__}.")
    for panel in panels[1:]:
        panels[0].require_same_sites(panel)
    samples = Samples(
        np.concatenate([panel.samples.name for panel in panels]),
        np.concatenate([panel.samples.person for panel in panels]),
        np.concatenate([panel.samples.phase for panel in panels]),
    )
    return Haplotypes(np.concatenate([panel.packed for panel in panels]), panels[0].n_sites, panels[0].sites, samples)
