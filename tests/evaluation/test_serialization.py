from __future__ import annotations

import json
import types
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pytest

from artgen_fast.errors import InputError
from artgen_fast.evaluation.serialization import from_plain, origin_and_arguments, to_plain


@dataclass(frozen=True)
class Inner:
    value: float
    name: str


@dataclass(frozen=True)
class Outer:
    inner: Inner
    maybe: Inner | None
    many: tuple[Inner, ...]
    pair: tuple[int, float]
    table: dict[str, float]
    counts: npt.NDArray[np.int64]
    curve: npt.NDArray[np.float64]
    flag: bool


def example():
    return Outer(
        Inner(float("nan"), "å"),
        None,
        (Inner(1.5, "a"), Inner(np.float64(2.5), "b")),
        (3, 4.0),
        {"x": 0.5},
        np.array([[1, 2], [3, 4]]),
        np.array([1.0, np.nan]),
        True,
    )


def test_goes_through_strict_json_and_back():
    plain = json.loads(json.dumps(to_plain(example()), allow_nan=False))
    assert plain["inner"]["value"] is None
    assert plain["curve"] == [1.0, None]
    back = from_plain(Outer, plain)
    assert np.isnan(back.inner.value)
    assert back.maybe is None
    assert back.many == example().many
    assert back.pair == (3, 4.0)
    assert back.counts.dtype == np.int64
    np.testing.assert_array_equal(back.curve, [1.0, np.nan])
    assert to_plain(back) == plain


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flag": None}, r"result.flag must be bool; got NoneType"),
        ({"pair": [3]}, r"result.pair must be a list of 2 values; got 1"),
        ({"pair": [3.5, 1]}, r"result.pair\[0\] must be int; got float"),
        ({"pair": [True, 1]}, r"result.pair\[0\] must be int; got bool"),
        ({"counts": [1.5]}, "result.counts must be an array of whole numbers"),
        ({"counts": [None]}, "result.counts must be an array of whole numbers"),
        ({"curve": ["a"]}, "result.curve must be an array of numbers"),
        ({"curve": 3}, "result.curve must be list"),
        ({"inner": {"value": 1}}, r"result.inner must have the fields value, name; missing or unknown: name"),
        ({"more": 1}, "missing or unknown: more"),
        ({"table": {"x": "a"}}, r"result.table.x must be int or float; got str"),
    ],
)
def test_wrong_fields_are_refused_by_name(change, message):
    with pytest.raises(InputError, match=message):
        from_plain(Outer, to_plain(example()) | change)


def test_an_alias_is_read_as_what_it_stands_for():
    # As NumPy's NDArray from 2.5 on.
    scalar = TypeVar("scalar", bound=np.generic)
    alias = type("Alias", (), {"__value__": np.ndarray[Any, np.dtype[scalar]]})
    kind = types.GenericAlias(alias, (np.int64,))
    assert origin_and_arguments(kind) == (np.ndarray, (Any, np.dtype[np.int64]))
    assert origin_and_arguments(npt.NDArray[np.int64])[0] is np.ndarray
