"""The ``artgen`` command: argument parsing only, one module a command, each loaded when it is called."""

from __future__ import annotations

import importlib
import io
import re
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.whole_files import NO_SPACE

_COMMANDS = {
    "demo": "artgen_fast.cli.demo",
    "import": "artgen_fast.cli.import_panel",
    "info": "artgen_fast.cli.info",
    "split": "artgen_fast.cli.split",
    "train": "artgen_fast.cli.train",
    "tune": "artgen_fast.cli.tune",
    "sample": "artgen_fast.cli.sample",
    "evaluate": "artgen_fast.cli.evaluate",
    "audit": "artgen_fast.cli.audit",
    "seams": "artgen_fast.cli.seams",
    "doctor": "artgen_fast.cli.doctor",
}
"""Command name → module that defines it as ``command``, in the order in which a user meets them."""


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name]).command
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="artgen_fast")
def artgen() -> None:
    """Artificial human genomes: make them, and measure how real, how overfitted and how private they are.

    Start with `artgen demo`. FILE may be .hapbits, .vcf, .vcf.gz, .bcf, .npz, or .hapt (also .gz and .zip) with its
    .legend.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; errors that a user can mend are one message and exit status 2, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # where the locale lacks × or ½
    try:
        with _ending_in_order():
            artgen.main(args=arguments, prog_name="artgen")
    except MemoryError as error:
        said = f" ({error})" if str(error) else ""
        click.echo(
            f"artgen: error: there is not enough memory for this{said}. Ask for less at once, or use a larger machine.",
            err=True,
        )
        sys.exit(2)
    except (InputError, BackendUnavailableError) as error:
        given = sys.argv[1:] if arguments is None else arguments
        click.echo(f"artgen: error: {_with_options(str(error), _options_of(given))}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"artgen: error: {_in_words(error)}", err=True)
        sys.exit(2)


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let SIGTERM, as from a batch system, end the command like an error: what is half written is removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: Any) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _options_of(arguments: list[str]) -> dict[str, str]:
    """The options of the command that was called: Python's name → the one on the command line."""
    command: click.Command = artgen
    for word in arguments:
        if not isinstance(command, click.Group):
            break
        command = command.get_command(click.Context(command), word) or command
    options = [each for each in command.params if isinstance(each, click.Option)]
    return {str(option.name): max(option.opts, key=len) for option in options}


def _with_options(message: str, options: Mapping[str, str]) -> str:
    """An error of the library in the words of the command line: ``check_rows`` is ``--check-rows``.

    Names of one word are left as they are: they are words of sentences, too. So is what may be part of a path.
    """
    for name, option in options.items():
        if "_" in name:
            message = re.sub(rf"(?<![\w./\\-]){name}(?![\w/\\-]|\.\w)", option, message)
        message = message.replace(f"({name}=True)", f"({option})")
    return message


def _in_words(error: OSError) -> str:
    """What the system says, with the file where it names one; libraries raise errors without either."""
    if error.strerror is None:
        return str(error) or type(error).__name__
    said = error.strerror if error.filename is None else f"{error.strerror}: {error.filename}"
    if error.errno not in NO_SPACE:
        return said
    return f"{said}. Make room there, or give another place. A training or a search goes on with --resume."
