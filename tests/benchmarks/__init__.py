"""Speed and memory, each figure beside a floor of the same run: ``python -m tests.benchmarks``."""
