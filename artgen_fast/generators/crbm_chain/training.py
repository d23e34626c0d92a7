"""Training of the windows of a chain: each on its own, in any order, on several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

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
            "window": list(self.window),
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
    context = multiprocessing.get_context("spawn")  # torch and threads do not survive a fork
    with context.Manager() as manager, ProcessPoolExecutor(workers, mp_context=context) as pool:
        news = manager.Queue()
        running: dict[Future[None], Task] = {pool.submit(_run_elsewhere, task, news): task for task in tasks}
        try:
            while running:
                done, _ = wait(running, timeout=_SECONDS_BETWEEN_REPORTS, return_when=FIRST_COMPLETED)
                while True:
                    try:
                        report(*news.get_nowait())
                    except Empty:
                        break
                for future in done:
                    future.result()
                    finish(running.pop(future))
        except BaseException:
            for process in list((pool._processes or {}).values()):
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _numbered(report: Callable[[int, Progress], None], number: int) -> ProgressCallback:
    return lambda state: report(number, state)


def _run_elsewhere(task: Task, news: Any) -> None:
    task.run(lambda state: news.put((task.number, state)))


def records(tasks: Sequence[Task]) -> list[Mapping[str, Any]]:
    """What was recorded of the training of each window."""
    return [
        {
            "window": list(task.window),
            **trained_windows.read(task.file, task.owner, task.train.n_sites, task.settings.hidden)[1],
        }
        for task in tasks
    ]
