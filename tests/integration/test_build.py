"""A whole build on a home of its own: what is asked for, what is published, and what the report tells of it."""

import datetime as dt
import re
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dagster_project import pipeline
from dagster_project.build import BuildRequest, Built, SourceReport, build, list_sample_days, request_held
from dagster_project.clock import utc_now
from dagster_project.config import load_settings
from dagster_project.errors import HomeMixError, NothingAnsweredError, ReleaseError, SettingsError
from dagster_project.lake.archive_list import note_archive
from dagster_project.lake.home import Home
from dagster_project.parse.day import parse_day
from dagster_project.pipeline import FetchedDay, ParsedDay, marks, parsing
from dagster_project.progress import warn
from dagster_project.sources.archives import load_archives
from dagster_project.sources.attempt import Attempt, Outcome
from dagster_project.sources.registry import ASKED
from tests.integration.conftest import copy_home, told_apart, tree
from tests.loopback import Answer, Loopback

FIRST = dt.date(2023, 11, 20)
"""The first day of the digests."""
DAYS = [FIRST + dt.timedelta(days=ahead) for ahead in range(3)]
NOON = dt.datetime(2023, 11, 22, 12)
REAL = BuildRequest(sources=["digest", "huggingface"], first=DAYS[0], last=DAYS[-1])
SAMPLE = BuildRequest(sample=True, first=dt.date(2025, 2, 15), last=dt.date(2025, 2, 21))


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def week(built_week, home):
    """The home, with a week of the sample."""
    return Home(copy_home(built_week, home.root.parent).home)


@pytest.fixture
def run(home, settings_for):
    """Build in the home, the sample now and the others at noon of the third day; keyword arguments are settings."""

    def run(request: BuildRequest, built: Built | None = None, **given) -> Built:
        clock = utc_now if request.sample else lambda: NOON
        return build(home, settings_for(**{"attempts": 1} | given), request, built, clock)

    return run


@pytest.fixture
def load(home, run):
    """Build as far as the lake: no release can be built in a format that DuckDB does not know."""

    def load(request: BuildRequest) -> Built:
        built = Built()
        with pytest.raises(ReleaseError, match="the release could not be built"):
            run(request, built, storage_version="v0", processes=1)
        (home.root / ".writer").unlink()  # the next need not take over from a writer that failed
        return built

    return load


def serve(web, folder):
    """Serve the same paper for three days, by both sources; the digests lie in a folder."""
    for day in DAYS:
        file = folder / f"{day:%Y/%m/%d}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"### [On trees](https://arxiv.org/abs/2311.{day:%d}000)\n\nVote: 3\n\n- a line\n")
        web.serve_papers(day, [{"paper": {"id": f"2311.{day:%d}000", "title": "On trees", "upvotes": 4}}])
    web.serve_digests(folder)


