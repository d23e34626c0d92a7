"""Results hold arrays, which have no single truth value: results are compared as objects."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import pytest

import artgen_fast as ag
import artgen_fast.evaluation
import artgen_fast.metrics
import artgen_fast.privacy


def dataclasses_with_arrays():
    for package in (artgen_fast.metrics, artgen_fast.privacy, artgen_fast.evaluation):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for each in vars(importlib.import_module(found.name)).values():
                if inspect.isclass(each) and each.__module__ == found.name and holds_arrays(each):
                    yield each


def holds_arrays(of_type):
    return dataclasses.is_dataclass(of_type) and any("Array" in str(each.type) for each in dataclasses.fields(of_type))


@pytest.mark.parametrize("of_type", list(dataclasses_with_arrays()), ids=lambda of_type: of_type.__name__)
def test_dataclasses_with_arrays_are_compared_as_objects(of_type):
    assert of_type.__eq__ is object.__eq__
    assert of_type.__hash__ is object.__hash__


def test_results_can_be_compared_and_kept_in_sets(founders_panel):
    half, other = founders_panel[:, :40].split_by_person([0.5, 0.5], seed=0)
    for ask in (ag.metrics.allele_frequencies, ag.metrics.pca, ag.metrics.three_point, ag.metrics.shared_haplotypes):
        first, second = ask(half, other), ask(half, other)
        assert first == first
        assert first != second
        assert len({first, first, second}) == 2
