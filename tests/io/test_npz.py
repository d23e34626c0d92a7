"""`.npz` panels: the documented layout, and archives that lie."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

import artgen_fast as ag
from artgen_fast.errors import FileFormatError, InputError

ALLELES = np.random.default_rng(3).integers(0, 2, (6, 13)).astype(np.uint8)


def arrays(**changes):
    panel = {
        "packed": np.packbits(ALLELES, axis=1, bitorder="little"),
        "n_sites": np.array(13),
        "sample_ids": np.array(["HG1", "HG2", "HG3"]),
        "positions": np.arange(10, 23),
        "ref": np.array(["A"] * 13),
        "alt": np.array(["G"] * 12 + ["GT"]),
        "variant_ids": np.array([f"rs{i}" for i in range(13)]),
        "chrom": np.array("7"),
    } | changes
    return {name: array for name, array in panel.items() if array is not None}


@pytest.fixture
def npz_of(tmp_path):
    def write(**changes):
        path = tmp_path / "panel.npz"
        np.savez_compressed(path, **arrays(**changes))
        return path

    return write


def test_the_documented_layout_is_read(npz_of):
    panel = ag.read(npz_of(groups=np.array(["Real"] * 6)))
    np.testing.assert_array_equal(panel.alleles(), ALLELES)
    assert panel.samples.person.tolist() == ["HG1", "HG1", "HG2", "HG2", "HG3", "HG3"]
    assert panel.sites.describe(12) == "7:22 A>GT"
    assert panel.sites.id[3] == "rs3"


def test_names_of_haplotypes_pair_by_name_only(npz_of):
    names = ["X_HAP_1", "X_HAP_2", "AG0", "AG1", "Y_A", "Z_B"]
    panel = ag.read(npz_of(sample_ids=np.array(names)))
    assert panel.samples.name.tolist() == names
    assert panel.samples.person.tolist() == ["X", "X", "", "", "", ""]


def test_contigs_may_differ_by_site_and_tables_may_lack(npz_of):
    contigs = ["1"] * 5 + ["2"] * 8
    assert ag.read(npz_of(chrom=np.array(contigs))).sites.contig.tolist() == contigs
    bare = dict.fromkeys(("sample_ids", "positions", "ref", "alt", "variant_ids", "chrom"))
    panel = ag.read(npz_of(**bare))
    assert panel.sites.position.tolist() == list(range(1, 14))
    assert not panel.sites.has_alleles
    assert panel.samples.name.tolist() == [f"haplotype{row}" for row in range(6)]
    assert panel.samples.person.tolist() == [""] * 6


def test_ascii_bytes_are_text(npz_of):
    panel = ag.read(npz_of(sample_ids=np.array([b"HG1", b"HG2", b"HG3"]), chrom=np.array(b"7"), alt=np.array([b"GT"])))
    assert panel.samples.person.tolist() == ["HG1", "HG1", "HG2", "HG2", "HG3", "HG3"]
    assert panel.sites.describe(12) == "7:22 A>GT"


def test_major_and_minor_stand_for_ref_and_alt(npz_of):
    panel = ag.read(npz_of(ref=None, alt=None, major=np.array(["C"] * 13), minor=np.array(["T"] * 13)))
    assert panel.sites.describe(0) == "7:10 C>T"


def test_garbage_in_the_padding_is_cut(npz_of):
    packed = np.packbits(ALLELES, axis=1, bitorder="little")
    packed[:, -1] |= 0b11100000
    panel = ag.read(npz_of(packed=packed))
    np.testing.assert_array_equal(panel.packed, ag.read(npz_of()).packed)


def test_missing_calls_are_refused_and_the_named_option_drops_their_sites(npz_of):
    missing = np.zeros_like(ALLELES)
    path = npz_of(missing_packed=np.packbits(missing, axis=1, bitorder="little"))
    np.testing.assert_array_equal(ag.read(path).alleles(), ALLELES)
    missing[2, 4] = missing[5, 4] = missing[0, 12] = 1
    path = npz_of(missing_packed=np.packbits(missing, axis=1, bitorder="little"))
    with pytest.raises(
        FileFormatError, match=r"missing calls at 2 of 13 sites, first at site 5 \(7:14.*--skip-missing"
    ):
        ag.read(path)
    panel, report = ag.io.read_with_report(path, skip_missing=True)
    np.testing.assert_array_equal(panel.alleles(), np.delete(ALLELES, [4, 12], axis=1))
    assert report.dropped == {"with missing calls": 2}


def test_who_misses_calls_everywhere_can_be_left_out(npz_of):
    missing = np.zeros_like(ALLELES)
    missing[2:4] = missing[0, 4] = 1
    path = npz_of(missing_packed=np.packbits(missing, axis=1, bitorder="little"))
    for options in ({}, {"skip_missing": True}):
        with pytest.raises(InputError, match=r"exclude_samples \(artgen import --exclude-samples FILE\)"):
            ag.read(path, **options)
    with pytest.raises(InputError, match="2 of 6 haplotypes have such calls at half or more of the sites"):
        ag.read(path, skip_missing=True)
    panel, report = ag.io.read_with_report(path, exclude_samples=["HG2"], skip_missing=True)
    np.testing.assert_array_equal(panel.alleles(), np.delete(ALLELES[[0, 1, 4, 5]], 4, axis=1))
    assert (report.haplotypes_dropped, report.dropped) == (2, {"with missing calls": 1})


FAULTS = {
    "no packed": ({"packed": None}, "must hold the array 'packed'"),
    "no n_sites": ({"n_sites": None}, "must hold the array 'n_sites'"),
    "n_sites 0": ({"n_sites": np.array(0)}, "at least 1"),
    "n_sites negative": ({"n_sites": np.array(-5)}, "at least 1"),
    "n_sites float": ({"n_sites": np.array(13.0)}, "'n_sites' has the wrong dtype"),
    "n_sites gigantic": ({"n_sites": np.array(2**62)}, r"must be uint8 of shape \(haplotypes, 576460752303423488\)"),
    "n_sites too large": ({"n_sites": np.array(17)}, r"must be uint8 of shape \(haplotypes, 3\)"),
    "bool packed": ({"packed": ALLELES.astype(bool)}, "'packed' has the wrong dtype"),
    "words": ({"packed": np.zeros((6, 2), np.uint64)}, "got uint64"),
    "flat": ({"packed": np.zeros(12, np.uint8)}, r"of shape \(12,\)"),
    "no rows": ({"packed": np.zeros((0, 2), np.uint8)}, r"of shape \(0, 2\)"),
    "positions": ({"positions": np.arange(12)}, r"'positions' must have shape \(13,\)"),
    "float positions": ({"positions": np.arange(13.0)}, "'positions' has the wrong dtype"),
    "alleles": ({"alt": np.array(["A"] * 2)}, "'alt' must have shape"),
    "names": ({"sample_ids": np.array(["a"] * 4)}, r"'sample_ids' must have shape \(6,\) or \(3,\)"),
    "missing_packed": ({"missing_packed": np.zeros((5, 2), np.uint8)}, "shape of 'packed'"),
    "position beyond int64": (
        {"positions": np.arange(13, dtype=np.uint64) + np.uint64(2**63 - 12)},
        r"'positions' must be below 2\^63; got 9223372036854775808",
    ),
    "contig not text": ({"chrom": np.array(b"2\xff")}, "'chrom' must be text"),
    "allele not text": ({"alt": np.array([b"A"] * 12 + [b"\xff"])}, "'alt' must be text"),
    "person not text": ({"sample_ids": np.array([b"a", b"b", b"\xff"])}, "'sample_ids' must be text"),
    "haplotype not text": ({"sample_ids": np.array([b"a"] * 5 + [b"\xff"])}, "'sample_ids' must be text"),
    "phases": ({"sample_ids": np.array(list("abcdef")), "persons": np.array(["p"] * 6), "phases": np.zeros(6, int) - 1},
               "'phases' must be"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_arrays_that_break_the_layout_are_refused(npz_of, fault):
    changes, message = FAULTS[fault]
    with pytest.raises(FileFormatError, match=rf"panel\.npz.*{message}"):
        ag.read(npz_of(**changes))


class Evidence:
    """An object whose unpickling leaves a trace."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


