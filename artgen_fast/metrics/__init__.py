"""Statistics that compare real and synthetic haplotypes, one module each.

Each function takes the real and the synthetic panel and returns a frozen result with its numbers, their uncertainty
and what a figure of it needs. `artgen_fast.evaluate` runs them all and shares the neighbour searches between them.
"""

from artgen_fast.metrics.aa_ts import AATS, aa_ts
from artgen_fast.metrics.allele_frequencies import AlleleFrequencies, allele_frequencies
from artgen_fast.metrics.copies import Copies, copies
from artgen_fast.metrics.ld_decay import LDDecay, ld_decay
from artgen_fast.metrics.nearest_training import NearestTraining, nearest_training
from artgen_fast.metrics.nn_chains import NNChains, nn_chains
from artgen_fast.metrics.off_support import OffSupport, off_support
from artgen_fast.metrics.one_nn_accuracy import OneNNAccuracy, one_nn_accuracy
from artgen_fast.metrics.pairwise import PairwiseDistances, pairwise_distances
from artgen_fast.metrics.pca import PCA, pca
from artgen_fast.metrics.populations import Populations
from artgen_fast.metrics.privacy_score import PrivacyScore, privacy_score
from artgen_fast.metrics.scores import Scores, scores
from artgen_fast.metrics.uncertainty import Interval

__all__ = [
    "AATS",
    "PCA",
    "AlleleFrequencies",
    "Copies",
    "Interval",
    "LDDecay",
    "NNChains",
    "NearestTraining",
    "OffSupport",
    "OneNNAccuracy",
    "PairwiseDistances",
    "Populations",
    "PrivacyScore",
    "Scores",
    "aa_ts",
    "allele_frequencies",
    "copies",
    "ld_decay",
    "nearest_training",
    "nn_chains",
    "off_support",
    "one_nn_accuracy",
    "pairwise_distances",
    "pca",
    "privacy_score",
    "scores",
]
