"""The native packed file: its layout, and every way to damage it."""

from __future__ import annotations

import json
import os
import struct

import numpy as np
import pytest

import artgen_fast as ag
from artgen_fast import Haplotypes, Samples, Sites
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.io import hapbits


@pytest.fixture
def path(panel, tmp_path):
    path = tmp_path / "panel.hapbits"
    ag.write(panel, path)
    return path


def header_of(path):
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 12)
    return json.loads(content[64 : 64 + length])


def with_header(path, change):
    """Rewrite the header with a right checksum, so that only its content is wrong."""
    content = bytearray(path.read_bytes())
    (length,) = struct.unpack_from("<I", content, 12)
    header = json.loads(content[64 : 64 + length])
    header.pop("format")  # which nothing reads: room for longer numbers
    change(header)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode().ljust(length)
    assert len(text) == length, "the change must not make the header longer"
    content[64 : 64 + length] = text
    content[16:32] = hapbits._checksum(bytes(content[:16]), text)
    path.write_bytes(content)


def test_the_layout_is_the_documented_one(panel, path):
    """Read by hand, from the module's table alone."""
    content = path.read_bytes()
    assert content[:8] == b"\x93HAPBIT\0"
    assert struct.unpack_from("<I", content, 8) == (1,)
    header = header_of(path)
    assert (header["n_haplotypes"], header["n_sites"], header["words"]) == (8, 83, 8)
    bits = header["bits"]
    assert bits["offset"] % 4096 == 0
    assert bits["offset"] + bits["bytes"] == len(content)
    rows = np.frombuffer(content, dtype="<u8", offset=bits["offset"]).reshape(8, 8)
    np.testing.assert_array_equal(rows, panel.packed)
    alleles = panel.alleles()
    assert [int(rows[3, j // 64] >> np.uint64(j % 64)) & 1 for j in range(83)] == alleles[3].tolist()
    column = header["columns"]["sites.position"]
    assert column["encoding"] == "<i8"
    positions = np.frombuffer(content, "<i8", 83, column["offset"])
    np.testing.assert_array_equal(positions, panel.sites.position)
    column = header["columns"]["samples.name"]
    names = content[column["offset"] : column["offset"] + column["bytes"]].decode().split("\0")
    assert names == panel.samples.name.tolist()


def test_opening_maps_the_rows_at_a_cache_line(path):
    packed = ag.read(path).packed
    assert isinstance(packed.base, np.memmap)
    assert packed.ctypes.data % 64 == 0
    assert not packed.flags.writeable


def test_a_panel_can_be_overwritten_while_it_is_mapped(panel, path):
    mapped = ag.read(path)
    ag.write(mapped[:, 3:], path)
    np.testing.assert_array_equal(mapped.packed, panel.packed)
    assert ag.read(path).n_sites == 80


def test_many_rows_take_no_json_of_their_own(tmp_path):
    panel = Haplotypes(np.zeros((30_000, 8), np.uint64), 2, Sites.numbered(2), Samples.synthetic(30_000))
    ag.write(panel, tmp_path / "p.hapbits")
    (length,) = struct.unpack_from("<I", (tmp_path / "p.hapbits").read_bytes(), 12)
    assert length < 4096


def test_blocks_of_any_size_make_the_same_file(panel, path, monkeypatch, tmp_path):
    monkeypatch.setattr(hapbits, "_BLOCK_BYTES", 3 * 8 * panel.packed.shape[1])
    other = tmp_path / "other.hapbits"
    contents = set()
    for sizes in ([8], [1] * 8, [2, 5, 1], [4, 4], [7, 0, 1]):
        ends = np.cumsum(sizes)
        blocks = (panel.packed[end - size : end] for size, end in zip(sizes, ends, strict=True))
        hapbits.write_blocks(blocks, panel.sites, panel.samples, other)
        contents.add(other.read_bytes())
    assert len(contents) == 1
    assert header_of(other)["rows_per_block"] == 3
    assert hapbits.verify(other) == 3
    np.testing.assert_array_equal(ag.read(other).packed, panel.packed)


@pytest.mark.parametrize("fault", ["fewer rows", "more rows", "narrow", "dtype", "padding", "padding word"])
def test_wrong_blocks_are_refused_and_leave_no_file(fault, panel, nothing_written, tmp_path):
    packed = panel.packed.copy()
    if fault == "padding":
        packed[2, 1] |= np.uint64(1) << np.uint64(19)
    elif fault == "padding word":
        packed[2, 7] = 1
    blocks = {
        "fewer rows": [packed[:7]],
        "more rows": [packed, packed[:1]],
        "narrow": [packed[:, :4]],
        "dtype": [packed.view(np.int64)],
    }.get(fault, [packed])
    with pytest.raises(InputError, match=r"rows, one a sample|must be uint64|must be zero"):
        hapbits.write_blocks(blocks, panel.sites, panel.samples, tmp_path / "p.hapbits")
    nothing_written.check()


def test_a_zero_byte_in_a_name_is_refused(panel, tmp_path):
    samples = Samples.from_haplotype_names(["a\0b", *panel.samples.name.tolist()[1:]])
    with pytest.raises(InputError, match="zero bytes"):
        ag.write(Haplotypes(panel.packed, panel.n_sites, panel.sites, samples), tmp_path / "p.hapbits")


@pytest.mark.parametrize("length", [1, 8, 40, 63, 64, 100, 900, 4095, 4096, -512, -1])
def test_every_truncation_is_refused(path, length):
    content = path.read_bytes()
    path.write_bytes(content[:length])
    with pytest.raises(FileFormatError, match=r"panel\.hapbits"):
        ag.read(path)


def test_trailing_bytes_are_refused(path):
    with open(path, "ab") as file:
        file.write(b"\0")
    with pytest.raises(FileFormatError, match=r"must be .* bytes; it is"):
        ag.read(path)


def test_every_damaged_byte_before_the_bits_is_noticed_on_opening_or_is_unused(path, panel, same):
    """Flip each byte of preamble, header and tables; nothing but alignment gaps and block checksums may go unseen."""
    content = path.read_bytes()
    header = header_of(path)
    used = set(range(32))
    (length,) = struct.unpack_from("<I", content, 12)
    used |= set(range(64, 64 + length))
    for column in header["columns"].values():
        if "offset" in column:
            used |= set(range(column["offset"], column["offset"] + column["bytes"]))
    for at in range(0, header["bits"]["offset"], 17):
        damaged = bytearray(content)
        damaged[at] ^= 0x10
        path.write_bytes(damaged)
        if at in used:
            with pytest.raises(FileFormatError):
                ag.read(path)
        else:
            assert same(ag.read(path), panel)


def test_damaged_bits_are_noticed_by_verify_with_their_rows(path, panel, monkeypatch):
    monkeypatch.setattr(hapbits, "_BLOCK_BYTES", 3 * 8 * panel.packed.shape[1])
    ag.write(panel, path)
    assert ag.io.verify(path).startswith("3 blocks")
    content = bytearray(path.read_bytes())
    content[header_of(path)["bits"]["offset"] + 4 * 64] ^= 1
    path.write_bytes(content)
    ag.read(path)
    with pytest.raises(FileFormatError, match="haplotypes 4 to 6 are damaged"):
        ag.io.verify(path)


def test_damaged_block_checksums_are_noticed_by_verify(path):
    content = bytearray(path.read_bytes())
    content[header_of(path)["block_checksums"]["offset"]] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="table of block checksums is damaged"):
        ag.io.verify(path)


@pytest.mark.parametrize("word", [1, 2, 7])
def test_padding_bits_are_noticed_by_verify_even_with_right_checksums(path, panel, word):
    packed = panel.packed.copy()
    packed[5, word] |= np.uint64(1) << np.uint64(40)
    content = bytearray(path.read_bytes())
    header = header_of(path)
    content[header["bits"]["offset"] :] = packed.tobytes()
    at = header["block_checksums"]["offset"]
    content[at : at + 16] = hapbits._checksum(packed)
    path.write_bytes(content)
    checksum = hapbits._checksum(bytes(content[at : at + 16])).hex()
    with_header(path, lambda header: header["block_checksums"].update(checksum=checksum))
    with pytest.raises(FileFormatError, match="must be zero"):
        ag.io.verify(path)


def test_a_gigantic_header_is_refused_before_anything_is_allocated(path):
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 12, 0xFFFFFFF0)
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="it claims 4,294,967,280"):
        ag.read(path)


