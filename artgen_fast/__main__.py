"""``python -m artgen_fast``: the command line ``artgen``."""

from artgen_fast.cli import main

if __name__ == "__main__":
    main()
