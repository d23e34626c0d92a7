"""Numbers of things in what commands say."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """The number and the thing, in the plural unless there is one.

    Examples
    --------
    >>> counted(1, "site"), counted(2504, "haplotype")
    ('1 site', '2,504 haplotypes')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
