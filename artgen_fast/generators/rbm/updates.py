"""The updates of a training: minibatch, chains, gradient, and the step along it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch

from artgen_fast.array_types import BoolArray, UInt64Array
from artgen_fast.generators.rbm.devices import beside, on_host
from artgen_fast.generators.rbm.gradient import Gradient, Means, centred_gradient
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.receptive_fields import Connections, local_connections
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.haplotypes import pack
from artgen_fast.kernels import gibbs

LARGEST_ERROR = 1e-3
"""Of conditional probabilities, for the default precision to be used."""

EXACT = "float32"
"""The precision that it is measured by: on trained machines within 5e-5 of float64 (docs/gibbs.md)."""

_TRIED_CHAINS = 250


class Pinned(NamedTuple):
    """Visible units whose states the chains take from data."""

    units: BoolArray
    """Of shape (visible,)."""
    bits: UInt64Array
    """The same as a row of bits."""

    @classmethod
    def first(cls, n: int, n_visible: int) -> Pinned | None:
        """The first ``n`` of the units, or None if there are none of them."""
        if not n:
            return None
        units = np.arange(n_visible) < n
        return cls(units, pack(units[None])[0])

    def into(self, states: UInt64Array, data: UInt64Array) -> UInt64Array:
        """The states with those of the pinned units taken from data, row by row."""
        taken: UInt64Array = (states & ~self.bits) | (data & self.bits)
        return taken


@dataclass(slots=True, eq=False)
class Updater:
    """Makes the updates of one training; each is a function of the machine, the seed and its number alone.

    They are made on the machine's device; rows and persistent chains stay in host memory.

    Attributes
    ----------
    rows : uint64 array of shape (rows, words)
        The training rows, packed.
    settings : Settings
    seed : int
    pinned : Pinned, optional
    n_context : int
        Of the pinned sites, the first that every hidden unit sees, whatever its receptive field.
    threads : int, optional
    precision : str, optional
        Of the chains; default: that of the settings.
    persistent : uint64 array of shape (minibatch, words), optional
        Where method "pcd" left its chains; None before its first update, and for other methods.
    """

    rows: UInt64Array
    settings: Settings
    seed: int
    pinned: Pinned | None = None
    threads: int | None = None
    precision: str | None = None
    persistent: UInt64Array | None = None
    n_context: int = 0
    _known_connections: Connections | None = field(init=False, default=None)

    def update(self, machine: Machine, number: int) -> None:
        """One step along the gradient, in place."""
        for part, direction in zip(machine.parameters, self.gradient(machine, number), strict=True):
            part.add_(direction, alpha=self.settings.learning_rate)

    def gradient(self, machine: Machine, number: int) -> Gradient:
        """The centred gradient from a minibatch drawn with replacement and as many chains, less the weights' decay."""
        found = self.contrast(machine, self.minibatch(number), number)
        pinned = None if self.pinned is None else torch.from_numpy(self.pinned.units).to(machine.device)
        decay = self.settings.l2 * machine.weights if self.settings.l2 else None
        data, chains = (Means.of(moments, machine.weights) for moments in (found.data, found.chains))
        connections = self._connections(machine)
        return centred_gradient(data, chains, pinned, decay, None if connections is None else connections.missing)

    def minibatch(self, number: int) -> UInt64Array:
        """Rows of the minibatch of an update."""
        random = np.random.default_rng([self.seed, number])
        chosen: UInt64Array = self.rows[random.integers(len(self.rows), size=self.settings.minibatch)]
        return chosen

    def contrast(self, machine: Machine, data: UInt64Array, number: int) -> gibbs.Contrast:
        """Data beside the chains of an update; chain j is pinned to row j of the minibatch."""
        connections = self._connections(machine)
        found = gibbs.contrast(
            *machine.parameters,
            beside(machine.device, data),
            beside(machine.device, self._start(data, machine.n_visible, number)),
            self.settings.gibbs_steps,
            None if self.pinned is None else self.pinned.units,
            self.seed,
            self.precision or self.settings.precision,
            threads=self.threads,
            update=number,
            receptive_fields=None if connections is None else connections.fields,
        )
        if self.settings.method == "pcd":
            self.persistent = on_host(found.states.visible)
        return found

    def _connections(self, machine: Machine) -> Connections | None:
        """Those of the machine, made once; None if there are all."""
        width = self.settings.receptive_field
        if width is not None and self._known_connections is None:
            found = local_connections(machine.n_visible, machine.n_hidden, width, self.n_context)
            self._known_connections = found and found._replace(missing=found.missing.to(machine.device))
        return self._known_connections

    def _start(self, data: UInt64Array, n_visible: int, number: int) -> UInt64Array:
        """Visible states that the chains of an update begin with."""
        match self.settings.method:
            case "cd":
                start = data
            case "pcd" if self.persistent is not None:
                start = self.persistent
            case _:
                start = gibbs.random_start(len(data), n_visible, self.seed, update=number)
        return start if self.pinned is None else self.pinned.into(start, data)


def generate(
    machine: Machine,
    n: int,
    settings: Settings,
    seed: int,
    *,
    precision: str | None = None,
    first_chain: int = 0,
    pinned: Pinned | None = None,
    given: UInt64Array | None = None,
    threads: int | None = None,
) -> UInt64Array:
    """Artificial rows: chains from Bernoulli(1/2), run as the settings say.

    Parameters
    ----------
    machine : Machine
    n : int
        Number of rows.
    settings : Settings
    precision : str, optional
        Of the chains; default: see `precision_for`.
    seed, first_chain : int
        Row i is the same whatever batch it is made in.
    pinned : Pinned, optional
        Units whose states are those of ``given``.
    given : uint64 array of shape (n, words), optional
    threads : int, optional

    Returns
    -------
    uint64 array of shape (n, words)
    """
    start = gibbs.random_start(n, machine.n_visible, seed, first_chain=first_chain)
    units = None
    if pinned is not None and given is not None:
        start, units = pinned.into(start, given), pinned.units
    states = gibbs.sample(
        *machine.parameters,
        beside(machine.device, start),
        settings.steps_of_samples,
        units,
        seed,
        precision or precision_for(machine, settings, threads),
        threads=threads,
        first_chain=first_chain,
    )
    return on_host(states.visible)


def precision_for(machine: Machine, settings: Settings, threads: int | None = None) -> str:
    """The precision that the settings ask for, or else int8x2 while it is right to `LARGEST_ERROR`, then float32.

    It is a function of the machine and its settings alone: errors are those of P(h = 1 | v) and of P(v = 1 | h) on
    states of chains that are run as its samples are, pinned or not.
    """
    if settings.precision is not None:
        return settings.precision
    start = beside(machine.device, gibbs.random_start(_TRIED_CHAINS, machine.n_visible))
    tried = gibbs.sample(*machine.parameters, start, settings.steps_of_samples, None, 0, EXACT, threads=threads)
    layers = (
        (machine.weights, machine.hidden_bias, tried.visible),
        (machine.weights.T.contiguous(), machine.visible_bias, tried.hidden),
    )
    for weights, bias, states in layers:
        exact, fast = (
            gibbs.hidden_probabilities(weights, bias, states, precision, threads=threads)
            for precision in (EXACT, gibbs.DEFAULT_PRECISION)
        )
        if abs(exact - fast).max() > LARGEST_ERROR:
            return EXACT
    return gibbs.DEFAULT_PRECISION
