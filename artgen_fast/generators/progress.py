"""A progress bar for trainings and samplings: time left, what is being optimised and its latest value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from artgen_fast.generators.interface import Progress, ProgressCallback

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def progress_bar(
    description: str, console: Console | None = None, *, unit: str = "epoch"
) -> Iterator[ProgressCallback]:
    """Show a bar while the block runs; pass what it yields as ``progress`` to `Generator.fit`.

    Parameters
    ----------
    description : str
        What is being done.
    console : rich.console.Console, optional
        Default: standard error, so that the output of a command stays its result.
    unit : str
        What is counted; where it is empty, the share that is done is shown instead.
    """
    from rich import progress as bar
    from rich.console import Console

    columns = (
        bar.TextColumn("{task.description}"),
        bar.BarColumn(bar_width=12),
        bar.TextColumn(f"{unit} {{task.completed:.0f}}/{{task.total:.0f}}") if unit else bar.TaskProgressColumn(),
        bar.TimeRemainingColumn(compact=True),
        bar.TextColumn("{task.fields[message]}"),
    )
    with bar.Progress(*columns, console=console or Console(stderr=True)) as bars:
        task = bars.add_task(description, total=1, message="")

        def show(state: Progress) -> None:
            bars.update(task, completed=state.done, total=state.total, message=state.message)

        yield show
