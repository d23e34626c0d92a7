"""Who counts in ``bench/pair_counts.py``: a module a statistic, artgen_fast and its peers in each."""
