"""`.hapt` text and its legend."""

from __future__ import annotations

import errno
import gzip
import zipfile

import numpy as np
import pytest

import artgen_fast as ag
from artgen_fast import Haplotypes, Samples
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.io import hapt

TEXT = "Real HG1_A 0 1 1\nReal HG1_B 1 1 0\nAG AG0 0 0 1\n"
ALLELES = [[0, 1, 1], [1, 1, 0], [0, 0, 1]]
LEGEND = "id position a0 a1\nrs1 100 A G\n20:200_C_T 200 C T\n. 300 . .\n"


@pytest.fixture
def hapt_of(tmp_path):
    def write(text, name="panel.hapt"):
        path = tmp_path / name
        content = text.encode() if isinstance(text, str) else text
        if name.endswith(".gz"):
            content = gzip.compress(content)
        if name.endswith(".zip"):
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("inside.hapt", content)
        else:
            path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("name", ["panel.hapt", "panel.hapt.gz", "panel.hapt.zip", "disguised.hapt.zip", "panel.txt"])
def test_alleles_names_and_persons_are_read(hapt_of, tmp_path, name):
    path = hapt_of(TEXT, name)
    if name.startswith("disguised"):
        path = path.rename(tmp_path / "panel.hapt")
    panel = ag.read(path)
    assert panel.alleles().tolist() == ALLELES
    assert panel.samples.name.tolist() == ["HG1_A", "HG1_B", "AG0"]
    assert panel.samples.person.tolist() == ["HG1", "HG1", ""]
    assert panel.sites.position.tolist() == [1, 2, 3]
    assert not panel.sites.has_alleles


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("\n", "\r\n"),
        TEXT.replace(" ", "\t"),
        TEXT.replace("\n", "  \n"),
        TEXT.replace(" ", "   "),
        TEXT.rstrip("\n"),
        "\n" + TEXT + "\n\n",
    ],
)
def test_white_space_may_vary(hapt_of, text):
    assert ag.read(hapt_of(text)).alleles().tolist() == ALLELES


