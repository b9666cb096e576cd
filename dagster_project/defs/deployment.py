"""The code location of a deployment with several workers, where a backfill is many runs.

All definitions belong in the other modules. `deploy/README.md` says how to start it.
"""

from dagster_project.defs.location import make_location
from dagster_project.defs.resources import Papers

MONTHS_A_RUN = 1
"""Months of a backfill in one run, and so on one worker; if the worker dies, these months are done again."""

defs = make_location(Papers(), months_a_run=MONTHS_A_RUN)