@pytest.fixture
def archive(web, tmp_path):
    """Serve the same paper for three days, by both sources."""
    serve(web, tmp_path / "digests")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Both sources, served, a home that was built from them, and what the build told."""
    folder = tmp_path_factory.mktemp("real")
    with Loopback() as web:
        serve(web, folder / "digests")
        addresses = {"digest_url": web.digest_url, "huggingface_url": web.huggingface_url}
        settings = load_settings(home=folder / "home", attempts=1, requests_per_second=1000, addresses=addresses)
        home = Home(folder / "home")
        yield web, home, build(home, settings, REAL, Built(), lambda: NOON)


def count(home: Home, table: str) -> int:
    with duckdb.connect(home.warehouse, read_only=True) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]


def asked(web) -> set[str]:
    """Return the days that a source was asked for."""
    found = {match for path in web.paths for match in re.findall(r"(?<=date=)[\d-]+|(?<=^/)[\d/]+(?=\.md)", path)}
    return {day.replace("/", "-") for day in found}


class TestDays:
    @pytest.mark.parametrize(
        ("source", "first", "last", "days"),
        [
            ("digest", None, None, (FIRST, DAYS[-1])),
            ("huggingface", None, None, (dt.date(2023, 11, 8), DAYS[-1])),
            ("huggingface", dt.date(2023, 11, 1), dt.date(2023, 11, 3), (dt.date(2023, 11, 1), dt.date(2023, 11, 3))),
            ("huggingface", dt.date(2023, 11, 21), None, (dt.date(2023, 11, 21), DAYS[-1])),
            ("digest", None, DAYS[1], (FIRST, DAYS[1])),
            ("digest", dt.date(2020, 1, 1), FIRST, (FIRST, FIRST)),
            ("huggingface", None, dt.date(2023, 8, 20), (dt.date(2023, 8, 6), dt.date(2023, 8, 20))),
        ],
        ids=[
            "digests: all",
            "API: two weeks",
            "a range",
            "no last day",
            "no first day",
            "before the first day",
            "API: two weeks up to a day",
        ],
    )
    def test_those_that_are_asked_for_are_fetched_or_else_the_sources_usual_ones(
        self, web, load, source, first, last, days
    ):
        built = load(BuildRequest(sources=[source], first=first, last=last))
        wanted = [days[0] + dt.timedelta(days=ahead) for ahead in range((days[1] - days[0]).days + 1)]
        assert sorted(built.sources[source].fetched) == wanted
        assert asked(web) == {str(day) for day in wanted}

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"sources": ["digest"], "first": dt.date(2020, 1, 1), "last": dt.date(2020, 1, 2)}, "digest (2023-11-20)"),
            ({"sources": ["huggingface", "digest"], "last": dt.date(2023, 5, 3)}, "huggingface (2023-05-04), digest"),
            ({"archives": [], "last": dt.date(2020, 1, 2)}, "(2023-05-04)"),
            ({"sources": ["digest"], "first": DAYS[-1] + dt.timedelta(days=1)}, "comes after 2023-11-22"),
            ({"sample": True, "first": dt.date(2020, 1, 1), "last": dt.date(2020, 1, 2)}, "the sample holds no day"),
        ],
        ids=["before a source", "before two sources", "before the archives", "after today", "none of the sample"],
    )
    def test_a_range_without_any_is_refused_before_anything_is_done(self, web, week, run, given, says):
        held = tree(week.root)
        with pytest.raises(SettingsError, match=re.escape(says)):
            run(BuildRequest(**given))
        assert web.asked == []
        assert tree(week.root) == held

    def test_a_range_that_begins_before_a_source_is_said_to_be_cut(self, web, load, caplog, monkeypatch):
        monkeypatch.setattr("dagster_project.progress.logger.propagate", True)
        warn.cache_clear()
        load(BuildRequest(sources=["digest", "huggingface"], first=dt.date(2023, 11, 1), last=FIRST))
        assert [text for text in caplog.messages if "begins on" in text] == [
            "digest begins on 2023-11-20; it is not asked for days before"
        ]
        load(BuildRequest(sources=["digest", "huggingface"], first=dt.date(2023, 11, 1), last=dt.date(2023, 11, 2)))
        assert "2023-11-02" in asked(web)

    def test_those_that_have_not_begun_are_told_and_not_asked_for(self, web, load):
        built = load(BuildRequest(sources=["digest"], first=DAYS[-1], last=DAYS[-1] + dt.timedelta(days=2)))
        assert built.sources["digest"].outcomes == Counter(missing=1, future=2)
        assert asked(web) == {str(DAYS[-1])}

    @pytest.mark.usefixtures("archive")
    def test_anew_each_is_asked_for_without_conditions_and_an_equal_answer_is_no_capture(self, web, home, run):
        request = BuildRequest(sources=["digest"], first=DAYS[0], last=DAYS[1])
        run(request)
        for refetch in (False, True):
            web.asked.clear()
            built = run(replace(request, refetch=refetch))
            digests = [one for one in web.asked if one.path.endswith(".md")]
            conditional = {bool({"if-none-match", "if-modified-since"} & set(one.headers)) for one in digests}
            assert (len(digests), conditional) == (2, {not refetch})
            assert built.sources["digest"].outcomes == Counter(unchanged=2)
            assert built.release is not None
            assert not built.release.is_new
            assert [len(names) for names in pipeline.list_captures(home, "digest").values()] == [1, 1]


class TestCommand:
    def test_without_a_source_it_asks_those_that_the_home_holds(self, web, load, papers):
        papers.env |= {"PAPERS_DIGEST_URL": web.digest_url, "PAPERS_HUGGINGFACE_URL": web.huggingface_url}
        web.play("/", repeat(Answer(body=b"### [On trees](https://arxiv.org/abs/2311.20000)\n\nVote: 3\n\n- a line\n")))
        load(BuildRequest(sources=["digest"], first=DAYS[0], last=DAYS[1]))
        web.forget()
        papers("build", "--from", "2023-11-22", "--to", "2023-11-23")
        assert asked(web) == {"2023-11-22", "2023-11-23"}
        assert papers.rows("SELECT source, count(*) FROM mart_coverage GROUP BY source") == [("digest", 4)]

    def test_a_range_without_a_source_is_refused_beside_the_sample(self, built_sample):
        held = tree(built_sample.home / "lake")
        [line] = built_sample("build", "--from", "2020-01-01", "--to", "2020-01-02", status=2).splitlines()
        assert "add --source" in line
        assert tree(built_sample.home / "lake") == held


class TestUpgrade:
    def test_a_build_of_few_days_reads_all_again_and_speaks_of_no_damage(self, papers, built_week, load, monkeypatch):
        def parse_by_older_rules(*given):
            parsed = parse_day(*given)
            parsed.entry = [entry._replace(title="of older rules") for entry in parsed.entry]
            return parsed

        monkeypatch.setattr(parsing, "parse_day", parse_by_older_rules)
        monkeypatch.setattr(marks, "hash_parsing_code", lambda: "older rules")
        load(SAMPLE)
        titles = pl.read_parquet(papers.home / "lake" / "entry" / "*" / "*.parquet")["title"]
        assert titles.unique().to_list() == ["of older rules"]
        few = ("build", "--source", "sample", "--from", "2025-02-21", "--to", "2025-02-21")
        printed = papers(*few)
        assert "Published release" in printed
        assert "damaged" not in printed
        assert told_apart(papers) == told_apart(built_week)
        assert "Unchanged" in papers(*few)


@pytest.mark.usefixtures("archive")
class TestReal:
    def test_without_a_source_what_the_lake_lacks_is_read(self, web, home, load):
        load(REAL)
        for file in home.lake.glob("*/digest/*.parquet"):
            file.unlink()
        web.forget()
        built = load(BuildRequest())
        assert web.asked == []
        assert {name: report.days_parsed for name, report in built.sources.items()} == {
            "digest": 3,
            "huggingface": 0,
            "arxiv": 0,
        }

    def test_as_long_as_no_paper_comes_the_sample_stays_and_real_data_sets_it_aside(self, web, home, week, run):
        sample = week.current.resolve().name
        held = {file: file.stat().st_mtime_ns for file in home.fetch_log.rglob("*.parquet")}
        assert home.read_contents() == "sample"
        for answer in (Answer(404), Answer(503)):  # nothing, and failures
            web.play("2023/11/2", [answer] * len(DAYS))
            built = Built()
            with suppress(NothingAnsweredError):
                run(BuildRequest(sources=["digest"], first=DAYS[0], last=DAYS[-1]), built)
            assert len(built.sources["digest"].fetched) == len(DAYS)
            assert (built.set_aside, built.keeps_sample, home.read_contents()) == (None, True, "sample")
            assert built.release.release_id == sample
            assert {file: file.stat().st_mtime_ns for file in home.fetch_log.rglob("*.parquet")} == held
        built = run(REAL)
        assert built.set_aside.parent == home.root
        assert (built.set_aside / "releases" / sample / "papers.duckdb").exists()
        assert home.read_contents() == "real"
        assert count(home, "dim_paper") == 3

    def test_the_index_of_a_source_is_fetched_and_read(self, web, home, load, monkeypatch):
        monkeypatch.setenv("PAPERS_DIGEST_INDEX_URL", f"{web.url}/index.csv")
        web.play("/index.csv", [Answer(body=b"date,title,url\n2023-11-20,On trees,https://arxiv.org/abs/2311.20000\n")])
        built = load(REAL)
        assert built.sources["digest"].index.outcome is Outcome.FETCHED
        assert built.sources["huggingface"].index is None
        assert (home.lake / "index" / "digest" / "index.parquet").exists()

    def test_an_archive_that_was_read_and_is_listed_is_read_again(self, home, settings_for):
        home.set_contents("real")
        listed = load_archives(settings_for())["newsletter"]
        for archive in (listed, listed.model_copy(update={"name": "forgotten"})):
            note_archive(home, archive)
        assert request_held(home, settings_for(), None, None) == BuildRequest(sources=[], archives=["newsletter"])

    def test_a_source_that_was_never_asked_is_not_asked_now(self, home, load, settings_for):
        load(BuildRequest(sources=["digest"], first=FIRST, last=FIRST))
        assert request_held(home, settings_for(), None, None) == BuildRequest(sources=["digest"])


class TestHomeThatIsBuilt:
    """What comes after a build of both sources; each test has a copy of the home."""

    @pytest.fixture
    def web(self, built):
        web, _, _ = built
        serve(web, built[1].root.parent / "digests")
        web.forget()
        return web

    @pytest.fixture
    def home(self, built, tmp_path):
        return Home(Path(shutil.copytree(built[1].root, tmp_path / "home", symlinks=True)))

    def test_days_of_all_sources_come_to_one_release(self, built):
        _, home, built = built
        assert list(built.sources) == ["digest", "huggingface"]
        for report in built.sources.values():
            assert report.outcomes == Counter(fetched=3)
            assert report.days_parsed == 3
            assert report.rows["entry"] == 3
            assert report.failures == {}
        assert built.release.is_new
        assert built.release.rows["dim_paper"] == count(home, "dim_paper") == 3
        assert count(home, "fact_listing") == 6
        assert built.dashboard == home.dashboard
        assert home.dashboard.exists()
        assert built.set_aside is None
        assert home.read_contents() == "real"

    def test_without_news_nothing_is_published_and_the_page_is_left_alone(self, web, home, run):
        first = home.current.resolve().name
        home.dashboard.write_text("somebody else's")
        built = run(REAL)
        assert web.sent == 0
        assert not built.release.is_new
        assert built.release.release_id == first
        assert [folder.name for folder in home.releases.iterdir()] == [first]
        assert home.dashboard.read_text() == "somebody else's"
        for report in built.sources.values():
            assert report.outcomes == Counter(unchanged=3)
            assert (report.days_parsed, report.rows) == (0, Counter())
        home.dashboard.unlink()
        assert run(REAL).dashboard.exists()

    def test_again_reads_everything_from_raw_bytes_asks_nobody_and_publishes(self, web, home, run):
        first = home.current.resolve().name
        built = run(BuildRequest(rebuild=True))
        assert web.asked == []
        assert {name: report.days_parsed for name, report in built.sources.items()} == {
            "huggingface": 3,
            "digest": 3,
            "arxiv": 0,
        }
        assert {(len(report.fetched), report.index) for report in built.sources.values()} == {(0, None)}
        assert built.release.is_new
        assert built.release.release_id != first
        assert built.release.rows["dim_paper"] == 3

    def test_what_a_home_holds_is_asked_for_again(self, home, settings_for):
        held = request_held(home, settings_for(), *DAYS[:2])
        assert held == BuildRequest(sources=["huggingface", "digest"], first=DAYS[0], last=DAYS[1])

    def test_what_was_published_before_stays_in_use_and_the_report_tells_how_far_the_build_came(self, web, home, run):
        before = home.current.resolve().name
        web.serve_papers(DAYS[0], [{"paper": {"id": "2311.20000", "title": "On trees", "upvotes": 9}}])
        built = Built()
        with pytest.raises(ReleaseError):
            run(REAL, built, storage_version="v0")
        assert built.sources["huggingface"].outcomes == Counter(fetched=1, unchanged=2)
        assert built.sources["huggingface"].days_parsed == 1
        assert (built.release, built.dashboard) == (None, None)
        assert home.current.resolve().name == before


ANSWERED = dt.date(2026, 8, 22)
"""Day of arXiv's answer in the sample."""


