"""Peers side by side: ``pytest benchmarks --benchmark-json=FILE``, then ``python -m benchmarks FILE``."""
