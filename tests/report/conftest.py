"""Small evaluations with every verdict: a set that leaks, one that fails, one of real people; with names that hurt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artgen_fast.evaluation import Evaluation, evaluate
from artgen_fast.haplotypes import Haplotypes, Samples

AWKWARD = 'markov <b> & "$x^2$" 日本'
COPIES, INDEPENDENT = "copies", "independent"
PERSON = "DONOR"


def founder_mosaics(n: int, seed: int) -> np.ndarray:
    """Haplotypes that copy segments of 30 founders, which are the same for every seed."""
    rng = np.random.default_rng(5)
    founders = rng.random((30, 150)) < rng.beta(0.6, 1.2, size=150)
    rng = np.random.default_rng([5, seed])
    switches = rng.random((n, 150)) < 0.04
    switches[:, 0] = True
    segment = np.cumsum(switches, axis=1) - 1
    source = np.take_along_axis(rng.integers(30, size=(n, 150)), segment, axis=1)
    return founders[source, np.arange(150)].astype(np.uint8)


def people(seed: int) -> Haplotypes:
    names = [f"{PERSON}{seed}_{person}" for person in range(60)]
    return Haplotypes.from_alleles(founder_mosaics(120, seed), samples=Samples.from_persons(names))


def rows(alleles: np.ndarray) -> Haplotypes:
    return Haplotypes.from_alleles(alleles, samples=Samples.synthetic(len(alleles)))


def independent_rows() -> Haplotypes:
    frequencies = founder_mosaics(120, 1).mean(axis=0)
    return rows((np.random.default_rng(3).random((120, 150)) < frequencies).astype(np.uint8))


@pytest.fixture(scope="session")
def evaluation() -> Evaluation:
    real = people(1)
    copies = founder_mosaics(120, 1).copy()
    copies[40:, ::50] ^= 1
    synthetic = {COPIES: rows(copies), INDEPENDENT: independent_rows(), AWKWARD: rows(founder_mosaics(120, 4))}
    labels = {str(person): ("north", "south")[place % 2] for place, person in enumerate(np.unique(real.samples.person))}
    return evaluate(
        real,
        synthetic,
        people(2),
        labels=labels,
        baselines=[INDEPENDENT, AWKWARD],
        utility=True,
        backend="reference",
        threads=1,
    )


@pytest.fixture(scope="session")
def without_holdout() -> Evaluation:
    """One set, no hold-out, no labels."""
    return evaluate(people(1), {INDEPENDENT: independent_rows()}, backend="reference", threads=1)


@pytest.fixture(scope="session")
def undefined(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """The same evaluation with NaN for every statistic that is a float, as its JSON would hold it."""

    def blank(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            # Edges of bins are always numbers, as the protocol's numbers are.
            return {
                name: item if "edges" in name or name == "protocol" else blank(item) for name, item in value.items()
            }
        if isinstance(value, list):
            return [blank(item) for item in value]
        return None if isinstance(value, float) else value

    path: Path = tmp_path_factory.mktemp("undefined") / "evaluation.json"
    path.write_text(json.dumps(blank(evaluation.as_dict())), encoding="utf-8")
    return Evaluation.from_json(path)