class TestSample:
    def test_it_is_built_from_its_files_for_every_source(self, web, home, load, built_week):
        built = load(SAMPLE)
        assert web.asked == []
        for name, source in ASKED.items():
            days = [day for day in list_sample_days(source) if SAMPLE.first <= day <= SAMPLE.last]
            days = [ANSWERED] if source.descriptions else days
            assert sorted(built.sources[name].fetched) == days != []
            assert built.sources[name].index is None
        assert home.read_contents() == "sample"
        assert count(Home(built_week.home), "dim_paper") > 0

    @pytest.mark.parametrize("given", ["home", "week"])
    def test_it_is_what_an_empty_home_and_its_own_ask_for(self, request, settings_for, given):
        home = request.getfixturevalue(given)
        assert request_held(home, settings_for(), None, None) == BuildRequest(sample=True)
        for days in ((FIRST, None), (None, FIRST)):
            with pytest.raises(SettingsError, match="--from and --to need a source: add --source"):
                request_held(home, settings_for(), *days)

    def test_all_of_its_days_are_taken_when_none_are_named(self, built_sample):
        asked = {
            (source, archive): days
            for source, archive, days in built_sample.rows(
                "SELECT source, archive, list(DISTINCT date ORDER BY date) FROM meta_fetch GROUP BY ALL"
            )
        }
        assert {name: asked[name, "own"] for name in ASKED} == {
            name: [ANSWERED] if source.descriptions else list_sample_days(source) for name, source in ASKED.items()
        }
        assert {archive for _, archive in asked} == {"own", "sample_api", "sample_feed"}
        assert "failed" not in built_sample.printed  # which an archive with a problem is called, too

    def test_a_home_with_real_data_refuses_it(self, home, run):
        home.set_contents("real")
        built = Built()
        with pytest.raises(HomeMixError):
            run(SAMPLE, built)
        assert built == Built()
        assert home.read_contents() == "real"


