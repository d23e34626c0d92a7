"""What `bench/gpu.py` times on a GPU."""
