import io
import time

import pytest
from rich.console import Console

from artgen_fast.errors import InputError
from artgen_fast.generators import progress as progress_module
from artgen_fast.generators.interface import Progress
from artgen_fast.generators.progress import progress_bar

LATEST = "max |half - ½| 0.175, best 0.152"


def test_the_bar_says_what_is_trained_how_far_and_what_is_optimised() -> None:
    output = io.StringIO()
    with progress_bar("training rbm", Console(file=output, width=80, force_terminal=True, color_system=None)) as show:
        show(Progress(30, 40, LATEST))
    text = output.getvalue()
    assert "training rbm" in text
    assert "epoch 30/40" in text
    assert LATEST in text


def test_a_log_gets_the_first_state_one_now_and_then_and_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    output = io.StringIO()
    with progress_bar("training rbm", Console(file=output, width=40)) as show:
        for epoch in range(1001):
            now[0] = 100 + epoch / 10
            show(Progress(epoch, 1000, LATEST))
    assert output.getvalue().splitlines() == [
        f"training rbm: epoch {epoch} of 1,000, {LATEST}" for epoch in ("0", "300", "600", "900", "1,000")
    ]
    output = io.StringIO()
    with progress_bar("sampling", Console(file=output), unit="") as show:
        show(Progress(0, 7, "haplotypes"))
        show(Progress(7, 7, "haplotypes"))
    assert output.getvalue() == "sampling: 0%, haplotypes\nsampling: 100%, haplotypes\n"


@pytest.mark.parametrize("on_terminal", [True, False])
def test_where_nothing_begins_nothing_is_shown(on_terminal: bool) -> None:
    output = io.StringIO()
    with (
        pytest.raises(InputError),
        progress_bar("training rbm", Console(file=output, force_terminal=on_terminal)),
    ):
        raise InputError("the folder holds a model already")
    assert output.getvalue() == ""


def test_a_log_is_told_the_end_before_what_comes_next() -> None:
    output = io.StringIO()
    with progress_bar("training rbm", Console(file=output, width=80)) as show:
        for epoch in range(3):
            show(Progress(epoch, 2, ""))
        output.write("evaluating\n")
    assert output.getvalue() == "training rbm: epoch 0 of 2\ntraining rbm: epoch 2 of 2\nevaluating\n"


def test_a_bar_stands_still_once_all_is_done() -> None:
    output = io.StringIO()
    with progress_bar("training rbm", Console(file=output, width=80, force_terminal=True, color_system=None)) as show:
        show(Progress(1, 2, ""))
        show(Progress(2, 2, ""))
        output.write("evaluating")
        before = output.getvalue()
        time.sleep(0.3)  # a bar that goes on is drawn ten times a second
        assert output.getvalue() == before
    assert output.getvalue() == before
