"""The restricted Boltzmann machine itself: its parameters, its conditionals and its Gibbs chains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch

INITIAL_WEIGHT_SCALE = 1e-4
"""Standard deviation of the weights before training."""

FREQUENCY_CLIP = 1e-5
"""Allele frequencies are kept this far from 0 and 1 when they become visible biases."""


@dataclass(slots=True, eq=False)
class Machine:
    """Parameters of a machine with binary {0, 1} units and energy ``E(v, h) = -vᵀWh - aᵀv - bᵀh``.

    Attributes
    ----------
    weights : float tensor of shape (visible, hidden)
        W.
    visible_bias : float tensor of shape (visible,)
        a.
    hidden_bias : float tensor of shape (hidden,)
        b.
    """

    weights: torch.Tensor
    visible_bias: torch.Tensor
    hidden_bias: torch.Tensor

    @classmethod
    def initial(cls, frequencies: torch.Tensor, n_hidden: int, generator: torch.Generator) -> Self:
        """The machine before training: nearly independent sites at the allele frequencies of the data.

        W ~ 1e-4 N(0, 1), a = logit of the clipped allele frequency, b = 0 (Yelmen et al. 2023, PLoS Comput Biol
        19:e1011584, methods, "Restricted Boltzmann machines").

        Parameters
        ----------
        frequencies : float tensor of shape (visible,)
            Frequency of allele 1 at each site.
        n_hidden : int
        generator : torch.Generator
        """
        weights = torch.empty((len(frequencies), n_hidden), dtype=frequencies.dtype, device=frequencies.device)
        weights.normal_(0.0, INITIAL_WEIGHT_SCALE, generator=generator)
        visible_bias = torch.logit(frequencies.clamp(FREQUENCY_CLIP, 1 - FREQUENCY_CLIP))
        return cls(weights, visible_bias, weights.new_zeros(n_hidden))

    @property
    def n_visible(self) -> int:
        """Number of visible units: sites."""
        return self.weights.shape[0]

    @property
    def n_hidden(self) -> int:
        """Number of hidden units."""
        return self.weights.shape[1]

    def hidden_probabilities(self, visible: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """P(h = 1 | v) = sigmoid(vW + b), of shape (chains, hidden)."""
        return torch.addmm(self.hidden_bias, visible, self.weights, out=out).sigmoid_()

    def visible_probabilities(self, hidden: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """P(v = 1 | h) = sigmoid(hWᵀ + a), of shape (chains, visible)."""
        return torch.addmm(self.visible_bias, hidden, self.weights.T, out=out).sigmoid_()

    def copy(self) -> Machine:
        """A machine with the same parameters in memory of its own."""
        return Machine(self.weights.clone(), self.visible_bias.clone(), self.hidden_bias.clone())

    def is_finite(self) -> bool:
        """Whether every parameter is a number."""
        return all(bool(torch.isfinite(part).all()) for part in (self.weights, self.visible_bias, self.hidden_bias))


class GibbsChains:
    """Gibbs chains that start from Bernoulli(1/2) and run for a fixed number of steps ("Rdm-k").

    The memory of the chains is allocated once and used again by every run.

    Parameters
    ----------
    machine : Machine
        Its parameters are read at every run, so they may be trained in between.
    n_chains : int
    """

    def __init__(self, machine: Machine, n_chains: int) -> None:
        self._machine = machine
        weights = machine.weights
        self._visible = weights.new_empty((n_chains, machine.n_visible))
        self._hidden = weights.new_empty((n_chains, machine.n_hidden))
        self._visible_probabilities = torch.empty_like(self._visible)
        self._hidden_probabilities = torch.empty_like(self._hidden)
        self._visible_uniforms = torch.empty_like(self._visible)
        self._hidden_uniforms = torch.empty_like(self._hidden)

    def run(self, n_steps: int, generator: torch.Generator) -> torch.Tensor:
        """Start the chains anew and run them.

        Parameters
        ----------
        n_steps : int
            Steps v → h → v of each chain.
        generator : torch.Generator
            On the machine's device.

        Returns
        -------
        float tensor of shape (chains, visible)
            The final visible states, 0 or 1; overwritten by the next run.
        """
        machine = self._machine
        # Uniforms drawn into place and compared are 5 times faster here than torch.bernoulli.
        torch.lt(self._visible_uniforms.uniform_(generator=generator), 0.5, out=self._visible)
        for _ in range(n_steps):
            machine.hidden_probabilities(self._visible, out=self._hidden_probabilities)
            self._hidden_uniforms.uniform_(generator=generator)
            torch.lt(self._hidden_uniforms, self._hidden_probabilities, out=self._hidden)
            machine.visible_probabilities(self._hidden, out=self._visible_probabilities)
            self._visible_uniforms.uniform_(generator=generator)
            torch.lt(self._visible_uniforms, self._visible_probabilities, out=self._visible)
        return self._visible
