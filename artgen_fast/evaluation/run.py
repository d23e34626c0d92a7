"""Run the statistics of an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from artgen_fast.errors import InputError
from artgen_fast.evaluation.checks import checks_of
from artgen_fast.evaluation.leaks import LeakEvidence
from artgen_fast.evaluation.results import (
    HOLDOUT,
    REAL,
    Evaluation,
    PanelSize,
    Protocol,
    SetEvaluation,
    SitesSummary,
)
from artgen_fast.evaluation.shared import Shared
from artgen_fast.evaluation.statistics import QUICK_HAPLOTYPES, STATISTICS, Statistic, chosen_statistics
from artgen_fast.evaluation.verdict import Reference, Verdict, judge
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.haplotype_homozygosity import require_carriers, require_cores
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.panels.checks import require_haplotypes, require_holdout, require_order
from artgen_fast.metrics.scores import scores
from artgen_fast.metrics.uncertainty.intervals import BOOTSTRAP_DRAWS, JACKKNIFE_GROUPS, LEVEL
from artgen_fast.metrics.uncertainty.label_permutations import PERMUTATIONS
from artgen_fast.whole_numbers import require_seed

REPEATS = 10
"""Cuts by person over which nearest-neighbour accuracies are averaged, where the panels' sizes differ."""

Progress = Callable[[str, int, int], None]
"""Called with what is being computed, steps done, steps in all."""


