"""Evaluate synthetic haplotypes: every statistic, of several sets side by side, against unseen real people.

The JSON of `Evaluation.to_json` holds aggregate numbers only: no genotypes, no sample names, no row of a person. Its
keys are the fields of the dataclasses here and in `artgen_fast.metrics`, whose docstrings say what each one means;
NaN and infinities are null::

    {"format": "artgen_fast.evaluation", "format_version": 1,
     "protocol": {"n", "repeats", "cut", "seed", …},
     "sites": {…}, "real": {"haplotypes", "persons"},
     "holdout": null or a set, "sets": {name: {"role", "panel", "aa_ts", "one_nn_accuracy", "nn_chains",
     "privacy_score", "copies", "nearest_training", "allele_frequencies", "ld_decay", "pairwise_distances", "pca",
     "off_support", "populations", "scores", "verdict"}}}
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.aa_ts import AATS, aa_ts_of
from artgen_fast.metrics.allele_frequencies import AlleleFrequencies, GroupedCounts, allele_frequencies_of
from artgen_fast.metrics.copies import Copies, copies_of
from artgen_fast.metrics.label_permutations import PERMUTATIONS
from artgen_fast.metrics.ld_decay import LDDecay, common_pairs, distance_edges, ld_decay_of, pair_counts, sample_pairs
from artgen_fast.metrics.nearest_training import NearestTraining, nearest_training_of
from artgen_fast.metrics.neighbours import NeighbourSearches
from artgen_fast.metrics.nn_chains import NNChains, nn_chains_of
from artgen_fast.metrics.off_support import OffSupport, off_support_of
from artgen_fast.metrics.one_nn_accuracy import OneNNAccuracy, one_nn_accuracy_of
from artgen_fast.metrics.pairwise import PairwiseDistances, pairwise_distances_of
from artgen_fast.metrics.pca import PCA, compare_on_axes, joint_comparison, principal_axes, score_extent
from artgen_fast.metrics.populations import Populations, populations_of, row_labels
from artgen_fast.metrics.privacy_score import PrivacyScore, privacy_score_of
from artgen_fast.metrics.scores import Scores, scores
from artgen_fast.metrics.serialization import from_plain, to_plain
from artgen_fast.metrics.uncertainty import BOOTSTRAP_DRAWS, JACKKNIFE_GROUPS, LEVEL, Interval
from artgen_fast.metrics.verdict import Reference, Verdict, judge
from artgen_fast.whole_files import whole_file

FORMAT = "artgen_fast.evaluation"
FORMAT_VERSION = 1

REPEATS = 10
"""Cuts by person over which nearest-neighbour accuracies are averaged, where the panels' sizes differ."""

REAL, HOLDOUT = "real", "holdout"

Progress = Callable[[str, int, int], None]
"""Called with what is being computed, steps done, steps in all."""


@dataclass(frozen=True, slots=True)
class PanelSummary:
    """Size of a panel: its haplotypes, and the persons that they belong to (0 for synthetic rows)."""

    haplotypes: int
    persons: int


@dataclass(frozen=True, slots=True)
class SitesSummary:
    """The sites that all panels share: their number, contigs, and first and last position on the first contig."""

    number: int
    contigs: tuple[str, ...]
    first_position: int
    last_position: int


@dataclass(frozen=True, slots=True)
class Protocol:
    """How the sets were compared.

    Attributes
    ----------
    n : int
        Haplotypes compared of every set, training and hold-out included.
    repeats : int
        Cuts to n haplotypes over which AA_TS, 1-NN accuracies and privacy scores are averaged; the other statistics
        are of the first cut.
    cut : str
        Which sets were cut, in words; empty if all have n haplotypes.
    seed : int
    interval_level : float
        Aimed coverage of all intervals.
    bootstrap_draws, jackknife_groups, permutations : int
    """

    n: int
    repeats: int
    cut: str
    seed: int
    interval_level: float
    bootstrap_draws: int
    jackknife_groups: int
    permutations: int


