"""What is a problem of a home and what is none: by facts that are made up, and by homes that have it."""

import datetime as dt
import shutil
from dataclasses import replace

import duckdb
import pytest

from dagster_project.config import load_settings
from dagster_project.lake.fetch_log import open_log
from dagster_project.lake.home import Home
from dagster_project.lake.last_build import LastBuild, note_failure, note_success
from dagster_project.lake.tables import LakeTables
from dagster_project.publish.health import (
    CheckFacts,
    Facts,
    Limits,
    ReleaseFacts,
    SourceFacts,
    examine,
    format_span,
    judge,
)
from dagster_project.sources.attempt import Attempt, Outcome, hash_body

NOW = dt.datetime(2026, 3, 20, 12)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LIMITS = Limits(
    max_age=48 * HOUR,
    max_silence=4 * DAY,
    max_quiet=10 * DAY,
    min_free=1000,
    accepted={"known_check": 2, "known_source": float("inf")},
)
RELEASE = ReleaseFacts(release_id="20260320T110000-00000000", built_at=NOW - HOUR, contents="real", size=100)
SOURCE = SourceFacts(
    source="digest",
    newest=NOW - HOUR,
    asked_at=NOW - HOUR,
    answered_at=NOW - HOUR,
    outcome="fetched",
    reason=None,
    newest_day=NOW.date(),
)
WELL = Facts(
    home="/home", now=NOW, release=RELEASE, last_build=LastBuild(NOW - HOUR, NOW - HOUR), sources=[SOURCE], free=1000
)


def failed(name, rows=1):
    return CheckFacts(name=name, severity="warn", broken_rows=rows, description="a rule")


def of_release(**more):
    return replace(WELL, release=replace(RELEASE, **more))


def of_source(**more):
    return replace(WELL, sources=[replace(SOURCE, **more)])


def silent(span, **more):
    return of_source(newest=NOW - span, asked_at=NOW - span, answered_at=NOW - span, **more)


OLD = NOW - 49 * HOUR


@pytest.mark.parametrize(
    "facts",
    [
        WELL,
        replace(of_release(built_at=OLD), last_build=LastBuild(NOW, NOW)),
        replace(of_release(built_at=NOW), last_build=LastBuild()),
        replace(of_release(built_at=NOW), last_build=LastBuild(OLD, OLD)),
        replace(of_release(built_at=OLD, contents="sample"), last_build=LastBuild(OLD, OLD), sources=[]),
        of_release(built_at=NOW + 4 * dt.timedelta(minutes=1)),
        of_release(checks=[failed("known_check", 2), failed("passed", 0)]),
        silent(4 * DAY),
        silent(30 * DAY, names_days=False),
        silent(30 * DAY, source="known_source"),
        of_source(outcome="failed", reason="503"),
        of_source(newest_day=NOW.date() - 10 * DAY),
        of_source(newest_day=None, names_days=False),
        of_release(size=500),
    ],
)
def test_what_is_well(facts):
    assert judge(facts, LIMITS).is_well


