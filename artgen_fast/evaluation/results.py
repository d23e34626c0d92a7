"""The results of an evaluation, and their JSON.

The JSON of `Evaluation.to_json` holds aggregate numbers only: no genotypes, no sample names, no row of a person, and of
single sites no exact allele frequency, since many of those together tell who is among few people (Homer et al. 2008,
PLoS Genet 4:e1000167). Its keys are the fields of the dataclasses here and in `artgen_fast.metrics`, whose docstrings
say what each one means; NaN and infinities are null, and so is a statistic that was not asked for::

    {"format": "artgen_fast.evaluation", "format_version": 5,
     "protocol": {"n", "repeats", "cut", "seed", …},
     "sites": {…}, "real": {"haplotypes", "persons"},
     "holdout": null or a set, "sets": {name: {"role", "panel", the statistics, "scores", "verdict"}}}
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.evaluation.number_text import interval_text, number_text
from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.evaluation.verdict import Verdict
from artgen_fast.metrics.aa_ts import AATS
from artgen_fast.metrics.allele_frequencies import AlleleFrequencies
from artgen_fast.metrics.copies import Copies
from artgen_fast.metrics.diversity import Diversity
from artgen_fast.metrics.frequency_spectrum import FrequencySpectrum
from artgen_fast.metrics.haplotype_homozygosity import HaplotypeHomozygosity
from artgen_fast.metrics.haplotype_windows import HaplotypeWindows
from artgen_fast.metrics.imputation import Imputation
from artgen_fast.metrics.kmer_motifs import KmerMotifs
from artgen_fast.metrics.ld_decay import LDDecay
from artgen_fast.metrics.ld_heat_map import LDHeatMap
from artgen_fast.metrics.ld_runs import LDRuns
from artgen_fast.metrics.near_copies import NearCopies
from artgen_fast.metrics.nearest_training import NearestTraining
from artgen_fast.metrics.nn_chains import NNChains
from artgen_fast.metrics.off_support import OffSupport
from artgen_fast.metrics.one_nn_accuracy import OneNNAccuracy
from artgen_fast.metrics.pairwise import PairwiseDistances
from artgen_fast.metrics.pca import PCA
from artgen_fast.metrics.populations import Populations
from artgen_fast.metrics.privacy_score import PrivacyScore
from artgen_fast.metrics.scores import Scores
from artgen_fast.metrics.selection_scan import SelectionScan
from artgen_fast.metrics.shared_haplotypes import SharedHaplotypes
from artgen_fast.metrics.three_point import ThreePoint
from artgen_fast.metrics.uncertainty.intervals import Interval
from artgen_fast.whole_files import whole_file

FORMAT = "artgen_fast.evaluation"
FORMAT_VERSION = 5

REAL, HOLDOUT = "real", "holdout"
"""Names of the two panels that are not synthetic sets."""


@dataclass(frozen=True, slots=True)
class PanelSize:
    """Size of a panel.

    Attributes
    ----------
    haplotypes : int
    persons : int
        To whom they belong; 0 for synthetic rows.
    """

    haplotypes: int
    persons: int


@dataclass(frozen=True, slots=True)
class SitesSummary:
    """The sites that all panels share.

    Attributes
    ----------
    number : int
    contigs : tuple of str
    first_position, last_position : int
        On the first contig.
    """

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
        are of the first cut, but for copies, near copies, nearest training rows and shared haplotypes, which look
        at all rows (in a quick evaluation copies alone do).
    cut : str
        Which sets were cut, in words; empty if all have n haplotypes.
    seed : int
    interval_level : float
        Aimed coverage of all intervals.
    bootstrap_draws, jackknife_groups, permutations : int
    metrics : tuple of str
        The statistics that were asked for.
    """

    n: int
    repeats: int
    cut: str
    seed: int
    interval_level: float
    bootstrap_draws: int
    jackknife_groups: int
    permutations: int
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetEvaluation:
    """Everything about one set in the place of the synthetic one.

    A statistic that was not asked for is None, and so are:

    - ``privacy_score``, ``copies``, ``near_copies``, ``nearest_training`` and ``imputation`` without a hold-out, and of
      the hold-out itself;
    - ``populations`` without labels;
    - ``verdict`` of the hold-out itself, and without both ``aa_ts`` and ``one_nn_accuracy`` and what tells leaks.

    Attributes
    ----------
    name : str
    role : str
        "synthetic", "baseline" or "holdout".
    panel : PanelSize
    aa_ts : AATS or None
        Adversarial accuracy.
    one_nn_accuracy : OneNNAccuracy or None
        1-NN accuracy, with permutation tests.
    nn_chains : NNChains or None
        Nearest-neighbour chains.
    privacy_score : PrivacyScore or None
        AA_TS against unseen people less that against training people.
    copies : Copies or None
        Persons of whom a haplotype is among the rows.
    near_copies : NearCopies or None
        Rows nearer to training rows than people come.
    nearest_training : NearestTraining or None
        Share of rows whose nearest real row is a training row.
    shared_haplotypes : SharedHaplotypes or None
        Longest stretches shared with training rows.
    allele_frequencies : AlleleFrequencies or None
    frequency_spectrum : FrequencySpectrum or None
        Site-frequency spectrum.
    diversity : Diversity or None
        Heterozygosity and Tajima's D.
    ld_decay : LDDecay or None
        Linkage disequilibrium by distance.
    ld_heat_map : LDHeatMap or None
        Linkage disequilibrium over the region.
    ld_runs : LDRuns or None
        Runs of linked sites.
    haplotype_homozygosity : HaplotypeHomozygosity or None
        Extended haplotype homozygosity (EHH) around some sites.
    three_point : ThreePoint or None
        3-point correlations.
    kmer_motifs : KmerMotifs or None
    pairwise_distances : PairwiseDistances or None
    pca : PCA or None
        Principal components.
    off_support : OffSupport or None
        Rows off the real support.
    populations : Populations or None
    imputation : Imputation or None
        Imputation of unseen people's alleles from the rows.
    selection_scan : SelectionScan or None
        Selection scan (iHS).
    haplotype_windows : HaplotypeWindows or None
        How common the commonest haplotypes of each window are (H12).
    scores : Scores
        NaN where the statistic behind a score was not asked for.
    verdict : Verdict or None
        Whether the set is good, and whether it leaks.
    """

    name: str
    role: str
    panel: PanelSize
    aa_ts: AATS | None
    one_nn_accuracy: OneNNAccuracy | None
    nn_chains: NNChains | None
    privacy_score: PrivacyScore | None
    copies: Copies | None
    near_copies: NearCopies | None
    nearest_training: NearestTraining | None
    shared_haplotypes: SharedHaplotypes | None
    allele_frequencies: AlleleFrequencies | None
    frequency_spectrum: FrequencySpectrum | None
    diversity: Diversity | None
    ld_decay: LDDecay | None
    ld_heat_map: LDHeatMap | None
    ld_runs: LDRuns | None
    haplotype_homozygosity: HaplotypeHomozygosity | None
    three_point: ThreePoint | None
    kmer_motifs: KmerMotifs | None
    pairwise_distances: PairwiseDistances | None
    pca: PCA | None
    off_support: OffSupport | None
    populations: Populations | None
    imputation: Imputation | None
    selection_scan: SelectionScan | None
    haplotype_windows: HaplotypeWindows | None
    scores: Scores
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One or more synthetic sets beside unseen real people, all against the rows that the models were fitted on.

    Attributes
    ----------
    protocol : Protocol
    sites : SitesSummary
    real : PanelSize
    holdout : SetEvaluation or None
        Unseen real people in the place of the synthetic set: the honest ceiling.
    sets : dict of str to SetEvaluation
        Every synthetic set and baseline by its name, in the order given.
    """

    protocol: Protocol
    sites: SitesSummary
    real: PanelSize
    holdout: SetEvaluation | None
    sets: dict[str, SetEvaluation]

    def as_dict(self) -> dict[str, Any]:
        """The evaluation as plain JSON values, with the format's name and version."""
        plain: dict[str, Any] = {"format": FORMAT, "format_version": FORMAT_VERSION}
        plain.update(to_plain(self))
        return plain

    def to_json_text(self) -> str:
        """The evaluation as JSON text (``docs/evaluation.schema.json`` says what each number is)."""
        return json.dumps(self.as_dict(), allow_nan=False, ensure_ascii=False)

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the evaluation as JSON (`to_json_text`); the file appears when whole."""
        with whole_file(path) as partial:
            partial.write_text(self.to_json_text() + "\n", encoding="utf-8")

    @classmethod
    def from_json(cls, path: str | os.PathLike[str]) -> Evaluation:
        """Read an evaluation that `to_json` wrote.

        Raises
        ------
        FileFormatError
            If the file is no JSON, no evaluation, of another version, or has wrong fields.
        """
        return cls.from_json_text(Path(path).read_text(encoding="utf-8"), str(path))

    @classmethod
    def from_json_text(cls, text: str, name: str = "the text") -> Evaluation:
        """The evaluation of a text that `to_json_text` gave; ``name`` is what errors call it."""
        try:
            plain = json.loads(text)
        except ValueError as error:
            raise FileFormatError(
                f"{name} must be an evaluation in JSON; {error}. Run artgen evaluate again."
            ) from error
        if not isinstance(plain, dict) or plain.pop("format", None) != FORMAT:
            raise FileFormatError(
                f"{name} must be an evaluation (format '{FORMAT}'); it is other JSON. Use the evaluation.json that "
                "artgen evaluate writes."
            )
        version = plain.pop("format_version", None)
        if version != FORMAT_VERSION:
            raise FileFormatError(
                f"{name} must be of format version {FORMAT_VERSION}; got {version}. Run artgen evaluate again, or use "
                "the version of artgen_fast that wrote it."
            )
        try:
            return from_plain(cls, plain, "evaluation")
        except InputError as error:
            raise FileFormatError(f"{name}: {error}") from error

    def summary_table(self) -> list[dict[str, str]]:
        """The main numbers as text: one row a set, the same columns in each; the hold-out comes first."""
        shown = ([self.holdout] if self.holdout else []) + list(self.sets.values())
        return [
            {
                "set": "unseen people (hold-out)" if each.role == HOLDOUT else each.name,
                "AA_truth": (
                    ""
                    if each.aa_ts is None
                    else _with_interval(each.aa_ts.truth_half_tie, each.aa_ts.truth_half_tie_interval)
                ),
                "AA_syn": (
                    ""
                    if each.aa_ts is None
                    else _with_interval(each.aa_ts.syn_half_tie, each.aa_ts.syn_half_tie_interval)
                ),
                "AA_TS strict": "" if each.aa_ts is None else _number(each.aa_ts.value),
                "AF r": _number(each.scores.allele_frequencies),
                "LD": _number(each.scores.ld),
                "3-point": _number(each.scores.three_point),
                "pairwise": _number(each.scores.pairwise_distances),
                "privacy": "" if each.privacy_score is None else _number(each.privacy_score.half_tie),
                "verdict": "" if each.verdict is None else each.verdict.label,
            }
            for each in shown
        ]


def _number(value: float) -> str:
    return "–" if np.isnan(value) else number_text(value)


def _with_interval(value: float, interval: Interval) -> str:
    return number_text(value) if np.isnan(interval.low) else f"{number_text(value)} {interval_text(interval)}"
