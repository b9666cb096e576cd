"""The dashboard: what the marts say, as one self-contained HTML page.

A query under `sql/dashboard/` computes every figure on it, or Vega does from the rows of such a query when a reader
picks a period. What a release holds and how it is published belongs in `publish`.
"""