@pytest.mark.parametrize(
    ("facts", "kind", "subject", "words"),
    [
        (replace(WELL, release=None), "release", "release", "there is no release; make one with: papers build"),
        (
            replace(WELL, release=None, reason="torn; make it again with: papers build --offline"),
            "release",
            "release",
            "torn; make it again with: papers build --offline",
        ),
        (
            replace(of_release(built_at=OLD), last_build=LastBuild(NOW, OLD - HOUR)),
            "age",
            "release",
            "for 49 hours, since 2026-03-18 11:00 UTC; look for what stopped the builds, then: papers build",
        ),
        (
            replace(WELL, last_build=LastBuild(NOW, NOW - HOUR, "2 of 3 checks failed: a rule")),
            "build",
            "build",
            "the newest build, 2026-03-20 12:00 UTC, failed: 2 of 3 checks failed: a rule; when that is put right",
        ),
        (of_release(built_at=NOW + 6 * dt.timedelta(minutes=1)), "clock", "clock", "6 minutes ahead of this machine's"),
        (
            replace(of_release(built_at=NOW + 400 * DAY), last_build=LastBuild()),
            "clock",
            "clock",
            "the release in use was built at 2027-04-24 12:00 UTC, which is 400 days ahead",
        ),
        (replace(WELL, last_build=LastBuild(NOW + HOUR, NOW)), "clock", "clock", "the newest build ended"),
        (of_source(newest=NOW + HOUR), "clock", "clock", "digest was asked at 2026-03-20 13:00 UTC"),
        (silent(4 * DAY + HOUR), "source", "digest", "has not been asked for 4 days, since 2026-03-16 11:00 UTC"),
        (
            of_source(answered_at=NOW - 5 * DAY, outcome="failed", reason="status 503"),
            "source",
            "digest",
            "digest has not answered for 5 days, since 2026-03-15 12:00 UTC: status 503; see: papers status",
        ),
        (
            of_source(answered_at=None, asked_at=NOW, outcome="failed", reason=None),
            "source",
            "digest",
            "digest has not answered so far: the request failed",
        ),
        (
            of_source(answered_at=NOW - 5 * DAY, outcome="failed", reason="status 503", names_days=False),
            "source",
            "digest",
            "has not answered for 5 days",
        ),
        (
            of_source(newest_day=NOW.date() - 11 * DAY),
            "source",
            "digest",
            "answers, but has listed no papers for 11 days, since 2026-03-09",
        ),
        (replace(WELL, log_problem="no Parquet"), "source", "log", "the fetch log cannot be read: no Parquet"),
        (
            of_release(checks=[failed("known_check"), failed("other", 1200)]),
            "check",
            "other",
            "the check other failed on 1,200 rows: a rule; see: papers status --all; if it may stay so, add other=1200",
        ),
        (of_release(checks=[failed("known_check", 3)]), "check", "known_check", "add known_check=3 to PAPERS_ACCEPTED"),
        (replace(WELL, free=999), "disk", "disk", "the disk of /home has 0.00 GB free, less than 0.00 GB"),
        (of_release(size=501), "disk", "disk", "or: papers tidy"),
    ],
)
def test_what_is_a_problem_is_named_with_what_to_do(facts, kind, subject, words):
    [problem] = judge(facts, LIMITS).problems
    assert (problem.kind, problem.subject) == (kind, subject)
    assert words in problem.text
    assert "\n" not in problem.text


def test_times_ahead_of_now_hide_no_silence():
    ahead = NOW + 400 * DAY
    facts = replace(
        of_source(newest=ahead, asked_at=NOW - 5 * DAY, answered_at=NOW - 5 * DAY),
        release=replace(RELEASE, built_at=OLD),
        last_build=LastBuild(ahead, ahead),
    )
    kinds = [problem.kind for problem in judge(facts, LIMITS).problems]
    assert sorted(kinds) == ["age", "clock", "clock", "source"]


@pytest.mark.parametrize(
    ("span", "text"), [(HOUR, "60 minutes"), (71 * HOUR, "71 hours"), (72 * HOUR, "3 days"), (400 * DAY, "400 days")]
)
def test_a_span_is_said_in_its_own_unit(span, text):
    assert format_span(span) == text


# Homes as they lie on a disk.


def make_release(home, built_at=NOW - HOUR, contents="real", broken_rows=0):
    """Publish a release of nothing but what it says of itself."""
    folder = home.releases / "20260320T110000-00000000"
    folder.mkdir(parents=True)
    with duckdb.connect(folder / "papers.duckdb") as connection:
        connection.execute(
            "CREATE TABLE meta_release AS SELECT ? AS release_id, ? AS built_at, 'mark' AS fingerprint, ? AS contents",
            [folder.name, built_at, contents],
        )
        connection.execute(
            "CREATE TABLE meta_check AS SELECT 'a_check' AS name, 'warn' AS severity, ? AS broken_rows, "
            "'a rule' AS description, NULL AS sample",
            [broken_rows],
        )
    home.set_current(folder.name)


def ask(home, source, when, outcome=Outcome.FETCHED, *, day=None, items=1, **more):
    """Note an attempt to fetch a day."""
    body = None if outcome in (Outcome.FAILED, Outcome.MISSING) else f"{source} {when}".encode()
    attempt = Attempt(
        source=source,
        date=day or when.date(),
        url="http://127.0.0.1/",
        fetched_at=when,
        captured_at=when,
        outcome=outcome,
        body=body,
        sha256=hash_body(body) if body else None,
        items=items if body else None,
        **more,
    )
    open_log(home, source).add([attempt])


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("health") / "home")
    home.claim()
    LakeTables(home.lake).write_sources()
    make_release(home)
    ask(home, "digest", NOW - HOUR)
    return home


@pytest.fixture
def home(made_once, tmp_path):
    return Home(shutil.copytree(made_once.root, tmp_path / "home", symlinks=True))


def find(home, now=NOW, **settings):
    """Return the problems of a home as pairs of kind and subject."""
    health = examine(home, load_settings(home=home.root, min_free=0, **settings), lambda: now)
    return [(problem.kind, problem.subject) for problem in health.problems]


def test_a_home_that_is_well(home):
    assert find(home) == []


def test_no_home_at_all_is_no_release_and_none_is_made(tmp_path):
    assert find(Home(tmp_path / "absent" / "home")) == [("release", "release")]
    assert not (tmp_path / "absent").exists()


