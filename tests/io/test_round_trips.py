"""What is written is read back: bits, sites and samples, in every format."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import artgen_fast as ag
from artgen_fast import Haplotypes, Samples, Sites
from artgen_fast.io import hapbits

EXTENSIONS = (".hapbits", ".npz", ".hapt", ".hapt.gz", ".vcf", ".vcf.gz", ".bcf")

names = st.text("abcXYZ019_.:-é", min_size=1, max_size=6).filter(lambda text: text != ".")
contigs = st.text("abcXYZ019_.", min_size=1, max_size=5).filter(lambda text: text != ".")
ids = st.one_of(st.just(""), st.text("rs0123456789:", min_size=1, max_size=8))
bases = st.text("ACGTN", min_size=1, max_size=4)


@st.composite
def panels(draw):
    """People (two consecutive rows each) at sites that all formats can carry."""
    persons = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    n_sites = draw(st.integers(1, 140))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def column(values, at_most=4):
        return random.choice(np.array(draw(st.lists(values, min_size=1, max_size=at_most)), dtype=object), n_sites)

    position, contig = column(st.integers(1, 2**31 - 1), at_most=10).astype(np.int64), column(contigs)
    order = np.lexsort([position, np.unique(contig.astype(str), return_inverse=True)[1]])
    sites = Sites.from_columns(
        position[order],
        contig=contig[order],
        id=column(ids),
        ref=column(bases),
        alt=column(bases),
    )
    alleles = random.integers(0, 2, (2 * len(persons), n_sites))
    return Haplotypes.from_alleles(alleles, sites, Samples.from_persons(persons))


@pytest.mark.parametrize("extension", EXTENSIONS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(panel=panels())
def test_a_panel_of_people_comes_back(extension, panel, same):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"panel{extension}"
        ag.write(panel, path)
        assert same(ag.read(path), panel)


@pytest.mark.parametrize("extension", [".hapbits", ".npz", ".hapt", ".hapt.gz"])
def test_artificial_rows_come_back_as_nobody(extension, panel, same, tmp_path):
    artificial = Haplotypes(panel.packed[:5], panel.n_sites, panel.sites, Samples.synthetic(5))
    ag.write(artificial, tmp_path / f"ag{extension}")
    assert same(ag.read(tmp_path / f"ag{extension}"), artificial)


@pytest.mark.parametrize("extension", [".hapbits", ".npz"])
def test_names_that_do_not_say_the_persons_come_back_with_them(extension, panel, same, tmp_path):
    """Names that pair nobody, or the wrong rows, and a person of one haplotype."""
    samples = Samples.from_persons(["P1", "P2"])
    odd = Samples(
        Samples.synthetic(5).name, np.append(samples.person, samples.person[:1]), np.array([0, 1, 0, 1, 0], np.int8)
    )
    misleading = Samples(samples.name, *(getattr(Samples.synthetic(4), field) for field in ("person", "phase")))
    for table in (odd, misleading, samples[:3]):
        original = Haplotypes(panel.packed[: len(table)], panel.n_sites, panel.sites, table)
        ag.write(original, tmp_path / f"p{extension}")
        assert same(ag.read(tmp_path / f"p{extension}"), original)


@pytest.mark.parametrize("extension", [".hapbits", ".npz", ".hapt"])
def test_sites_known_only_by_number_come_back(extension, same, tmp_path):
    panel = Haplotypes.from_alleles(np.eye(6, 70, dtype=np.uint8))
    ag.write(panel, tmp_path / f"p{extension}")
    assert same(ag.read(tmp_path / f"p{extension}"), panel)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_same_panel_gives_the_same_bytes(extension, panel, tmp_path):
    (tmp_path / "other").mkdir()
    paths = [tmp_path / f"p{extension}", tmp_path / "other" / f"p{extension}"]
    for path in paths:
        ag.write(panel, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_an_empty_panel_is_refused_and_leaves_no_file(extension, panel, nothing_written, tmp_path):
    nothing_written.start()
    for empty in (panel[:0], panel[:, :0]):
        with pytest.raises(ag.errors.InputError, match="at least one haplotype and one site"):
            ag.write(empty, tmp_path / f"p{extension}")
    nothing_written.check()


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_an_interrupted_write_leaves_the_old_file_and_no_other(extension, panel, same, tmp_path, monkeypatch):
    """Ctrl-C just before the new file takes its place."""
    path = tmp_path / f"p{extension}"
    ag.write(panel, path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}

    def interrupted(*arguments, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ag.write(panel[:, 1:], path)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("extension", [".vcf", ".vcf.gz", ".bcf", ".hapt", ".hapt.gz"])
def test_a_failure_in_the_middle_of_writing_leaves_no_file(extension, panel, nothing_written, tmp_path, monkeypatch):
    def out_of_memory(*arguments, **named):
        raise MemoryError

    monkeypatch.setattr("numpy.unpackbits", out_of_memory)
    with pytest.raises(MemoryError):
        ag.write(panel, tmp_path / f"p{extension}")
    nothing_written.check()


def test_blocks_that_stop_coming_leave_no_file(panel, nothing_written, tmp_path):
    def blocks():
        yield panel.packed[:3]
        raise RuntimeError("the generator broke")

    with pytest.raises(RuntimeError, match="the generator broke"):
        hapbits.write_blocks(blocks(), panel.sites, panel.samples, tmp_path / "p.hapbits")
    nothing_written.check()