@pytest.mark.parametrize("name", ["packed", "sample_ids", "positions", "ref"])
def test_object_arrays_are_never_unpickled(tmp_path, name):
    path = tmp_path / "panel.npz"
    np.savez(path, allow_pickle=True, **arrays(**{name: np.array([Evidence()], dtype=object)}))
    with pytest.raises(FileFormatError, match="wrong dtype, object"):
        ag.read(path)


def npy(array):
    content = io.BytesIO()
    np.lib.format.write_array(content, array)
    return content.getvalue()


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(("name", "shape"), [("packed", (2**40, 2)), ("n_sites", (2**40,)), ("sample_ids", (6, 2**40))])
def test_an_array_that_claims_more_than_its_file_holds_is_refused_before_allocation(tmp_path, compression, name, shape):
    """The header of a terabyte, with a few bytes behind it."""
    members = {f"{key}.npy": npy(array) for key, array in arrays().items()}
    lie = io.BytesIO()
    descr = np.lib.format.dtype_to_descr(arrays()[name].dtype)
    np.lib.format.write_array_header_1_0(lie, {"shape": shape, "fortran_order": False, "descr": descr})
    members[f"{name}.npy"] = lie.getvalue() + bytes(100)
    with zipfile.ZipFile(tmp_path / "panel.npz", "w", compression) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    with pytest.raises(FileFormatError, match=f"the array '{name}' (claims|must have) shape"):
        ag.read(tmp_path / "panel.npz")


def test_a_truncated_archive_is_refused(npz_of):
    path = npz_of()
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(FileFormatError, match="damaged or truncated zip archive"):
        ag.read(path)


def test_a_damaged_array_is_refused(tmp_path):
    path = tmp_path / "panel.npz"
    np.savez(path, **arrays())
    content = path.read_bytes()
    at = content.index(np.packbits(ALLELES, axis=1, bitorder="little").tobytes())
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    with pytest.raises(FileFormatError, match="'packed' is damaged"):
        ag.read(path)


def test_what_is_written_is_the_documented_layout(panel, tmp_path):
    ag.write(panel, tmp_path / "panel.npz")
    with np.load(tmp_path / "panel.npz", allow_pickle=False) as written:
        alleles = np.unpackbits(written["packed"], axis=1, count=int(written["n_sites"]), bitorder="little")
        np.testing.assert_array_equal(alleles, panel.alleles())
        assert written["sample_ids"].tolist() == ["P1", "P2", "P3", "Q"]
        assert written["chrom"].tolist() == panel.sites.contig.tolist()
        assert written["ref"].tolist() == panel.sites.ref.tolist()
        assert set(written) == {"packed", "n_sites", "sample_ids", "positions", "chrom", "variant_ids", "ref", "alt"}


def test_text_that_numpy_would_cut_is_refused(panel, tmp_path, nothing_written):
    names = np.array(["a\0", *panel.samples.name.tolist()[1:]], dtype=np.dtypes.StringDType())
    samples = ag.Samples(names, panel.samples.person, panel.samples.phase)
    with pytest.raises(InputError, match="zero byte"):
        ag.write(ag.Haplotypes(panel.packed, panel.n_sites, panel.sites, samples), tmp_path / "p.npz")
    nothing_written.check()
