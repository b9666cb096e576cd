"""Parses raw bytes into typed rows: pure functions, one module a format.

Files, the network, the clock and Dagster do not belong here. The rules for good rows belong in `validate`.
"""
