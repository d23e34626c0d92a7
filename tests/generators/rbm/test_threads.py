import pytest
import torch

from artgen_fast.errors import InputError
from artgen_fast.generators.interface import Progress
from artgen_fast.generators.rbm import RBM
from artgen_fast.generators.rbm.threads import torch_threads
from artgen_fast.haplotypes import Haplotypes


def test_threads_are_as_before_after_the_block_even_if_it_fails() -> None:
    before = torch.get_num_threads()
    other = before + 1

    def fail() -> None:
        with torch_threads(other):
            assert torch.get_num_threads() == other
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert torch.get_num_threads() == before
    with torch_threads(None):
        assert torch.get_num_threads() == before


def test_training_uses_the_threads_asked_for(panel: Haplotypes) -> None:
    used: list[int] = []

    def watch(progress: Progress) -> None:
        used.append(torch.get_num_threads())

    before = torch.get_num_threads()
    RBM(hidden=4, gibbs_steps=1, epochs=2, check_every=2, threads=before + 1).fit(panel, progress=watch)
    assert used == [before + 1] * 2
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True])
def test_other_numbers_of_threads_are_refused(wrong: int) -> None:
    with pytest.raises(InputError, match="threads must be a positive whole number"):
        RBM(threads=wrong)
