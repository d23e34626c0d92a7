from pathlib import Path

import numpy as np
import pytest

from artgen_fast.errors import FileFormatError
from artgen_fast.generators import binomial, model_folder, tensor_file
from artgen_fast.generators.binomial import Binomial
from artgen_fast.haplotypes import Haplotypes


def test_frequencies_are_the_counted_ones(panel: Haplotypes) -> None:
    assert np.array_equal(Binomial().fit(panel).frequencies(), panel.alleles().mean(axis=0))


def test_fixed_sites_stay_fixed() -> None:
    sampled = Binomial().fit(Haplotypes.from_alleles([[0, 1, 0], [0, 1, 1]])).sample(1000).alleles()
    assert sampled[:, 0].max() == 0
    assert sampled[:, 1].min() == 1
    assert 0 < sampled[:, 2].mean() < 1


def test_the_block_size_does_not_change_the_sample(panel: Haplotypes, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Binomial().fit(panel)
    whole = model.sample(33, seed=4).packed
    monkeypatch.setattr(binomial, "_BLOCK_UNIFORMS", 5 * panel.n_sites)
    assert np.array_equal(model.sample(33, seed=4).packed, whole)


@pytest.mark.parametrize("count", [-1, 121])
def test_impossible_counts_are_refused(count: int, tmp_path: Path, panel: Haplotypes) -> None:
    Binomial().fit(panel).save(tmp_path)
    contents = tensor_file.read(tmp_path / model_folder.TENSORS)
    counts = contents.tensors["alternative_counts"].copy()
    counts[3] = count
    changed = {**contents.tensors, "alternative_counts": counts}
    tensor_file.write(tmp_path / model_folder.TENSORS, contents.header, changed)
    with pytest.raises(FileFormatError, match="from 0 to the 120 training haplotypes"):
        Binomial.load(tmp_path)
