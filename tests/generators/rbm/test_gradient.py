import numpy as np
import pytest
import torch

from artgen_fast.generators.rbm.gradient import Means, centred_gradient
from artgen_fast.haplotypes import pack
from artgen_fast.kernels import gibbs

N_VISIBLE, N_HIDDEN, N_PINNED = 5, 3, 2


def visible_states() -> torch.Tensor:
    codes = torch.arange(2**N_VISIBLE)
    return (codes[:, None] >> torch.arange(N_VISIBLE) & 1).double()


def log_weights(parts: list[torch.Tensor], visible: torch.Tensor) -> torch.Tensor:
    """Logarithm of the unnormalised probability of visible states, hidden states summed out."""
    weights, visible_bias, hidden_bias = parts
    return visible @ visible_bias + torch.nn.functional.softplus(visible @ weights + hidden_bias).sum(1)


def means(parts: list[torch.Tensor], visible: torch.Tensor, probabilities: torch.Tensor) -> Means:
    """Expectations over visible states with given probabilities."""
    hidden = torch.sigmoid(visible @ parts[0] + parts[2])
    return Means(probabilities @ visible, probabilities @ hidden, visible.T @ (probabilities[:, None] * hidden))


def chains_given(parts: list[torch.Tensor], data: torch.Tensor, n_pinned: int) -> torch.Tensor:
    """Probabilities of all visible states under the model, the first units pinned to those of a row drawn from data."""
    states = visible_states()
    probabilities = torch.zeros(len(states), dtype=torch.float64)
    for row in data:
        possible = (states[:, :n_pinned] == row[:n_pinned]).all(1)
        probabilities[possible] += torch.softmax(log_weights(parts, states)[possible], 0) / len(data)
    return probabilities


def log_likelihood(parts: list[torch.Tensor], data: torch.Tensor, n_pinned: int) -> torch.Tensor:
    """Mean over rows of log P(the other units | the pinned ones)."""
    states = visible_states()
    each = [
        log_weights(parts, row[None])[0]
        - torch.logsumexp(log_weights(parts, states[(states[:, :n_pinned] == row[:n_pinned]).all(1)]), 0)
        for row in data
    ]
    return torch.stack(each).mean()


@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("n_pinned", [0, N_PINNED])
@pytest.mark.parametrize("seed", range(3))
def test_equals_the_centred_likelihood_gradient_by_enumeration(seed: int, n_pinned: int, local: bool) -> None:
    random = torch.Generator().manual_seed(seed)
    parts = [
        torch.randn(shape, generator=random, dtype=torch.float64)
        for shape in ((N_VISIBLE, N_HIDDEN), (N_VISIBLE,), (N_HIDDEN,))
    ]
    missing = torch.rand((N_VISIBLE, N_HIDDEN), generator=random) < 0.3 if local else None
    if missing is not None:
        parts[0][missing] = 0
    for part in parts:
        part.requires_grad_()
    data = torch.randint(0, 2, (7, N_VISIBLE), generator=random).double()
    plain_weights, plain_visible, plain_hidden = torch.autograd.grad(log_likelihood(parts, data, n_pinned), parts)

    with torch.no_grad():
        of_data = means(parts, data, torch.full((len(data),), 1 / len(data), dtype=torch.float64))
        of_chains = means(parts, visible_states(), chains_given(parts, data, n_pinned))
        visible_mean, hidden_mean = of_data.visible.clone(), of_data.hidden.clone()
        pinned = torch.arange(N_VISIBLE) < n_pinned if n_pinned else None
        weights, visible_bias, hidden_bias = centred_gradient(of_data, of_chains, pinned, missing=missing)
        expected_weights = plain_weights - torch.outer(plain_visible, hidden_mean)
        expected_weights -= torch.outer(visible_mean, plain_hidden)
        if missing is not None:
            expected_weights[missing] = 0
        expected_visible = plain_visible - expected_weights @ hidden_mean
        expected_visible[:n_pinned] = 0
        assert torch.allclose(weights, expected_weights, rtol=0, atol=1e-8)
        assert torch.allclose(visible_bias, expected_visible, rtol=0, atol=1e-8)
        assert torch.allclose(hidden_bias, plain_hidden - expected_weights.T @ visible_mean, rtol=0, atol=1e-8)
        # The identity is not the plain gradient under another name, and pinned units have weights to learn.
        assert not torch.allclose(weights, plain_weights, atol=1e-3)
        assert weights[:N_PINNED].abs().max() > 1e-2


def test_decay_is_made_up_for_by_the_biases() -> None:
    random = torch.Generator().manual_seed(1)
    parts = [torch.randn(shape, generator=random, dtype=torch.float64) for shape in ((6, 4), (6,), (4,))]
    visible = torch.randint(0, 2, (20, 6), generator=random).double()
    each = torch.full((20,), 1 / 20, dtype=torch.float64)
    at_rest = means(parts, visible, each)
    weights, visible_bias, hidden_bias = centred_gradient(
        means(parts, visible, each), means(parts, visible, each), decay=0.1 * parts[0]
    )
    assert torch.allclose(weights, -0.1 * parts[0])
    # The input of every unit stays what it is where the others have their means.
    assert torch.allclose(visible_bias + weights @ at_rest.hidden, torch.zeros(6, dtype=torch.float64), atol=1e-12)
    assert torch.allclose(hidden_bias + weights.T @ at_rest.visible, torch.zeros(4, dtype=torch.float64), atol=1e-12)


def test_vanishes_where_the_chains_are_the_data() -> None:
    random = torch.Generator().manual_seed(0)
    parts = [torch.randn(shape, generator=random, dtype=torch.float64) for shape in ((6, 4), (6,), (4,))]
    visible = torch.randint(0, 2, (20, 6), generator=random).double()
    each = torch.full((20,), 1 / 20, dtype=torch.float64)
    for part in centred_gradient(means(parts, visible, each), means(parts, visible.flip(0), each)):
        assert torch.allclose(part, torch.zeros_like(part), atol=1e-12)


def test_means_are_those_of_the_kernel() -> None:
    random = torch.Generator().manual_seed(0)
    parts = [torch.randn(shape, generator=random) for shape in ((70, 9), (70,), (9,))]
    visible = torch.randint(0, 2, (40, 70), generator=random)
    found = Means.of(gibbs.moments(parts[0], parts[2], pack(visible.numpy()), "float32"), parts[0])
    each = torch.full((40,), 1 / 40, dtype=torch.float64)
    expected = means([part.double() for part in parts], visible.double(), each)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == torch.float32
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