class TestTrouble:
    def test_where_no_day_could_be_fetched_it_says_so_and_publishes_that(self, web, home, run):
        web.play("/", repeat(Answer(500)))
        built = Built()
        with pytest.raises(NothingAnsweredError) as failed:
            run(REAL, built, concurrency=1)
        assert str(failed.value) == (
            "none of 6 days could be fetched; digest 2023-11-20: HTTP 500 Internal Server Error. See: papers status"
        )
        assert built.release.is_new
        assert built.dashboard == home.dashboard
        assert count(home, "meta_fetch") == 6
        assert list(built.sources["digest"].failures) == [str(day) for day in DAYS]

    @pytest.mark.usefixtures("archive")
    def test_a_page_that_cannot_be_written_is_not_told_of(self, run, monkeypatch):
        monkeypatch.setattr("dagster_project.build.write_dashboard", lambda _: 1 / 0)
        built = Built()
        with pytest.raises(ZeroDivisionError):
            run(BuildRequest(sources=["digest"], first=FIRST, last=FIRST), built)
        assert built.release.is_new
        assert built.dashboard is None

    @pytest.mark.parametrize(
        ("request_", "given"),
        [
            (BuildRequest(sources=["digest", "digets"]), {}),
            (BuildRequest(sources=["digest"]), {"huggingface_url": "ftp://host"}),
        ],
        ids=["a source that there is not", "an address that cannot be asked"],
    )
    def test_what_cannot_be_asked_for_is_refused_before_anything_is_done(self, web, home, run, request_, given):
        home.set_contents("sample")
        with pytest.raises(SettingsError):
            run(request_, **given)
        assert home.read_contents() == "sample"
        assert web.asked == []


