"""Benchmarks: speed claims as ratios measured in one run."""
