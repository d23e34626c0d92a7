import pytest
import torch

from artgen_fast.generators.rbm.gradient import centred_gradient
from artgen_fast.generators.rbm.machine import Machine

N_VISIBLE, N_HIDDEN = 5, 3


def visible_states() -> torch.Tensor:
    codes = torch.arange(2**N_VISIBLE)
    return (codes[:, None] >> torch.arange(N_VISIBLE) & 1).double()


def log_weights(parts: list[torch.Tensor], visible: torch.Tensor) -> torch.Tensor:
    """Logarithm of the unnormalised probability of visible states, hidden states summed out."""
    weights, visible_bias, hidden_bias = parts
    return visible @ visible_bias + torch.nn.functional.softplus(visible @ weights + hidden_bias).sum(1)


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_centred_likelihood_gradient_by_enumeration(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    parts = [
        torch.randn(shape, generator=random, dtype=torch.float64, requires_grad=True)
        for shape in ((N_VISIBLE, N_HIDDEN), (N_VISIBLE,), (N_HIDDEN,))
    ]
    data = torch.randint(0, 2, (7, N_VISIBLE), generator=random).double()
    likelihood = (log_weights(parts, data) - torch.logsumexp(log_weights(parts, visible_states()), 0)).mean()
    plain_weights, plain_visible, plain_hidden = torch.autograd.grad(likelihood, parts)

    with torch.no_grad():
        machine = Machine(*parts)
        states = visible_states()
        probabilities = torch.softmax(log_weights(parts, states), 0)
        data_hidden, state_hidden = machine.hidden_probabilities(data), machine.hidden_probabilities(states)
        # The gradient is linear in the distribution of the chains: its exact expectation is a sum over their states.
        each = [
            centred_gradient(data, data_hidden, states[i : i + 1], state_hidden[i : i + 1]) for i in range(len(states))
        ]
        weights, visible_bias, hidden_bias = (
            sum(p * gradient[part] for p, gradient in zip(probabilities, each, strict=True)) for part in range(3)
        )
        visible_mean, hidden_mean = data.mean(0), data_hidden.mean(0)
        expected_weights = plain_weights - torch.outer(plain_visible, hidden_mean)
        expected_weights -= torch.outer(visible_mean, plain_hidden)
        assert torch.allclose(weights, expected_weights, rtol=0, atol=1e-8)
        assert torch.allclose(visible_bias, plain_visible - expected_weights @ hidden_mean, rtol=0, atol=1e-8)
        assert torch.allclose(hidden_bias, plain_hidden - expected_weights.T @ visible_mean, rtol=0, atol=1e-8)
        # The identity is not the plain gradient under another name.
        assert not torch.allclose(weights, plain_weights, atol=1e-3)


def test_vanishes_where_the_chains_are_the_data() -> None:
    random = torch.Generator().manual_seed(0)
    visible = torch.randint(0, 2, (20, 6), generator=random).double()
    hidden = torch.rand((20, 4), generator=random, dtype=torch.float64)
    for part in centred_gradient(visible, hidden, visible.flip(0), hidden.flip(0)):
        assert torch.allclose(part, torch.zeros_like(part), atol=1e-12)
