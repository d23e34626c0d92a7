"""The sites of a panel: contig, position, ID, REF and ALT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int64Array, TextArray
from artgen_fast.errors import InputError
from artgen_fast.haplotypes.columns import TEXT, RowIndex, as_text, require_columns
from artgen_fast.host_arrays import host_array, whole_numbers

_MOST_POSITION_DIGITS = 18
"""More would not fit into 64 bits."""


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

    def __post_init__(self) -> None:
        columns = {"contig": self.contig, "position": self.position, "id": self.id, "ref": self.ref, "alt": self.alt}
        require_columns(columns, "sites", "Sites.from_columns(position, contig)")

    @classmethod
    def from_columns(
        cls,
        position: npt.ArrayLike,
        contig: Any = "",
        id: Any = "",  # noqa: A002 - the field's own name for it
        ref: Any = "",
        alt: Any = "",
    ) -> Sites:
        """Sites from columns; a single string stands for every site.

        Raises
        ------
        InputError
            If the positions are not whole numbers of shape (sites,), or another column has not one value a site.
        """
        positions = whole_numbers(position, "positions")
        columns = []
        for name, column in (("contig", contig), ("id", id), ("ref", ref), ("alt", alt)):
            text = (
                np.full(len(positions), column, dtype=TEXT)
                if isinstance(column, str)
                else as_text(host_array(column, f"'{name}'"))
            )
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

    def contig_bounds(self) -> Int64Array:
        """Where contigs begin and end, int64 of shape (contigs + 1,), from 0 to the number of sites.

        Contig ``c`` of them holds the sites ``bounds[c]`` … ``bounds[c + 1] - 1``.
        """
        borders = np.flatnonzero(self.contig[1:] != self.contig[:-1]) + 1
        return np.concatenate([[0], borders, [len(self)]]).astype(np.int64)

    def first_difference(self, other: Sites) -> str | None:
        """Say where two site tables first disagree, or None if they are the same sites in the same order."""
        if self is other:
            return None
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
