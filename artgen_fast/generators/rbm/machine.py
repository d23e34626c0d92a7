"""The restricted Boltzmann machine itself: its parameters, its conditionals and its Gibbs chains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators.tensor_file import TensorFile

INITIAL_WEIGHT_SCALE = 1e-4
"""Standard deviation of the weights before training."""

FREQUENCY_CLIP = 1e-5
"""Allele frequencies are kept this far from 0 and 1 when they become visible biases."""


@dataclass(slots=True, eq=False)
class Machine:
    """Parameters of a machine with binary {0, 1} units and energy ``E(v, h) = -vᵀWh - aᵀv - bᵀh``.

    Its chains are run by `artgen_fast.kernels.gibbs`, which takes ``weights``, ``visible_bias`` and ``hidden_bias``.

    Attributes
    ----------
    weights : float32 tensor of shape (visible, hidden)
        W.
    visible_bias : float32 tensor of shape (visible,)
        a.
    hidden_bias : float32 tensor of shape (hidden,)
        b.
    """

    weights: torch.Tensor
    visible_bias: torch.Tensor
    hidden_bias: torch.Tensor

    @classmethod
    def initial(
        cls,
        frequencies: torch.Tensor,
        n_hidden: int,
        generator: torch.Generator,
        missing: torch.Tensor | None = None,
    ) -> Self:
        """The machine before training: nearly independent sites at the allele frequencies of the data.

        W ~ 1e-4 N(0, 1), a = logit of the clipped allele frequency, b = 0 (Yelmen et al. 2023, PLoS Comput Biol
        19:e1011584, methods, "Restricted Boltzmann machines").

        Parameters
        ----------
        frequencies : float tensor of shape (visible,)
            Frequency of allele 1 at each site.
        n_hidden : int
        generator : torch.Generator
        missing : bool tensor of shape (visible, hidden), optional
            Pairs of units that have no weight: it is 0.
        """
        shape = (len(frequencies), n_hidden)
        try:
            weights = torch.empty(shape, dtype=frequencies.dtype, device=frequencies.device)
        except RuntimeError as error:
            size = frequencies.element_size() * shape[0] * shape[1] / 1e9
            raise InputError(
                f"weights of {shape[0]} sites × {n_hidden} hidden units take {size:,.0f} GB, which cannot be had here. "
                "Use fewer hidden units, or a chain of machines (crbm-chain)."
            ) from error
        weights.normal_(0.0, INITIAL_WEIGHT_SCALE, generator=generator)
        if missing is not None:
            weights.masked_fill_(missing, 0)
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

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.weights.device

    def to(self, device: torch.device) -> Machine:
        """The machine with its parameters there; itself if that is where they are."""
        return self if device == self.device else Machine(*(part.to(device) for part in self.parameters))

    @property
    def parameters(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """W, a and b, in the order in which the Gibbs kernel takes them."""
        return self.weights, self.visible_bias, self.hidden_bias

    def copy(self) -> Machine:
        """A machine with the same parameters in memory of its own."""
        return Machine(*(part.clone() for part in self.parameters))

    def approach(self, other: Machine, share: float) -> None:
        """Move every parameter by a share of its distance from another machine's."""
        for ours, theirs in zip(self.parameters, other.parameters, strict=True):
            ours.lerp_(theirs, share)

    def is_finite(self) -> bool:
        """Whether every parameter is a number."""
        return all(bool(torch.isfinite(part).all()) for part in self.parameters)

    def tensors(self, prefix: str = "") -> dict[str, npt.NDArray[Any]]:
        """Parameters as float32 arrays by name, in host memory."""
        names = ("weights", "visible_bias", "hidden_bias")
        return {f"{prefix}{name}": part.cpu().numpy() for name, part in zip(names, self.parameters, strict=True)}

    @classmethod
    def read(cls, saved: TensorFile, n_visible: int, n_hidden: int, prefix: str = "") -> Self:
        """A machine from a file's tensors, shapes, dtypes and values checked."""
        shapes = {"weights": (n_visible, n_hidden), "visible_bias": (n_visible,), "hidden_bias": (n_hidden,)}
        machine = cls(
            *(
                torch.from_numpy(saved.tensor(f"{prefix}{name}", np.float32, shape).copy())
                for name, shape in shapes.items()
            )
        )
        if not machine.is_finite():
            raise FileFormatError(f"{saved.path}: every parameter must be a finite number; some are not. Train again.")
        return machine
