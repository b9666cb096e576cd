"""Raw bytes in, typed rows out: pure functions, one module a format.

No file, no network, no clock and no Dagster here. Rules about what a good row is belong in `validate`.
"""
