"""What so many pages need, computed from measured figures (docs/scale.md has the tables): `python -m benchmarks.scale`.

`figures` holds what goes in, each with its source; `model` computes; `rows` measures the bytes of a page in a database.
"""