def test_a_release_that_is_no_database(home):
    file = home.warehouse.resolve()
    file.write_bytes(b"no database" * 1000)
    assert find(home) == [("release", "release")]


def test_a_release_grows_old_unless_a_build_confirms_it(home):
    later = NOW + 49 * HOUR
    assert ("age", "release") in find(home, later)
    note_success(home, later - HOUR)
    assert ("age", "release") not in find(home, later)
    assert find(home, NOW + 10 * HOUR) == [("clock", "clock")]


def test_a_build_that_failed_is_a_problem_until_one_does_not(home):
    note_success(home, NOW - HOUR)
    with pytest.raises(ValueError, match="of a check"), note_failure(home, lambda: NOW):
        raise ValueError("rows that break the rule\nof a check")
    health = examine(home, load_settings(home=home.root, min_free=0), lambda: NOW)
    [problem] = health.problems
    assert problem.kind == "build"
    assert "rows that break the rule of a check" in problem.text
    assert health.facts.confirmed_at == NOW - HOUR
    note_success(home, NOW)
    assert find(home) == []


def test_a_damaged_note_of_the_newest_build_says_nothing(home):
    for text in (b"", b"{}", b"[]", b'{"ended_at": 1, "confirmed_at": null, "problem": null}', b"\xff"):
        (home.root / "last-build.json").write_bytes(text)
        assert find(home) == []


def test_a_check_that_failed(home):
    shutil.rmtree(home.releases)
    make_release(home, broken_rows=2)
    assert find(home) == [("check", "a_check")]
    assert find(home, accepted="other, a_check") == find(home, accepted="a_check=2,other=1") == []
    assert find(home, accepted="a_check=1") == [("check", "a_check")]


def test_a_disk_that_is_filling(home):
    [problem] = examine(home, load_settings(home=home.root, min_free=2**60), lambda: NOW).problems
    assert problem.kind == "disk"


def test_the_sample_grows_old_without_a_word(home):
    shutil.rmtree(home.releases)
    make_release(home, contents="sample", broken_rows=1)
    assert find(home, NOW + 400 * DAY) == [("check", "a_check")]


class TestSources:
    """Who is silent."""

    def test_one_that_fails_is_silent_once_its_last_answer_is_old(self, home):
        ask(home, "huggingface", NOW - 5 * DAY)
        ask(home, "huggingface", NOW - HOUR, Outcome.FAILED, reason="status 503")
        assert find(home, max_silence=6) == []
        assert find(home) == [("source", "huggingface")]
        ask(home, "huggingface", NOW - HOUR / 2, Outcome.UNCHANGED)
        assert find(home) == []

    def test_one_that_has_nothing_for_a_day_is_not(self, home):
        ask(home, "digest", NOW + 6 * DAY, Outcome.MISSING)
        note_success(home, NOW + 6 * DAY)
        assert find(home, NOW + 6 * DAY) == []

    @pytest.mark.parametrize("outcome", [Outcome.MISSING, Outcome.EMPTY])
    def test_one_that_lists_nothing_new_for_long_is(self, home, outcome):
        later = NOW + 11 * DAY
        note_success(home, later)
        ask(home, "digest", later, outcome, items=0)
        assert find(home, later) == [("source", "digest")]
        assert find(home, later, max_quiet=12) == []

    def test_what_an_archive_holds_is_no_answer(self, home):
        ask(home, "huggingface", NOW - 9 * DAY, archive="newsletter")
        assert find(home) == []
        ask(home, "digest", NOW + 5 * DAY, archive="daily_papers_ko")
        note_success(home, NOW + 5 * DAY)
        assert find(home, NOW + 5 * DAY) == [("source", "digest")]

    def test_one_that_is_asked_for_papers_may_have_none_to_be_asked_for(self, home):
        ask(home, "arxiv", NOW - 9 * DAY)
        assert find(home) == []
        ask(home, "arxiv", NOW - HOUR, Outcome.FAILED)
        assert find(home) == [("source", "arxiv")]

    def test_an_answer_from_the_future_is_none(self, home):
        ask(home, "huggingface", NOW - 5 * DAY)
        ask(home, "huggingface", NOW + 300 * DAY)
        assert sorted(find(home)) == [("clock", "clock"), ("source", "huggingface")]

    def test_a_file_of_the_log_that_is_damaged_is_named(self, home):
        [file] = home.fetch_log.glob("digest/*.parquet")
        file.write_bytes(b"no Parquet")
        [problem] = examine(home, load_settings(home=home.root, min_free=0), lambda: NOW).problems
        assert (problem.kind, problem.subject) == ("source", "log")
        assert str(file) in problem.text
