"""Rows of a panel as the people of a VCF's columns, and back; rows of nobody go in pairs, and are told apart again."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import NO_PHASE, Samples, as_text

PAIRED_ROWS = "##artgen_fast=haplotypes without a person, paired as they came"
"""Line of the header of a file that was written with no column for a person."""

_ARTIFICIAL_PAIR = re.compile(r"(?P<prefix>\D*[^\d_])(?P<first>\d+)_(?P=prefix)(?P<second>\d+)")
"""Name of a column for two numbered rows: AG0_AG1."""


def diploid_rows(samples: Samples) -> tuple[list[str], npt.NDArray[np.int64]]:
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


def taken_apart(columns: list[str]) -> Samples:
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
