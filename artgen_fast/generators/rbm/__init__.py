"""Restricted Boltzmann machine, trained out of equilibrium or by contrastive divergence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, ClassVar

import numpy.typing as npt

from artgen_fast.array_types import UInt64Array
from artgen_fast.generators import interface, model_folder
from artgen_fast.generators.checkpoints import Checkpoints
from artgen_fast.generators.rbm.devices import HOST, require_device
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.torch_threads import one_torch_thread
from artgen_fast.generators.rbm.training import train_machine
from artgen_fast.generators.rbm.updates import generate, precision_for
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels.dispatch import thread_count

__all__ = ["RBM"]

BLOCK_ROWS = 4096
"""Chains that run together in sampling: their states stay in the caches' reach at any number of rows."""


class RBM(interface.Generator):
    """Restricted Boltzmann machine with binary units, by default trained out of equilibrium ("Rdm-k").

    In training and in sampling alike, chains start from Bernoulli(1/2) and run for the same ``gibbs_steps`` steps
    v → h → v; the machine is trained so that the chains are like the data after just so many steps. Plain gradient
    ascent on the centred gradient, minibatches drawn with replacement, as many chains as minibatch rows (methods of
    Yelmen et al. 2023, PLoS Comput Biol 19:e1011584; Decelle et al. 2021, NeurIPS 34:5345). The chains are run by
    `artgen_fast.kernels.gibbs`, on bits.

    Every ``check_every`` epochs as many rows as the reference has are generated and compared with it by the half-tie
    halves of AA_TS; training ends when max |half - 1/2| has not improved for ``patience`` checks, or after ``epochs``,
    and the best machine is kept. The reference is the validation panel, or rows of the training panel without one.

    There is a checkpoint for every check, and none in between. Resuming gives the same bytes as no interruption;
    ``epochs`` and ``patience`` may be raised, ``calibration_rounds`` may be others.

    Parameters
    ----------
    hidden : int
        Hidden units. (Paper: 2,000 at 10,000 sites.)
    gibbs_steps : int
        k. (Paper: 200.)
    learning_rate : float
        Constant. (Paper: 0.001; the default is of those that got farthest in the same time, docs/rbm_trainings.md.)
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
    method : {"rdm", "cd", "pcd"}
        How chains of the training begin: from Bernoulli(1/2); from the minibatch (contrastive divergence); where the
        update before left them (persistent; the RBM of Yelmen et al. 2021, PLoS Genet 17:e1009303).
    l2 : float
        Weight decay: the gradient is that of the likelihood less l2/2 · Σ W², where biases make up for what decays.
    average_over : int
        Updates over which parameters are averaged for checks and samples, later ones counting more (an exponential
        moving average; 1: none). The updates themselves do not see it.
    sampling_steps : int, optional
        Steps of the chains that make samples; default: ``gibbs_steps`` for "rdm", which allows no other, and 1,000
        for "cd" and "pcd".
    precision : str, optional
        Of the chains; see `artgen_fast.kernels.gibbs.PRECISIONS`. Default: int8x2 while its conditional probabilities
        are right to 1e-3, which is tried at every check; then float32. It does not depend on the computer.
    receptive_field : int, optional
        Sites that each hidden unit is connected to, evenly spaced along the panel and cut at its ends; default: all.
        Then what is far apart is tied through chains of hidden units only, as recombination has it: such machines
        overfit far less, and take less time (docs/rbm_trainings.md).
    calibration_rounds : int, optional
        Rounds after the training in which the visible biases of the best machine are moved until generated alleles are
        as frequent as training ones; each generates as many rows as there are training ones, 2,000 at least. Default:
        none.
    threads : int, optional
        Default: the usable CPUs. What is learnt does not depend on it, and it is not kept with the model.
    device : str
        Where it is trained and sampled: "cpu", "cuda", or "cuda:N". Chains are the same bits on all of them for the
        same weights, gradients to rounding; so a training that changes its device goes on, but not to the same bytes.
        It is not kept with the model: that of a loaded one is "cpu", and may be set.
    """

    name: ClassVar[str] = "rbm"

    _machine: Machine

    def __init__(
        self,
        *,
        hidden: int = Settings.hidden,
        gibbs_steps: int = Settings.gibbs_steps,
        learning_rate: float = Settings.learning_rate,
        minibatch: int = Settings.minibatch,
        epochs: int = Settings.epochs,
        check_every: int = Settings.check_every,
        check_rows: int = Settings.check_rows,
        patience: int = Settings.patience,
        method: str = Settings.method,
        l2: float = Settings.l2,
        average_over: int = Settings.average_over,
        sampling_steps: int | None = Settings.sampling_steps,
        precision: str | None = Settings.precision,
        receptive_field: int | None = Settings.receptive_field,
        calibration_rounds: int | None = Settings.calibration_rounds,
        threads: int | None = None,
        device: str = HOST,
    ) -> None:
        require_threads(threads)
        require_device(device)
        self.threads, self.device = threads, device
        self.settings = Settings(
            hidden=hidden,
            gibbs_steps=gibbs_steps,
            learning_rate=learning_rate,
            minibatch=minibatch,
            epochs=epochs,
            check_every=check_every,
            check_rows=check_rows,
            patience=patience,
            method=method,
            l2=l2,
            average_over=average_over,
            sampling_steps=sampling_steps,
            precision=precision,
            receptive_field=receptive_field,
            calibration_rounds=calibration_rounds,
        )

    @property
    def machine(self) -> Machine:
        """The fitted machine."""
        _ = self.sites
        return self._machine

    def options(self) -> dict[str, Any]:
        """Arguments of the constructor that make the model what it is: all but threads and device."""
        return asdict(self.settings)

    def _learn(self, train: Haplotypes, arguments: interface.FitArguments) -> dict[str, Any]:
        with one_torch_thread():
            self._machine, record = train_machine(
                train,
                arguments.validation,
                self.settings,
                seed=arguments.seed,
                device=self.device,
                threads=self.threads,
                progress=arguments.progress,
                checkpoints=None if arguments.checkpoints is None else Checkpoints(arguments.checkpoints),
                resume=arguments.resume,
            )
        return record

    def _blocks(self, n: int, random: int, progress: interface.ProgressCallback | None) -> Iterator[UInt64Array]:
        machine = self._machine.to(require_device(self.device))
        precision = precision_for(machine, self.settings, self.threads)
        for first in range(0, n, BLOCK_ROWS):
            rows = min(BLOCK_ROWS, n - first)
            yield generate(
                machine,
                rows,
                self.settings,
                random // 2,
                precision=precision,
                first_chain=first,
                threads=self.threads,
            )
            if progress is not None:
                progress(interface.Progress(first + rows, n, "haplotypes"))

    def _tensors(self) -> dict[str, npt.NDArray[Any]]:
        return self._machine.tensors()

    def _restore(self, saved: model_folder.SavedModel) -> None:
        self._machine = Machine.read(saved.tensors, len(saved.sites), self.settings.hidden)


def require_threads(threads: int | None) -> None:
    """Raise InputError unless it is a number of threads, or None."""
    if threads is not None:
        thread_count(threads)
