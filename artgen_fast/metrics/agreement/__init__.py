"""How two distributions or two columns of numbers agree."""
