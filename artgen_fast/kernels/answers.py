"""Answers in kind: torch tensors where torch tensors were given, made on the stream that their caller works on."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np

from artgen_fast.arrays import cupy_module, is_tensor

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def in_kind(*names: str) -> Callable[[Callable[Arguments, Answer]], Callable[Arguments, Answer]]:
    """Decorate a function that answers with arrays, so that it answers with torch tensors where it is given some.

    Memory is shared, not copied. On a GPU the function runs on torch's current stream of the tensors' device, so that
    nothing waits and nothing overtakes. Bits come as uint64 or int64, whichever was given. An answer that keeps arrays
    of its own, as a panel by sites does, is left as it is.

    Parameters
    ----------
    names : str
        The arguments that decide; the first of them that is a tensor tells the device and the type of bits.
    """

    def decorated(function: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
        parameters = list(inspect.signature(function).parameters)
        places = [(name, parameters.index(name)) for name in names]

        @functools.wraps(function)
        def answered(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
            for name, place in places:
                value = args[place] if place < len(args) else kwargs.get(name)
                if is_tensor(value):
                    with _its_stream(value) as stream:
                        answer = function(*args, **kwargs)
                        if stream is not None and not _is_made_of_arrays(answer):
                            stream.synchronize()  # nobody knows on which stream it will be used
                        return cast(Answer, _as_tensors(answer, value))
            return function(*args, **kwargs)

        return answered

    return decorated


@contextmanager
def _its_stream(tensor: Any) -> Iterator[Any]:
    """Let CuPy run on a GPU behind what torch was told to do there; gives the stream, or None in host memory."""
    if tensor.device.type != "cuda":
        yield None
        return
    import torch

    cupy, device = cupy_module(), tensor.device
    stream = cupy.cuda.Stream.from_external(_Stream(torch.cuda.current_stream(device)))
    with cupy.cuda.Device(device.index), stream:
        yield stream


class _Stream:
    """A stream of torch's by the CUDA stream protocol, which not every version of torch knows."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream  # kept while CuPy keeps this

    def __cuda_stream__(self) -> tuple[int, int]:
        """Version of the protocol, and the stream's address."""
        return 0, int(self._stream.cuda_stream)


def _is_made_of_arrays(answer: Any) -> bool:
    return isinstance(answer, tuple) or hasattr(answer, "dtype")


def _as_tensors(answer: Any, given: Any) -> Any:
    """An answer, or the parts of a tuple of such, as tensors that share their memory."""
    if isinstance(answer, tuple):
        return type(answer)(*(_as_tensors(part, given) for part in answer))
    if not _is_made_of_arrays(answer):
        return answer
    import torch
    from torch.utils.dlpack import from_dlpack

    # DLPack and older versions of torch know no unsigned words.
    bits = answer.dtype == np.uint64
    numbers = answer.view(np.int64) if bits else answer
    tensor = torch.from_numpy(numbers) if isinstance(numbers, np.ndarray) else from_dlpack(numbers)
    return tensor.view(given.dtype) if bits else tensor
