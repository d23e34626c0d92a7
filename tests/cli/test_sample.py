from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from artgen_fast import io
from artgen_fast.cli import artgen, main
from artgen_fast.generators.markov import Markov
from artgen_fast.generators.rbm import RBM
from artgen_fast.haplotypes import Haplotypes, Sites


@pytest.fixture
def model(tmp_path: Path) -> Markov:
    alleles = np.random.default_rng(0).integers(0, 2, (30, 25))
    sites = Sites.from_columns(np.arange(1, 26) * 10, contig="7", ref="G", alt="T")
    markov = Markov(window=3).fit(Haplotypes.from_alleles(alleles, sites))
    markov.save(tmp_path / "model")
    return markov


@pytest.mark.parametrize("extension", ["hapbits", "npz", "vcf.gz", "hapt"])
def test_writes_what_the_model_generates_in_the_format_of_the_extension(
    model: Markov, tmp_path: Path, extension: str
) -> None:
    file = tmp_path / f"artificial.{extension}"
    result = CliRunner().invoke(artgen, ["sample", str(tmp_path / "model"), "-n", "12", "-o", str(file), "--seed", "5"])
    assert result.exit_code == 0, result.output
    assert "12 artificial haplotypes × 25 sites" in result.output
    written, expected = io.read(file), model.sample(12, seed=5)
    assert np.array_equal(written.alleles(), expected.alleles())
    assert np.array_equal(written.sites.position, expected.sites.position)


def test_as_many_rows_as_were_trained_on_unless_told(model: Markov, tmp_path: Path) -> None:
    result = CliRunner().invoke(artgen, ["sample", str(tmp_path / "model"), "-o", str(tmp_path / "rows.vcf.gz")])
    assert result.exit_code == 0, result.output
    assert "30 artificial haplotypes × 25 sites" in result.output
    assert len(io.read(tmp_path / "rows.vcf.gz")) == 30


def test_the_bar_reaches_the_end_and_one_row_is_one(model: Markov, tmp_path: Path) -> None:
    for file in ("rows.hapbits", "rows.npz"):
        result = CliRunner().invoke(artgen, ["sample", str(tmp_path / "model"), "-n", "1", "-o", str(tmp_path / file)])
        assert "sampling: 100%, haplotypes\n" in result.output
        assert "1 artificial haplotype × 25 sites" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("FOLDER", "-n", "0", "-o", "out.hapbits"), "at least 1 and at most 4,294,967,295; got 0"),
        (("FOLDER", "-n", "4", "-o", "out.xyz"), "xyz"),
        (("FOLDER", "-n", "5", "-o", "out.vcf.gz"), "so their number must be even"),
        (("FOLDER", "-n", "4", "-o", "absent/out.hapbits"), "the output's folder must exist"),
        (("FOLDER", "-n", "-4", "-o", "out.vcf.gz"), "at least 1 and at most 4,294,967,295; got -4"),
        (("FOLDER", "-n", "1" + 15 * "0", "-o", "out.vcf.gz"), "at most 4,294,967,295; got 1,000,000,000,000,000"),
        (("FOLDER", "-n", "1" + 15 * "0", "-o", "out.hapbits"), "at most 4,294,967,295; got 1,000,000,000,000,000"),
        (("absent", "-n", "4", "-o", "out.xyz"), "must end in one of"),
        (("absent", "-n", "4", "-o", "out.hapbits"), "must be a folder that holds a trained model"),
        (("FOLDER", "-n", "4", "-o", "out.hapbits", "--seed", "-3"), "is not in the range 0<=x<=9223372036854775807"),
        (("FOLDER", "-n", "4", "-o", "out.hapbits", "--device", "cpu"), "this model is of the kind 'markov'"),
        (("FOLDER", "-n", "4", "-o", "out.hapbits", "--threads", "1"), "this model is of the kind 'markov'"),
    ],
)
def test_mistakes_get_one_message_and_no_file(
    model: Markov,
    tmp_path: Path,
    arguments: tuple[str, ...],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["sample", *(str(tmp_path / "model") if each == "FOLDER" else each for each in arguments)])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


def test_machines_generate_where_they_are_told_to(
    model: Markov, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = RBM(hidden=4, epochs=1, gibbs_steps=1).fit(model.sample(20, seed=1))
    machine.save(tmp_path / "rbm")
    command = ["sample", str(tmp_path / "rbm"), "-n", "6", "-o", str(tmp_path / "out.hapbits")]
    for wrong, message in ((["--device", "tpu"], "device must be cpu, cuda"), (["--threads", "0"], "threads must be")):
        with pytest.raises(SystemExit):
            main([*command, *wrong])
        assert message in capsys.readouterr().err
    told: list[tuple[str, int | None]] = []
    sample = RBM.sample_blocks

    def noted(self: RBM, *arguments: Any, **options: Any) -> Any:
        told.append((self.device, self.threads))
        return sample(self, *arguments, **options)

    monkeypatch.setattr(RBM, "sample_blocks", noted)
    result = CliRunner().invoke(artgen, [*command, "--device", "cpu", "--threads", "1"])
    assert result.exit_code == 0, result.output
    assert told == [("cpu", 1)]
    assert np.array_equal(io.read(tmp_path / "out.hapbits").packed, machine.sample(6).packed)


@pytest.mark.parametrize(("n", "name"), [(4, "out.xyz"), (5, "out.vcf.gz"), (4, "absent/out.npz"), (4, ".")])
def test_an_impossible_output_is_found_before_anything_is_generated(
    model: Markov, tmp_path: Path, n: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Markov, "sample", lambda *arguments: pytest.fail("haplotypes were generated"))
    with pytest.raises(SystemExit):
        main(["sample", str(tmp_path / "model"), "-n", str(n), "-o", str(tmp_path / name)])


def test_sites_that_the_format_cannot_hold_are_found_before_anything_is_generated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Markov(window=3).fit(Haplotypes.from_alleles(np.eye(9, dtype=np.uint8))).save(tmp_path / "model")
    monkeypatch.setattr(Markov, "sample", lambda *arguments: pytest.fail("haplotypes were generated"))
    with pytest.raises(SystemExit):
        main(["sample", str(tmp_path / "model"), "-n", "4", "-o", str(tmp_path / "out.bcf")])
    assert "VCF needs a contig name for every site" in capsys.readouterr().err
