"""`artgen` itself: errors that a user can mend are one message and exit status 2."""

from __future__ import annotations

import errno
from types import SimpleNamespace

import click
import pytest

from artgen_fast import cli
from artgen_fast.errors import BackendUnavailableError, InputError


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InputError("n must be 1"), "n must be 1"),
        (BackendUnavailableError("no GPU"), "no GPU"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "x.vcf"), "No such file or directory: x.vcf"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError("could not open x.bcf"), "could not open x.bcf"),
        (OSError(), "OSError"),
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
