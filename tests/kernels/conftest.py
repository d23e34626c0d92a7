"""Fixtures for every kernel."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator

import pytest

from artgen_fast.kernels import dispatch


@pytest.fixture
def forgetful_dispatch() -> Iterator[None]:
    """Ask again, before and after the test, what can run here."""
    for cached in (dispatch._compiled_module_or_reason, dispatch.backend_availability):
        cached.cache_clear()
    yield
    for cached in (dispatch._compiled_module_or_reason, dispatch.backend_availability):
        cached.cache_clear()


@pytest.fixture
def without_modules(monkeypatch: pytest.MonkeyPatch, forgetful_dispatch: None) -> Callable[..., None]:
    """Hide installed modules from the search for backends."""
    find_spec = importlib.util.find_spec

    def hide(*names: str) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else find_spec(name))

    return hide
