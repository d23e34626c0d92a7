"""Entries whose work is done on a GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cupy
import numpy as np
from rounds import Answer, Entry, Truth


def entry(
    name: str, version: str, run: Callable[[], Any], answer: Callable[[Any], Any], truth: Truth | None = None
) -> Entry:
    """An entry timed by the device's own events, from the first launch to the end of the last one's work."""

    def timed() -> tuple[float, Any]:
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        cupy.cuda.Device().synchronize()
        begin.record()
        returned = run()
        end.record()
        cupy.cuda.Device().synchronize()
        return cupy.cuda.get_elapsed_time(begin, end) / 1e3, returned

    def on_host(found: tuple[float, Any]) -> Answer:
        array = answer(found[1])
        return np.asarray(array.get() if hasattr(array, "get") else array)

    return Entry(name, version, timed, on_host, truth, seconds=lambda found: found[0])
