import pytest
import torch

from artgen_fast.errors import InputError
from artgen_fast.generators import rbm
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


def test_small_machines_train_on_one_thread_unless_told_otherwise(
    panel: Haplotypes, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []

    def watch(progress: Progress) -> None:
        used.append(torch.get_num_threads())

    with torch_threads(3):
        RBM(hidden=4, gibbs_steps=1, epochs=1).fit(panel, progress=watch)
        monkeypatch.setattr(rbm, "_WEIGHTS_FOR_ONE_THREAD", 4 * panel.n_sites - 1)
        RBM(hidden=4, gibbs_steps=1, epochs=1).fit(panel, progress=watch)
    assert used == [1, 3]


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True])
def test_other_numbers_of_threads_are_refused(wrong: int) -> None:
    with pytest.raises(InputError, match="threads must be a positive whole number"):
        RBM(threads=wrong)
