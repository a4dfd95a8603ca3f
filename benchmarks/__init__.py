"""Benchmarks, one a module: `python -m benchmarks NAME [OPTION=NUMBER…] [--json]`."""
