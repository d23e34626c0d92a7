"""What htslib itself writes to standard error while a file is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

NOTHING = 0
ERRORS = 1
"""No warnings: such as that a contig is not declared, which does no harm here."""

_DEFAULT = 3
_CHOSEN_BY_USER = "CYVCF2_HTSLIB_LOG_LEVEL"
"""Environment variable that cyvcf2 reads."""


@contextmanager
def htslib_says(level: int) -> Iterator[None]:
    """Let htslib, in all of the process, write so much while the block runs, unless the environment says how much."""
    from cyvcf2.cyvcf2 import set_htslib_log_level

    if _CHOSEN_BY_USER in os.environ:
        yield
        return
    set_htslib_log_level(level)
    try:
        yield
    finally:
        set_htslib_log_level(_DEFAULT)
