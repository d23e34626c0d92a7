"""The errors that a user can meet, one class a kind of remedy."""

from __future__ import annotations


class InputError(ValueError):
    """An argument or file is not what is required.

    The message says what is required, what arrived and what to do.
    """


class FileFormatError(InputError):
    """A file cannot be read; the message names the file, and the line or site where there is one."""


class TrainingDivergedError(InputError):
    """A training left what its model can be: the message says when, and what to change."""


class BackendUnavailableError(RuntimeError):
    """A backend or instruction set was requested that cannot run here; the message gives the reason."""
