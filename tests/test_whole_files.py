"""Outputs appear when they are whole, and what a killed process left is swept."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest

from artgen_fast import whole_files
from artgen_fast.errors import InputError
from artgen_fast.whole_files import require_folder, require_place, whole_file

WRITE_AND_WAIT = """
import sys, time
from artgen_fast.whole_files import require_folder, require_place, whole_file
with whole_file(sys.argv[1]) as partial:
    partial.write_text("half")
    print("written", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def writer(tmp_path):
    """A process that has written half of `panel.vcf.gz`, and its partial file."""
    command = [sys.executable, "-c", WRITE_AND_WAIT, str(tmp_path / "panel.vcf.gz")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "written\n"
        (partial,) = tmp_path.iterdir()
        yield process, partial
        process.kill()


def write(target, text="whole"):
    with whole_file(target) as partial:
        partial.write_text(text)


def test_the_file_appears_when_it_is_whole(tmp_path):
    target = tmp_path / "panel.vcf.gz"
    target.write_text("old")
    with whole_file(target) as partial:
        assert partial.parent == tmp_path
        assert partial.name.endswith(".vcf.gz")
        partial.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_the_old_file_alone(tmp_path):
    target = tmp_path / "panel.npz"
    target.write_text("old")

    def fail_halfway():
        with whole_file(target) as partial:
            partial.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_halfway()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_process_left_is_removed_by_the_next_write_of_the_same_file(writer, tmp_path):
    process, partial = writer
    write(tmp_path / "panel.vcf.gz", "by another")
    assert partial.exists()  # its writer lives
    process.send_signal(signal.SIGKILL)
    process.wait()
    write(tmp_path / "other.vcf.gz")
    write(tmp_path / "panel.vcf")
    assert partial.exists()  # it is of another file
    write(tmp_path / "panel.vcf.gz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.vcf.gz", "panel.vcf", "panel.vcf.gz"]


def test_what_another_machine_is_writing_is_left_alone(writer, tmp_path, monkeypatch):
    process, partial = writer
    process.send_signal(signal.SIGKILL)
    process.wait()
    monkeypatch.setattr(whole_files.platform, "node", lambda: "another")
    write(tmp_path / "panel.vcf.gz")
    assert partial.exists()


def test_a_process_of_somebody_else_is_alive(monkeypatch):
    def refuse(process, signal_number):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert whole_files._is_alive(1)


def test_a_place_where_no_file_can_be_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"folder must exist; got .*absent"), whole_file(tmp_path / "absent" / "x"):
        pass
    with pytest.raises(InputError, match=r"must be a file; .* is a folder"), whole_file(tmp_path):
        pass


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_by_the_file_that_did_not_fit(tmp_path, number):
    with pytest.raises(OSError, match=r"panel\.npz") as raised, whole_file(tmp_path / "panel.npz"):
        raise OSError(number, os.strerror(number))
    assert raised.value.filename == str(tmp_path / "panel.npz")
    with pytest.raises(OSError, match=r"other\.vcf"), whole_file(tmp_path / "panel.npz"):
        raise OSError(number, os.strerror(number), "other.vcf")


def test_a_file_that_cannot_be_opened_is_named_as_it_would_be_called(tmp_path):
    with pytest.raises(PermissionError) as raised, whole_file(tmp_path / "panel.npz") as partial:
        raise PermissionError(errno.EACCES, "Permission denied", str(partial))
    assert raised.value.filename == str(tmp_path / "panel.npz")
    with pytest.raises(OSError, match=r"^$") as raised, whole_file(tmp_path / "panel.npz"):
        raise OSError  # of whatever was read
    assert raised.value.filename is None


def test_folders_that_cannot_be_written_to_are_found_beforehand(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    assert require_folder(tmp_path / "new" / "model") == tmp_path / "new" / "model"
    assert require_place(tmp_path / "panel.npz") == tmp_path / "panel.npz"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    for path in (tmp_path / "file", tmp_path / "file" / "model"):
        with pytest.raises(InputError, match=r"the output must be a folder; .*file.* is a file"):
            require_folder(path)

    def refuse(dir):  # noqa: A002 - as tempfile calls it
        raise OSError(errno.EROFS, "Read-only file system", f"{dir}/tmp")

    monkeypatch.setattr(whole_files.tempfile, "TemporaryFile", refuse)
    for require in (require_folder, require_place):
        with pytest.raises(InputError, match=rf"{tmp_path} cannot \(Read-only file system\)\. Choose another one\."):
            require(tmp_path / "new")
