"""Measures how fast the warehouse is, how much memory it takes, and how both grow: `python -m bench`.

`plan` lists what is measured; `phases` and `commands` do it, and only `phases` imports the package; `record` keeps
the figures, and `report` writes `docs/performance.md` from them. What must hold belongs in `tests/`.
"""