@dataclass(frozen=True, slots=True)
class SetEvaluation:
    """Everything about one set in the place of the synthetic one.

    Attributes
    ----------
    name : str
    role : str
        "synthetic", "baseline" or "holdout".
    panel : PanelSummary
    privacy_score, copies, nearest_training : PrivacyScore, Copies, NearestTraining or None
        Only with a hold-out, and not of the hold-out itself.
    populations : Populations or None
        Only with labels.
    verdict : Verdict or None
        Not of the hold-out itself.
    """

    name: str
    role: str
    panel: PanelSummary
    aa_ts: AATS
    one_nn_accuracy: OneNNAccuracy
    nn_chains: NNChains
    privacy_score: PrivacyScore | None
    copies: Copies | None
    nearest_training: NearestTraining | None
    allele_frequencies: AlleleFrequencies
    ld_decay: LDDecay
    pairwise_distances: PairwiseDistances
    pca: PCA
    off_support: OffSupport
    populations: Populations | None
    scores: Scores
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One or more synthetic sets beside unseen real people, all against the rows that the models were fitted on.

    Attributes
    ----------
    protocol : Protocol
    sites : SitesSummary
    real : PanelSummary
    holdout : SetEvaluation or None
        Unseen real people in the place of the synthetic set: the honest ceiling.
    sets : dict of str to SetEvaluation
        Every synthetic set and baseline by its name, in the order given.
    """

    protocol: Protocol
    sites: SitesSummary
    real: PanelSummary
    holdout: SetEvaluation | None
    sets: dict[str, SetEvaluation]

    def as_dict(self) -> dict[str, Any]:
        """The evaluation as plain JSON values, with the format's name and version."""
        plain: dict[str, Any] = {"format": FORMAT, "format_version": FORMAT_VERSION}
        plain.update(to_plain(self))
        return plain

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the evaluation as JSON (the module's docstring gives its schema); the file appears when whole."""
        text = json.dumps(self.as_dict(), allow_nan=False, ensure_ascii=False)
        with whole_file(path) as partial:
            partial.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def from_json(cls, path: str | os.PathLike[str]) -> Evaluation:
        """Read an evaluation that `to_json` wrote.

        Raises
        ------
        FileFormatError
            If the file is no JSON, no evaluation, of another version, or has wrong fields.
        """
        try:
            plain = json.loads(Path(path).read_text(encoding="utf-8"))
        except ValueError as error:
            raise FileFormatError(
                f"{path} must be an evaluation in JSON; {error}. Run artgen evaluate again."
            ) from error
        if not isinstance(plain, dict) or plain.pop("format", None) != FORMAT:
            raise FileFormatError(
                f"{path} must be an evaluation (format '{FORMAT}'); it is other JSON. Use the evaluation.json that "
                "artgen evaluate writes."
            )
        version = plain.pop("format_version", None)
        if version != FORMAT_VERSION:
            raise FileFormatError(
                f"{path} must be of format version {FORMAT_VERSION}; got {version}. Run artgen evaluate again, or use "
                "the version of artgen_fast that wrote it."
            )
        try:
            return from_plain(cls, plain, "evaluation")
        except InputError as error:
            raise FileFormatError(f"{path}: {error}") from error

    def summary_table(self) -> list[dict[str, str]]:
        """The main numbers as text: one row a set, the same columns in each; the hold-out comes first."""
        shown = ([self.holdout] if self.holdout else []) + list(self.sets.values())
        return [
            {
                "set": "unseen people (hold-out)" if each.role == HOLDOUT else each.name,
                "AA_truth": _with_interval(each.aa_ts.truth_half_tie, each.aa_ts.truth_half_tie_interval),
                "AA_syn": _with_interval(each.aa_ts.syn_half_tie, each.aa_ts.syn_half_tie_interval),
                "AA_TS strict": _number(each.aa_ts.value),
                "AF r": _number(each.scores.allele_frequencies),
                "LD": _number(each.scores.ld),
                "pairwise": _number(each.scores.pairwise_distances),
                "privacy": "" if each.privacy_score is None else _number(each.privacy_score.half_tie),
                "verdict": "" if each.verdict is None else each.verdict.label,
            }
            for each in shown
        ]


def evaluate(
    real: Haplotypes,
    synthetic: Haplotypes | Mapping[str, Haplotypes],
    holdout: Haplotypes | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    baselines: Collection[str] = (),
    seed: int = 0,
    repeats: int = REPEATS,
    backend: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate one or several synthetic sets.

    All panels are cut to the size of the smallest, by person (METHODS: nearest distances shrink with n), so that
    every number of a synthetic set can be read beside the hold-out's.

    Parameters
    ----------
    real : Haplotypes
        Exactly the rows that the models were fitted on.
    synthetic : Haplotypes, or mapping of str to Haplotypes
        One set, which is called "synthetic", or several under their names.
    holdout : Haplotypes, optional
        Unseen real people, kept out of fitting, stopping and tuning. Without it leaks cannot be told.
    labels : mapping of str to str, optional
        Person → population, for every person of ``real``.
    baselines : collection of str
        Names of the sets in ``synthetic`` that are there for comparison.
    seed : int
        Of the cuts, resamplings and permutations. Same input, same seed, same answer.
    repeats : int
        Number of cuts to average nearest-neighbour accuracies over, where sizes differ.
    backend, threads
        As for `artgen_fast.kernels.hamming.nearest`.
    progress : callable, optional
        Called with what is being computed, the steps done and the steps in all.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        If the panels' sites differ, a panel has fewer than two haplotypes, a name is taken, or a person has no label.
    """
    named = {"synthetic": synthetic} if isinstance(synthetic, Haplotypes) else dict(synthetic)
    _check_names(named, baselines)
    panels = {REAL: real} | ({} if holdout is None else {HOLDOUT: holdout}) | named
    searches = NeighbourSearches(panels, seed=seed, repeats=repeats, histograms=True, backend=backend, threads=threads)
    labels_of_rows = None if labels is None else row_labels(real, labels)
    compared = [name for name in panels if name != REAL]
    report = _Steps(progress, 2 + len(compared) * (6 + (holdout is not None)))

    report("allele frequencies and site pairs of the real set")
    real_cut = searches.panel(REAL)
    real_counts = GroupedCounts.of(real_cut, seed)
    pairs, edges = sample_pairs(real_cut, seed), distance_edges(real_cut.sites)
    real_pairs = pair_counts(real_cut, pairs, seed)
    compared_pairs = {name: pair_counts(searches.panel(name), pairs, seed) for name in compared}
    common = common_pairs(list(compared_pairs.values()))
    report("principal components of the real set")
    axes = principal_axes([real_cut], seed=seed)
    coordinates = {REAL: axes.project(real_cut)}
    for name in compared:
        report(f"{name}: projection on the principal components")
        coordinates[name] = axes.project(searches.panel(name))
    extent = score_extent(list(coordinates.values()))

    sets: dict[str, SetEvaluation] = {}
    for name in compared:
        cut = searches.panel(name)
        report(f"{name}: nearest neighbours")
        aa = aa_ts_of(searches, REAL, name, seed=seed)
        report(f"{name}: neighbours in the pool, chains")
        one_nn = one_nn_accuracy_of(searches, REAL, name, seed=seed, aa=aa)
        chains = nn_chains_of(searches, REAL, name, seed=seed)
        privacy = found_copies = nearest = None
        if holdout is not None:
            report(f"{name}: privacy")
            if name != HOLDOUT:
                privacy = privacy_score_of(searches, REAL, HOLDOUT, name, seed=seed)
                found_copies = copies_of(searches, REAL, HOLDOUT, name)
                nearest = nearest_training_of(searches, REAL, HOLDOUT, name, seed=seed)
        report(f"{name}: pairwise distances")
        pairwise = pairwise_distances_of(searches, REAL, name, seed=seed)
        report(f"{name}: allele frequencies and linkage disequilibrium")
        frequencies = allele_frequencies_of(real_counts, GroupedCounts.of(cut, seed))
        ld = ld_decay_of(pairs, edges, real_pairs, compared_pairs[name], common=common)
        report(f"{name}: joint principal components")
        components = PCA(
            compare_on_axes(axes, real_cut, cut, coordinates[REAL], coordinates[name], seed=seed, extent=extent),
            joint_comparison(real_cut, cut, seed=seed),
        )
        radar = scores(aa, frequencies, ld, pairwise)
        ceiling = sets.get(HOLDOUT)
        sets[name] = SetEvaluation(
            name=name,
            role=HOLDOUT if name == HOLDOUT else "baseline" if name in baselines else "synthetic",
            panel=_panel_summary(panels[name]),
            aa_ts=aa,
            one_nn_accuracy=one_nn,
            nn_chains=chains,
            privacy_score=privacy,
            copies=found_copies,
            nearest_training=nearest,
            allele_frequencies=frequencies,
            ld_decay=ld,
            pairwise_distances=pairwise,
            pca=components,
            off_support=off_support_of(searches, REAL, name, coordinates[REAL], coordinates[name]),
            populations=(
                None if labels_of_rows is None else populations_of(searches, REAL, name, labels_of_rows, seed=seed)
            ),
            scores=radar,
            verdict=None
            if name == HOLDOUT
            else judge(
                aa,
                radar,
                Reference.holdout(ceiling.aa_ts, ceiling.one_nn_accuracy) if ceiling else Reference.expectation(one_nn),
                holdout_scores=ceiling.scores if ceiling else None,
                privacy=privacy,
                copies=found_copies,
                nearest=nearest,
            ),
        )
    report.finish()
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
        ),
        sites=_sites_summary(real),
        real=_panel_summary(real),
        holdout=sets.pop(HOLDOUT, None),
        sets=sets,
    )


class _Steps:
    """Counts the steps of an evaluation for the caller's progress bar."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._begun = progress, total, 0

    def __call__(self, what: str) -> None:
        if self._progress is not None:
            self._progress(what, self._begun, self._total)
        self._begun += 1

    def finish(self) -> None:
        if self._progress is not None:
            self._progress("done", self._total, self._total)


def _check_names(named: Mapping[str, Any], baselines: Collection[str]) -> None:
    if not named:
        raise InputError("evaluate needs at least one synthetic set; got none.")
    for name in named:
        if not isinstance(name, str) or not name.strip() or name in (REAL, HOLDOUT):
            raise InputError(
                f"a synthetic set's name must be a text other than '{REAL}' and '{HOLDOUT}'; got {name!r}. Rename it."
            )
    unknown = sorted(set(baselines) - set(named))
    if unknown:
        raise InputError(f"baselines must be names of synthetic sets ({', '.join(named)}); got {', '.join(unknown)}.")


def _panel_summary(panel: Haplotypes) -> PanelSummary:
    persons = panel.samples.person
    return PanelSummary(len(panel), len(np.unique(persons[persons != ""])))


def _sites_summary(panel: Haplotypes) -> SitesSummary:
    contigs = tuple(dict.fromkeys(str(contig) for contig in panel.sites.contig))
    on_first = panel.sites.position[panel.sites.contig == contigs[0]]
    return SitesSummary(panel.n_sites, contigs, int(on_first.min()), int(on_first.max()))


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def _with_interval(value: float, interval: Interval) -> str:
    return f"{value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"
