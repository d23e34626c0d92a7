from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from artgen_fast import io
from artgen_fast.cli import artgen, main
from artgen_fast.generators.markov import Markov
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("FOLDER", "-n", "0", "-o", "out.hapbits"), "at least 1; got 0"),
        (("FOLDER", "-n", "4", "-o", "out.xyz"), "xyz"),
        (("absent", "-n", "4", "-o", "out.hapbits"), "must be a folder that holds a trained model"),
        (("FOLDER", "-n", "4", "-o", "out.hapbits", "--seed", "-3"), "seed must be"),
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
