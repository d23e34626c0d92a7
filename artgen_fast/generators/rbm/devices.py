"""Where a machine is trained: in host memory, or on a CUDA device, where the Gibbs kernel then runs as well."""

from __future__ import annotations

import numpy as np
import torch

from artgen_fast.array_types import UInt64Array
from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.kernels import dispatch

HOST = "cpu"


def require_device(name: str) -> torch.device:
    """The device of a name, if machines can be trained on it.

    Parameters
    ----------
    name : str
        "cpu", "cuda", or "cuda:1" for the second one, and so on.

    Raises
    ------
    InputError
        If it is not such a name.
    BackendUnavailableError
        If there is no such device here, or CuPy or torch cannot use it.
    """
    kind, _, number = name.partition(":") if isinstance(name, str) else ("", "", "")
    if name != HOST and (kind != "cuda" or not (number.isdecimal() or name == kind)):
        raise InputError(f"device must be cpu, cuda, or cuda:N for one of several; got {name!r}.")
    if kind == "cuda":
        reason = _reason_against_cuda(int(number or 0))
        if reason:
            raise BackendUnavailableError(f"the device '{name}' cannot be used here: {reason}. Use 'cpu'.")
    return torch.device(name)


def _reason_against_cuda(number: int) -> str:
    availability = dispatch.backend_availability("cuda")
    if not availability.usable:
        return availability.reason
    if not torch.cuda.is_available():
        return "this build of torch has no CUDA, or sees no GPU"
    devices = torch.cuda.device_count()
    return "" if number < devices else f"it has {devices} CUDA devices, numbered from 0"


def beside(device: torch.device, states: UInt64Array) -> UInt64Array | torch.Tensor:
    """Packed states in the memory of a device, as the Gibbs kernel takes them."""
    return states if device.type == HOST else torch.from_numpy(states.view(np.int64)).to(device)


def on_host(states: UInt64Array | torch.Tensor) -> UInt64Array:
    """Packed states that the Gibbs kernel gave, in host memory."""
    return states.cpu().numpy().view(np.uint64) if isinstance(states, torch.Tensor) else states
