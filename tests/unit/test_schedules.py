"""When a scheduled build is due: whatever the clock does, once for each time, and again after a failure."""

import datetime as dt
import os
import subprocess
import sys

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project import schedules
from dagster_project.config import load_settings
from dagster_project.defs.jobs import SCHEDULES
from dagster_project.defs.run_config import read_request
from dagster_project.lake.fetch_log import open_log
from dagster_project.lake.home import Home
from dagster_project.schedules import (
    SLACK,
    TASKS,
    Progress,
    Task,
    find_next_run,
    find_tick,
    follow_clock,
    list_tasks,
    note_run,
    resume,
)
from dagster_project.sources.archives import MARKER, load_archives
from dagster_project.sources.attempt import Attempt, Outcome, hash_body
from dagster_project.sources.registry import ASKED
from dagster_project.watch import WAITS

SIX_HOURS = "15 */6 * * *"
NOON = dt.datetime(2026, 11, 28, 12, 15)
DAY = NOON.date()
MINUTES = [wait.total_seconds() / 60 for wait in WAITS]


def later(minutes, since=NOON):
    return since + dt.timedelta(minutes=minutes)


def make_task(**more):
    return Task(**{"name": "six_hours", "cron": SIX_HOURS, "arguments": ("--source", "digest"), "days_back": 3} | more)


@pytest.mark.parametrize(("minutes", "tick"), [(0, 0), (0.01, 0), (359, 0), (360, 360), (-0.01, -360)])
def test_a_time_has_come_when_its_minute_begins(minutes, tick):
    assert find_tick(SIX_HOURS, later(minutes)) == later(tick)


def test_what_was_missed_is_one_run_and_then_the_next_is_on_time():
    slept = later(5 * 360 + 7)
    progress = Progress(NOON)
    assert find_next_run(SIX_HOURS, progress, slept, WAITS) <= slept
    progress = note_run(SIX_HOURS, progress, slept, None)
    assert find_next_run(SIX_HOURS, progress, later(3, slept), WAITS) == later(6 * 360)


def test_a_failure_is_tried_again_after_longer_and_longer_and_not_later_than_the_next_time():
    progress, now, waited = Progress(), NOON, []
    while (at := find_next_run(SIX_HOURS, progress, now, WAITS)) < later(360):
        waited.append((at - now).total_seconds() / 60)
        now = max(now, at)
        progress = note_run(SIX_HOURS, progress, now, now)
    assert at == later(360)
    assert MINUTES[:3] == [5, 15, 45]
    assert waited == [0, *MINUTES[:4]]
    progress = note_run(SIX_HOURS, progress, at, at)
    assert progress.failures == 1
    assert find_next_run(SIX_HOURS, progress, at, WAITS) == later(5, at)
    assert note_run(SIX_HOURS, progress, later(5, at), None) == Progress(at)


def test_a_failure_with_no_waits_left_is_tried_at_the_next_time():
    progress = Progress(NOON, failures=3, failed_at=NOON)
    assert find_next_run(SIX_HOURS, progress, later(1), WAITS[:2]) == later(360)


def test_a_failure_ahead_of_the_clock_does_not_wait_for_it():
    progress = follow_clock(SIX_HOURS, Progress(later(0), failures=1, failed_at=later(10_000)), later(1))
    assert find_next_run(SIX_HOURS, progress, later(1), WAITS) == later(6)


@pytest.mark.parametrize(
    ("answered_at", "failed", "is_due"),
    [
        (None, [], True),
        (later(1), [], False),
        (later(-1), [], True),
        (later(1), [NOON.date()], True),
        (later(1), [NOON.date() - dt.timedelta(days=4)], False),  # no day that it asks for
        (later(10_000), [], True),  # the clock was wrong then, or is wrong now
    ],
)
def test_after_a_restart_the_home_says_what_is_due(answered_at, failed, is_due):
    task = make_task(answered_at=answered_at, failed=(*failed,))
    at = find_next_run(task.cron, resume(task, later(60)), later(60), WAITS)
    assert (at <= later(60)) is is_due
    assert at in (later(60), later(0), later(360))


