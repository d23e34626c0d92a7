"""Choosing haplotypes and sites: the same in every format."""

from __future__ import annotations

import gzip
import os
import subprocess

import numpy as np
import pytest

import artgen_fast as ag
from artgen_fast import Haplotypes, Samples
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.io import Region

FORMATS = (".hapbits", ".npz", ".hapt", ".vcf", ".bcf")


@pytest.fixture(params=FORMATS)
def path(request, panel, tmp_path):
    path = tmp_path / f"panel{request.param}"
    ag.write(panel, path)
    return path


def kept_sites(path, panel, **options):
    """Indices of the kept sites, by their places in the panel; checks bits and report on the way."""
    kept, report = ag.io.read_with_report(path, **options)
    place = {panel.sites.describe(site): site for site in range(panel.n_sites)}
    chosen = [place[kept.sites.describe(site)] for site in range(kept.n_sites)]
    np.testing.assert_array_equal(kept.alleles(), panel.alleles()[:, chosen])
    assert report.sites_read == panel.n_sites
    assert report.sites_kept == len(chosen)
    assert sum(report.dropped.values()) == panel.n_sites - len(chosen)
    assert report.haplotypes_read == report.haplotypes_kept == len(panel)
    return chosen, report


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("20", range(60)),
        ("X", range(60, 83)),
        ("20:200-500", [1, 2, 3, 4, 5]),
        ("20:201-499", [2, 3]),
        ("20:5,500-", range(54, 60)),
        ("X:100", [61]),
        (Region("X", 1100, None), range(81, 83)),
    ],
)
def test_a_region_keeps_its_ends(path, panel, region, expected):
    chosen, report = kept_sites(path, panel, region=region)
    assert chosen == list(expected)
    assert list(report.dropped) == ["outside the region"]


def test_of_several_regions_the_sites_of_any_are_kept_and_those_without_are_said(path, panel):
    chosen, report = kept_sites(path, panel, region=["X:100", "20:200-400", Region("20", 300, 500), "21", "20:101-150"])
    assert chosen == [1, 2, 3, 4, 5, 61]
    assert [str(region) for region in report.regions_without_sites] == ["21", "20:101-150"]


def test_a_site_list_matches_alleles_in_order_or_any(path, panel, tmp_path):
    sites = tmp_path / "wanted.txt"
    sites.write_text("# contig position ref alt\n20 300 G A\n20\t400 C T\nX 100\n20 500\nX 9999\n\n20 1000 C TTAC\n")
    chosen, report = kept_sites(path, panel, sites=sites)
    assert [panel.sites.describe(site) for site in chosen] == [
        "20:300 G>A",
        "20:500 A>G",
        "20:500 C>T",
        "20:1000 C>TTAC",
        "X:100 C>T",
    ]
    assert report.sites_not_found == 2
    assert report.dropped == {"not in the site list": 78}


def test_the_sites_of_a_hapbits_panel_or_of_a_table_are_a_site_list(path, panel, tmp_path):
    other = panel[:, [3, 40, 70]]
    ag.write(other, tmp_path / "other.hapbits")
    for wanted in (tmp_path / "other.hapbits", other.sites):
        assert kept_sites(path, panel, sites=wanted)[0] == [3, 40, 70]


def test_snps_only(path, panel):
    chosen, report = kept_sites(path, panel, snps_only=True)
    assert sorted(set(range(83)) - set(chosen)) == [9]
    assert report.dropped == {"not SNPs": 1}


@pytest.mark.parametrize("min_maf", [0.125, 0.25, 0.3, 0.5])
def test_min_maf_keeps_the_bound_itself(path, panel, min_maf):
    frequency = panel.alleles().mean(axis=0)
    expected = np.flatnonzero(np.minimum(frequency, 1 - frequency) >= min_maf)
    assert 0 < len(expected) < panel.n_sites or min_maf == 0.125
    assert kept_sites(path, panel, min_maf=min_maf)[0] == expected.tolist()


def test_thin_starts_anew_on_each_contig_and_counts_from_the_kept_site(path, panel):
    chosen, _ = kept_sites(path, panel, thin=250)
    expected, last = [], {}
    for site in range(83):
        contig, position = panel.sites.contig[site], int(panel.sites.position[site])
        if contig not in last or position - last[contig] >= 250:
            expected.append(site)
            last[contig] = position
    assert chosen == expected
    assert 60 in chosen


def test_thin_looks_at_what_the_other_filters_left(path, panel):
    assert kept_sites(path, panel, region="20:200-700", thin=200)[0] == [1, 3, 6]


