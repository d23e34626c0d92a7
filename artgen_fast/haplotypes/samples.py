"""The haplotypes of a panel, and the people they belong to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int64Array, TextArray
from artgen_fast.haplotypes.columns import TEXT, RowIndex, as_text, require_columns

NO_PHASE = -1
"""Phase of a haplotype that belongs to no person."""

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

    def __post_init__(self) -> None:
        columns = {"name": self.name, "person": self.person, "phase": self.phase}
        require_columns(columns, "samples", "Samples.from_persons(persons) or Samples.from_haplotype_names(names)")

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
