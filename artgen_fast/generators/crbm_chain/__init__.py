"""Chain of conditional restricted Boltzmann machines: any number of sites, window by window."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import UInt64Array
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators import interface, model_folder
from artgen_fast.generators.crbm_chain import trained_windows
from artgen_fast.generators.crbm_chain.training import Task, records, require_untouched, run_tasks
from artgen_fast.generators.crbm_chain.windows import Window, checked_sizes, put, windows_of
from artgen_fast.generators.interface import Progress, ProgressCallback
from artgen_fast.generators.rbm import require_threads
from artgen_fast.generators.rbm.devices import HOST, require_device
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.updates import Pinned, generate
from artgen_fast.haplotypes import Haplotypes, Samples, words_for
from artgen_fast.kernels import dispatch, pair_counts
from artgen_fast.whole_numbers import whole_number

__all__ = ["CRBMChain"]

CONTEXT_LEAST_MAF = 0.05
"""Of the sites that a context is taken from: rarer alleles tell little of the haplotypes that lack them."""

BLOCK_ROWS = 8192
"""Haplotypes that are generated together: every window's machine is read once for so many."""


class CRBMChain(interface.Generator):
    """Restricted Boltzmann machines in a chain, each given the sites that the one before it generated.

    The first machine generates the first sites; each further one is pinned to the ``pinned`` sites before its window
    and generates the next ``step`` sites (Yelmen et al. 2023, PLoS Comput Biol 19:e1011584, methods, "Conditional
    RBM": 5,000 and 5,000 at 65,535 sites). Pinned units take the states of the data in training, chain j those of
    minibatch row j, and of what has been generated in sampling; they are set back after every step.

    Windows are trained on their own, in any order and on several processes. With checkpoints, each finished window is
    a file, so an interrupted training loses at most one check interval of the windows at work. Sampling runs from left
    to right and holds one window's weights and one block of rows.

    Parameters
    ----------
    step : int
        Sites that a machine generates.
    pinned : int
        Sites before them that it is given.
    first : int, optional
        Sites that the first machine generates; default: ``step``.
    context : int
        Sites that a machine is given besides: of those before the pinned ones whose rarer allele at least 5 % of the
        training haplotypes carry, evenly spaced. They tie windows together that are far apart, above all by the
        population that a haplotype belongs to; without them the halves of AA_TS drift apart window by window
        (docs/chain_trainings.md). Every hidden unit sees them all, whatever its ``receptive_field``.
    hidden, gibbs_steps, learning_rate, minibatch, epochs, check_every, check_rows, patience, l2, average_over,
    precision, receptive_field, calibration_rounds
        Of each machine, as for `artgen_fast.generators.rbm.RBM`. Checks compare the sites that a window generates,
        given training rows. (Paper: 1,000 hidden units, 100 steps, learning rate 0.005.)
    workers : int
        Processes that train windows at the same time. Not kept with the model.
    threads : int, optional
        Of all workers together; default: the usable CPUs. Not kept with the model.
    device : str
        As for `artgen_fast.generators.rbm.RBM`; of all workers. Not kept with the model.
    """

    name: ClassVar[str] = "crbm-chain"

    def __init__(
        self,
        *,
        step: int = 5000,
        pinned: int = 5000,
        first: int | None = None,
        context: int = 0,
        hidden: int = 1000,
        gibbs_steps: int = Settings.gibbs_steps,
        learning_rate: float = Settings.learning_rate,
        minibatch: int = Settings.minibatch,
        epochs: int = Settings.epochs,
        check_every: int = Settings.check_every,
        check_rows: int = Settings.check_rows,
        patience: int = Settings.patience,
        l2: float = Settings.l2,
        average_over: int = Settings.average_over,
        precision: str | None = Settings.precision,
        receptive_field: int | None = Settings.receptive_field,
        calibration_rounds: int | None = Settings.calibration_rounds,
        workers: int = 1,
        threads: int | None = None,
        device: str = HOST,
    ) -> None:
        self.step, self.pinned, self.first, self.context = checked_sizes(
            step, pinned, step if first is None else first, context
        )
        require_threads(threads)
        require_device(device)
        n_workers = whole_number(workers)
        if n_workers is None or n_workers < 1:
            raise InputError(f"workers must be a positive whole number; got {workers!r}.")
        self.workers, self.threads, self.device = n_workers, threads, device
        self.settings = Settings(
            hidden=hidden,
            gibbs_steps=gibbs_steps,
            learning_rate=learning_rate,
            minibatch=minibatch,
            epochs=epochs,
            check_every=check_every,
            check_rows=check_rows,
            patience=patience,
            l2=l2,
            average_over=average_over,
            precision=precision,
            receptive_field=receptive_field,
            calibration_rounds=calibration_rounds,
        )
        self._folder: Path | None = None

    def options(self) -> dict[str, Any]:
        """Arguments of the constructor that make the model what it is."""
        of_machines = {
            name: value for name, value in asdict(self.settings).items() if name not in ("method", "sampling_steps")
        }
        return {
            "step": self.step,
            "pinned": self.pinned,
            "first": self.first,
            "context": self.context,
            **of_machines,
        }

    def windows(self, n_sites: int) -> tuple[Window, ...]:
        """The windows of a panel of so many sites, but for their context, which depends on the panel."""
        return windows_of(n_sites, self.step, self.pinned, self.first)

    def train_windows(
        self,
        train: Haplotypes,
        validation: Haplotypes | None,
        checkpoints: str | os.PathLike[str],
        numbers: Collection[int],
        *,
        seed: int = 0,
        progress: ProgressCallback | None = None,
        resume: bool = False,
    ) -> None:
        """Train some windows only: others may be trained elsewhere, into the same folder.

        Parameters
        ----------
        checkpoints : path
            A file appears in it for each finished window. `fit` with the same folder and ``resume`` trains those that
            are missing.
        numbers : collection of int
            Of the windows, from 0 on.
        train, validation, seed, progress, resume
            As for `fit`. With ``resume``, windows that are trained already stay as they are.

        Raises
        ------
        InputError
            If one of these windows is there already and ``resume`` is not given, or any window there is of another
            training.
        """
        interface.require_panels(train, validation)
        n = len(self.windows(train.n_sites))
        unknown = [number for number in numbers if not 0 <= number < n]
        if unknown or not numbers:
            raise InputError(f"windows must be from 0 to {n - 1}; got {', '.join(map(str, unknown)) or 'none'}.")
        tasks = self._tasks(train, validation, Path(checkpoints), seed, resume)
        chosen = [tasks[number] for number in sorted(set(numbers))]
        require_untouched(tasks, chosen)
        run_tasks(chosen, self.workers, progress)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the fitted model to a folder: a file a window beside the model's own."""
        source = self._trained_folder()
        folder = Path(folder)
        model_folder.withdraw(folder)
        for number in range(self._n_windows()):
            trained_windows.copy(model_folder.window_file(source, number), model_folder.window_file(folder, number))
        super().save(folder)

    def _learn(self, train: Haplotypes, arguments: interface.FitArguments) -> dict[str, Any]:
        if arguments.checkpoints is None:
            folder = Path(tempfile.mkdtemp(prefix="artgen-crbm-chain-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        else:
            folder = Path(arguments.checkpoints)
        tasks = self._tasks(train, arguments.validation, folder, arguments.seed, arguments.resume)
        require_untouched(tasks, tasks)
        run_tasks(tasks, self.workers, arguments.progress)
        self._folder = folder
        return {
            "n_haplotypes": len(train),
            "seed": arguments.seed,
            "windows": records(tasks),
            "owners": [task.owner for task in tasks],
        }

    def _tasks(
        self, train: Haplotypes, validation: Haplotypes | None, folder: Path, seed: int, resume: bool
    ) -> list[Task]:
        common = common_sites(train, self.threads) if self.context else None
        windows = windows_of(train.n_sites, self.step, self.pinned, self.first, self.context, common)
        at_once = min(self.workers, len(windows))
        threads = max(1, dispatch.thread_count(self.threads) // at_once)
        return [
            Task(
                number,
                window,
                train[:, window.sites()],
                None if validation is None else validation[:, window.sites()],
                self.settings,
                seed,
                folder,
                resume,
                threads,
                self.device,
            )
            for number, window in enumerate(windows)
        ]

    def _blocks(self, n: int, random: int, progress: ProgressCallback | None) -> Iterator[UInt64Array]:
        n_sites = len(self.sites)
        windows = self._fitted_windows()
        total, done = n * len(windows), 0
        for first in range(0, n, BLOCK_ROWS):
            rows = min(BLOCK_ROWS, n - first)
            block = np.zeros((rows, words_for(n_sites)), dtype=np.uint64)
            for number, window in enumerate(windows):
                put(self._generate_window(number, window, block, random, first), block, window.start)
                done += rows
                if progress is not None:
                    progress(Progress(done, total, f"window {number + 1} of {len(windows)}"))
            yield block

    def _generate_window(self, number: int, window: Window, block: UInt64Array, random: int, first: int) -> UInt64Array:
        """Rows of a window's sites from ``start`` on, the pinned ones as they were generated before."""
        samples = Samples.synthetic(len(block))
        given = Haplotypes(block, len(self.sites), self.sites, samples)[:, window.sites()]
        packed = generate(
            self._machine(number, window).to(require_device(self.device)),
            len(block),
            self.settings,
            int(np.random.SeedSequence([random, number]).generate_state(1, np.uint64)[0]) // 2,
            first_chain=first,
            pinned=Pinned.first(window.n_pinned, window.n_sites),
            given=given.packed,
            threads=self.threads,
        )
        rows = Haplotypes(packed, given.n_sites, given.sites, samples)
        return rows[:, len(window.context) :].packed if window.context else packed

    def _fitted_windows(self) -> list[Window]:
        """With the context that each was trained with."""
        return [Window.of_record(each["window"]) for each in self.training["windows"]]

    def _machine(self, number: int, window: Window) -> Machine:
        """Read the machine of a window."""
        path = model_folder.window_file(self._trained_folder(), number)
        owners = self.training["owners"]
        return trained_windows.read(path, owners[number], window.n_sites, self.settings.hidden)[0]

    def _trained_folder(self) -> Path:
        _ = self.sites
        assert self._folder is not None, "a fitted or loaded chain has a folder"
        return self._folder

    def _n_windows(self) -> int:
        return len(self.windows(len(self.sites)))

    def _tensors(self) -> dict[str, npt.NDArray[Any]]:
        return {}

    def _restore(self, saved: model_folder.SavedModel) -> None:
        self._folder = saved.path
        number_of_windows = len(self.windows(len(saved.sites)))
        try:
            known = [Window.of_record(each["window"]) for each in saved.training["windows"]]
        except (KeyError, TypeError):
            known = []
        if not len(known) == len(saved.training.get("owners", [])) == number_of_windows:
            raise FileFormatError(
                f"{saved.path}: must hold {number_of_windows} windows; its record names others, or is that of another "
                "version. Train it again, or use the artgen_fast that wrote it."
            )
        for number in range(number_of_windows):
            path = model_folder.window_file(saved.path, number)
            if not path.is_file():
                raise FileFormatError(f"{path} is missing: a chain needs all of its windows. Use another copy.")


def common_sites(train: Haplotypes, threads: int | None = None) -> npt.NDArray[np.int64]:
    """Sites that a context is taken from."""
    frequency = pair_counts.allele_counts(train, threads=threads) / len(train)
    return np.flatnonzero(np.minimum(frequency, 1 - frequency) >= CONTEXT_LEAST_MAF)
