"""Results as plain JSON values, and back: dataclasses, arrays, tuples, mappings, NaN as null."""

from __future__ import annotations

import dataclasses
import math
import types
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from artgen_fast.errors import InputError

Result = TypeVar("Result")


def to_plain(value: Any) -> Any:
    """A result as dictionaries, lists, numbers and strings that strict JSON can hold; NaN and infinities are None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def from_plain(kind: type[Result], value: Any, where: str = "result") -> Result:
    """The result of a given dataclass from its plain form.

    Parameters
    ----------
    kind : type
        A dataclass whose fields are annotated with what they hold.
    value : dict
        What `to_plain` gave.
    where : str
        Name of the value, for errors.

    Raises
    ------
    InputError
        If a field is missing, unknown or of another type.
    """
    result: Result = _read(kind, value, where)
    return result


def origin_and_arguments(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """What an annotation is made of: as `get_origin` and `get_args` say, of what it stands for where it is an alias.

    ``NDArray`` is one from NumPy 2.5 on.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if hasattr(origin, "__value__"):
        return origin_and_arguments(origin.__value__[arguments])
    return origin, arguments


def _read(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = origin_and_arguments(kind)
    if origin in (Union, types.UnionType):
        inner = next(argument for argument in arguments if argument is not type(None))
        return None if value is None else _read(inner, value, where)
    if dataclasses.is_dataclass(kind):
        return _read_fields(kind, value, where)
    if origin is np.ndarray:
        return _read_array(arguments[1], value, where)
    if origin is tuple:
        items = _expect(list, value, where)
        kinds = [arguments[0]] * len(items) if arguments[-1] is Ellipsis else list(arguments)
        if len(kinds) != len(items):
            raise InputError(f"{where} must be a list of {len(kinds)} values; got {len(items)}. Write the file anew.")
        return tuple(
            _read(each, item, f"{where}[{place}]") for place, (each, item) in enumerate(zip(kinds, items, strict=True))
        )
    if origin is dict:
        return {key: _read(arguments[1], item, f"{where}.{key}") for key, item in _expect(dict, value, where).items()}
    if kind is float:
        return math.nan if value is None else float(_expect((int, float), value, where))
    return _expect(kind, value, where)


def _read_fields(kind: Any, value: Any, where: str) -> Any:
    hints = get_type_hints(kind)
    given = _expect(dict, value, where)
    names = [field.name for field in dataclasses.fields(kind)]
    wrong = sorted(set(names).symmetric_difference(given))
    if wrong:
        raise InputError(
            f"{where} must have the fields {', '.join(names)}; missing or unknown: {', '.join(wrong)}. "
            "Write the file anew with this version of artgen_fast."
        )
    return kind(**{name: _read(hints[name], given[name], f"{where}.{name}") for name in names})


def _read_array(dtype: Any, value: Any, where: str) -> Any:
    scalar = get_args(dtype)[0]
    nested = _expect(list, value, where)
    try:
        # None, which stands for NaN, becomes NaN in an array of floats and is refused in one of integers.
        array = np.array(nested, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where} must be an array of numbers; {error}. Write the file anew.") from error
    if np.dtype(scalar).kind == "i" and not np.all(array == np.rint(array)):
        raise InputError(f"{where} must be an array of whole numbers. Write the file anew.")
    return array.astype(scalar)


def _expect(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        name = " or ".join(each.__name__ for each in kind) if isinstance(kind, tuple) else kind.__name__
        raise InputError(f"{where} must be {name}; got {type(value).__name__}. Write the file anew.")
    return value
