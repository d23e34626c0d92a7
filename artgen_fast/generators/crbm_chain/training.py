"""Training of the windows of a chain: each on its own, in any order, on several processes."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from queue import Empty
from typing import Any

from artgen_fast.errors import InputError
from artgen_fast.generators.checkpoints import Checkpoints, panel_digest
from artgen_fast.generators.crbm_chain import trained_windows
from artgen_fast.generators.crbm_chain.windows import Window
from artgen_fast.generators.interface import Progress, ProgressCallback, derived_seed
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.torch_threads import one_torch_thread
from artgen_fast.generators.rbm.training import train_machine
from artgen_fast.haplotypes import Haplotypes

_SECONDS_BETWEEN_REPORTS = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """The training of one window, as a process of its own can be given it.

    Attributes
    ----------
    number : int
        Of the window.
    window : Window
    train, validation : Haplotypes
        At the window's sites only.
    settings : Settings
    seed : int
        Of the chain; the window derives its own.
    folder : Path
        For the finished window, and beside it for its checkpoints.
    """

    number: int
    window: Window
    train: Haplotypes
    validation: Haplotypes | None
    settings: Settings
    seed: int
    folder: Path
    resume: bool
    threads: int | None
    device: str

    @property
    def owner(self) -> dict[str, Any]:
        """What must be the same for a trained window to be taken as it is."""
        return {
            "window": self.window.record(),
            "options": {
                **self.settings.resumable(),
                "epochs": self.settings.epochs,
                "patience": self.settings.patience,
            },
            "seed": self.seed,
            "training panel": panel_digest(self.train),
            "validation panel": None if self.validation is None else panel_digest(self.validation),
        }

    @property
    def file(self) -> Path:
        """Where the finished window goes."""
        return trained_windows.file_of(self.folder, self.number)

    @property
    def checkpoints(self) -> Checkpoints:
        """Those of this window."""
        return Checkpoints(self.folder / f"window-{self.number:04d}")

    def run(self, progress: ProgressCallback | None = None) -> None:
        """Train the window, unless it is finished already, and write it."""
        owner = self.owner
        if self.resume and self.file.exists():
            trained_windows.read(self.file, owner, self.train.n_sites, self.settings.hidden)
            return
        with one_torch_thread():
            machine, record = train_machine(
                self.train,
                self.validation,
                self.settings,
                seed=derived_seed(self.seed, "window", self.number) // 2,
                n_pinned=self.window.n_pinned,
                n_context=len(self.window.context),
                device=self.device,
                threads=self.threads,
                progress=progress,
                checkpoints=self.checkpoints,
                resume=self.resume,
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        trained_windows.write(self.file, owner, machine, record)
        self.checkpoints.remove()


def run_tasks(tasks: Sequence[Task], workers: int, progress: ProgressCallback | None) -> None:
    """Run every task, on as many processes at once; the first that fails ends the others.

    Parameters
    ----------
    tasks : sequence of Task
    workers : int
        1: in this process.
    progress : callable, optional
        Told of the epochs of all windows together.
    """
    epochs = {task.number: 0 for task in tasks}
    total = sum(task.settings.epochs for task in tasks)

    def report(number: int, state: Progress) -> None:
        epochs[number] = state.done
        if progress is not None:
            progress(Progress(sum(epochs.values()), total, f"window {number}: {state.message}"))

    def finish(task: Task) -> None:
        # It may have stopped before its last epoch.
        report(task.number, Progress(task.settings.epochs, task.settings.epochs, "trained"))

    if workers == 1 or len(tasks) == 1:
        for task in tasks:
            task.run(_numbered(report, task.number))
            finish(task)
        return
    _run_on_processes(tasks, workers, report, finish)


def _run_on_processes(
    tasks: Sequence[Task],
    workers: int,
    report: Callable[[int, Progress], None],
    finish: Callable[[Task], None],
) -> None:
    """Run each task in a process of its own, so many at a time.

    Not in a pool: with its processes ended before their time, its thread that hands out tasks can wait for ever on a
    pipe that nobody reads any more, and the command with it.
    """
    context = multiprocessing.get_context("spawn")  # torch and threads do not survive a fork
    waiting = deque(tasks)
    running: dict[int, tuple[SpawnProcess, Task]] = {}
    with context.Manager() as manager:
        news = manager.Queue()
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    task = waiting.popleft()
                    process = context.Process(target=_run_elsewhere, args=(task, news))
                    process.start()
                    running[process.sentinel] = process, task
                ended = wait(running, timeout=_SECONDS_BETWEEN_REPORTS)
                _read(news, report)
                for sentinel in [each for each in running if each in ended]:
                    process, task = running.pop(sentinel)
                    process.join()
                    if process.exitcode:
                        raise InputError(
                            f"the process that trained window {task.number} was ended (exit code {process.exitcode}), "
                            "perhaps for want of memory. Resume with fewer workers."
                        )
                    finish(task)
        finally:
            for process, _ in running.values():
                process.terminate()
            for process, _ in running.values():
                process.join()


def _read(news: Any, report: Callable[[int, Progress], None]) -> None:
    """Report all that has come; an error is raised here."""
    while True:
        try:
            number, what = news.get_nowait()
        except Empty:
            return
        if isinstance(what, bytes):
            raise pickle.loads(what)  # made by a process of this training
        report(number, what)


def _numbered(report: Callable[[int, Progress], None], number: int) -> ProgressCallback:
    return lambda state: report(number, state)


def _run_elsewhere(task: Task, news: Any) -> None:
    """Run a task, and tell of its progress, or of the error that ended it."""
    try:
        task.run(lambda state: news.put((task.number, state)))
    except KeyboardInterrupt:
        sys.exit(1)  # the process that waits has been interrupted as well, and says so
    except Exception as error:
        news.put((task.number, _pickled(error)))


def _pickled(error: Exception) -> bytes:
    try:
        return pickle.dumps(error)
    except (pickle.PicklingError, TypeError, AttributeError):
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))


def records(tasks: Sequence[Task]) -> list[Mapping[str, Any]]:
    """What was recorded of the training of each window."""
    return [
        {
            "window": task.window.record(),
            **trained_windows.read(task.file, task.owner, task.train.n_sites, task.settings.hidden)[1],
        }
        for task in tasks
    ]
