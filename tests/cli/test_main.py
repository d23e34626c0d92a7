"""`artgen` itself: errors that a user can mend are one message and exit status 2."""

from __future__ import annotations

import errno
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from artgen_fast import cli, io
from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.whole_files import whole_file


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InputError("n must be 1"), "n must be 1"),
        (BackendUnavailableError("no GPU"), "no GPU"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "x.vcf"), "No such file or directory: x.vcf"),
        (
            OSError(errno.ENOSPC, "No space left on device", "model/checkpoints"),
            "No space left on device: model/checkpoints. Make room there, or give another place. A training or a "
            "search goes on with --resume.",
        ),
        (OSError("could not open x.bcf"), "could not open x.bcf"),
        (OSError(), "OSError"),
        (MemoryError(), "there is not enough memory for this. Ask for less at once, or use a larger machine."),
        (
            MemoryError("Unable to allocate 9 TiB"),
            "there is not enough memory for this (Unable to allocate 9 TiB). Ask for less at once, or use a larger "
            "machine.",
        ),
    ],
)
def test_an_error_is_one_message(monkeypatch, capsys, error, message):
    @click.command()
    def command():
        raise error

    monkeypatch.setattr(cli.importlib, "import_module", lambda name: SimpleNamespace(command=command))
    with pytest.raises(SystemExit) as ended:
        cli.main(["info"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"artgen: error: {message}\n"


def test_errors_name_options_as_the_command_line_does(capsys, tmp_path):
    with pytest.raises(SystemExit):
        cli.main(["train", "rbm", str(tmp_path / "absent.vcf"), "-o", str(tmp_path), "--check-rows", "0"])
    assert "error: --check-rows must be a whole number" in capsys.readouterr().err
    options = cli._options_of(["train", "rbm", "panel.vcf", "-o", "model"])
    said = (
        "give gibbs_steps (20), not my_gibbs_steps, in /a/check_rows/x or check_rows.tsv. Raise check_rows. Go on "
        "(resume=True)."
    )
    assert cli._with_options(said, options) == (
        "give --gibbs-steps (20), not my_gibbs_steps, in /a/check_rows/x or check_rows.tsv. Raise --check-rows. Go on "
        "(--resume)."
    )
    assert cli._with_options("hidden must be 1", options) == "hidden must be 1"


def test_sigterm_ends_a_command_and_leaves_nothing_half_written(monkeypatch, tmp_path):
    @click.command()
    def command():
        with whole_file(tmp_path / "out") as partial:
            partial.write_text("half")
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()

    monkeypatch.setattr(cli.importlib, "import_module", lambda name: SimpleNamespace(command=command))
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        cli.main(["info"])
    assert ended.value.code == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is before


def commands(group=cli.artgen, words=()):
    """Every command's words, those of groups too."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        yield (*words, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_examples_of_help_can_be_pasted(words):
    text = CliRunner().invoke(cli.artgen, [*words, "--help"], terminal_width=200).output
    lines = text.split("Options:")[0].splitlines()
    for before, line in itertools.pairwise(lines):
        if line.startswith("      "):  # an example's second line
            assert before.endswith(" \\"), line


def test_characters_that_the_locale_lacks_end_nothing(tmp_path):
    io.write(Haplotypes.from_alleles([[0, 1], [1, 1]]), tmp_path / "日本 – ½.hapbits")
    package = Path(cli.__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-m", "artgen_fast", "import", "日本 – ½.hapbits", "-o", "再.hapbits"],
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(package), "PYTHONIOENCODING": "latin-1"},
    ).stdout
    assert rb"\u65e5\u672c" in told
    assert "×".encode("latin-1") in told


def test_python_m_artgen_fast_is_artgen(tmp_path):
    package = Path(cli.__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-m", "artgen_fast", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(package)},
    ).stdout
    assert told.startswith("Usage: artgen [OPTIONS] COMMAND")
