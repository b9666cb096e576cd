"""Says which builds are scheduled for a home, and when each is due: pure functions of what was done and of the time.

Starting builds belongs in `watch`. Run as a program, this module prints the tasks of a home as JSON, so that a process
that mostly waits need not import what reads a home. Times are UTC without a zone.
"""

import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cronsim import CronSim
from pydantic import TypeAdapter

from dagster_project.errors import PapersError

if TYPE_CHECKING:  # heavy imports, which a process that only waits does without
    from dagster_project.config import Settings

ARCHIVE = "archive"
SLACK = dt.timedelta(minutes=5)
"""How far a clock may be set back without passing a time for a second time."""
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A scheduled build of a home, and what the home says of the last one."""

    name: str
    cron: str
    arguments: tuple[str, ...]
    """What `papers build` is given, without the days."""
    days_back: int | None = None
    """Days before today that it asks for, too; None if it asks for no days."""
    first_day: dt.date = dt.date.min
    answered_at: dt.datetime | None = None
    """When its source last gave an answer, as far as the home knows."""
    failed: tuple[dt.date, ...] = ()
    """The days whose last attempt failed."""

    def choose_days(self, now: dt.datetime, progress: "Progress | None" = None) -> tuple[dt.date, dt.date] | None:
        """Return the first and last day to ask for; it goes back to the last answer, however long ago that was.

        A run that failed is tried again with the days that it asked for.
        """
        if self.days_back is None:
            return None
        first = now.date() - dt.timedelta(days=self.days_back)
        if self.answered_at and self.answered_at <= now:
            first = min(first, self.answered_at.date())
        if progress and progress.first_day and progress.tick == find_tick(self.cron, now):
            first = min(first, progress.first_day)
        return max(first, self.first_day), now.date()

    def describe_failure(self, begun: dt.datetime, days: tuple[dt.date, dt.date] | None) -> str:
        """Return what went wrong in a build that has ended by itself, by what the home says since; '' if all is well.

        Of archives, all must have been read since it began; where none tells when it was read, nobody knows.
        """
        if failed := self.list_failed(days):
            return f"{len(failed)} days failed, {failed[0]} is the first"
        if self.days_back is None and self.answered_at and self.answered_at < begun:
            return "an archive was not read to its end"
        return ""

    def list_failed(self, days: tuple[dt.date, dt.date] | None) -> list[dt.date]:
        """Return the failed days from the first to the last of `days`."""
        return [day for day in self.failed if days and days[0] <= day <= days[1]]


TASKS = TypeAdapter(list[Task])


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of the runs of a task."""

    tick: dt.datetime | None = None
    """The newest time of its schedule that a run has served; None if that is unknown."""
    failures: int = 0
    """Runs for that time that failed."""
    failed_at: dt.datetime | None = None
    first_day: dt.date | None = None
    """The first day that the run that failed asked for."""


def find_tick(cron: str, now: dt.datetime) -> dt.datetime:
    """Return the newest time of a schedule that is not after `now`."""
    return next(CronSim(cron, now.replace(second=0, microsecond=0) + MINUTE, reverse=True))


def resume(task: Task, now: dt.datetime) -> Progress:
    """Return the progress of a task that this process has not run yet, by what the home says."""
    answered = task.answered_at
    if answered is None or answered > now + SLACK or task.list_failed(task.choose_days(now)):
        return Progress()
    return Progress(find_tick(task.cron, answered))


def follow_clock(cron: str, progress: Progress, now: dt.datetime) -> Progress:
    """Return the progress without what lies ahead of a clock that was set back.

    What ran for a time ahead counts for the newest time before `now`, so that the next one is served again.
    """
    if progress.tick and progress.tick > now + SLACK:
        progress = replace(progress, tick=find_tick(cron, now))
    if progress.failed_at and progress.failed_at > now + SLACK:
        progress = replace(progress, failed_at=now)
    return progress


def find_next_run(cron: str, progress: Progress, now: dt.datetime, waits: Sequence[dt.timedelta]) -> dt.datetime:
    """Return when a task runs next: `now` or before if it is due.

    A failed run is tried again after each of `waits` in turn, but not later than the next time of the schedule. All
    times that were missed are one run.
    """
    if progress.tick is None:
        return now
    newest = find_tick(cron, now)
    if newest > progress.tick:
        return newest
    following = next(CronSim(cron, max(now, progress.tick)))
    if progress.failed_at and progress.failures <= len(waits):
        return min(following, progress.failed_at + waits[progress.failures - 1])
    return following


def note_run(
    cron: str, progress: Progress, begun: dt.datetime, failed_at: dt.datetime | None, first_day: dt.date | None = None
) -> Progress:
    """Return the progress after a run that asked for days from `first_day` on; one that worked has no `failed_at`."""
    tick = find_tick(cron, begun)
    if failed_at is None:
        return Progress(tick)
    return Progress(tick, progress.failures + 1 if tick == progress.tick else 1, failed_at, first_day)


def list_tasks(settings: "Settings", names: Sequence[str] = ()) -> list[Task]:
    """Return the tasks of the named sources, of which one may be `archive`; by default of all that a home holds.

    Raises:
        SettingsError: the list of archives is not valid.
        DiskError: the home cannot be read.
    """
    from dagster_project.lake.files import storage_errors
    from dagster_project.lake.held import find_read_time, list_held, read_answers
    from dagster_project.lake.home import Home
    from dagster_project.sources.archives import CRON, load_archives
    from dagster_project.sources.registry import find_sources

    home, tasks = Home.from_settings(settings), list[Task]()
    with storage_errors(home.root):
        if names:
            sources, archives = [name for name in names if name != ARCHIVE], []
        else:
            sources, archives = list_held(home, settings)
        for source in find_sources(sources):
            if schedule := source.schedule:
                answered_at, failed = read_answers(home, source.name)
                tasks.append(
                    Task(
                        name=schedule.name,
                        cron=schedule.cron,
                        arguments=("--source", source.name),
                        days_back=schedule.days_back,
                        first_day=source.first_day,
                        answered_at=answered_at,
                        failed=(*failed,),
                    )
                )
        if archives or ARCHIVE in names:
            named = [word for name in archives for word in ("--archive", name)] or ["--source", ARCHIVE]
            read_at = find_read_time(home, archives or load_archives(settings))
            tasks.append(Task(name="archives_daily", cron=CRON, arguments=(*named,), answered_at=read_at))
    return tasks


def main(home: str, *names: str) -> None:
    """Print the tasks of a home."""
    from dagster_project.config import drop_empty_variables, load_settings

    drop_empty_variables()
    try:
        tasks = list_tasks(load_settings(home=home), names)
    except PapersError as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(TASKS.dump_json(tasks))


if __name__ == "__main__":
    main(*sys.argv[1:])
