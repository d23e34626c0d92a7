"""Statistics that compare real and synthetic haplotypes, one module each.

Each function takes the real panel (the rows that the model was fitted on) and the synthetic one, and ``holdout=`` where
unseen people are the measure; `scores` takes what others returned. It returns a frozen result with its numbers, their
uncertainty and what a figure of it needs. `artgen_fast.evaluate` runs all of them but `seam_ld`, which needs a chain's
seams, and shares the neighbour searches between them.
"""

from artgen_fast.metrics.aa_ts import AATS, aa_ts
from artgen_fast.metrics.allele_frequencies import AlleleFrequencies, allele_frequencies
from artgen_fast.metrics.copies import Copies, copies
from artgen_fast.metrics.diversity import Diversity, diversity
from artgen_fast.metrics.frequency_spectrum import FrequencySpectrum, frequency_spectrum
from artgen_fast.metrics.haplotype_homozygosity import HaplotypeHomozygosity, haplotype_homozygosity
from artgen_fast.metrics.haplotype_windows import HaplotypeWindows, haplotype_windows
from artgen_fast.metrics.imputation import Imputation, imputation
from artgen_fast.metrics.kmer_motifs import KmerMotifs, kmer_motifs
from artgen_fast.metrics.ld_decay import LDDecay, ld_decay
from artgen_fast.metrics.ld_heat_map import LDHeatMap, ld_heat_map
from artgen_fast.metrics.ld_runs import LDRuns, ld_runs
from artgen_fast.metrics.near_copies import NearCopies, near_copies
from artgen_fast.metrics.nearest_training import NearestTraining, nearest_training
from artgen_fast.metrics.nn_chains import NNChains, nn_chains
from artgen_fast.metrics.off_support import OffSupport, off_support
from artgen_fast.metrics.one_nn_accuracy import OneNNAccuracy, one_nn_accuracy
from artgen_fast.metrics.pairwise import PairwiseDistances, pairwise
from artgen_fast.metrics.pca import PCA, pca
from artgen_fast.metrics.populations import Populations, populations
from artgen_fast.metrics.privacy_score import PrivacyScore, privacy_score
from artgen_fast.metrics.scores import Scores, scores
from artgen_fast.metrics.seam_ld import SeamLD, seam_ld
from artgen_fast.metrics.selection_scan import SelectionScan, selection_scan
from artgen_fast.metrics.shared_haplotypes import SharedHaplotypes, shared_haplotypes
from artgen_fast.metrics.three_point import ThreePoint, three_point
from artgen_fast.metrics.uncertainty.intervals import Interval

__all__ = [
    "AATS",
    "PCA",
    "AlleleFrequencies",
    "Copies",
    "Diversity",
    "FrequencySpectrum",
    "HaplotypeHomozygosity",
    "HaplotypeWindows",
    "Imputation",
    "Interval",
    "KmerMotifs",
    "LDDecay",
    "LDHeatMap",
    "LDRuns",
    "NNChains",
    "NearCopies",
    "NearestTraining",
    "OffSupport",
    "OneNNAccuracy",
    "PairwiseDistances",
    "Populations",
    "PrivacyScore",
    "Scores",
    "SeamLD",
    "SelectionScan",
    "SharedHaplotypes",
    "ThreePoint",
    "aa_ts",
    "allele_frequencies",
    "copies",
    "diversity",
    "frequency_spectrum",
    "haplotype_homozygosity",
    "haplotype_windows",
    "imputation",
    "kmer_motifs",
    "ld_decay",
    "ld_heat_map",
    "ld_runs",
    "near_copies",
    "nearest_training",
    "nn_chains",
    "off_support",
    "one_nn_accuracy",
    "pairwise",
    "pca",
    "populations",
    "privacy_score",
    "scores",
    "seam_ld",
    "selection_scan",
    "shared_haplotypes",
    "three_point",
]
