import errno
import subprocess
import sys
from pathlib import Path

import pytest

from artgen_fast import generators
from artgen_fast.errors import InputError
from artgen_fast.generators.binomial import Binomial
from artgen_fast.generators.crbm_chain import CRBMChain
from artgen_fast.generators.interface import Progress
from artgen_fast.generators.rbm import RBM
from artgen_fast.generators.train_to_folder import train_to_folder, train_windows_to_folder
from artgen_fast.generators.training_lock import whole_training
from artgen_fast.haplotypes import Haplotypes, Samples


def small_rbm(epochs: int = 8, threads: int | None = None) -> RBM:
    return RBM(hidden=6, gibbs_steps=2, minibatch=40, epochs=epochs, check_every=2, threads=threads)


def small_chain(step: int = 15) -> CRBMChain:
    return CRBMChain(step=step, pinned=5, hidden=6, gibbs_steps=2, minibatch=40, epochs=2, check_every=2)


class StopAt:
    """Progress that interrupts the training as Ctrl-C would."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def __call__(self, progress: Progress) -> None:
        if progress.done == self.epoch:
            raise KeyboardInterrupt


def interrupt(folder: Path, panel: Haplotypes, epoch: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        train_to_folder(small_rbm(), folder, panel, progress=StopAt(epoch))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("interrupted_at", [1, 2, 5, 7, 8])
def test_resumed_training_gives_the_same_bytes(tmp_path: Path, panel: Haplotypes, interrupted_at: int) -> None:
    train_to_folder(small_rbm(), tmp_path / "whole", panel)
    interrupt(tmp_path / "resumed", panel, interrupted_at)
    train_to_folder(small_rbm(), tmp_path / "resumed", panel, resume=True)
    assert contents(tmp_path / "resumed") == contents(tmp_path / "whole")


def test_resumed_training_loses_at_most_one_interval(tmp_path: Path, panel: Haplotypes) -> None:
    interrupt(tmp_path, panel, 7)
    seen: list[Progress] = []
    train_to_folder(small_rbm(), tmp_path, panel, resume=True, progress=seen.append)
    assert [state.done for state in seen] == [6, 7, 8]  # the checkpoint is of epoch 6


def test_a_damaged_newest_checkpoint_costs_one_more_interval_and_no_byte(tmp_path: Path, panel: Haplotypes) -> None:
    train_to_folder(small_rbm(), tmp_path / "whole", panel)
    interrupt(tmp_path / "resumed", panel, 7)
    last = sorted((tmp_path / "resumed" / "checkpoints").iterdir())[-1]
    last.write_bytes(last.read_bytes()[:-1])
    train_to_folder(small_rbm(), tmp_path / "resumed", panel, resume=True)
    assert contents(tmp_path / "resumed") == contents(tmp_path / "whole")


@pytest.mark.parametrize("first_end", [7, 8, 9])
@pytest.mark.parametrize("last_end", [12, 13])
def test_a_finished_training_goes_on_for_more_epochs_as_if_it_had_not_ended(
    tmp_path: Path, panel: Haplotypes, first_end: int, last_end: int
) -> None:
    # An end off the schedule of checks has a check of its own, which the longer training must not know of.
    train_to_folder(small_rbm(last_end), tmp_path / "whole", panel)
    train_to_folder(small_rbm(first_end), tmp_path / "longer", panel)
    train_to_folder(small_rbm(last_end), tmp_path / "longer", panel, resume=True)
    assert contents(tmp_path / "longer") == contents(tmp_path / "whole")


def test_a_finished_training_resumed_without_more_epochs_stays_as_it_is(tmp_path: Path, panel: Haplotypes) -> None:
    train_to_folder(small_rbm(7), tmp_path, panel)
    before = contents(tmp_path)
    train_to_folder(small_rbm(7), tmp_path, panel, resume=True)
    assert contents(tmp_path) == before


def test_a_training_cannot_resume_to_fewer_epochs_than_it_has_run(tmp_path: Path, panel: Haplotypes) -> None:
    train_to_folder(small_rbm(8), tmp_path, panel)
    before = contents(tmp_path)
    with pytest.raises(InputError, match="already run for 8 epochs, more than the 6 asked for"):
        train_to_folder(small_rbm(6), tmp_path, panel, resume=True)
    assert contents(tmp_path) == before


def test_a_training_resumes_on_any_number_of_threads_to_the_same_bytes(tmp_path: Path, panel: Haplotypes) -> None:
    train_to_folder(small_rbm(threads=1), tmp_path / "whole", panel)
    interrupt(tmp_path / "resumed", panel, 3)
    train_to_folder(small_rbm(threads=3), tmp_path / "resumed", panel, resume=True)
    assert contents(tmp_path / "resumed") == contents(tmp_path / "whole")


def test_a_folder_with_a_model_is_refused_without_a_word_to_it(tmp_path: Path, panel: Haplotypes) -> None:
    train_to_folder(Binomial(), tmp_path, panel)
    before = contents(tmp_path)
    for model in (Binomial(), small_rbm()):
        with pytest.raises(InputError, match="already holds a model"):
            train_to_folder(model, tmp_path, panel)
    assert contents(tmp_path) == before


def test_a_folder_with_an_unfinished_training_is_refused(tmp_path: Path, panel: Haplotypes) -> None:
    interrupt(tmp_path, panel, 3)
    with pytest.raises(InputError, match="holds an unfinished training"):
        train_to_folder(small_rbm(), tmp_path, panel)


def test_force_starts_anew(tmp_path: Path, panel: Haplotypes) -> None:
    train_to_folder(small_rbm(), tmp_path / "clean", panel, seed=4)
    interrupt(tmp_path / "forced", panel, 7)
    train_to_folder(small_rbm(), tmp_path / "forced", panel, seed=4, force=True)
    assert contents(tmp_path / "forced") == contents(tmp_path / "clean")


def test_a_failed_forced_training_leaves_the_old_model(tmp_path: Path, panel: Haplotypes) -> None:
    train_to_folder(Binomial(), tmp_path, panel)
    with pytest.raises(KeyboardInterrupt):
        train_to_folder(small_rbm(), tmp_path, panel, force=True, progress=StopAt(1))
    assert generators.load(tmp_path).name == "binomial"


def test_resume_goes_on_only_from_what_fits(tmp_path: Path, panel: Haplotypes) -> None:
    train_to_folder(Binomial(), tmp_path / "binomial", panel)
    with pytest.raises(InputError, match="holds a binomial model, which a rbm training cannot go on from"):
        train_to_folder(small_rbm(), tmp_path / "binomial", panel, resume=True)
    with pytest.raises(InputError, match="nothing to resume"):
        train_to_folder(Binomial(), tmp_path / "binomial", panel, resume=True)
    interrupt(tmp_path / "rbm", panel, 3)
    resumed = tmp_path / "rbm"
    with pytest.raises(InputError, match=r"different now: seed \(0 before, 1 now\)\. Give the same"):
        train_to_folder(small_rbm(), resumed, panel, seed=1, resume=True)
    with pytest.raises(InputError, match=r"different now: training panel\."):
        train_to_folder(small_rbm(), resumed, panel[:-2], resume=True)
    strangers = Haplotypes(panel.packed, panel.n_sites, panel.sites, Samples.synthetic(len(panel)))
    with pytest.raises(InputError, match=r"different now: validation panel\."):
        train_to_folder(small_rbm(), resumed, panel, strangers, resume=True)
    other = RBM(hidden=6, gibbs_steps=3, minibatch=40, epochs=8, check_every=2)
    with pytest.raises(InputError, match=r"different now: gibbs_steps \(2 before, 3 now\)"):
        train_to_folder(other, resumed, panel, resume=True)


def test_checkpoints_of_another_kind_are_not_resumed(tmp_path: Path, panel: Haplotypes) -> None:
    interrupt(tmp_path, panel, 3)
    before = contents(tmp_path)
    for other in (Binomial(), small_chain()):
        with pytest.raises(InputError, match=rf"checkpoints of a rbm training, which a {other.name} training cannot"):
            train_to_folder(other, tmp_path, panel, resume=True)
    with pytest.raises(InputError, match="checkpoints of a rbm training"):
        train_windows_to_folder(small_chain(), tmp_path, panel, None, [0])
    (tmp_path / ".training.lock").unlink()
    assert contents(tmp_path) == before


def test_a_training_that_was_to_replace_another_model_resumes(tmp_path: Path, panel: Haplotypes) -> None:
    train_to_folder(small_rbm(), tmp_path / "plain", panel)
    resumed = tmp_path / "resumed"
    train_to_folder(Binomial(), resumed, panel)
    with pytest.raises(KeyboardInterrupt):
        train_to_folder(small_rbm(), resumed, panel, force=True, progress=StopAt(3))
    train_to_folder(small_rbm(), resumed, panel, resume=True)
    assert contents(resumed) == contents(tmp_path / "plain")


@pytest.mark.parametrize("damage", [b"", b"{}"])
@pytest.mark.parametrize("file", ["model.safetensors", "model.json"])
def test_a_damaged_model_is_written_anew_from_its_checkpoints(
    tmp_path: Path, panel: Haplotypes, file: str, damage: bytes
) -> None:
    train_to_folder(small_rbm(), tmp_path, panel)
    before = contents(tmp_path)
    (tmp_path / file).write_bytes(damage)
    train_to_folder(small_rbm(), tmp_path, panel, resume=True)
    assert contents(tmp_path) == before


def test_one_training_at_a_time_goes_into_a_folder(tmp_path: Path, panel: Haplotypes) -> None:
    refused = []

    def start_others(progress: Progress) -> None:
        begin = (
            lambda: train_to_folder(small_rbm(), tmp_path, panel, resume=True),
            lambda: train_to_folder(Binomial(), tmp_path, panel, force=True),
            lambda: train_windows_to_folder(small_chain(), tmp_path, panel, None, [0]),
        )
        for each in begin:
            with pytest.raises(InputError, match=r"is being trained into by another process\. Wait until") as error:
                each()
            refused.append(error)

    train_to_folder(small_rbm(2), tmp_path, panel, progress=start_others)
    assert len(refused) == 9  # after 0, 1 and 2 epochs
    assert not [name for name in contents(tmp_path) if "lock" in name]
    train_to_folder(small_rbm(4), tmp_path, panel, resume=True)


def test_different_windows_may_be_trained_at_the_same_time(tmp_path: Path, panel: Haplotypes) -> None:
    trained = []

    def start_others(progress: Progress) -> None:
        with pytest.raises(InputError, match=r"window 0 of .* is being trained by another process\. Wait until"):
            train_windows_to_folder(small_chain(), tmp_path, panel, None, [1, 0], resume=True)
        with pytest.raises(InputError, match="is being trained into by another process"):
            train_to_folder(small_chain(), tmp_path, panel, resume=True)
        train_windows_to_folder(small_chain(), tmp_path, panel, None, [1], resume=True)
        trained.append(progress)

    train_windows_to_folder(small_chain(), tmp_path, panel, None, [0], progress=start_others)
    assert trained
    train_to_folder(small_chain(), tmp_path, panel, resume=True)
    assert not [name for name in contents(tmp_path) if "lock" in name]


def test_the_lock_of_a_killed_training_is_free(tmp_path: Path) -> None:
    hold = (
        "import sys, time; from pathlib import Path; from artgen_fast.generators.training_lock import whole_training\n"
        "with whole_training(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", hold, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="by another process"), whole_training(tmp_path):
            pass
        holder.kill()
    with whole_training(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_without_locks_a_training_goes_on(tmp_path: Path, panel: Haplotypes, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    train_to_folder(Binomial(), tmp_path, panel)
    assert sorted(contents(tmp_path)) == ["model.json", "model.safetensors"]


def test_no_window_of_the_replaced_model_stays(tmp_path: Path, panel: Haplotypes) -> None:
    windows = ["window-0000.safetensors", "window-0001.safetensors", "window-0002.safetensors"]
    train_to_folder(small_chain(), tmp_path, panel)
    assert sorted(file.name for file in tmp_path.glob("window-*")) == windows
    train_to_folder(small_chain(step=20), tmp_path, panel, force=True)
    assert sorted(file.name for file in tmp_path.glob("window-*")) == windows[:2]
    train_to_folder(Binomial(), tmp_path, panel, force=True)
    assert sorted(contents(tmp_path)) == ["model.json", "model.safetensors"]


def test_resume_without_anything_starts(tmp_path: Path, panel: Haplotypes) -> None:
    train_to_folder(small_rbm(), tmp_path / "plain", panel)
    train_to_folder(small_rbm(), tmp_path / "resumed", panel, resume=True)
    assert contents(tmp_path / "plain") == contents(tmp_path / "resumed")


def test_resume_and_force_and_a_file_are_refused(tmp_path: Path, panel: Haplotypes) -> None:
    with pytest.raises(InputError, match="exclude each other"):
        train_to_folder(Binomial(), tmp_path, panel, resume=True, force=True)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="is a file"):
        train_to_folder(Binomial(), tmp_path / "file", panel)
