"""Restricted Boltzmann machine, trained out of equilibrium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, ClassVar

import numpy.typing as npt
import torch

from artgen_fast.errors import InputError
from artgen_fast.generators import interface, model_folder
from artgen_fast.generators.checkpoints import Checkpoints
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.threads import torch_threads
from artgen_fast.generators.rbm.training import Settings, generate, machine_tensors, read_machine, train_machine
from artgen_fast.haplotypes import Haplotypes, UInt8Array

__all__ = ["RBM"]

_BLOCK_ROWS = 1024
"""Chains that run together in sampling: the matrices stay small at any number of rows."""

_WEIGHTS_FOR_ONE_THREAD = 1 << 19


class RBM(interface.Generator):
    """Restricted Boltzmann machine with binary units, trained out of equilibrium ("Rdm-k").

    In training and in sampling alike, chains start from Bernoulli(1/2) and run for the same ``gibbs_steps`` steps
    v → h → v; the machine is trained so that the chains are like the data after just so many steps. Plain gradient
    ascent on the centred gradient, minibatches drawn with replacement, as many chains as minibatch rows (methods of
    Yelmen et al. 2023, PLoS Comput Biol 19:e1011584; Decelle et al. 2021, NeurIPS 34:5345).

    Every ``check_every`` epochs as many rows as the reference has are generated and compared with it by the half-tie
    halves of AA_TS; training ends when max |half - 1/2| has not improved for ``patience`` checks, or after ``epochs``,
    and the best machine is kept. The reference is the validation panel, or rows of the training panel without one.

    There is a checkpoint for every check, and none in between. Resuming gives the same bytes as no interruption, and so
    asks for the same number of threads; ``epochs`` and ``patience`` may be raised.

    Parameters
    ----------
    hidden : int
        Hidden units. (Paper: 2,000 at 10,000 sites.)
    gibbs_steps : int
        k. (Paper: 200.)
    learning_rate : float
        Constant. (Paper: 0.001; the default suits hundreds to a few thousand common sites.)
    minibatch : int
        Rows a minibatch, and chains. (Paper: 1,252.)
    epochs : int
        At most; an epoch is ⌈training rows / minibatch⌉ updates.
    check_every : int
        Epochs from one check, and checkpoint, to the next.
    check_rows : int
        Rows of the reference at most.
    patience : int
        Checks without improvement after which the training ends.
    threads : int, optional
        Threads that torch may use; default: one for machines of up to 2^19 weights, torch's own choice for larger
        ones. Not kept with the model. Where other programs are running, threads that wait for each other in every
        small matrix product lose far more than they gain.
    """

    name: ClassVar[str] = "rbm"

    _machine: Machine

    def __init__(
        self,
        hidden: int = Settings.hidden,
        gibbs_steps: int = Settings.gibbs_steps,
        learning_rate: float = Settings.learning_rate,
        minibatch: int = Settings.minibatch,
        epochs: int = Settings.epochs,
        check_every: int = Settings.check_every,
        check_rows: int = Settings.check_rows,
        patience: int = Settings.patience,
        threads: int | None = None,
    ) -> None:
        if threads is not None and (not isinstance(threads, int) or isinstance(threads, bool) or threads < 1):
            raise InputError(f"threads must be a positive whole number; got {threads!r}.")
        self.threads = threads
        self.settings = Settings(
            hidden, gibbs_steps, learning_rate, minibatch, epochs, check_every, check_rows, patience
        )

    def options(self) -> dict[str, Any]:
        """Arguments of the constructor that make the model what it is: all but the threads."""
        return asdict(self.settings)

    def _learn(self, train: Haplotypes, arguments: interface.FitArguments) -> dict[str, Any]:
        with torch_threads(self._threads(train.n_sites)):
            self._machine, record = train_machine(
                train,
                arguments.validation,
                self.settings,
                seed=arguments.seed,
                progress=arguments.progress,
                checkpoints=None if arguments.checkpoints is None else Checkpoints(arguments.checkpoints),
                resume=arguments.resume,
            )
        return record

    def _allele_blocks(self, n: int, random: int) -> Iterator[UInt8Array]:
        generator = torch.Generator().manual_seed(random)
        for start in range(0, n, _BLOCK_ROWS):
            rows = min(_BLOCK_ROWS, n - start)
            with torch_threads(self._threads(len(self.sites))):
                alleles = generate(self._machine, rows, self.settings.gibbs_steps, generator)
            yield alleles.numpy()

    def _threads(self, n_sites: int) -> int | None:
        """Threads as asked for, or by the size of the machine."""
        if self.threads is None and n_sites * self.settings.hidden <= _WEIGHTS_FOR_ONE_THREAD:
            return 1
        return self.threads

    def _tensors(self) -> dict[str, npt.NDArray[Any]]:
        return machine_tensors(self._machine)

    def _restore(self, saved: model_folder.SavedModel) -> None:
        self._machine = read_machine(saved.tensors, "", len(saved.sites), self.settings.hidden)