@pytest.mark.parametrize(
    ("answered_days_ago", "first_day", "days"),
    [(None, None, 4), (1, None, 4), (20, None, 21), (-20, None, 4), (20, 2, 3)],
)
def test_it_asks_for_the_usual_days_and_back_to_the_last_answer(answered_days_ago, first_day, days):
    more = {} if answered_days_ago is None else {"answered_at": NOON - dt.timedelta(days=answered_days_ago)}
    more |= {} if first_day is None else {"first_day": NOON.date() - dt.timedelta(days=first_day)}
    first, last = make_task(**more).choose_days(NOON)
    assert ((last - first).days + 1, last) == (days, NOON.date())


def test_a_run_that_failed_is_tried_again_with_its_days_until_the_next_time():
    """After a long silence the source has answered for some days; those that failed may be long ago."""
    long_ago = make_task(answered_at=NOON - dt.timedelta(days=20)).choose_days(NOON)
    task = make_task(answered_at=NOON, failed=(DAY - dt.timedelta(days=15),))
    assert task.list_failed(long_ago) == [DAY - dt.timedelta(days=15)]
    assert task.list_failed(task.choose_days(NOON)) == []
    failed = note_run(SIX_HOURS, Progress(), NOON, NOON, long_ago[0])
    assert task.choose_days(later(5), failed) == long_ago
    assert task.choose_days(later(360), failed) == task.choose_days(later(360))


@pytest.mark.parametrize(("back", "runs_again"), [(60, False), (SLACK.total_seconds() + 60, True)])
def test_a_clock_that_is_corrected_by_a_little_does_not_pass_a_time_twice(back, runs_again):
    set_back = NOON - dt.timedelta(seconds=back)
    progress = follow_clock(SIX_HOURS, Progress(NOON), set_back)
    assert find_next_run(SIX_HOURS, progress, set_back, WAITS) == later(0 if runs_again else 360)
    progress = follow_clock(SIX_HOURS, progress, NOON)
    assert (find_next_run(SIX_HOURS, progress, NOON, WAITS) <= NOON) is runs_again


STEP = st.one_of(
    st.floats(0.1, 30),  # seconds between two looks at the clock
    st.floats(-200, 0),  # corrections
    st.floats(-90_000, 90_000),  # sleep, and wrong clocks
    st.floats(-40_000_000, 40_000_000),
)


@given(st.lists(st.tuples(STEP, st.booleans()), max_size=60))
def test_whatever_the_clock_does_each_time_that_it_passes_is_served_once_and_at_once(steps):
    """A time is passed again only if the clock was set back to long before it. The oracle knows what ran when."""
    progress, now, before = Progress(), NOON, None
    least_since = {}  # the earliest that the clock was, by the time that was served since
    for step, failed in steps:
        before, now = now, now + dt.timedelta(seconds=step)
        least_since = {tick: min(least, now) for tick, least in least_since.items()}
        progress = follow_clock(SIX_HOURS, progress, now)
        tick = find_tick(SIX_HOURS, now)
        was_served = tick in least_since and least_since[tick] >= tick - SLACK
        runs = find_next_run(SIX_HOURS, progress, now, WAITS) <= now
        is_retry = progress.failures > 0 and progress.tick == tick
        assert not (runs and was_served and not is_retry)
        if before < tick and not was_served:
            assert runs or any(tick < other <= now + SLACK for other in least_since)
        if runs:
            progress = note_run(SIX_HOURS, progress, now, now if failed else None)
            least_since[tick] = now
        following = find_next_run(SIX_HOURS, progress, now, WAITS)
        assert now < following <= now + SLACK + 2 * dt.timedelta(hours=6)


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    for source in ("digest", "huggingface"):
        open_log(home, source).add([make_attempt(source, NOON)])
    return home


def make_attempt(source, at, outcome=Outcome.FETCHED, day=DAY, **more):
    body = b"# " + source.encode() if outcome is Outcome.FETCHED else None
    return Attempt(
        source=source,
        date=day,
        url=f"http://127.0.0.1/{day}",
        fetched_at=at,
        captured_at=at,
        outcome=outcome,
        sha256=body and hash_body(body),
        body=body,
        **more,
    )


