import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from artgen_fast import whole_files
from artgen_fast.errors import FileFormatError
from artgen_fast.generators.checkpoints import Checkpoints, panel_digest
from artgen_fast.haplotypes import Haplotypes, Sites


def write(points: Checkpoints, epoch: int) -> None:
    points.write(epoch, {"epoch": epoch}, {"state": np.full(100, epoch, dtype=np.int64)})


def test_only_the_last_two_are_kept(tmp_path: Path) -> None:
    points = Checkpoints(tmp_path / "checkpoints")
    assert not points
    assert points.newest() is None
    for epoch in (5, 10, 100):
        write(points, epoch)
    assert points
    assert len(list(points.folder.iterdir())) == 2
    newest = points.newest()
    assert newest is not None
    assert newest.header == {"epoch": 100}


@pytest.mark.parametrize(("epoch", "left"), [(25, [25]), (375, [375]), (390, [375, 390]), (425, [400, 425])])
def test_the_one_just_written_is_the_newest_whatever_was_there(tmp_path: Path, epoch: int, left: list[int]) -> None:
    points = Checkpoints(tmp_path)
    write(points, 375)
    write(points, 400)
    write(points, epoch)
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"checkpoint-{each:08d}.safetensors" for each in left]
    newest = points.newest()
    assert newest is not None
    assert newest.header == {"epoch": epoch}


def test_a_cut_checkpoint_is_refused_aloud_and_the_one_before_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    points = Checkpoints(tmp_path)
    write(points, 5)
    write(points, 10)
    last = tmp_path / "checkpoint-00000010.safetensors"
    last.write_bytes(last.read_bytes()[:300])
    with caplog.at_level(logging.WARNING):
        newest = points.newest()
    assert newest is not None
    assert newest.header == {"epoch": 5}
    assert "checkpoint-00000010.safetensors: must be a whole model file" in caplog.text


def test_without_a_whole_checkpoint_nothing_is_resumed(tmp_path: Path) -> None:
    points = Checkpoints(tmp_path)
    write(points, 5)
    (tmp_path / "checkpoint-00000005.safetensors").write_bytes(b"")
    with pytest.raises(FileFormatError, match="every checkpoint is damaged"):
        points.newest()


def test_removing_takes_checkpoints_and_leftovers_and_nothing_else(tmp_path: Path) -> None:
    points = Checkpoints(tmp_path)
    write(points, 5)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    partials = [
        f".partial-{whole_files._this_machine()}-{process}-checkpoint-00000010.safetensors"
        for process in (ended.pid, os.getpid())
    ]
    for name in (*partials, "notes.txt"):
        (tmp_path / name).write_bytes(b"half")
    points.remove_leftovers()
    kept = [partials[1], "checkpoint-00000005.safetensors", "notes.txt"]  # this process lives
    assert sorted(file.name for file in tmp_path.iterdir()) == kept
    points.remove()
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_checkpoints_tell_which_models_they_are_of(tmp_path: Path) -> None:
    points = Checkpoints(tmp_path)
    assert points.kinds() == set()
    write(Checkpoints(tmp_path / "window-0001"), 5)
    assert points.kinds() == {"crbm-chain"}
    write(points, 5)
    assert points.kinds() == {"crbm-chain", "rbm"}


def test_the_digest_tells_alleles_rows_and_sites_apart(panel: Haplotypes) -> None:
    flipped = panel.alleles()
    flipped[3, 7] ^= 1
    moved = Sites.from_columns(panel.sites.position + 1, panel.sites.contig, ref=panel.sites.ref, alt=panel.sites.alt)
    others = [
        panel[:-1],
        panel[:, :-1],
        panel[::-1],
        Haplotypes.from_alleles(flipped, panel.sites),
        Haplotypes.from_alleles(panel.alleles(), moved),
    ]
    digests = {panel_digest(each) for each in (panel, *others)}
    assert len(digests) == len(others) + 1
    assert panel_digest(panel) == panel_digest(Haplotypes.from_alleles(panel.alleles(), panel.sites))