def attempt(outcome: Outcome, reason: str | None = None) -> Attempt:
    return Attempt(
        source="digest", date=FIRST, url="", fetched_at=NOON, captured_at=NOON, outcome=outcome, reason=reason
    )


class TestReport:
    def test_nothing_done_is_nothing_counted(self):
        report = SourceReport()
        assert (report.outcomes, report.days_parsed, report.rows, report.failures) == (Counter(), 0, Counter(), {})

    def test_days_are_counted_by_outcome_and_rows_by_table(self):
        report = SourceReport(
            fetched={
                DAYS[0]: FetchedDay(Outcome.FETCHED, None, 1, 9),
                DAYS[1]: FetchedDay(Outcome.FETCHED, "a remark", 1, 9),
                DAYS[2]: FetchedDay(Outcome.UNCHANGED, None, 0, 0),
            },
            parsed={
                DAYS[0]: ParsedDay({"entry": 2, "reject": 1}),
                DAYS[1]: ParsedDay({"entry": 3, "reject": 0}),
                DAYS[2]: ParsedDay(unchanged=True),
            },
        )
        assert report.outcomes == Counter(fetched=2, unchanged=1)
        assert report.days_parsed == 2
        assert report.rows == Counter(entry=5, reject=1)
        assert report.failures == {}

    def test_failures_are_those_of_fetching_reading_and_the_index(self):
        report = SourceReport(
            fetched={
                DAYS[0]: FetchedDay(Outcome.FAILED, "HTTP 500", 0, 0),
                DAYS[1]: FetchedDay(Outcome.INCOMPLETE, "cut", 1, 9),
            },
            parsed={DAYS[1]: ParsedDay(), DAYS[2]: ParsedDay(problem="raw/00/00 is missing")},
            index=attempt(Outcome.FAILED, "no index"),
        )
        assert report.failures == {
            str(DAYS[0]): "HTTP 500",
            str(DAYS[2]): "raw/00/00 is missing",
            "index": "no index",
        }

    @pytest.mark.parametrize("outcome", [Outcome.FETCHED, Outcome.UNCHANGED])
    def test_an_index_that_was_fetched_is_no_failure(self, outcome):
        assert SourceReport(index=attempt(outcome)).failures == {}
