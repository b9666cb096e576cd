"""The dashboard: what the marts say, as one self-contained HTML page.

Every figure on it is computed by a query under `sql/dashboard/`, or by Vega from such a query's rows when somebody
picks a period. What a release holds and how it is published belongs in `publish`.
"""
