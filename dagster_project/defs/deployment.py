"""The code location of a deployment across workers: the same as on one machine, with a backfill parted into runs.

`deploy/README.md` tells how it is put up.
"""

from dagster_project.defs.location import make_location
from dagster_project.defs.resources import Papers

MONTHS_A_RUN = 1
"""Months of a backfill that are one run, and so one worker's: no more are done again when that worker dies."""

defs = make_location(Papers(), months_a_run=MONTHS_A_RUN)
