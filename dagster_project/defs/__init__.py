"""The Dagster shell: partitions, assets, checks, jobs and schedules around the steps that do the work.

The only room that imports Dagster. A rule about data never stands here.
"""

import warnings

from dagster import BetaWarning, PreviewWarning

# Backfill and freshness policies are marked as beta, and are used here knowingly.
warnings.filterwarnings("ignore", category=BetaWarning)
warnings.filterwarnings("ignore", category=PreviewWarning)
