"""Writes the dashboard: one self-contained HTML page about the marts.

Queries under `sql/dashboard/` compute its figures; Vega computes those that follow the picked period from the rows of
these queries. The contents of a release belong in `sql/`, publishing belongs in `publish`.
"""