def test_samples_are_persons_or_haplotypes_in_the_order_of_the_file(path, panel, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("Q\n# comment\n\nP1\nP3_B\n")
    for samples in (names, str(names), ["Q", "P1", "P3_B"]):
        kept, report = ag.io.read_with_report(path, samples=samples)
        assert kept.samples.name.tolist() == ["P1_A", "P1_B", "P3_B", "Q_A", "Q_B"]
        np.testing.assert_array_equal(kept.packed, panel.packed[[0, 1, 5, 6, 7]])
        assert (report.haplotypes_kept, report.haplotypes_dropped, report.haplotypes_read) == (5, 3, 8)


def test_min_maf_is_that_of_the_kept_haplotypes(path, panel):
    kept = ag.read(path, samples=["P1", "P2"], min_maf=0.5)
    counts = panel.alleles()[:4].sum(axis=0)
    np.testing.assert_array_equal(kept.alleles(), panel.alleles()[:4][:, counts == 2])


def test_no_filter_leaves_the_memory_map_alone(panel, tmp_path):
    ag.write(panel, tmp_path / "p.hapbits")
    kept = ag.read(tmp_path / "p.hapbits", min_maf=0.0, region=None, sites=panel.sites)
    assert isinstance(kept.packed.base, np.memmap)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": ["P1", "P9", "P8"]}, "2 of 3 are not, the first is number 2 of the list"),
        ({"samples": []}, "at least one person or haplotype; got none"),
        ({"min_maf": 0.6}, "from 0 to 0.5; got 0.6"),
        ({"min_maf": float("nan")}, "from 0 to 0.5; got nan"),
        ({"thin": -1}, "0 or more; got -1"),
        ({"region": "20:9-3"}, "1 <= START <= END"),
        ({"region": "20:0-3"}, "1 <= START <= END"),
        ({"region": "20:" + "9" * 5000}, "1 <= START <= END"),
        ({"region": f"20:1-{2**63}"}, "1 <= START <= END"),
        ({"region": ""}, "CONTIG:START-END"),
        ({"region": "chr20"}, "no site of .* is left .*There is no contig 'chr20'; the file's are 20, X. Ask for '20'"),
        ({"region": "21:1-5"}, "There is no contig '21'; the file's are 20, X. A region is CONTIG or"),
        ({"region": ["21", "20:1-5"]}, "Use wider filters; the file's sites are on contig 20, X"),
        ({"region": []}, "at least one; got none"),
        ({"region": "20\t100\t150"}, "such as 20:1000-2000; got"),
        ({"region": "20:100..150"}, "such as 20:1000-2000; got '20:100..150'. Correct it"),
        ({"region": "20:1-2-3"}, "got '20:1-2-3'"),
        ({"region": "20:"}, "got '20:'"),
        ({"region": "20:1e5-2e5"}, "got '20:1e5-2e5'"),
        ({"region": "20:101-150"}, "83 outside the region"),
        ({"legend": "x.legend"}, "legend"),
    ],
)
def test_impossible_options_are_refused(path, options, message):
    if "legend" in options and path.suffix == ".hapt":
        with pytest.raises(FileNotFoundError):
            ag.read(path, **options)
        return
    with pytest.raises(InputError, match=message):
        ag.read(path, **options)


@pytest.mark.parametrize(
    "text",
    [
        "20\n",
        "20 x\n",
        "20 5 A\n",
        "20 5 A C G\n",
        "20 -5\n",
        f"20 {2**63}\n",
        f"20 {'9' * 5000}\n",
        "",
        "# only a comment\n",
    ],
)
def test_a_faulty_site_list_is_refused(path, tmp_path, text):
    (tmp_path / "wanted.txt").write_text(text)
    with pytest.raises(FileFormatError, match=r"wanted\.txt(, line 1: a line| lists no sites)"):
        ag.read(path, sites=tmp_path / "wanted.txt")