def evaluate(
    real: Haplotypes,
    synthetic: Haplotypes | Mapping[str, Haplotypes],
    holdout: Haplotypes | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    baselines: Collection[str] = (),
    metrics: Collection[str] | None = None,
    quick: bool = False,
    utility: bool = False,
    cores: Sequence[int] | None = None,
    at_most: int | None = None,
    seed: int = 0,
    repeats: int = REPEATS,
    backend: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate one or several synthetic sets.

    All panels are cut to the size of the smallest, by person, since nearest distances shrink with n, so that
    every number of a synthetic set can be read beside the hold-out's. Copies and near copies of training rows and
    stretches shared with them are looked for in whole panels.

    Parameters
    ----------
    real : Haplotypes
        Exactly the rows that the models were fitted on.
    synthetic : Haplotypes, or mapping of str to Haplotypes
        One set, which is called "synthetic", or several under their names.
    holdout : Haplotypes, optional
        Unseen real people, kept out of fitting, stopping and tuning. Without it leaks cannot be told.
    labels : mapping of str to str, optional
        Person → population, for every person of ``real`` (`artgen_fast.io.read_labels` reads them).
    baselines : collection of str
        Names of the sets in ``synthetic`` that are there for comparison.
    metrics : collection of str, optional
        Names of `STATISTICS` to compute; default: all but those of utility, and but those that need a hold-out or
        labels where there are none.
    quick : bool
        Compare at most 1,000 haplotypes of each panel (``at_most``), once, and without ``metrics`` only the quick
        statistics; near copies and shared stretches are looked for in so many rows only.
    utility : bool
        Also ask what the sets are good for: ``imputation``, which needs a hold-out, ``selection_scan``
        and ``haplotype_windows``.
    cores : sequence of int, optional
        Indices of sites around which extended haplotype homozygosity is followed; default: sites drawn at random, as
        for `artgen_fast.metrics.haplotype_homozygosity`.
    at_most : int, optional
        Most haplotypes of each panel to compare, drawn by person: times grow with the square of their number. What is
        looked for in whole panels still is. Default: as many as the smallest panel has.
    seed : int
        Of the cuts, resamplings and permutations. Same input, same seed, same answer.
    repeats : int
        Number of cuts to average nearest-neighbour accuracies over, where sizes differ.
    backend : str, optional
        Of the neighbour searches, as for `artgen_fast.kernels.hamming.nearest`.
    threads : int, optional
        Default: the usable CPUs.
    progress : callable, optional
        Called with what is being computed, the steps done and the steps in all.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        If the panels' sites differ or are not in order, a panel has fewer than two haplotypes, people of the hold-out
        are among the real ones, the rows of one of both parts are of persons and the other's are not, a name is taken
        or unknown, a person has no label, the cores are not possible, or something is asked for that another argument
        leaves out.
    """
    seed = require_seed(seed)
    named = dict(synthetic) if isinstance(synthetic, Mapping) else {"synthetic": synthetic}
    _check_names(named, baselines)
    require_haplotypes({REAL: real} | ({} if holdout is None else {HOLDOUT: holdout}) | named)
    statistics = chosen_statistics(metrics, quick, utility)
    for statistic in statistics:
        # The quick and the usual ones are left out where they cannot be told; those asked for are not.
        if statistic.utility or metrics is not None:
            _require_told(statistic, holdout is not None, labels is not None)
    chosen_cores = None if cores is None else require_carriers(real, require_cores(cores, real.n_sites))
    if chosen_cores is not None and all(statistic.name != "haplotype_homozygosity" for statistic in statistics):
        raise InputError(
            "cores are for the statistic haplotype_homozygosity, which is not among those chosen. Name it in metrics, "
            "or leave the cores out."
        )
    require_order(real.sites)
    if holdout is not None:
        require_holdout(holdout, real)
    panels = {REAL: real} | ({} if holdout is None else {HOLDOUT: holdout}) | named
    if quick and at_most is None:
        at_most = QUICK_HAPLOTYPES
    searches = NeighbourSearches(
        panels,
        seed=seed,
        repeats=1 if quick else repeats,
        at_most=at_most,
        at_most_of_whole=at_most if quick else None,
        histograms=any(statistic.name == "pairwise_distances" for statistic in statistics),
        backend=backend,
        threads=threads,
    )
    shared = Shared(searches, panels, labels, seed, threads, chosen_cores)
    todo = {name: _of_set(statistics, name, holdout is not None, labels is not None) for name in shared.compared}
    total, done = sum(map(len, todo.values())), 0
    sets: dict[str, SetEvaluation] = {}
    for name, of_set in todo.items():
        results: dict[str, Any] = dict.fromkeys(statistic.name for statistic in STATISTICS)
        for statistic in of_set:
            if progress is not None:
                progress(f"{name}: {statistic.what}", done, total)
            results[statistic.name] = statistic.compute(shared, name)
            done += 1
        role = HOLDOUT if name == HOLDOUT else "baseline" if name in baselines else "synthetic"
        sets[name] = _set_evaluation(name, role, _panel_size(panels[name]), results, sets.get(HOLDOUT))
    if progress is not None:
        progress("done", total, total)
    return Evaluation(
        protocol=Protocol(
            n=searches.n,
            repeats=searches.repeats,
            cut=searches.sizes.description,
            seed=seed,
            interval_level=LEVEL,
            bootstrap_draws=BOOTSTRAP_DRAWS,
            jackknife_groups=JACKKNIFE_GROUPS,
            permutations=PERMUTATIONS,
            metrics=tuple(statistic.name for statistic in statistics),
        ),
        sites=_sites_summary(real),
        real=_panel_size(real),
        holdout=sets.pop(HOLDOUT, None),
        sets=sets,
    )


def _of_set(statistics: list[Statistic], name: str, has_holdout: bool, has_labels: bool) -> list[Statistic]:
    """The statistics that there are for a set."""
    return [
        statistic
        for statistic in statistics
        if ((has_holdout and name != HOLDOUT) or not statistic.needs_holdout)
        and (has_labels or not statistic.needs_labels)
    ]


def _set_evaluation(
    name: str, role: str, panel: PanelSize, results: dict[str, Any], ceiling: SetEvaluation | None
) -> SetEvaluation:
    """A set's statistics with its scores and, but for the hold-out, its verdict."""
    radar = scores(
        results["aa_ts"],
        results["allele_frequencies"],
        results["ld_decay"],
        results["pairwise_distances"],
        results["three_point"],
    )
    return SetEvaluation(
        name=name,
        role=role,
        panel=panel,
        **results,
        scores=radar,
        verdict=None if role == HOLDOUT else _verdict(results, ceiling),
    )


def _verdict(results: dict[str, Any], ceiling: SetEvaluation | None) -> Verdict | None:
    evidence = LeakEvidence.of(results.__getitem__)
    if results["aa_ts"] is None or results["one_nn_accuracy"] is None:
        only_leaks = judge(None, None, evidence=evidence, has_holdout=ceiling is not None)
        looked = bool(evidence.tests()) or evidence.privacy is not None
        return only_leaks if looked or only_leaks.leaks or only_leaks.leak_suspected else None
    if ceiling is not None and ceiling.aa_ts is not None and ceiling.one_nn_accuracy is not None:
        reference = Reference.holdout(ceiling.aa_ts, ceiling.one_nn_accuracy)
    else:
        reference = Reference.expectation(results["one_nn_accuracy"])
    unseen = None if ceiling is None else {name: getattr(ceiling, name) for name in results}
    return judge(results["aa_ts"], reference, checks=checks_of(results, unseen), evidence=evidence)


def _require_told(statistic: Statistic, has_holdout: bool, has_labels: bool) -> None:
    """Say what is missing for a statistic that was asked for."""
    if statistic.needs_holdout and not has_holdout:
        raise InputError(
            f"{statistic.name} needs unseen real people; got no hold-out. Give one (artgen split makes it), or ask for "
            "other statistics."
        )
    if statistic.needs_labels and not has_labels:
        raise InputError(
            f"{statistic.name} needs the population of each real person; got no labels. Give them, or ask for other "
            "statistics."
        )


def _check_names(named: Mapping[str, Any], baselines: Collection[str]) -> None:
    if not named:
        raise InputError("evaluate needs at least one synthetic set; got none.")
    for name in named:
        if not isinstance(name, str) or not name.strip() or name in (REAL, HOLDOUT):
            raise InputError(
                f"a synthetic set's name must be a text other than '{REAL}' and '{HOLDOUT}'; got {name!r}. Rename it."
            )
    if isinstance(baselines, str):
        raise InputError(f"baselines must be a list of names; got the text {baselines!r}. Write [{baselines!r}].")
    unknown = sorted(set(baselines) - set(named))
    if unknown:
        raise InputError(f"baselines must be names of synthetic sets ({', '.join(named)}); got {', '.join(unknown)}.")


def _panel_size(panel: Haplotypes) -> PanelSize:
    persons = panel.samples.person
    return PanelSize(len(panel), len(np.unique(persons[persons != ""])))


def _sites_summary(panel: Haplotypes) -> SitesSummary:
    contigs = tuple(dict.fromkeys(str(contig) for contig in panel.sites.contig))
    on_first = panel.sites.position[panel.sites.contig == contigs[0]]
    return SitesSummary(panel.n_sites, contigs, int(on_first.min()), int(on_first.max()))
