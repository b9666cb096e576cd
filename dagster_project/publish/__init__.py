"""Builds a release, checks it and swaps it in: the only package that writes a warehouse.

The contents of tables belong in `sql/`; starting builds belongs in `defs`.
"""
