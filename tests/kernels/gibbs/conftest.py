"""Machines whose chains tell a wrong unit, chain or step from the right one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

Floats = npt.NDArray[np.float32]


class Machine(NamedTuple):
    """W, a and b, in the order in which the kernel takes them."""

    weights: Floats
    visible_bias: Floats
    hidden_bias: Floats


@pytest.fixture(scope="session")
def machine() -> Callable[..., Machine]:
    """Machines by visible and hidden units, the same at every call; activations have a spread of about 2."""
    return _machine


@cache
def _machine(n_visible: int, n_hidden: int, scale: float = 1.0) -> Machine:
    rng = np.random.default_rng([n_visible, n_hidden])
    weights = rng.standard_normal((n_visible, n_hidden)) * (2 * scale / np.sqrt(max(n_visible, n_hidden)))
    # A heavy tail, as trained weights have it.
    weights *= rng.gamma(0.5, 2, (n_visible, 1))
    parts = weights, rng.standard_normal(n_visible), rng.standard_normal(n_hidden)
    return Machine(*(part.astype(np.float32) for part in parts))
