"""The centred gradient of the log-likelihood of a restricted Boltzmann machine."""

from __future__ import annotations

from typing import NamedTuple

import torch


class Gradient(NamedTuple):
    """Direction in which the likelihood grows, one part a parameter."""

    weights: torch.Tensor
    """Shape (visible, hidden)."""
    visible_bias: torch.Tensor
    """Shape (visible,)."""
    hidden_bias: torch.Tensor
    """Shape (hidden,)."""


def centred_gradient(
    data_visible: torch.Tensor,
    data_hidden: torch.Tensor,
    chain_visible: torch.Tensor,
    chain_hidden: torch.Tensor,
) -> Gradient:
    """Centred gradient from a minibatch of data and the final states of the chains.

    With the means of the data minibatch μ_v and μ_h::

        ΔW = ⟨(v - μ_v)(h - μ_h)ᵀ⟩_data - ⟨(v - μ_v)(h - μ_h)ᵀ⟩_chains
        Δa = ⟨v⟩_data - ⟨v⟩_chains - ΔW μ_h
        Δb = ⟨h⟩_data - ⟨h⟩_chains - ΔWᵀ μ_v

    (Montavon & Müller 2012; Melchior et al. 2016, JMLR 17:99, as used by Yelmen et al. 2023.)

    Parameters
    ----------
    data_visible, chain_visible : float tensors of shape (data rows, visible) and (chains, visible)
        Alleles.
    data_hidden, chain_hidden : float tensors of shape (data rows, hidden) and (chains, hidden)
        P(h = 1 | v) of those very rows, not of the rows one Gibbs step earlier: those would bias the gradient.
    """
    visible_mean, hidden_mean = data_visible.mean(0), data_hidden.mean(0)
    weights = _covariance(data_visible, data_hidden, visible_mean, hidden_mean)
    weights -= _covariance(chain_visible, chain_hidden, visible_mean, hidden_mean)
    return Gradient(
        weights,
        visible_mean - chain_visible.mean(0) - weights @ hidden_mean,
        hidden_mean - chain_hidden.mean(0) - weights.T @ visible_mean,
    )


def _covariance(
    visible: torch.Tensor, hidden: torch.Tensor, visible_centre: torch.Tensor, hidden_centre: torch.Tensor
) -> torch.Tensor:
    return (visible - visible_centre).T @ (hidden - hidden_centre) / len(visible)
