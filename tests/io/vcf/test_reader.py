"""Reading VCF and BCF: what is kept, what is refused by default, and every way to damage a file."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import struct

import numpy as np
import pysam
import pysam.bcftools
import pytest

import artgen_fast as ag
from artgen_fast import Haplotypes, Samples, Sites
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.io.vcf import reader

HEADER = (
    "##fileformat=VCFv4.2\n##contig=<ID=20>\n##contig=<ID=X>\n"
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP2\tP3\n"
)


def record(position, *calls, ref="A", alt="G", contig="20", identifier=".", form="GT"):
    return "\t".join([contig, str(position), identifier, ref, alt, ".", "PASS", ".", form, *calls]) + "\n"


GOOD = record(10, "0|1", "1|1", "0|0", identifier="rs1")


@pytest.fixture
def vcf_of(tmp_path):
    """Write records to a `.vcf` file."""

    def write(*records, header=HEADER, name="panel.vcf"):
        path = tmp_path / name
        path.write_text(header + "".join(records))
        return path

    return write


def test_bits_sites_and_samples_are_the_written_ones(vcf_of):
    path = vcf_of(
        GOOD,
        record(10, "1|0", "0|0", "0|0", ref="A", alt="T"),
        record(20, "0|0", "0|1", "1|0", ref="GTC", alt="G"),
        record(5, "0|0", "0|1", "1|1", contig="X", identifier="a;b"),
    )
    panel = ag.read(path)
    assert panel.alleles().T.tolist() == [
        [0, 1, 1, 1, 0, 0],
        [1, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 0, 0, 1, 1, 1],
    ]
    assert panel.sites.contig.tolist() == ["20", "20", "20", "X"]
    assert panel.sites.position.tolist() == [10, 10, 20, 5]
    assert panel.sites.id.tolist() == ["rs1", "", "", "a;b"]
    assert panel.sites.ref.tolist() == ["A", "A", "GTC", "A"]
    assert panel.sites.alt.tolist() == ["G", "T", "G", "G"]
    assert panel.samples.person.tolist() == ["P1", "P1", "P2", "P2", "P3", "P3"]
    assert panel.samples.phase.tolist() == [0, 1] * 3
    assert panel.samples.name.tolist() == ["P1_A", "P1_B", "P2_A", "P2_B", "P3_A", "P3_B"]


def test_many_blocks_of_sites_with_dropped_ones_between_are_joined_in_order(vcf_of, monkeypatch):
    """Blocks of 8 sites, of which some are dropped: bytes of the packed rows are made of several blocks."""
    monkeypatch.setattr(reader, "_BLOCK_BYTES", 1)
    alleles = np.random.default_rng(1).integers(0, 2, (6, 203))
    missing = set(range(3, 203, 7))
    records = [
        record(site + 1, *(("0|." if site in missing else f"{a}|{b}") for a, b in column.reshape(3, 2)))
        for site, column in enumerate(alleles.T)
    ]
    kept = [site for site in range(203) if site not in missing]
    panel, report = ag.io.read_with_report(vcf_of(*records), skip_missing=True)
    np.testing.assert_array_equal(panel.alleles(), alleles[:, kept])
    assert panel.sites.position.tolist() == [site + 1 for site in kept]
    assert report.dropped == {"with missing calls": len(missing)}
    assert not np.unpackbits(panel.packed.view(np.uint8), axis=1, bitorder="little")[:, len(kept) :].any()


def test_an_unphased_homozygous_call_is_known_whatever_the_phase(vcf_of):
    assert ag.read(vcf_of(record(10, "0/0", "1/1", "0|1"))).alleles().tolist() == [[0], [0], [1], [1], [0], [1]]


def test_genotypes_among_other_fields_are_found(vcf_of):
    path = vcf_of(record(10, "0|1:7", "1|0:9", "0|0:1", form="GT:DP"))
    assert ag.read(path).alleles().ravel().tolist() == [0, 1, 1, 0, 0, 0]


REFUSED = {
    "missing": (record(20, "0|1", ".|.", "0|0"), "a missing call (column 11)", "skip_missing", "with missing calls"),
    "half missing": (
        record(20, "0|1", "0|0", "1|."),
        "a missing call (column 12)",
        "skip_missing",
        "with missing calls",
    ),
    "one dot": (record(20, ".", "0|1", "0|0"), "a missing call (column 10)", "skip_missing", "with missing calls"),
    "all dots": (record(20, ".", ".", "."), "a missing call", "skip_missing", "with missing calls"),
    "no genotypes": (record(20, "3", "3", "3", form="DP"), "no genotypes (GT)", "skip_missing", "with missing calls"),
    "unphased": (
        record(20, "0|1", "0/1", "0|0"),
        "unphased heterozygous call (column 11)",
        "skip_unphased",
        "unphased",
    ),
    "haploid": (record(20, "0|1", "1", "0|0"), "a call that is not diploid (column 11)", "skip_haploid", "not diploid"),
    "all haploid": (record(20, "1", "1", "0"), "calls of ploidy 1", "skip_haploid", "not diploid"),
    "triploid": (record(20, "1|0|0", "1|0", "0|1"), "calls of ploidy 3", "skip_haploid", "not diploid"),
    "multi-allelic": (
        record(20, "0|2", "1|0", "0|0", alt="G,TA"),
        "2 ALT alleles (G,TA)",
        "skip_multiallelic",
        "multi-allelic",
    ),
    "deletion": (record(20, "0|1", "1|0", "0|0", alt="<DEL>"), "ALT allele <DEL>", "skip_symbolic", "symbolic"),
    "star": (record(20, "0|1", "1|0", "0|0", alt="*"), "ALT allele *", "skip_symbolic", "symbolic"),
    "break end": (record(20, "0|1", "1|0", "0|0", alt="A]X:5]"), "ALT allele A]X:5]", "skip_symbolic", "symbolic"),
    "no ALT": (record(20, "0|0", "0|0", "0|0", alt="."), "no ALT allele", "skip_no_alt", "without an ALT allele"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_a_panel_cannot_hold_is_refused_and_the_named_option_drops_it(fault, vcf_of):
    line, what, option, reason = REFUSED[fault]
    path = vcf_of(GOOD, line, record(30, "1|0", "1|0", "1|0"))
    with pytest.raises(FileFormatError) as refusal:
        ag.read(path)
    for part in ("panel.vcf, record 2 (20:20)", what, f"{option}=True", f"--{option.replace('_', '-')}"):
        assert part in str(refusal.value)
    assert "(P" not in str(refusal.value)  # nobody's name belongs in a log
    others = {name: True for _, _, name, _ in REFUSED.values() if name != option}
    with pytest.raises(FileFormatError, match="record 2"):
        ag.read(path, **others)
    panel, report = ag.io.read_with_report(path, **{option: True})
    assert panel.sites.position.tolist() == [10, 30]
    assert panel.alleles().T.tolist() == [[0, 1, 1, 1, 0, 0], [1, 0, 1, 0, 1, 0]]
    assert report.dropped == {reason: 1}
    assert (report.sites_read, report.sites_kept) == (3, 2)


@pytest.mark.parametrize("order", list(itertools.permutations(["unphased", "missing", "haploid", "multi-allelic"])))
def test_the_first_faulty_record_is_named(vcf_of, order):
    lines = [REFUSED[fault][0].replace("\t20\t", f"\t{20 + at}\t", 1) for at, fault in enumerate(order)]
    with pytest.raises(FileFormatError) as refusal:
        ag.read(vcf_of(GOOD, *lines))
    assert f"record 2 (20:20) has {'an ' * (order[0] == 'unphased')}{REFUSED[order[0]][1]}" in str(refusal.value)


@pytest.mark.parametrize(("chosen", "fault"), [(["P2"], "missing"), (["P1", "P3"], "half missing")])
def test_the_column_of_a_fault_is_that_of_the_file_whichever_samples_are_chosen(vcf_of, chosen, fault):
    with pytest.raises(FileFormatError) as refusal:
        ag.read(vcf_of(GOOD, REFUSED[fault][0]), samples=chosen)
    assert REFUSED[fault][1] in str(refusal.value)


NOT_UTF_8 = {
    "sample": ("\tP3\n", "\tP\xe9\n", "the line #CHROM: sample names must be UTF-8"),
    "contig": ("20\t20\t", "2\xe9\t20\t", "record 2: contig, REF and ALT must be UTF-8"),
    "REF": ("\tC\tG\t", "\t\xe9\tG\t", "record 2: contig, REF and ALT must be UTF-8"),
    "ALT": ("\tC\tG\t", "\tC\t\xe9\t", "record 2: contig, REF and ALT must be UTF-8"),
}


@pytest.mark.parametrize("fault", NOT_UTF_8)
def test_text_that_is_not_utf_8_is_refused(fault, vcf_of):
    right, wrong, message = NOT_UTF_8[fault]
    path = vcf_of(GOOD, record(20, "0|1", "1|1", "0|0", ref="C"))
    text = path.read_text()
    assert text.count(right) == 1
    path.write_bytes(text.replace(right, wrong).encode("latin-1"))
    with pytest.raises(FileFormatError, match=rf"panel\.vcf, {message}"):
        ag.read(path)


def test_split_alleles_are_sites_of_their_own_like_those_of_bcftools(vcf_of, tmp_path):
    path = vcf_of(GOOD, record(20, "0|2", "1|0", "2|2", alt="G,TA"), record(30, "3|1", "2|0", "0|0", alt="C,G,<DEL>"))
    panel, report = ag.io.read_with_report(path, split_multiallelic=True, skip_symbolic=True)
    assert panel.sites.alt.tolist() == ["G", "G", "TA", "C", "G"]
    assert panel.alleles().T.tolist() == [
        [0, 1, 1, 1, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [0, 1, 0, 0, 1, 1],
        [0, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
    ]
    assert (report.records_split, report.dropped, report.sites_read) == (2, {"symbolic": 1}, 6)
    split = tmp_path / "split.vcf"
    pysam.bcftools.norm("-m", "-any", "-o", str(split), str(path), catch_stdout=False)
    np.testing.assert_array_equal(ag.read(split, skip_symbolic=True).alleles(), panel.alleles())


def test_a_split_record_outside_the_region_counts_once_for_each_allele(vcf_of):
    records = (GOOD, record(20, "0|2", "1|0", "2|2", alt="G,TA"))
    for option, dropped in (("split_multiallelic", 2), ("skip_multiallelic", 1)):
        _, report = ag.io.read_with_report(vcf_of(*records), region="20:1-15", **{option: True})
        assert report.dropped == {"outside the region": dropped}


def test_skip_and_split_exclude_each_other(vcf_of):
    with pytest.raises(InputError, match="exclude each other"):
        ag.read(vcf_of(GOOD), skip_multiallelic=True, split_multiallelic=True)


def test_a_record_that_a_filter_leaves_out_cannot_be_a_fault(vcf_of):
    path = vcf_of(GOOD, record(20, ".|.", "0/1", "1"), record(30, "0|0", "1|0", "0|0", alt="<DEL>"))
    for options in ({"region": "20:1-19"}, {"sites": Sites.from_columns([10], "20")}):
        assert ag.read(path, **options).n_sites == 1
    path = vcf_of(GOOD, record(20, "0|0", ".|.", "0|0", ref="AT"))
    assert ag.read(path, snps_only=True).n_sites == 1
    assert ag.read(path, samples=["P1", "P3_B"]).samples.name.tolist() == ["P1_A", "P1_B", "P3_B"]


def test_records_that_failed_a_filter_are_kept_unless_asked_otherwise(vcf_of):
    def filtered(position, name):
        fields = record(position, "0|1", "0|0", "1|0").split("\t")
        return "\t".join([*fields[:6], name, *fields[7:]])

    path = vcf_of(*(filtered(10 * place, name) for place, name in enumerate(("PASS", ".", "low", "low;q10"), start=1)))
    assert ag.read(path).n_sites == 4
    kept, report = ag.io.read_with_report(path, pass_only=True)
    assert kept.sites.position.tolist() == [10, 20]
    assert report.dropped == {"that failed a filter": 2}


def test_snps_only_drops_records_without_an_alternative(vcf_of):
    panel, report = ag.io.read_with_report(vcf_of(GOOD, record(20, "0|0", "0|0", "0|0", alt=".")), snps_only=True)
    assert panel.sites.position.tolist() == [10]
    assert report.dropped == {"not SNPs": 1}


@pytest.mark.parametrize(
    ("call", "option", "reason"),
    [("1", "skip_haploid", "not diploid"), (".|.", "skip_missing", "with missing calls")],
)
def test_people_whose_calls_drop_every_site_are_to_be_left_out(vcf_of, monkeypatch, call, option, reason):
    monkeypatch.setattr(reader, "_BLOCK_BYTES", 1)  # blocks of 8 sites: counts are over all of them
    path = vcf_of(*(record(site, call if site < 10 else "0|1", call, "0|0") for site in range(1, 21)))
    with pytest.raises(FileFormatError, match=r"exclude_samples \(artgen import --exclude-samples FILE\)"):
        ag.read(path)
    with pytest.raises(InputError, match=r"no site of .* is left") as refusal:
        ag.read(path, **{option: True})
    assert str(refusal.value).endswith(
        f"1 of 3 people have such calls at half or more of the sites {reason}. Leave those with the most out "
        "(bcftools stats -s - counts them by person): exclude_samples (artgen import --exclude-samples FILE)."
    )
    assert ag.read(path, exclude_samples=["P2"], **{option: True}).n_sites == 11


def test_people_are_not_to_be_left_out_where_their_calls_are_not_what_drops_the_sites(vcf_of):
    rare = [record(site, "0|1", "0|0", "0|0") for site in (10, 20)]
    path = vcf_of(*rare, record(30, "0|1", ".|.", "0|0"), *(record(site, "0|1", "1", "0|1") for site in (40, 50, 60)))
    options = {"skip_missing": True, "skip_haploid": True, "min_maf": 0.4}
    with pytest.raises(InputError, match="Use wider filters"):
        ag.read(path, region="20:1-30", **options)
    with pytest.raises(InputError, match=r"1 of 3 people .* not diploid\. Leave"):
        ag.read(path, **options)


def test_where_everybody_has_such_calls_nobody_is_to_be_left_out(vcf_of):
    path = vcf_of(*(record(site, "0", "1", "0") for site in (10, 20)))
    with pytest.raises(InputError, match=r"3 of 3 people have .*: choose other sites or another file"):
        ag.read(path, skip_haploid=True)
    with pytest.raises(FileFormatError) as refusal:
        ag.read(path)
    assert "exclude" not in str(refusal.value)


def test_how_many_others_have_the_fault_is_said(vcf_of):
    with pytest.raises(FileFormatError, match=r"has a missing call \(column 10, and 1 more\)"):
        ag.read(vcf_of(record(10, ".|.", "0|1", "0|.")))


@pytest.mark.parametrize(
    "content", [HEADER.replace("P2", "P1") + GOOD, HEADER.replace("##contig=<ID=20>\n", "") + GOOD]
)
def test_htslib_adds_nothing_of_its_own(vcf_of, capfd, content):
    """It writes past Python, to the file descriptor."""
    with contextlib.suppress(FileFormatError):
        assert ag.read(vcf_of(header=content)).n_sites == 1
    assert capfd.readouterr().err == ""


def test_a_call_of_an_allele_that_is_not_there_is_refused(vcf_of):
    with pytest.raises(FileFormatError, match=r"record 2 \(20:20\) has a call of ALT allele 2"):
        ag.read(vcf_of(GOOD, record(20, "0|2", "0|0", "0|0")))


NOT_A_WHOLE_VCF = {
    "empty": ("", "is empty"),
    "no column line": (HEADER.rpartition("#CHROM")[0], "#CHROM line"),
    "no records": (HEADER, "no records"),
    "no samples": (HEADER.split("\tFORMAT")[0] + "\n20\t10\t.\tA\tG\t.\t.\t.\n", "has no samples"),
    "repeated sample": (
        HEADER.replace("P3", "P1") + GOOD,
        "those of columns 10 and 12 are the same. Rename one (bcftools reheader --samples NAMES)",
    ),
    "too few calls": (HEADER + GOOD + record(20, "0|1", "0|0"), "record 2 (after 20:10)"),
    "cut line": (HEADER + GOOD + GOOD[:25], "no end"),
    "cut line with an end": (HEADER + GOOD + GOOD[:12] + "\n", "record 2 (after 20:10)"),
    "position": (HEADER + GOOD.replace("\t10\t", "\tten\t"), "record 1 (after the header)"),
    "genotype": (HEADER + GOOD.replace("0|0", "x|y"), "record 1 (after the header)"),
    "no line end": (HEADER + GOOD.rstrip("\n"), "no end"),
    "another file": ("hello\tworld\n", "must be a panel in one of the formats"),
}


@pytest.mark.parametrize("fault", NOT_A_WHOLE_VCF)
def test_a_text_that_is_no_whole_vcf_is_refused(fault, tmp_path):
    content, message = NOT_A_WHOLE_VCF[fault]
    path = tmp_path / "panel.vcf"
    path.write_text(content)
    with pytest.raises(FileFormatError) as refusal:
        ag.read(path)
    assert message in str(refusal.value)
    assert "panel.vcf" in str(refusal.value)


@pytest.fixture(params=[".vcf.gz", ".bcf"])
def compressed(request, tmp_path):
    """A BGZF file of many blocks."""
    alleles = np.random.default_rng(2).integers(0, 2, (600, 400))
    sites = Sites.from_columns(np.arange(1, 401), "20", ref="A", alt="G")
    path = tmp_path / f"panel{request.param}"
    ag.write(Haplotypes.from_alleles(alleles, sites, Samples.from_persons([f"P{i}" for i in range(300)])), path)
    return path


@pytest.mark.parametrize("kept", [20, 100, 0.3, 0.7, -28, -1])
def test_every_truncation_of_a_compressed_file_is_refused(compressed, kept):
    """-28 is the nasty one: all records are there, and htslib only warns."""
    content = compressed.read_bytes()
    compressed.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    with pytest.raises(FileFormatError, match=compressed.name):
        ag.read(compressed)


@pytest.mark.parametrize("at", [0.1, 0.35, 0.6, 0.95])
def test_a_damaged_block_is_refused(compressed, at):
    content = bytearray(compressed.read_bytes())
    content[int(at * len(content))] ^= 0xFF
    compressed.write_bytes(content)
    with pytest.raises(FileFormatError, match=compressed.name):
        ag.read(compressed)


def test_plain_gzip_is_read_and_its_truncation_refused(vcf_of, tmp_path):
    text = vcf_of(*(record(site, "0|1", "1|0", "0|0") for site in range(1, 500))).read_bytes()
    path = tmp_path / "panel.vcf.gz"
    path.write_bytes(gzip.compress(text))
    assert ag.read(path).n_sites == 499
    path.write_bytes(gzip.compress(text)[:-200])
    with pytest.raises(FileFormatError, match="damaged or truncated"):
        ag.read(path)


@pytest.mark.parametrize("compress", [False, True])
def test_a_bcf_that_claims_a_gigantic_header_is_refused(compressed, tmp_path, compress):
    content = gzip.decompress(compressed.read_bytes())
    if not content.startswith(b"BCF"):
        content = b"BCF\x02\x02" + struct.pack("<I", 100) + content
    content = content[:5] + struct.pack("<I", 0xFFFFFFF0) + content[9:]
    path = tmp_path / "gigantic.bcf"
    path.write_bytes(gzip.compress(content) if compress else content)
    with pytest.raises(FileFormatError, match="it claims 4,294,967,280"):
        ag.read(path)
