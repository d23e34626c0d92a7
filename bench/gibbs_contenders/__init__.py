"""Who counts in ``bench/gibbs.py``: a module a subject, artgen_fast and PyTorch in each."""
