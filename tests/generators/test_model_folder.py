import json
from pathlib import Path

import numpy as np
import pytest

from artgen_fast import generators
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators import model_folder, tensor_file
from artgen_fast.generators.binomial import Binomial
from artgen_fast.generators.markov import Markov
from artgen_fast.haplotypes import Haplotypes, Sites


@pytest.fixture
def folder(tmp_path: Path, panel: Haplotypes) -> Path:
    Binomial().fit(panel).save(tmp_path / "model")
    return tmp_path / "model"


def test_sites_are_kept_with_every_column(folder: Path, panel: Haplotypes) -> None:
    sites = generators.load(folder).sites
    assert sites.first_difference(panel.sites) is None
    assert np.array_equal(sites.id, panel.sites.id)


def test_text_of_any_alphabet_and_empty_text_survive(tmp_path: Path) -> None:
    sites = Sites.from_columns([3, 2, 2], contig=["", "çhr", "1\n2"], id=["", "", "é"])
    Binomial().fit(Haplotypes.from_alleles([[0, 1, 0], [1, 1, 0]], sites)).save(tmp_path / "m")
    read = Binomial.load(tmp_path / "m").sites
    assert read.first_difference(sites) is None
    assert read.id.tolist() == ["", "", "é"]


def test_the_same_model_is_the_same_bytes(folder: Path, tmp_path: Path, panel: Haplotypes) -> None:
    Binomial().fit(panel).save(tmp_path / "again")
    for name in (model_folder.TENSORS, model_folder.HEADER):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_saving_leaves_the_two_files_only_and_replaces_them(folder: Path, panel: Haplotypes) -> None:
    Markov(window=3).fit(panel).save(folder)
    assert sorted(file.name for file in folder.iterdir()) == [model_folder.HEADER, model_folder.TENSORS]
    assert isinstance(generators.load(folder), Markov)


def test_an_empty_folder_and_no_folder_hold_no_model(tmp_path: Path) -> None:
    for nothing in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match="must be a folder that holds a trained model"):
            generators.load(nothing)


def test_a_half_written_model_is_no_model(folder: Path) -> None:
    (folder / model_folder.HEADER).unlink()
    with pytest.raises(InputError, match=r"model.json is not there"):
        generators.load(folder)


def test_a_lost_tensor_file_is_said(folder: Path) -> None:
    (folder / model_folder.TENSORS).unlink()
    with pytest.raises(FileFormatError, match=r"model.safetensors is missing"):
        generators.load(folder)


def test_a_cut_tensor_file_is_refused(folder: Path) -> None:
    tensors = folder / model_folder.TENSORS
    tensors.write_bytes(tensors.read_bytes()[:-10])
    with pytest.raises(FileFormatError, match="cut short"):
        generators.load(folder)


@pytest.mark.parametrize("text", ["", "{", '{"model": "binomial"}'])
def test_a_changed_header_is_refused(folder: Path, text: str) -> None:
    (folder / model_folder.HEADER).write_text(text)
    with pytest.raises(FileFormatError, match=r"must be JSON|disagree"):
        generators.load(folder)


def test_another_kind_of_model_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="must hold a markov model; it holds a binomial model"):
        Markov.load(folder)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"version": 99}, FileFormatError, "of version 1"),
        ({"format": "else"}, FileFormatError, "must be an artgen_fast model"),
        ({"model": "unheard"}, FileFormatError, "newer artgen_fast"),
        ({"options": {"colour": 1}}, InputError, "options do not fit"),
        ({"n_sites": 39}, FileFormatError, r"of shape \(39\)"),
    ],
)
def test_a_sound_file_of_wrong_content_is_refused(
    folder: Path, change: dict[str, object], error: type[Exception], message: str
) -> None:
    contents = tensor_file.read(folder / model_folder.TENSORS)
    header = {**contents.header, **change}
    tensor_file.write(folder / model_folder.TENSORS, header, contents.tensors)
    (folder / model_folder.HEADER).write_text(json.dumps(header))
    with pytest.raises(error, match=message):
        generators.load(folder)


def test_site_columns_that_do_not_fit_their_lengths_are_refused(folder: Path) -> None:
    contents = tensor_file.read(folder / model_folder.TENSORS)
    lengths = contents.tensors["sites.id.lengths"].copy()
    lengths[0] += 1
    tensor_file.write(folder / model_folder.TENSORS, contents.header, {**contents.tensors, "sites.id.lengths": lengths})
    with pytest.raises(FileFormatError, match="'id' does not fit its lengths"):
        generators.load(folder)


def test_a_file_is_not_a_folder(tmp_path: Path, panel: Haplotypes) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="is a file"):
        Binomial().fit(panel).save(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