def test_a_header_as_large_as_a_sparse_file_is_refused(path):
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 12, 0xFFFFFFF0)
    path.write_bytes(content)
    os.truncate(path, 1 << 33)
    with pytest.raises(FileFormatError, match="at most 1,048,576 bytes"):
        ag.read(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.update(n_haplotypes=10**6),
        lambda header: header.update(n_haplotypes=-8),
        lambda header: header.update(n_haplotypes=8.0),
        lambda header: header.update(n_sites=10**4),
        lambda header: header.update(words=9),
        lambda header: header.pop("n_sites"),
        lambda header: header.pop("columns"),
        lambda header: header.pop("bits"),
        lambda header: header["bits"].update(offset=64),
        lambda header: header["columns"].pop("sites.ref"),
        lambda header: header["columns"]["sites.position"].update(offset=9999),
        lambda header: header["columns"]["sites.position"].update(bytes=-8),
        lambda header: header["columns"]["sites.position"].update(bytes=656),
        lambda header: header["columns"]["samples.name"].update(checksum="0"),
        lambda header: header["columns"].update({"sites.contig": header["columns"]["samples.name"]}),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(path, change):
    with_header(path, change)
    with pytest.raises(FileFormatError, match=r"panel\.hapbits"):
        ag.read(path)


def test_another_version_is_named(path):
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 8, 7)
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"is \.hapbits version 7"):
        ag.read(path)
