"""How fast, and how that was measured: `python -m benchmarks NAME`. See benchmarks/__main__.py."""
