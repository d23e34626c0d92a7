"""Intervals and permutation tests: how uncertain a statistic is."""
