"""Named arrays and a JSON header in one checked safetensors file.

safetensors knows shapes and dtypes and notices a file of the wrong length; the digest kept here also notices changed
bytes. The same arrays and header always give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.errors import FileFormatError
from artgen_fast.whole_files import whole_file

_METADATA_KEY = "artgen_fast"
"""The only metadata key: safetensors does not keep the order of several, and bytes must not depend on chance."""


class TensorFile(NamedTuple):
    """Contents of a tensor file."""

    path: Path
    header: dict[str, Any]
    tensors: dict[str, npt.NDArray[Any]]

    def tensor(self, name: str, dtype: npt.DTypeLike, shape: tuple[int | None, ...]) -> npt.NDArray[Any]:
        """One array, checked.

        Parameters
        ----------
        name : str
        dtype : dtype
            Required exactly.
        shape : tuple of int or None
            None stands for any length.

        Raises
        ------
        FileFormatError
            If it is missing, or its dtype or shape is another.
        """
        if name not in self.tensors:
            raise FileFormatError(f"{self.path}: the tensor '{name}' is missing; it has {', '.join(self.tensors)}.")
        array = self.tensors[name]
        fits = len(array.shape) == len(shape) and all(
            want is None or have == want for have, want in zip(array.shape, shape, strict=True)
        )
        if array.dtype != np.dtype(dtype) or not fits:
            wanted = ", ".join("any" if size is None else str(size) for size in shape)
            raise FileFormatError(
                f"{self.path}: the tensor '{name}' must be {np.dtype(dtype)} of shape ({wanted}); "
                f"got {array.dtype} of shape {array.shape}."
            )
        return array


def write(path: str | os.PathLike[str], header: Mapping[str, Any], tensors: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays and a JSON header; the file appears when it is whole."""
    from safetensors.numpy import save

    contiguous = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    text = json.dumps(header, sort_keys=True)
    metadata = json.dumps({"header": text, "blake2b": _digest(text, contiguous)})
    with whole_file(path) as partial:
        # Not save_file, which makes files that nobody else may read.
        partial.write_bytes(save(contiguous, metadata={_METADATA_KEY: metadata}))


def read(path: str | os.PathLike[str]) -> TensorFile:
    """Read a file that `write` made, all of it, checking its length and its digest.

    Raises
    ------
    FileFormatError
        If it is not such a file, is cut short or was changed.
    """
    path = Path(path)
    text, digest, header, tensors = _read(path, with_tensors=True)
    if digest != _digest(text, tensors):
        raise _damaged(path)
    return TensorFile(path, header, tensors)


def read_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the header of a file that `write` made, and nothing else: its length is checked, its digest is not.

    Raises
    ------
    FileFormatError
        If it is not such a file, or is cut short.
    """
    return _read(Path(path), with_tensors=False)[2]


def _read(path: Path, with_tensors: bool) -> tuple[str, str, dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """The header's text, the digest, the header, and the tensors or none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = json.loads((file.metadata() or {}).get(_METADATA_KEY, ""))
            tensors = {name: file.get_tensor(name) for name in sorted(file.keys())} if with_tensors else {}
        text, digest = metadata["header"], metadata["blake2b"]
        header = json.loads(text)
    except FileNotFoundError:
        raise
    except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
        raise _damaged(path) from error
    if not isinstance(header, dict):
        raise _damaged(path)
    return text, digest, header, tensors


def _damaged(path: Path) -> FileFormatError:
    return FileFormatError(
        f"{path}: must be a whole model file written by artgen_fast; it is cut short, corrupt or of another kind. "
        "Use another copy, or train again."
    )


def _digest(header: str, tensors: Mapping[str, npt.NDArray[Any]]) -> str:
    digest = hashlib.blake2b(header.encode(), digest_size=16)
    for name in sorted(tensors):
        array = tensors[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