def test_a_faulty_list_of_samples_is_refused(path, tmp_path):
    (tmp_path / "names.txt").write_text("P1\nP2\tEUR\n")
    with pytest.raises(FileFormatError, match=r"names\.txt, line 2: .* one name a line and nothing else; got 2 col"):
        ag.read(path, samples=tmp_path / "names.txt")
    (tmp_path / "names.txt").write_text("P1\n\nP9\n")
    with pytest.raises(InputError, match=r"1 of 2 are not, the first is in line 3 of .*names\.txt") as refusal:
        ag.read(path, samples=tmp_path / "names.txt")
    assert "P9" not in str(refusal.value)  # nobody's name belongs in a log
    (tmp_path / "names.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="must be a text file in UTF-8"):
        ag.read(path, samples=tmp_path / "names.txt")


def test_lists_may_begin_with_a_byte_order_mark_and_be_gzip(path, panel, tmp_path):
    for name, as_written in (("plain", bytes), ("gzip", gzip.compress)):
        (tmp_path / name).write_bytes(as_written("\ufeffP1\r\nQ\r\n".encode()))
        assert ag.read(path, samples=tmp_path / name).samples.name.tolist() == ["P1_A", "P1_B", "Q_A", "Q_B"]
        (tmp_path / name).write_bytes(as_written("\ufeff20\t300\r\nX 100\r\n".encode()))
        assert kept_sites(path, panel, sites=tmp_path / name)[0] == [2, 61]
    (tmp_path / "gzip").write_bytes(gzip.compress(b"20 300\n" * 1000)[:-20])
    with pytest.raises(FileFormatError, match="gzip is a damaged or truncated gzip file"):
        ag.read(path, sites=tmp_path / "gzip")


def test_a_list_may_come_through_a_pipe(path, panel, tmp_path):
    read, write = os.pipe()
    os.write(write, b"20 300\nX 100\n")
    os.close(write)
    assert kept_sites(path, panel, sites=f"/dev/fd/{read}")[0] == [2, 61]
    os.close(read)


def test_names_have_spaces_and_begin_as_comments_do(panel, tmp_path):
    people = Samples.from_persons(["P 1", "#2", "P3", "Q"])
    ag.write(Haplotypes(panel.packed, panel.n_sites, panel.sites, people), tmp_path / "p.vcf")
    (tmp_path / "names.txt").write_text("# P3\n#2\n  P 1 \n#Q\n#IID\tSEX\n")
    kept = ag.read(tmp_path / "p.vcf", samples=tmp_path / "names.txt")
    assert kept.samples.person.tolist() == ["P 1", "P 1", "#2", "#2"]
    (tmp_path / "names.txt").write_text("#2\nP 1\nP\n#Q\n")
    with pytest.raises(InputError, match=r"one name a line; 1 of 3 are not, the first is in line 3"):
        ag.read(tmp_path / "p.vcf", samples=tmp_path / "names.txt")


def test_a_file_that_is_no_site_list_is_refused_with_how_to_make_one_and_nothing_of_it(path, panel, tmp_path):
    def refusal(text):
        (tmp_path / "wanted").write_text(text)
        with pytest.raises(FileFormatError) as error:
            ag.read(path, sites=tmp_path / "wanted")
        return str(error.value)

    record = "20\t300\trs7\tG\tA\t.\t.\t.\tGT\t0|1\t1|1\n"
    assert r"bcftools query -f '%CHROM\t%POS\n'" in refusal("##fileformat=VCFv4.2\n#CHROM\tPOS\n" + record)
    assert refusal(record).endswith(
        "line 1: a line of a site list must be 'contig position' or 'contig position REF "
        "ALT', the position a whole number below 2^63; got 11 words. Correct the line."
    )
    assert "its second word is none" in refusal("SOMEBODY 1|1\n")
    assert "SOMEBODY" not in refusal("SOMEBODY 1|1\n")
    for bed in ("20\t299\t300\n", "20\t299\t300\tpeak\n"):  # the second has four words, as CONTIG POS REF ALT
        assert "as BED has it, which counts from 0" in refusal(bed)
    command = refusal("20\t298\t300\n").partition("list of that: ")[2].partition(" BED")[0]
    listed = subprocess.run(f"{command} {tmp_path / 'wanted'}", shell=True, capture_output=True, text=True, check=True)
    assert listed.stdout == "20 299\n20 300\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [({"region": "20"}, "does not give them"), ({"snps_only": True}, "needs the REF and ALT")],
)
def test_a_filter_on_what_the_sites_do_not_say_is_refused(tmp_path, options, message):
    ag.write(Haplotypes.from_alleles(np.eye(3, dtype=np.uint8), samples=Samples.synthetic(3)), tmp_path / "p.hapbits")
    with pytest.raises(InputError, match=message):
        ag.read(tmp_path / "p.hapbits", **options)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HLA:A*01", Region("HLA:A*01")),
        ("HLA:A:1-5", Region("HLA:A", 1, 5)),
        ("HLA-A*24:02:01:02L", Region("HLA-A*24:02:01:02L")),
        ("HLA:E", Region("HLA:E")),
        ("reg.bed", Region("reg.bed")),
        ("1:1,000,000-2,000,000", Region("1", 10**6, 2 * 10**6)),
        ("chr1", Region("chr1")),
        ("1:7", Region("1", 7, 7)),
        ("1:7-", Region("1", 7, None)),
    ],
)
def test_regions_are_parsed(text, expected):
    assert Region.parse(text) == expected


def test_a_file_is_no_region_but_a_contig_may_be_called_like_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("reg.bed", "20", "NC_000020.11"):
        (tmp_path / name).write_text("20\t1\t2\n")
    for region in ("reg.bed", str(tmp_path / "20")):
        with pytest.raises(InputError, match=r"which is a file\. Give a list of sites instead"):
            Region.parse(region)
    assert Region.parse("20").contig == "20"
    assert Region.parse("NC_000020.11").contig == "NC_000020.11"
