"""Which population each person is of, from a tab-separated file."""

from __future__ import annotations

import os
from pathlib import Path

from artgen_fast.errors import FileFormatError


def read_labels(path: str | os.PathLike[str], column: str | None = None) -> dict[str, str]:
    """Read the label of each person from a tab-separated file with a header.

    Parameters
    ----------
    path : path
        The first column names the person.
    column : str, optional
        Which column holds the label, by its header; default: the second.

    Returns
    -------
    dict of str to str
        Person → label.

    Raises
    ------
    FileFormatError
        If the file has no such column, a line has not as many columns as the header or no label, or a person has two
        labels.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path} must be a tab-separated text file; {error}.") from error
    header = lines[0].split("\t") if lines else []
    if len(header) < 2 or (column is not None and column not in header[1:]):
        wanted = "at least two columns, person and label" if column is None else f"a column '{column}'"
        raise FileFormatError(
            f"{path} must be tab-separated, with a header of {wanted}; its first line has {len(header)} columns"
            f"{'' if column is None else ' and does not name it'}. Correct it, or choose another column."
        )
    place = 1 if column is None else header.index(column, 1)
    # Errors name lines and rows, not people: they may be kept in a log, where nobody's name belongs.
    labels: dict[str, str] = {}
    first_line: dict[str, int] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(header) or not cells[0] or not cells[place]:
            raise FileFormatError(
                f"{path}, line {number}: must have {len(header)} columns, with a person and a label; got {len(cells)} "
                f"columns{'' if len(cells) != len(header) else ', and one of the two empty'}."
            )
        if labels.setdefault(cells[0], cells[place]) != cells[place]:
            raise FileFormatError(
                f"{path}, line {number}: the person is '{cells[place]}' here and '{labels[cells[0]]}' in line "
                f"{first_line[cells[0]]}. Give each person one label."
            )
        first_line.setdefault(cells[0], number)
    return labels