def test_the_tasks_are_those_of_the_sources_that_the_home_holds(home):
    days = [NOON.date() - dt.timedelta(days=back) for back in range(4)]
    log = open_log(home, "digest")
    log.add([make_attempt("digest", later(1), Outcome.FAILED, day) for day in days[:3]])
    log.add([make_attempt("digest", later(2), Outcome.MISSING, days[1])])
    log.add([make_attempt("digest", later(3), Outcome.FUTURE, days[2])])
    log.add([make_attempt("digest", later(9), Outcome.FAILED, days[3], archive="theirs")])
    votes, digest = list_tasks(load_settings(home=home.root))
    assert (votes.name, votes.arguments, votes.answered_at) == ("votes_again", ("--source", "huggingface"), NOON)
    assert (digest.answered_at, digest.failed) == (later(2), (days[0],))
    assert TASKS.validate_json(TASKS.dump_json([votes, digest])) == [votes, digest]


def test_named_sources_are_scheduled_whatever_the_home_holds(home, tmp_path):
    tasks = list_tasks(load_settings(home=home.root), ["arxiv", "archive"])
    assert [(task.name, task.answered_at, task.choose_days(NOON) is None) for task in tasks] == [
        ("descriptions", None, False),
        ("archives_daily", None, True),
    ]
    assert list_tasks(load_settings(home=tmp_path / "empty")) == []


def test_archives_were_read_when_the_last_of_them_was(home):
    names = list(load_archives(load_settings(home=home.root)))
    for minute, name in enumerate(names):
        mark = home.clones / f"{name}.git" / MARKER
        mark.parent.mkdir(parents=True)
        mark.touch()
        seconds = later(minute).replace(tzinfo=dt.UTC).timestamp()
        os.utime(mark, (seconds, seconds))
    [archives] = list_tasks(load_settings(home=home.root), ["archive"])
    assert archives.answered_at == NOON
    mark.unlink()
    [archives] = list_tasks(load_settings(home=home.root), ["archive"])
    assert archives.answered_at is None


def test_the_answers_of_the_sample_are_none_of_the_sources(home):
    [digest] = list_tasks(load_settings(home=home.root), ["digest"])
    assert digest.answered_at == NOON
    (home.root / "contents").write_text("sample\n")
    [digest] = list_tasks(load_settings(home=home.root), ["digest"])
    assert digest.answered_at is None
    assert list_tasks(load_settings(home=home.root)) == []


def test_they_are_dagsters_schedules_with_the_same_times_and_days(home):
    tasks = list_tasks(load_settings(home=home.root), [*ASKED, "archive"])
    assert [(task.name, task.cron) for task in tasks] == [(each.name, each.cron_schedule) for each in SCHEDULES]
    for task, schedule in zip(tasks, SCHEDULES, strict=True):
        at = find_tick(task.cron, NOON)
        with dg.build_schedule_context(scheduled_execution_time=at.replace(tzinfo=dt.UTC)) as context:
            asked = read_request(schedule(context).run_config["ops"]["build_release"]["config"])
        assert task.choose_days(at) == ((asked.first, asked.last) if asked.first else None)
        named = ["archive"] if asked.archives is not None else asked.sources
        assert task.arguments == ("--source", *named)


def test_as_a_program_it_prints_the_tasks_or_says_in_a_line_why_not(home, tmp_path, monkeypatch, capsys):
    schedules.main(str(home.root))
    assert TASKS.validate_json(capsys.readouterr().out) == list_tasks(load_settings(home=home.root))
    monkeypatch.setenv("PAPERS_ARCHIVES", str(tmp_path / "none.toml"))
    with pytest.raises(SystemExit, match=r"^PAPERS_ARCHIVES: .*$"):
        schedules.main(str(home.root), "archive")


def test_a_process_that_waits_imports_nothing_heavy():
    code = (
        "import sys, dagster_project.watch; print({'dagster', 'polars', 'pyarrow', 'duckdb', 'httpx'} & {*sys.modules})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"failed": (DAY,)}, f"1 days failed, {DAY} is the first"),
        ({"failed": (DAY - dt.timedelta(days=9),)}, ""),
        ({"answered_at": later(-1)}, ""),  # a source that had nothing to answer
        ({"days_back": None, "answered_at": later(-1)}, "an archive was not read to its end"),
        ({"days_back": None, "answered_at": later(1)}, ""),
        ({"days_back": None}, ""),
    ],
)
def test_what_went_wrong_in_a_build_is_what_the_home_says_since(more, said):
    task = make_task(**more)
    assert task.describe_failure(NOON, None if "days_back" in more else (DAY, DAY)) == said
