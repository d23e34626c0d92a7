"""The centred gradient of the log-likelihood of a restricted Boltzmann machine."""

from __future__ import annotations

from typing import NamedTuple

import torch

from artgen_fast.kernels import gibbs


class Means(NamedTuple):
    """Means over some rows of visible states, as tensors."""

    visible: torch.Tensor
    """Of v, of shape (visible,)."""
    hidden: torch.Tensor
    """Of P(h = 1 | v), of shape (hidden,)."""
    products: torch.Tensor
    """Of v · P(h = 1 | v)ᵀ, of shape (visible, hidden)."""

    @classmethod
    def of(cls, moments: gibbs.Moments, like: torch.Tensor) -> Means:
        """What the kernel found, with the dtype and device of another tensor."""
        return cls(*(torch.as_tensor(part).to(like) for part in moments))


class Gradient(NamedTuple):
    """Direction in which the likelihood grows, one part a parameter."""

    weights: torch.Tensor
    """Shape (visible, hidden)."""
    visible_bias: torch.Tensor
    """Shape (visible,)."""
    hidden_bias: torch.Tensor
    """Shape (hidden,)."""


def centred_gradient(
    data: Means,
    chains: Means,
    pinned: torch.Tensor | None = None,
    decay: torch.Tensor | None = None,
    missing: torch.Tensor | None = None,
) -> Gradient:
    """Centred gradient from the means over a minibatch of data and over the final states of the chains.

    With the means of the data minibatch μ_v and μ_h::

        ΔW = ⟨(v - μ_v)(h - μ_h)ᵀ⟩_data - ⟨(v - μ_v)(h - μ_h)ᵀ⟩_chains
        Δa = ⟨v⟩_data - ⟨v⟩_chains - ΔW μ_h
        Δb = ⟨h⟩_data - ⟨h⟩_chains - ΔWᵀ μ_v

    where h stands for P(h = 1 | v) of those very rows, not of the rows one Gibbs step earlier: those would bias the
    gradient (Montavon & Müller 2012; Melchior et al. 2016, JMLR 17:99, as used by Yelmen et al. 2023). Multiplied out,
    ΔW = g_W - g_a μ_hᵀ - μ_v g_bᵀ, where g_W, g_a and g_b are the differences of the means.

    Parameters
    ----------
    data, chains : Means
        The data's products are overwritten: they become ΔW.
    pinned : bool tensor of shape (visible,), optional
        Visible units that the chains take from the data. The likelihood is that of the others given these, so their
        bias is not trained, and Δa is 0 there; their weights are.
    decay : tensor of shape (visible, hidden), optional
        Is taken off ΔW before the biases see it: weights that decay would else take the mean of every unit along.
    missing : bool tensor of shape (visible, hidden), optional
        Pairs of units that have no weight: ΔW is 0 there before the biases see it.
    """
    of_visible, of_hidden = data.visible - chains.visible, data.hidden - chains.hidden
    weights = data.products.sub_(chains.products)
    weights.addr_(of_visible, data.hidden, alpha=-1).addr_(data.visible, of_hidden, alpha=-1)
    if decay is not None:
        weights.sub_(decay)
    if missing is not None:
        weights.masked_fill_(missing, 0)
    visible_bias = of_visible - weights @ data.hidden
    if pinned is not None:
        visible_bias[pinned] = 0
    return Gradient(weights, visible_bias, of_hidden - weights.T @ data.visible)
