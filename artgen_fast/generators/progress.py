"""The progress of trainings and samplings: time left, what is being optimised and its latest value."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from artgen_fast.generators.interface import Progress, ProgressCallback

if TYPE_CHECKING:
    from rich.console import Console

SECONDS_BETWEEN_LINES = 30.0
"""At least, in a log."""


@contextmanager
def progress_bar(
    description: str, console: Console | None = None, *, unit: str = "epoch"
) -> Iterator[ProgressCallback]:
    """Show a bar while the block runs, or in a log now and then a line; from the first progress on.

    Pass what it yields as ``progress`` to `Generator.fit`.

    Parameters
    ----------
    description : str
        What is being done.
    console : rich.console.Console, optional
        Default: standard error, so that the output of a command stays its result.
    unit : str
        What is counted; where it is empty, the share that is done is shown instead.
    """
    from rich.console import Console

    console = console or Console(stderr=True)
    with _bar(description, console, unit) if console.is_terminal else _lines(description, console, unit) as show:
        yield show


@contextmanager
def _bar(description: str, console: Console, unit: str) -> Iterator[ProgressCallback]:
    from rich import progress as bar

    columns = (
        bar.TextColumn("{task.description}"),
        bar.BarColumn(bar_width=12),
        bar.TextColumn(f"{unit} {{task.completed:.0f}}/{{task.total:.0f}}") if unit else bar.TaskProgressColumn(),
        bar.TimeRemainingColumn(compact=True),
        bar.TextColumn("{task.fields[message]}"),
    )
    bars = bar.Progress(*columns, console=console)
    task = bars.add_task(description, total=1, message="", start=False)

    def show(state: Progress) -> None:
        # Begun only now: where arguments are refused, the error stands alone.
        if not bars.live.is_started:
            bars.start()
            bars.start_task(task)
        bars.update(task, completed=state.done, total=state.total, message=state.message)
        if state.done >= state.total:
            bars.stop()  # what is done next is not this

    try:
        yield show
    finally:
        if bars.live.is_started:
            bars.stop()


@contextmanager
def _lines(description: str, console: Console, unit: str) -> Iterator[ProgressCallback]:
    latest: Progress | None = None
    printed: Progress | None = None
    when = 0.0

    def line(state: Progress) -> None:
        nonlocal printed, when
        printed, when = state, time.monotonic()
        how_far = f"{unit} {state.done:,} of {state.total:,}" if unit else f"{state.done / state.total:.0%}"
        text = f"{description}: {how_far}{f', {state.message}' if state.message else ''}"
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    def show(state: Progress) -> None:
        nonlocal latest
        latest = state
        waited = printed is None or time.monotonic() - when >= SECONDS_BETWEEN_LINES
        if waited or state.done >= state.total:  # the end is told before what is done next
            line(state)

    yield show
    if latest is not None and latest is not printed:
        line(latest)