FAULTS = {
    "empty": ("", "is empty"),
    "blank": ("\n\n", "has no lines"),
    "allele 2": (TEXT.replace("1 1 0", "1 2 0"), r"line 2, site 2: an allele must be .*'2'"),
    "missing": (TEXT.replace("1 1 0", "1 1 NA"), r"line 2, site 3: .*'NA'"),
    "digits together": (TEXT.replace("1 1 0", "110"), r"line 2, site 1: .*'110'"),
    "letter as separator": (TEXT.replace("1 1 0", "1x1 0"), r"line 2, site 1"),
    "short line": (TEXT.replace("1 1 0", "1 1"), "line 2: every line must have as many alleles as line 1, 3; got 2"),
    "long line": (TEXT.replace("1 1 0", "1 1 0 0"), "line 2: .* as line 1, 3; got 4"),
    "no alleles": (TEXT + "AG AG1\n", "line 4: a line must be a label.* got 2 of the three"),
    "cut off": (TEXT[:-4], "line 3: every line"),
    "name": (TEXT.encode().replace(b"AG0", b"\xff\xfe"), "line 3: the haplotype name must be UTF-8"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_line_is_refused_by_its_number(hapt_of, fault):
    text, message = FAULTS[fault]
    with pytest.raises(FileFormatError, match=rf"panel\.hapt.*{message}"):
        ag.read(hapt_of(text))


@pytest.mark.parametrize("name", ["panel.hapt.gz", "panel.hapt.zip"])
@pytest.mark.parametrize("fault", ["truncated", "damaged"])
def test_a_damaged_archive_is_refused(hapt_of, name, fault):
    alleles = np.random.default_rng(0).integers(0, 2, (300, 200))
    path = hapt_of("".join(f"Real X{i} {' '.join(map(str, row))}\n" for i, row in enumerate(alleles)), name)
    content = bytearray(path.read_bytes())
    if fault == "damaged":
        content[len(content) // 2] ^= 0xFF
    else:
        del content[len(content) // 2 :]
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"panel\.hapt"):
        ag.read(path)


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_another_allele_than_the_checksum_says_is_refused(hapt_of, tmp_path, kind):
    """Damage that leaves a well-formed text: one 0 has become a 1."""
    if kind == "gzip":
        path = tmp_path / "panel.hapt.gz"
        content = gzip.compress(TEXT.encode(), compresslevel=0)
    else:
        path = tmp_path / "panel.hapt.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("panel.hapt", TEXT)
        content = path.read_bytes()
    assert content.count(b"HG1_A 0") == 1
    path.write_bytes(content.replace(b"HG1_A 0", b"HG1_A 1"))
    with pytest.raises(FileFormatError, match=r"panel\.hapt.*is (a )?damaged"):
        ag.read(path)


def test_a_gigantic_line_is_refused_without_reading_it_whole(hapt_of, monkeypatch):
    monkeypatch.setattr(hapt, "_LONGEST_LINE", 1000)
    with pytest.raises(FileFormatError, match="line 2: a line must be shorter than 1,000 bytes"):
        ag.read(hapt_of("Real X 1 0\nReal Y" + " 1" * 10**6, "panel.hapt.gz"))


@pytest.mark.parametrize("name", ["panel.legend", "panel.legend.gz"])
@pytest.mark.parametrize("panel_name", ["panel.hapt", "panel.hapt.gz", "panel.hapt.zip"])
def test_the_legend_beside_is_read(hapt_of, name, panel_name):
    hapt_of(LEGEND, name)
    sites = ag.read(hapt_of(TEXT, panel_name)).sites
    assert sites.position.tolist() == [100, 200, 300]
    assert sites.id.tolist() == ["rs1", "20:200_C_T", ""]
    assert sites.contig.tolist() == ["20", "20", "20"]
    assert sites.ref.tolist() == ["A", "C", ""]
    assert sites.alt.tolist() == ["G", "T", ""]


def test_a_given_legend_goes_before_the_one_beside(hapt_of):
    hapt_of("not a legend", "panel.legend")
    given = hapt_of("position a1 a0 id contig\n7 T A x X\n8 C G y X\n9 A T z X\n", "other.legend")
    sites = ag.read(hapt_of(TEXT), legend=given).sites
    assert [sites.describe(site) for site in range(3)] == ["X:7 A>T", "X:8 G>C", "X:9 T>A"]


@pytest.mark.parametrize(
    ("legend", "message"),
    [
        ("", "line 1: a legend must begin with"),
        ("rs1 100 A G\n", "line 1: a legend must begin with"),
        (LEGEND.replace("200 C T", "200 C"), "line 3: a line must have 4 columns"),
        (LEGEND.replace(" 200 ", " here "), "line 3: .* whole number"),
        (LEGEND.rpartition(". 300")[0], "one line for each of the 3 sites of .*panel.hapt; it has 2"),
        (LEGEND + "rs4 400 A C\n", "it has 4"),
        (LEGEND.replace(" 200 ", f" {2**63} "), "line 3: .* whole number below 2\\^63"),
        (LEGEND.replace(" 200 ", f" {'9' * 5000} "), "line 3: .* whole number below 2\\^63"),
        (b"\xff\xff\xff", "must be a text file"),
    ],
)
def test_a_faulty_legend_is_refused(hapt_of, legend, message):
    hapt_of(legend, "panel.legend")
    with pytest.raises(FileFormatError, match=rf"panel\.legend.*{message}"):
        ag.read(hapt_of(TEXT))


def test_of_a_wrong_legend_nothing_is_shown(hapt_of):
    """Given a panel, it would be people's names and alleles."""
    for legend in ("Real SOMEBODY_A 0 1 1\n", "id position a0 a1\nReal SOMEBODY_A 0 1 1\n"):
        with pytest.raises(FileFormatError) as refusal:
            ag.read(hapt_of(TEXT), legend=hapt_of(legend, "other.legend"))
        assert "SOMEBODY" not in str(refusal.value)


def test_a_number_that_only_begins_with_the_position_is_no_place(hapt_of):
    hapt_of("id position a0 a1\n20:1000 100 A G\nX:200 200 C T\nY:300:G:T 300 G T\n", "panel.legend")
    assert ag.read(hapt_of(TEXT)).sites.contig.tolist() == ["", "X", "Y"]


def test_the_written_text_is_the_documented_one(tmp_path):
    sites = ag.Sites.from_columns(
        [100, 200, 300], ["20", "20", "20"], ["rs1", "20:200_C_T", ""], ["A", "C", ""], ["G", "T", ""]
    )
    panel = Haplotypes.from_alleles(ALLELES, sites, Samples.from_haplotype_names(["HG1_A", "HG1_B", "AG0"]))
    ag.write(panel, tmp_path / "panel.hapt")
    assert (tmp_path / "panel.hapt").read_text() == TEXT
    assert (tmp_path / "panel.legend").read_text() == LEGEND


def test_contigs_that_no_id_says_get_a_column(panel, tmp_path):
    ag.write(panel, tmp_path / "panel.hapt")
    assert (tmp_path / "panel.legend").read_text().splitlines()[:2] == ["id position a0 a1 contig", "rs0 100 A G 20"]


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (Samples.from_persons(["two words"]), "words without spaces .* number 1 of 2 is not"),
        (Samples.from_haplotype_names(["x", ""]), "words without spaces .* number 2 of 2 is not"),
    ],
)
def test_names_must_be_words(samples, message, tmp_path, nothing_written):
    panel = Haplotypes.from_alleles(np.zeros((len(samples), 2), np.uint8), samples=samples)
    with pytest.raises(InputError, match=message):
        ag.write(panel, tmp_path / "p.hapt")
    nothing_written.check()


PEOPLE, NOBODY = Samples.from_persons(["P1"]), Samples.synthetic(2)
NAMES_THAT_SAY_SOMETHING_ELSE = {
    "nobody named like a person": Samples(PEOPLE.name, NOBODY.person, NOBODY.phase),
    "a person not named like one": Samples(NOBODY.name, PEOPLE.person, PEOPLE.phase),
    "another person": Samples(PEOPLE.name, Samples.from_persons(["P2"]).person, PEOPLE.phase),
    "the other phase": Samples(PEOPLE.name, PEOPLE.person, PEOPLE.phase[::-1]),
}


@pytest.mark.parametrize("kind", NAMES_THAT_SAY_SOMETHING_ELSE)
def test_names_that_say_another_person_or_phase_are_refused(kind, panel, tmp_path, nothing_written):
    samples = NAMES_THAT_SAY_SOMETHING_ELSE[kind]
    with pytest.raises(InputError, match=r"X_HAP_1 and X_HAP_2.* in 2 of 2 rows, the first is row 1\. Rename"):
        ag.write(Haplotypes(panel.packed[:2], panel.n_sites, panel.sites, samples), tmp_path / "p.hapt")
    nothing_written.check()


def test_a_full_disk_is_blamed_on_the_rows(tmp_path, monkeypatch):
    def fill(panel):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Haplotypes, "allele_blocks", fill)
    with pytest.raises(OSError, match="No space") as raised:
        hapt.write(Haplotypes.from_alleles(np.eye(3, dtype=np.uint8)), tmp_path / "full.hapt")
    assert raised.value.filename == str(tmp_path / "full.hapt")
    assert not any(tmp_path.iterdir())
