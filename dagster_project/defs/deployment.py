"""The code location of a deployment across workers: the same as on one machine, but a backfill is many runs.

`deploy/README.md` says how to start it.
"""

from dagster_project.defs.location import make_location
from dagster_project.defs.resources import Papers

MONTHS_A_RUN = 1
"""Months of a backfill in one run, and so on one worker: no more than those are done again when the worker dies."""

defs = make_location(Papers(), months_a_run=MONTHS_A_RUN)
