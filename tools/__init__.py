"""What only developers call: each module writes one page, or checks one thing, by `python -m tools.NAME`.

What the program itself needs belongs in `dagster_project`, which never imports from here.
"""
