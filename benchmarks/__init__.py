"""How fast dynamongo is, and what it is compared with; ``python -m benchmarks --help``."""
