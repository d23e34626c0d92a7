"""Training of the windows of a chain: each on its own, in any order, on several processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artgen_fast.errors import InputError
from artgen_fast.generators import model_folder
from artgen_fast.generators.checkpoints import Checkpoints, panel_digest
from artgen_fast.generators.crbm_chain import trained_windows
from artgen_fast.generators.crbm_chain.processes import run_on_processes
from artgen_fast.generators.crbm_chain.windows import Window
from artgen_fast.generators.interface import Progress, ProgressCallback, derived_seed
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.torch_threads import one_torch_thread
from artgen_fast.generators.rbm.training import train_machine
from artgen_fast.haplotypes import Haplotypes


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
                "calibration_rounds": self.settings.calibration_rounds,
            },
            "seed": self.seed,
            "training panel": panel_digest(self.train),
            "validation panel": None if self.validation is None else panel_digest(self.validation),
        }

    @property
    def file(self) -> Path:
        """Where the finished window goes."""
        return model_folder.window_file(self.folder, self.number)

    @property
    def checkpoints(self) -> Checkpoints:
        """Those of this window."""
        return Checkpoints(self.folder / f"window-{self.number:04d}")

    def require_not_begun(self) -> None:
        """Raise InputError if the window is trained, or its training has begun."""
        if self.file.exists():
            raise InputError(
                f"{self.file} is there already: window {self.number} is trained. Keep it (--resume), or remove this "
                "file to train the window anew."
            )
        if self.checkpoints:
            raise InputError(
                f"{self.checkpoints.folder} holds an unfinished training of window {self.number}. Go on with "
                "--resume, or remove this folder to train the window anew."
            )

    def require_people(self) -> None:
        """Raise InputError unless there are other people to check the window on than those who give pinned sites."""
        if self.window.n_pinned and self.validation is None and int(self.train.samples.units().max()) == 0:
            raise InputError(
                "windows with pinned sites are checked on other people than those who give these sites, so training "
                "needs at least 2 persons (or rows without a person); got 1. Give other people as well (--validation)."
            )

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


def require_untouched(tasks: Sequence[Task], chosen: Sequence[Task]) -> None:
    """Raise InputError unless the chosen windows can be trained beside what their folder holds.

    Looked at before any window is trained, since that can take days.

    Parameters
    ----------
    tasks : sequence of Task
        Those of all windows; finished ones must be of this training.
    chosen : sequence of Task
        Those to run.
    """
    if not tasks[0].resume:
        for task in chosen:
            task.require_not_begun()
    for number, file in model_folder.window_files(tasks[0].folder).items():
        if number >= len(tasks):
            raise InputError(
                f"{file}: must be one of {len(tasks)} windows, from 0 to {len(tasks) - 1}; this one is of a training "
                "with others. Give the same step, pinned and first again, or remove this file."
            )
        trained_windows.require_owner(file, tasks[number].owner)
    for task in chosen:
        task.require_people()


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
    by_number = {task.number: task for task in tasks}
    work = {number: task.run for number, task in by_number.items()}
    run_on_processes(work, workers, report, lambda number: finish(by_number[number]))


def _numbered(report: Callable[[int, Progress], None], number: int) -> ProgressCallback:
    return lambda state: report(number, state)


def records(tasks: Sequence[Task]) -> list[Mapping[str, Any]]:
    """What was recorded of the training of each window."""
    return [
        {
            "window": task.window.record(),
            **trained_windows.read(task.file, task.owner, task.train.n_sites, task.settings.hidden)[1],
        }
        for task in tasks
    ]
