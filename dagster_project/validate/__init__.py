"""Validates rows: the schemas of the lake's tables, and the split of good rows from rejects.

Parsing belongs in `parse`, files belong in `lake`.
"""
