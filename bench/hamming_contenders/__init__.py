"""Who searches for nearest haplotypes in ``bench/hamming.py``: artgen_fast and its peers."""
