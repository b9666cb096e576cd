"""Defines the partitions, assets, checks, jobs, schedules and sensor of Dagster around the steps of `pipeline`.

It is the only package that imports Dagster. Rules about data do not belong here.
"""

import warnings

from dagster import BetaWarning, PreviewWarning

# Backfill and freshness policies are beta; this package uses them on purpose.
warnings.filterwarnings("ignore", category=BetaWarning)
warnings.filterwarnings("ignore", category=PreviewWarning)
