from pathlib import Path

import numpy as np
import pytest

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators import tensor_file

HEADER = {"what": "a test", "numbers": [1, 2.5, None]}
TENSORS = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array([1, 2], dtype=np.int64)}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "file.safetensors"
    tensor_file.write(path, HEADER, TENSORS)
    return path


def test_what_is_read_is_what_was_written(written: Path) -> None:
    contents = tensor_file.read(written)
    assert contents.header == HEADER
    assert set(contents.tensors) == set(TENSORS)
    for name, array in TENSORS.items():
        assert contents.tensors[name].dtype == array.dtype
        assert np.array_equal(contents.tensors[name], array)


def test_the_bytes_do_not_depend_on_the_order_of_names(written: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.safetensors"
    tensor_file.write(again, dict(reversed(HEADER.items())), dict(reversed(TENSORS.items())))
    assert again.read_bytes() == written.read_bytes()


def test_a_transposed_array_is_written_in_its_own_order(tmp_path: Path) -> None:
    tensor_file.write(tmp_path / "t.safetensors", {}, {"t": TENSORS["b"].T})
    assert np.array_equal(tensor_file.read(tmp_path / "t.safetensors").tensors["t"], TENSORS["b"].T)


def test_a_file_cut_short_anywhere_is_refused(written: Path) -> None:
    whole = written.read_bytes()
    for length in (0, 1, 7, 8, 9, len(whole) // 2, len(whole) - 1):
        written.write_bytes(whole[:length])
        with pytest.raises(FileFormatError, match=r"file.safetensors: must be a whole model file"):
            tensor_file.read(written)


def test_any_changed_byte_is_refused(written: Path) -> None:
    whole = written.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        written.write_bytes(changed)
        # Some bytes are padding blanks of safetensors' own header or spell the same JSON; those read the same.
        try:
            contents = tensor_file.read(written)
        except FileFormatError:
            continue
        assert contents.header == HEADER
        assert all(np.array_equal(contents.tensors[name], array) for name, array in TENSORS.items())


def test_a_changed_number_is_refused(written: Path) -> None:
    whole = bytearray(written.read_bytes())
    whole[-1] ^= 1
    written.write_bytes(whole)
    with pytest.raises(FileFormatError, match="corrupt"):
        tensor_file.read(written)


@pytest.mark.parametrize("content", [b"not a tensor file at all", b"\xff" * 64, b"\x02" + b"\0" * 7 + b"{}"])
def test_other_files_and_gigantic_headers_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="of another kind"):
        tensor_file.read(path)


def test_a_safetensors_file_of_another_program_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file(TENSORS, tmp_path / "foreign.safetensors")
    with pytest.raises(FileFormatError, match="of another kind"):
        tensor_file.read(tmp_path / "foreign.safetensors")


@pytest.mark.parametrize(
    ("name", "dtype", "shape", "message"),
    [
        ("c", np.float32, (2, 3), "'c' is missing; it has a, b"),
        ("b", np.float64, (2, 3), r"must be float64 of shape \(2, 3\); got float32"),
        ("b", np.float32, (3, 2), r"of shape \(3, 2\); got float32 of shape \(2, 3\)"),
        ("b", np.float32, (None,), r"of shape \(any\)"),
    ],
)
def test_a_tensor_of_another_shape_or_dtype_is_refused(
    written: Path, name: str, dtype: type, shape: tuple[int | None, ...], message: str
) -> None:
    with pytest.raises(FileFormatError, match=message):
        tensor_file.read(written).tensor(name, dtype, shape)


def test_any_length_is_allowed_where_none_is_required(written: Path) -> None:
    assert tensor_file.read(written).tensor("b", np.float32, (None, 3)).shape == (2, 3)


def test_nothing_is_left_where_the_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder must exist"):
        tensor_file.write(tmp_path / "nowhere" / "file.safetensors", HEADER, TENSORS)
    assert list(tmp_path.iterdir()) == []
