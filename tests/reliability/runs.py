"""What several processes do on one home: a person's build, runs of Dagster's, and the first look at a history.

Each is a function to call, here or in a child of a fork server. What should come of them belongs in the tests.
"""

import datetime as dt
import os
import sys
import time
from pathlib import Path

import dagster as dg

from dagster_project import cli
from dagster_project.defs.instance import open_instance
from dagster_project.defs.location import make_location
from dagster_project.defs.resources import Papers

FIRST, LAST = dt.date(2024, 3, 1), dt.date(2024, 3, 16)
MONTH = "2024-03"
ASSETS = "assets"
"""The job that makes single assets, as Dagster's UI does."""


def backfill(first: str, last: str) -> dg.ExecuteInProcessResult:
    """Fetch and read some days as a run on single assets, then build as the sensor asks for after it."""
    days = {"config": {"first": first, "last": last}}
    papers = Papers()
    assets = dg.define_asset_job(ASSETS, selection=["raw_digest", "lake_digest"])
    location = dg.Definitions.merge(make_location(papers), dg.Definitions(jobs=[assets]))
    with open_instance(papers.home().dagster) as instance:
        loaded = location.resolve_job_def(ASSETS).execute_in_process(
            instance=instance, partition_key=MONTH, run_config={"ops": {"raw_digest": days, "lake_digest": days}}
        )
        location.resolve_job_def("build").execute_in_process(instance=instance)
    return loaded


def schedule() -> None:
    """Do what the schedule of digests asks for on the evening of the last day."""
    papers = Papers()
    location, tick = make_location(papers), dt.datetime.combine(LAST, dt.time(23, 30), dt.UTC)
    with (
        open_instance(papers.home().dagster) as instance,
        dg.build_schedule_context(
            instance=instance, scheduled_execution_time=tick, repository_def=location.get_repository_def(), resources={}
        ) as context,
    ):
        config = location.resolve_schedule_def("daily_digest")(context).run_config
        location.resolve_job_def("build").execute_in_process(instance=instance, run_config=config)


def begin(folder: str, rounds: str) -> None:
    """Open the history of new homes by three processes at a time, at the same moment."""
    for number in range(int(rounds)):
        history, start = Path(folder) / str(number) / "dagster", time.monotonic() + 0.1
        children = []
        for _ in range(3):
            children.append(os.fork())
            if children[-1] == 0:
                time.sleep(max(0, start - time.monotonic()))
                with open_instance(history) as instance:
                    instance.get_runs(limit=1)
                sys.exit()
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]


def main() -> None:
    """Do what the first argument names, with the others; what is none of these is for `papers`."""
    name, *arguments = sys.argv[1:]
    named = {"backfill": backfill, "schedule": schedule, "begin": begin}
    named[name](*arguments) if name in named else cli.main()
