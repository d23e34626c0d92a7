"""Which format a file is in: by its content on reading, by its name on writing."""

from __future__ import annotations

import gzip
import shutil
import zipfile

import pytest

import artgen_fast as ag
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.io.formats import format_of_file, format_to_write, without_extension


@pytest.mark.parametrize("extension", [".hapbits", ".npz", ".hapt", ".vcf", ".vcf.gz", ".bcf"])
@pytest.mark.parametrize("name", ["panel", "panel.dat", "panel.vcf", "panel.npz", "panel.hapt"])
def test_the_content_decides_whatever_the_name(extension, name, panel, tmp_path):
    ag.write(panel, tmp_path / f"original{extension}")
    (tmp_path / "other").mkdir()
    path = shutil.copy(tmp_path / f"original{extension}", tmp_path / "other" / name)
    assert ag.read(path).packed.tolist() == panel.packed.tolist()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.hapbits", "hapbits"),
        ("a.VCF", "VCF/BCF"),
        ("a.vcf.gz", "VCF/BCF"),
        ("a.b.bcf", "VCF/BCF"),
        ("a.npz", "npz"),
        ("a.hapt", "hapt"),
        ("a.hapt.gz", "hapt"),
    ],
)
def test_the_extension_decides_on_writing(name, expected):
    assert format_to_write(name).name == expected


@pytest.mark.parametrize("name", ["a", "a.txt", "a.hap", "a.gz", "vcf", "a.hapt.zip", "a.npz.bak"])
def test_an_unknown_extension_is_refused(name, panel, tmp_path):
    with pytest.raises(InputError, match=r"must end in one of \.hapbits, .*; got .*" + name):
        ag.write(panel, tmp_path / name)
    assert not list(tmp_path.iterdir())


UNKNOWN = {
    "empty": (b"", r"is empty \(0 bytes\)"),
    "gzip of nothing": (gzip.compress(b""), "with nothing in it"),
    "cut gzip": (gzip.compress(b"##fileformat=VCF" * 100)[:20], "damaged or truncated gzip"),
    "two bytes of gzip": (b"\x1f\x8b", "damaged or truncated gzip"),
    "zeros": (bytes(5000), "it is a file that begins with"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "it is HDF5"),
    "cut zip": (b"PK\x03\x04" + bytes(50), "damaged or truncated zip"),
    "empty zip": (b"PK\x05\x06" + bytes(18), "zip archive with nothing in it"),
    "text": (b"some notes\n", "must be a panel in one of the formats"),
    "gzip of text": (gzip.compress(b"some notes\n"), "it is gzip of a file that begins with b'some notes"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "must be a panel in one of the formats"),
}


@pytest.mark.parametrize("content", UNKNOWN)
def test_what_is_no_panel_is_refused_with_its_name(content, tmp_path):
    data, message = UNKNOWN[content]
    (tmp_path / "file.dat").write_bytes(data)
    with pytest.raises(FileFormatError, match=rf"file\.dat.*{message}"):
        format_of_file(tmp_path / "file.dat")


def test_a_zip_of_something_else_and_a_folder_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("one.jpg", b"x")
    with pytest.raises(FileFormatError, match=r"it is a zip archive of one\.jpg"):
        ag.read(tmp_path / "photos.zip")
    with pytest.raises(FileFormatError, match="is a folder"):
        ag.read(tmp_path)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        ag.read(tmp_path / "none.vcf")


@pytest.mark.parametrize("name", ["a.hapbits", "a.vcf.gz", "a.hapt.zip", "a.hapt.gz", "a.bcf", "A.NPZ", "a"])
def test_the_name_without_its_extension(name):
    assert without_extension(f"folder.npz/{name}") == name[0]


def test_verify_says_what_it_checked(panel, tmp_path):
    for name in ("p.hapbits", "p.bcf"):
        ag.write(panel, tmp_path / name)
    assert ag.io.verify(tmp_path / "p.hapbits").startswith("1 blocks of bits match")
    assert "reading VCF/BCF checks all of it" in ag.io.verify(tmp_path / "p.bcf")


def test_what_is_written_is_a_panel_and_where_a_path(panel, tmp_path):
    path = tmp_path / "p.npz"
    for arguments, got in (
        ((path, panel), f"{type(path).__name__} and Haplotypes"),
        ((panel.alleles(), path), f"ndarray and {type(path).__name__}"),
        ((panel, panel), "Haplotypes and Haplotypes"),
        ((panel, None), "Haplotypes and NoneType"),
    ):
        with pytest.raises(InputError, match=rf"must be Haplotypes, and where to a path; got {got}\. Use write\(panel"):
            ag.write(*arguments)
    assert not path.exists()


def test_an_unknown_option_is_refused_with_those_that_there_are(panel, tmp_path):
    ag.write(panel, tmp_path / "p.npz")
    with pytest.raises(TypeError, match=r"^options of read must be among region, .*, legend; got maf, regions\."):
        ag.read(tmp_path / "p.npz", regions="1:1-9", maf=0.1, thin=0)


def test_alleles_of_a_hapbits_file_are_checked_by_verify_alone(panel, tmp_path):
    path = tmp_path / "p.hapbits"
    ag.write(panel, path)
    content = bytearray(path.read_bytes())
    content[-8 * panel.packed.shape[1]] ^= 1  # the first site of the last row
    path.write_bytes(content)
    assert ag.read(path).packed[-1, 0] == panel.packed[-1, 0] ^ 1
    with pytest.raises(FileFormatError, match="damaged"):
        ag.io.verify(path)
