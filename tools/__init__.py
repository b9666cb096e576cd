"""What only developers call: each module writes or checks one thing, by `python -m tools.NAME`."""
