"""No command replaces a file unasked, or what it reads even then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import artgen_fast as ag
from artgen_fast import whole_files
from artgen_fast.cli import artgen
from artgen_fast.errors import InputError
from artgen_fast.generators.binomial import Binomial
from artgen_fast.generators.train_to_folder import train_to_folder
from artgen_fast.haplotypes import Haplotypes, Samples, Sites


@pytest.fixture
def folder(tmp_path):
    alleles = np.random.default_rng(0).integers(0, 2, (240, 40))
    sites = Sites.from_columns(np.arange(1, 41), "1", ref="A", alt="C")
    panel = Haplotypes.from_alleles(alleles, sites, Samples.from_persons([f"P{i}" for i in range(120)]))
    ag.write(panel, tmp_path / "panel.hapbits")
    for name, part in zip(("train", "holdout"), panel.split_by_person([0.5, 0.5], 0), strict=True):
        ag.write(part, tmp_path / f"{name}.hapbits")
    train_to_folder(Binomial(), tmp_path / "model", panel)
    return tmp_path


COMMANDS = {
    "import": (["import", "panel.hapbits", "-o", "new.vcf"], "new.vcf"),
    "sample": (["sample", "model", "-n", "4", "-o", "new.hapbits"], "new.hapbits"),
    "split": (["split", "panel.hapbits", "-o", "parts"], "parts/panel.holdout.hapbits"),
    "audit": (["audit", "train.hapbits", "train.hapbits", "--holdout", "holdout.hapbits", "-o", "new.tsv"], "new.tsv"),
}


def run(folder, monkeypatch, arguments):
    monkeypatch.chdir(folder)
    return CliRunner().invoke(artgen, arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_there_is_replaced_only_when_asked(folder, monkeypatch, command):
    arguments, output = COMMANDS[command]
    (folder / output).parent.mkdir(exist_ok=True)
    (folder / output).write_text("precious")
    before = sorted(folder.rglob("*"))
    refused = run(folder, monkeypatch, arguments)
    assert isinstance(refused.exception, InputError)
    assert str(refused.exception) == f"{Path(output)} is there already. Give another name, or --force to replace it."
    assert (folder / output).read_text() == "precious"
    assert sorted(folder.rglob("*")) == before, "and nothing else was written"
    replaced = run(folder, monkeypatch, [*arguments, "--force"])
    assert replaced.exit_code == 0, replaced.output
    assert (folder / output).read_bytes() != b"precious"


@pytest.mark.parametrize("read", ["train.hapbits", "holdout.hapbits"])
def test_an_audit_never_replaces_what_it_reads(folder, monkeypatch, read):
    content = (folder / read).read_bytes()
    arguments = [*COMMANDS["audit"][0][:-1], read, "--force"]
    assert "must be another file than what is read" in str(run(folder, monkeypatch, arguments).exception)
    assert (folder / read).read_bytes() == content


@pytest.mark.parametrize("output", ["panel.hapbits", "./panel.hapbits", "link.hapbits"])
def test_the_file_that_is_read_is_never_replaced(folder, monkeypatch, output):
    (folder / "link.hapbits").symlink_to(folder / "panel.hapbits")
    content = (folder / "panel.hapbits").read_bytes()
    refused = run(folder, monkeypatch, ["import", "panel.hapbits", "-o", output, "--min-maf", "0.4", "--force"])
    assert isinstance(refused.exception, InputError)
    assert "must be another file than what is read" in str(refused.exception)
    assert (folder / "panel.hapbits").read_bytes() == content


@pytest.mark.parametrize("command", ["import", "sample", "split", "audit", "train", "tune", "evaluate", "demo"])
def test_where_nothing_can_be_written_no_work_begins(folder, monkeypatch, command):
    of_folders = {
        "train": ["train", "binomial", "absent.hapbits", "-o", "new"],
        "tune": ["tune", "rbm", "absent.hapbits", "--validation", "absent.hapbits", "-o", "new"],
        "evaluate": ["evaluate", "absent.hapbits", "absent.npz", "-o", "new"],
        "demo": ["demo", "--panel", "absent.hapbits", "-o", "new"],
    }

    def refuse(dir):  # noqa: A002 - as tempfile calls it
        raise PermissionError(13, "Permission denied", f"{dir}/tmp")

    def read(*arguments, **options):
        raise AssertionError("a panel is read")

    monkeypatch.setattr(whole_files.tempfile, "TemporaryFile", refuse)
    for name in ("read", "read_with_report"):
        monkeypatch.setattr(ag.io, name, read)
    monkeypatch.setattr(Binomial, "sample_blocks", read)
    arguments = of_folders[command] if command in of_folders else COMMANDS[command][0]
    refused = run(folder, monkeypatch, arguments)
    assert isinstance(refused.exception, InputError), refused.exception
    assert "cannot (Permission denied). Choose another one." in str(refused.exception)
