"""NumPy, torch and CuPy arrays of packed haplotypes as checked views, without copies."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.host_arrays import require_unmasked


@dataclass(frozen=True, slots=True)
class PackedRows:
    """A checked uint64 array of shape (rows, words), on the host (NumPy) or on a device (CuPy)."""

    array: Any
    n_sites: int
    on_device: bool

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.array.shape[0])

    @property
    def words(self) -> int:
        """Number of 64-bit words in a row."""
        return int(self.array.shape[1])


def packed_rows(value: Any, name: str) -> PackedRows:
    """View an argument as packed rows.

    Parameters
    ----------
    value : Haplotypes, or uint64 array of shape (rows, words)
        A NumPy array, a torch tensor (uint64, or int64 holding the same bits) or a CuPy array. Rows must be
        contiguous.
    name : str
        The argument's name, for the error.

    Raises
    ------
    InputError
        If dtype, shape or layout is wrong.
    """
    n_sites: int | None = None
    if isinstance(value, Haplotypes):
        n_sites = value.n_sites
        value = value.packed
    array, on_device = _as_array(value, name)
    if array.ndim != 2 or array.dtype != np.uint64:
        raise InputError(
            f"{name} must be bit-packed haplotypes, uint64 of shape (rows, words); "
            f"got {array.dtype} of shape {tuple(array.shape)}. {_advice(array, name)}"
        )
    if array.shape[1] < 1:
        raise InputError(f"{name} must have at least one word per row; got shape {tuple(array.shape)}.")
    if not array.flags.c_contiguous:
        raise InputError(
            f"{name} must be C-contiguous; got strides {array.strides} for shape {tuple(array.shape)}. "
            "Copy it first (numpy.ascontiguousarray)."
        )
    if not on_device and not array.flags.aligned:
        raise InputError(f"{name} must begin at a whole word of memory; it does not. Copy it first (its .copy()).")
    return PackedRows(array, 64 * int(array.shape[1]) if n_sites is None else n_sites, on_device)


def packed_pair(queries: Any, targets: Any) -> tuple[PackedRows, PackedRows]:
    """View two arguments as packed rows of the same sites.

    Parameters
    ----------
    queries, targets : Haplotypes, or uint64 arrays of shape (n, words) and (m, words)
        The sites of two Haplotypes are compared; of arrays only the widths can be.

    Raises
    ------
    InputError
        If one is no packed rows, or their sites differ.
    """
    query_rows, target_rows = packed_rows(queries, "queries"), packed_rows(targets, "targets")
    if (query_rows.words, query_rows.n_sites) != (target_rows.words, target_rows.n_sites):
        raise InputError(
            "queries and targets must have the same sites; "
            f"got {query_rows.n_sites} sites ({query_rows.words} words) and "
            f"{target_rows.n_sites} sites ({target_rows.words} words)."
        )
    if isinstance(queries, Haplotypes) and isinstance(targets, Haplotypes):
        queries.require_same_sites(targets, "query", "target")
    return query_rows, target_rows


def is_tensor(value: Any) -> bool:
    """Whether a value is a torch tensor; torch is not imported to tell."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def view_of_tensor(tensor: Any, name: str, dtype: Any = None) -> Any:
    """The numbers of a torch tensor as an array of NumPy, or of CuPy where it is on a GPU; nothing is copied.

    Parameters
    ----------
    tensor : torch.Tensor
        Of a type that NumPy has.
    name : str
        The argument's name, for the error.
    dtype : torch.dtype, optional
        As large a type that the numbers' bits are seen as.

    Raises
    ------
    InputError
        If it is sparse, its memory was freed (``tensor.untyped_storage().resize_(0)``), or it is elsewhere.
    BackendUnavailableError
        If it is on a GPU and CuPy is not installed.
    """
    if str(tensor.layout) != "torch.strided":
        raise InputError(f"{name} must be a dense tensor; got {tensor.layout}. Use {name}.to_dense().")
    if tensor.device.type not in ("cpu", "cuda"):
        raise InputError(f"{name} must be on the CPU or on a CUDA device; got a tensor on {tensor.device}.")
    needed = (tensor.storage_offset() + tensor.numel()) * tensor.element_size()
    if tensor.untyped_storage().nbytes() < needed:
        raise InputError(f"{name} must be a tensor that holds its numbers; its memory was freed. Make it anew.")
    numbers = tensor.detach() if dtype is None else tensor.detach().view(dtype)
    return numbers.numpy() if tensor.device.type == "cpu" else cupy_module().from_dlpack(numbers)


def on_host(array: Any) -> Any:
    """The same numbers as a NumPy array."""
    return array if isinstance(array, np.ndarray) else array.get()


def cupy_module() -> Any:
    """CuPy, which arrays on a device need.

    Raises
    ------
    BackendUnavailableError
        If it is not installed.
    """
    try:
        return importlib.import_module("cupy")
    except ModuleNotFoundError as error:
        raise BackendUnavailableError(
            "arrays on a device need CuPy, which is not installed; pip install 'artgen_fast[cuda]'."
        ) from error


def _advice(array: Any, name: str) -> str:
    """What to do with an array of the wrong shape or dtype."""
    alleles = "artgen_fast.haplotypes.pack(alleles)"
    if array.dtype == np.uint64:
        return f"For a single row give {name}[None, :]." if array.ndim == 1 else f"Use {alleles}."
    if array.dtype.kind == "u" and array.dtype.itemsize == 8:
        return f"Its bytes are in the other order: use {name}.astype(numpy.uint64)."
    if array.dtype == np.int64:
        return f"If it holds alleles, use {alleles}; if it holds packed bits, {name}.view(numpy.uint64)."
    return f"Use {alleles}."


def _as_array(value: Any, name: str) -> tuple[Any, bool]:
    require_unmasked(value, name)
    if isinstance(value, np.ndarray):
        return value, False
    if is_tensor(value):
        return _from_torch(value, name)
    if hasattr(value, "__cuda_array_interface__"):
        return cupy_module().asarray(value), True
    raise InputError(
        f"{name} must be Haplotypes or a uint64 array of shape (rows, words); got {type(value).__name__}. "
        "Use artgen_fast.haplotypes.pack(alleles)."
    )


def _from_torch(tensor: Any, name: str) -> tuple[Any, bool]:
    import torch

    if tensor.dtype not in (torch.int64, torch.uint64):
        raise InputError(
            f"{name} must be bit-packed haplotypes, a torch tensor of uint64 or int64 and shape (rows, words); got "
            f"{tensor.dtype} of shape {tuple(tensor.shape)}. Use artgen_fast.haplotypes.pack(alleles)."
        )
    # DLPack and older versions of torch know no unsigned words.
    return view_of_tensor(tensor, name, torch.int64).view(np.uint64), tensor.device.type == "cuda"
