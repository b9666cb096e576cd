"""Builds a release, checks it and swaps it in: the only room that writes a warehouse.

What the tables hold belongs in `sql/`; who starts a build, and when, in `defs`.
"""
