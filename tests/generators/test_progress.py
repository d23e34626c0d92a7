import io

from rich.console import Console

from artgen_fast.generators.interface import Progress
from artgen_fast.generators.progress import progress_bar


def test_the_bar_says_what_is_trained_how_far_and_what_is_optimised() -> None:
    output = io.StringIO()
    with progress_bar("training rbm", Console(file=output, width=80)) as progress:
        progress(Progress(30, 40, "max |half - ½| 0.175, best 0.152"))
    text = output.getvalue()
    assert "training rbm" in text
    assert "epoch 30/40" in text
    assert "max |half - ½| 0.175, best 0.152" in text
