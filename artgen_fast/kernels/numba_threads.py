"""Work in blocks, shared among Python threads.

Numba's own thread pools abort the process when two Python threads enter them, or after a fork.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue


def workers_for(n_items: int, block: int, threads: int) -> int:
    """Threads that get at least one block."""
    return max(1, min(threads, -(-n_items // block)))


def share_blocks(n_items: int, block: int, threads: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(worker, first_item)`` once for each block of items, on as many threads as get one."""
    blocks: SimpleQueue[int] = SimpleQueue()
    for first_item in range(0, n_items, block):
        blocks.put(first_item)

    def take_blocks(worker: int) -> None:
        while True:
            try:
                first_item = blocks.get_nowait()
            except Empty:
                return
            work(worker, first_item)

    workers = workers_for(n_items, block, threads)
    if workers == 1:
        take_blocks(0)
        return
    with ThreadPoolExecutor(workers) as pool:
        try:
            for _ in pool.map(take_blocks, range(workers)):
                pass
        except BaseException:
            # Leave nothing to do for the other threads, so that an interrupt ends the work at once.
            while not blocks.empty():
                blocks.get()
            raise
