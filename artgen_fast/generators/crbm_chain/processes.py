"""Work on several processes at once, which end with the process that started them."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, NamedTuple, cast

from artgen_fast.errors import InputError
from artgen_fast.generators.interface import Progress, ProgressCallback

Work = Callable[[ProgressCallback], None]


class _Worker(NamedTuple):
    """A process, and the number of what it does."""

    process: SpawnProcess
    number: int


def run_on_processes(
    work: Mapping[int, Work],
    workers: int,
    report: Callable[[int, Progress], None],
    finish: Callable[[int], None],
) -> None:
    """Do each piece of work in a process of its own, so many at a time; the first that fails ends the others.

    Not in a pool: with its processes ended before their time, its thread that hands out tasks can wait for ever on a
    pipe that nobody reads any more, and the command with it. Nor with a manager, which outlives a killed command.

    Parameters
    ----------
    work : mapping of int to callable
        What each number stands for: it can be pickled, and is told whom to report progress to.
    workers : int
    report : callable
        Told of progress, with the number of the work.
    finish : callable
        Told the number of work that is done.
    """
    context = multiprocessing.get_context("spawn")  # torch and threads do not survive a fork
    waiting = deque(work.items())
    running: dict[Connection, _Worker] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                news, worker = _started(context, *waiting.popleft())
                running[news] = worker
            for news in cast(list[Connection], wait(list(running))):
                try:
                    what = news.recv()
                except (EOFError, OSError):  # it has ended, perhaps in the middle of a message
                    worker = running.pop(news)
                    news.close()
                    _require_done(worker)
                    finish(worker.number)
                else:
                    if isinstance(what, bytes):
                        raise pickle.loads(what)  # made by a process of this training
                    report(running[news].number, what)
    finally:
        for worker in running.values():
            worker.process.terminate()
        for worker in running.values():
            worker.process.join()


def _started(context: SpawnContext, number: int, work: Work) -> tuple[Connection, _Worker]:
    """A process at work, and where it tells of its progress."""
    news, tell = context.Pipe(duplex=False)
    process = context.Process(target=_work_elsewhere, args=(work, tell))
    process.start()
    tell.close()  # the process has its own; it ends with the process only where nobody else holds one
    return news, _Worker(process, number)


def _require_done(worker: _Worker) -> None:
    worker.process.join()
    if worker.process.exitcode:
        raise InputError(
            f"the process that trained window {worker.number} was ended (exit code {worker.process.exitcode}), "
            "perhaps for want of memory. Resume with fewer workers."
        )


def _work_elsewhere(work: Work, news: Connection) -> None:
    """Work, and tell of the progress, or of the error that ended it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def tell(what: Any) -> None:
        with suppress(BrokenPipeError):  # nobody is there any more, and this process about to end
            news.send(what)

    try:
        work(tell)
    except KeyboardInterrupt:
        sys.exit(1)  # the process that waits has been interrupted as well, and says so
    except Exception as error:
        tell(_pickled(error))


def _end_with_parent() -> None:
    """End this process when the one that started it has ended: killed, it ends nobody itself."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "this is a process that another one started"
    wait([parent.sentinel])
    os._exit(1)


def _pickled(error: Exception) -> bytes:
    try:
        return pickle.dumps(error)
    except (pickle.PicklingError, TypeError, AttributeError):
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
