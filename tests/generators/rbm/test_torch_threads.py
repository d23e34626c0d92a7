import pytest
import torch

from artgen_fast.errors import InputError
from artgen_fast.generators.interface import Progress
from artgen_fast.generators.rbm import RBM
from artgen_fast.generators.rbm.torch_threads import one_torch_thread
from artgen_fast.haplotypes import Haplotypes


@pytest.fixture
def three_threads() -> object:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("three_threads")
def test_threads_are_as_before_after_the_block_even_if_it_fails() -> None:
    def fail() -> None:
        with one_torch_thread():
            assert torch.get_num_threads() == 1
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert torch.get_num_threads() == 3


@pytest.mark.usefixtures("three_threads")
def test_torch_trains_on_one_thread(panel: Haplotypes) -> None:
    used: list[int] = []

    def watch(progress: Progress) -> None:
        used.append(torch.get_num_threads())

    RBM(hidden=4, gibbs_steps=1, epochs=2, check_every=2, threads=2).fit(panel, progress=watch)
    assert used == [1, 1, 1]
    assert torch.get_num_threads() == 3


def test_the_number_of_threads_does_not_matter_to_what_is_learnt(panel: Haplotypes) -> None:
    models = [RBM(hidden=40, gibbs_steps=4, epochs=4, check_every=2, threads=threads).fit(panel) for threads in (1, 3)]
    assert dict(models[0].training) == dict(models[1].training)
    for ours, theirs in zip(models[0]._machine.parameters, models[1]._machine.parameters, strict=True):
        assert torch.equal(ours, theirs)
    assert (models[0].sample(30).packed == models[1].sample(30).packed).all()


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True])
def test_other_numbers_of_threads_are_refused(wrong: int) -> None:
    with pytest.raises(InputError, match="threads must be a whole number from 1"):
        RBM(threads=wrong)
