"""Arguments checked as the parameters of a machine, in one of several precisions."""

from __future__ import annotations

from typing import Any

import numpy as np

from artgen_fast.array_types import Float32Array
from artgen_fast.arrays import cupy_module, is_tensor, view_of_tensor
from artgen_fast.errors import InputError
from artgen_fast.host_arrays import require_unmasked
from artgen_fast.kernels.gibbs.reference import Parameters

PRECISIONS = ("int8x2", "float32", "bf16")
"""How weights are kept and summed.

- ``int8x2``: each unit's weights are rounded to multiples of a scale of its own, whole numbers of 16 bits (two parts
  of 8 bits, on matrix units). Sums are exact, so every backend but the reference, which rounds in float64, gives
  the same chains bit for bit. The largest sum of the weights of inputs 4 i … 4 i + 3 is 32,639 scales.
- ``float32``: nothing is rounded; sums are in float32, in one order: the same bits for any instruction set and number
  of threads of the compiled backend, for Numba and for CUDA.
- ``bf16``: weights are rounded to 8 significant bits, sums are in float32. This changes the distribution that is
  sampled; it is there for comparisons.
"""

DEFAULT_PRECISION = "int8x2"
"""The fastest whose conditional probabilities stay within 1e-3 of float64's on most trained weights (docs/gibbs.md); of
long trainings some are up to 2e-3 off, which trainings and samples try, and then go on in float32."""

MOST_INPUTS = 1 << 18
"""Units of a layer in ``int8x2`` at most: their sums could leave 32 bits."""

LARGEST_WEIGHT = 1e30
"""In size: sums of a million of them are finite."""


def checked_parameters(weights: Any, visible_bias: Any, hidden_bias: Any, precision: str | None) -> Parameters:
    """View the arguments as parameters; without a visible bias, it is 0.

    Raises
    ------
    InputError
        If a dtype, shape or value is wrong, the precision is unknown, or a layer is too large for it.
    """
    precision = DEFAULT_PRECISION if precision is None else precision
    if precision not in PRECISIONS:
        raise InputError(f"precision must be one of {', '.join(PRECISIONS)}; got {precision!r}.")
    matrix = _floats(weights, "weights", ("visible", "hidden"))
    n_visible, n_hidden = matrix.shape
    if matrix.size and not (matrix.min() >= -LARGEST_WEIGHT and matrix.max() <= LARGEST_WEIGHT):
        raise InputError(
            f"weights must be at most {LARGEST_WEIGHT:g} in size; got {matrix.min():g} … {matrix.max():g}. If they "
            "were trained, the training diverged: lower the learning rate."
        )
    if not n_visible or not n_hidden:
        raise InputError(f"weights must have at least one visible and one hidden unit; got shape {matrix.shape}.")
    if precision == "int8x2" and max(matrix.shape) > MOST_INPUTS:
        raise InputError(
            f"precision='int8x2' takes at most {MOST_INPUTS:,} units a layer; got weights of shape {matrix.shape}. "
            "Use precision='float32', or windows of sites."
        )
    return Parameters(
        _as_bf16(matrix) if precision == "bf16" else matrix,
        np.zeros_like(matrix, shape=n_visible) if visible_bias is None else _bias(visible_bias, "visible", n_visible),
        _bias(hidden_bias, "hidden", n_hidden),
        precision == "int8x2",
    )


def _bias(value: Any, layer: str, n: int) -> Float32Array:
    bias = _floats(value, f"{layer}_bias", (layer,))
    if len(bias) != n:
        raise InputError(f"{layer}_bias must have shape ({n},), as the weights do; got {bias.shape}.")
    return bias


def _floats(value: Any, name: str, axes: tuple[str, ...]) -> Float32Array:
    """A float32 array: NumPy's, or CuPy's where it is on a device; a torch tensor as one of them, without a copy."""
    shape = f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
    array = _as_array(value, name)
    if array is None or array.dtype != np.float32:
        shown = value if array is None else array
        if not hasattr(shown, "dtype"):
            got, use = type(value).__name__, f"numpy.asarray({name}, dtype='float32')"
        else:
            got = f"{shown.dtype} of shape {tuple(shown.shape)}"
            use = f"{name}.astype('float32')" if hasattr(shown, "astype") else f"{name}.float()"
        raise InputError(f"{name} must be float32 of shape {shape}; got {got}. Use {use}.")
    if array.ndim != len(axes):
        raise InputError(
            f"{name} must have shape {shape}; got shape {tuple(array.shape)}. "
            + (f"Use {name}.reshape(-1)." if len(axes) == 1 else "Give a row a visible unit, a column a hidden unit.")
        )
    if not array.flags.c_contiguous:
        raise InputError(f"{name} must be C-contiguous; got strides {array.strides}. Copy it first.")
    # Of NaN and infinities some reach the least or the largest.
    if array.size and not (np.isfinite(array.min()) and np.isfinite(array.max())):
        raise InputError(
            f"{name} must be finite; some are not. If they were trained, the training diverged: "
            "lower the learning rate."
        )
    checked: Float32Array = array
    return checked


def _as_array(value: Any, name: str) -> Any:
    """An array of NumPy, or of CuPy if it is on a device; None for what is neither, and for tensors of other types."""
    require_unmasked(value, name)
    if isinstance(value, np.ndarray):
        return value
    if is_tensor(value):
        return view_of_tensor(value, name) if str(value.dtype) == "torch.float32" else None
    if hasattr(value, "__cuda_array_interface__"):
        return cupy_module().asarray(value)
    return None


def _as_bf16(weights: Float32Array) -> Float32Array:
    """Rounded to the nearest number of 8 significant bits, ties to even."""
    bits = weights.view(np.uint32)
    half = ((bits >> np.uint32(16)) & np.uint32(1)) + np.uint32(0x7FFF)
    return ((bits + half) & np.uint32(0xFFFF0000)).view(np.float32)
