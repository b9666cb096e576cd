"""How fast the warehouse is, how much memory it takes, and how both grow: `python -m bench`.

`sizes` says what is measured on, `plan` what is measured, `work/` does it, each phase in a process of its own,
`figures` keeps what came of it, and `page` writes `docs/performance.md`. What must hold belongs in `tests/`.
"""
