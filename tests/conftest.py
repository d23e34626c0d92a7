"""Fixtures that several test folders share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

# Shells start jobs in the background with SIGINT ignored, and every process that the tests start would inherit it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real panels; tests that use it carry the marker `real_data`."""
    folder = Path(os.environ.get("ARTGEN_FAST_DATA", Path(__file__).parents[1] / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"real data is required in CI; {folder} does not exist (ARTGEN_FAST_DATA)")
        pytest.skip(f"real data is not here: {folder} does not exist (ARTGEN_FAST_DATA)")
    return folder
