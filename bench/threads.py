"""Work shared out to threads, for peers that leave it to their users."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def on_threads(work: Callable[[Any], None], parts: Sequence[Any]) -> None:
    """Do the parts of a work at the same time, each on a thread of its own."""
    if len(parts) == 1:
        work(parts[0])
        return
    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(work, parts))


def in_turn(work: Callable[[Any], None], parts: Sequence[Any], threads: int) -> None:
    """Do many small parts of a work on a few threads, each taking every so many-th part."""

    def every(first: int) -> None:
        for part in parts[first::threads]:
            work(part)

    on_threads(every, range(threads))
