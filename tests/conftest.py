"""Fixtures that several test folders share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real panels; tests that use it carry the marker `real_data`."""
    folder = Path(os.environ.get("ARTGEN_FAST_DATA", Path(__file__).parents[1] / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"real data is required in CI; {folder} does not exist (ARTGEN_FAST_DATA)")
        pytest.skip(f"real data is not here: {folder} does not exist (ARTGEN_FAST_DATA)")
    return folder
