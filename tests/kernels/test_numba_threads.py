"""Blocks of work shared among threads: each is done once, and a failing one ends them all."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from artgen_fast.kernels.numba_threads import share_blocks, workers_for


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize(("n_items", "block"), [(0, 4), (1, 4), (4, 4), (5, 4), (1000, 1), (1000, 64)])
def test_each_block_is_done_once_by_a_worker_there_is(n_items, block, threads):
    done: Counter[int] = Counter()
    workers = set()

    def work(worker: int, first_item: int) -> None:
        done[first_item] += 1
        workers.add(worker)

    share_blocks(n_items, block, threads, work)
    assert done == Counter(range(0, n_items, block))
    assert workers <= set(range(workers_for(n_items, block, threads)))


def test_no_more_workers_than_blocks():
    assert [workers_for(n, 64, 3) for n in (0, 1, 64, 65, 129, 1000)] == [1, 1, 1, 2, 3, 3]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_failing_thread_ends_the_work(threads):
    done = []
    failing = threading.Event()

    def work(worker: int, first_item: int) -> None:
        done.append(first_item)
        if first_item == 2 * 64:
            failing.set()
            raise MemoryError("no memory for this block")
        if first_item > 2 * 64:
            # The other thread is slow from here on: the failure has seconds to be seen before 500 blocks are through.
            failing.wait()
            time.sleep(0.01)

    with pytest.raises(MemoryError, match="no memory"):
        share_blocks(1000 * 64, 64, threads, work)
    assert len(done) < 500
