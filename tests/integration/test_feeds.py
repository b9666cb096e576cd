"""Feeds of real homes: replayed day by day, purged, excluded, set aside."""

import datetime as dt
import json
import re
import subprocess

import duckdb
import feedparser
import pytest

from dagster_project import pipeline
from dagster_project.config import SAMPLE, load_settings
from dagster_project.errors import ReleaseError
from dagster_project.lake.announcements import read_announcements
from dagster_project.lake.home import Home
from dagster_project.publish.reader import open_release
from dagster_project.site.feeds import MOST_PAPERS, MOST_WEEKS, TOP, write_feeds
from dagster_project.site.searches import SavedSearch, load_searches
from dagster_project.sources.archives import find_archives
from dagster_project.sources.registry import SOURCES
from tests.integration.conftest import copy_home
from tests.integration.test_undo import search as search_files


def read_feed(folder, feed):
    """Return a feed's entries by id, each with title, date and content, as both formats hold them."""
    read = feedparser.parse((folder / feed.atom_file).read_bytes())
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == "atom10"
    items = json.loads((folder / feed.json_file).read_text(encoding="utf-8"))["items"]
    assert [item["id"] for item in items] == [entry.id for entry in read.entries]
    assert [item["title"] for item in items] == [entry.title for entry in read.entries]
    assert [dt.datetime.fromisoformat(item["date_published"]) for item in items] == [
        dt.datetime(*entry.published_parsed[:6], tzinfo=dt.UTC) for entry in read.entries
    ]
    by_id = {item["id"]: item for item in items}
    assert len(by_id) == len(items)
    return by_id


def publish_feeds(home, folder, searches=(), base_url=None):
    """Write the feeds of a home, and return the entries of each, by its name and their ids."""
    with open_release(home) as connection, home.lock_for_writing():
        feeds = write_feeds(connection, home, folder, searches, base_url)
    return {feed.name: read_feed(folder, feed) for feed in feeds}


class Histories:
    """Git archives as they were at a time: of each history what was committed before."""

    def __init__(self, folder, bundles):
        self.folder, self.listed, self.commits = folder, folder / "list.toml", {}
        for name, bundle in bundles.items():
            place = str(folder / name)
            subprocess.run(["git", "clone", "--quiet", "--bare", "--branch=main", bundle, place], check=True)
            log = self.git(name, "log", "--format=%ct %H", "main").splitlines()
            self.commits[name] = sorted((int(line.split()[0]), line.split()[1]) for line in log)

    def git(self, name, *command):
        line = ["git", f"--git-dir={self.folder / name}", *command]
        return subprocess.run(line, check=True, capture_output=True, text=True).stdout

    def set_time(self, now, tables):
        """Let each archive be as it was at a time, and list those that had begun."""
        begun = []
        for name, commits in self.commits.items():
            if known := [commit for at, commit in commits if at <= now.replace(tzinfo=dt.UTC).timestamp()]:
                self.git(name, "update-ref", "refs/heads/main", known[-1])
                begun.append(f'[[archive]]\nname = "{name}"\nurl = "{self.folder / name}"\n{tables[name]}\n')
        self.listed.write_text("\n".join(begun))
        return bool(begun)


def replay(home, histories, tables, days, searches, folder):
    """Build a home on each of some days, as its archives were in the evening, and yield the feeds of each evening."""
    settings = load_settings(home=home.root, archives=histories.listed, processes=1)
    for day in days:
        now = dt.datetime.combine(day, dt.time(23, 59))
        if not histories.set_time(now, tables):
            continue
        with pipeline.lock_for_writing(home):
            for archive in find_archives(settings, []):
                pipeline.read_archive(home, settings, archive, days[0], day, lambda now=now: now)
            for source in SOURCES:
                pipeline.parse(home, source)
            pipeline.publish(home, settings)
        yield now, publish_feeds(home, folder, searches)


def find_matches(home, condition):
    """Return the first time at which each paper had an observation for which a condition holds, from plain rows."""
    with open_release(home) as connection:
        rows = connection.execute(
            "SELECT arxiv_id, observed_at, votes, coalesce(hours_since_submitted, hours_since_listed) / 24 "
            "FROM fact_observation JOIN dim_paper USING (paper_key) WHERE doubt IS NULL ORDER BY observed_at DESC"
        ).fetchall()
    return {paper: at for paper, at, votes, age in rows if condition(votes, age)}


VOTED = re.compile(r'href="([^"]+)">[^<]*</a>: ([0-9]+) votes')


def read_text(item):
    return item["content_html"]


def read_votes(item):
    """Return the papers of a week with their votes; of their authors, better lists may come later."""
    return VOTED.findall(item["content_html"])


def check_replay(home, evenings, conditions, read_week=read_text):
    """Check that each match came once, on the evening after it, and that neither id nor date ever changed.

    Nor did what is read of a week.
    """
    dates, came, shown = {}, {}, {}
    for now, feeds in evenings:
        for name, entries in feeds.items():
            for key, item in entries.items():
                before = dates.setdefault((name, key), (item["date_published"], item["url"], read_week(item)))
                assert before[0] == item["date_published"]
                if name == "week":
                    assert before[2] == read_week(item)
                came.setdefault((name, key), now)
            kept = shown.get(name, set()) - entries.keys()
            assert not kept or len(entries) >= (MOST_WEEKS if name == "week" else MOST_PAPERS) - 1
            shown[name] = entries.keys()
    papers = {}
    for name, key in came:
        if name != "week":
            url = dates[name, key][1]
            assert papers.setdefault((name, url), key) == key
    announced = read_announcements(home)
    for name, condition in conditions.items():
        expected = find_matches(home, condition)
        told = dict(announced.filter(feed=name).select("arxiv_id", "dated_at").iter_rows())
        assert told == expected
        assert len([1 for feed, _ in came if feed == name]) == len(expected)
    for (name, key), now in came.items():
        at = dt.datetime.fromisoformat(dates[name, key][0]).replace(tzinfo=None)
        assert at <= now
        if name != "week":
            assert now - at < dt.timedelta(days=1), (name, key)
    return came


SEARCHES = [
    SavedSearch(name="voted", title="Ten votes", min_votes=10),
    SavedSearch(name="late", title="Thirty votes", min_votes=30),
    SavedSearch(name="fast", title="Ten votes in two days", min_votes=10, max_age_days=2),
]
CONDITIONS = {
    "new": lambda _votes, _age: True,
    "voted": lambda votes, _age: votes is not None and votes >= 10,
    "late": lambda votes, _age: votes is not None and votes >= 30,
    "fast": lambda votes, age: votes is not None and votes >= 10 and age <= 2,
}


def list_days(first, last):
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


OCTOBER = list_days(dt.date(2025, 10, 1), dt.date(2025, 10, 13))
TELLING = [day for day in OCTOBER if day.day in (1, 2, 5, 10, 11, 12)]
"""The first, and evenings with new papers, one that rose later, the end of a week, old news, and no news."""


@pytest.mark.parametrize("days", [TELLING, pytest.param(OCTOBER, marks=pytest.mark.long)], ids=["telling", "all"])
def test_in_a_replay_of_the_sample_each_match_comes_once_and_stays_as_it_came(tmp_path, days):
    tables = {
        "api": 'path = "daily/{date:%Y-%m-%d}.json"\nformat = "huggingface"\nlicence = "CC0"',
        "feed": 'path = ["feed.xml", "feed_monthly.xml"]\nformat = "feed"\nlicence = "CC0"',
    }
    histories = Histories(tmp_path, {name: SAMPLE / "archives" / f"{name}.bundle" for name in tables})
    home = Home(tmp_path / "home")
    evenings = list(replay(home, histories, tables, days, SEARCHES, tmp_path / "site"))
    came = check_replay(home, evenings, CONDITIONS)
    counts = {name: sum(feed == name for feed, _ in came) for name in ("new", "week", "voted", "late", "fast")}
    assert all(counts.values()), counts
    late = {now for (name, _), now in came.items() if name == "late"}
    assert len(late) > 1  # some rose days after they were listed


def list_archives(shared_data):
    """Return the table of each real archive's list, and its bundle."""
    api = 'path = "{}/{{date:%Y-%m-%d}}.json"\nformat = "huggingface"\nlicence = "not stated"'
    tables = {
        "autoflow": api.format("paper_metadata_download"),
        "newsletter": api.format("Paper_metadata_download"),
        "pushpaper": api.format("Paper_metadata_download"),
        "feed": 'path = ["feed.xml", "feed_weekly.xml", "feed_monthly.xml"]\nformat = "feed"\nlicence = "MIT"',
        "daily_papers_ko": 'path = "paper_logs/{date:%Y/%m/%d}.md"\nformat = "digest"\nlicence = "CC BY-NC-ND"',
    }
    return tables, {name: shared_data / "archives" / f"{name}.bundle" for name in tables}


def check_real_replay(tables, bundles, choose_days, folder, read_week=read_text):
    histories = Histories(folder, bundles)
    home, days = Home(folder / "home"), choose_days(histories)
    evenings = replay(home, histories, tables, days, SEARCHES, folder / "site")
    came = check_replay(home, evenings, CONDITIONS, read_week)
    counts = {name: sum(feed == name for feed, _ in came) for name in ("new", "week", "voted", "late", "fast")}
    print(f"{len(days)} evenings, {days[0]} to {days[-1]}: {counts}")  # noqa: T201
    assert counts["new"] > 100
    assert all(counts.values()), counts


@pytest.mark.long
def test_in_a_replay_of_real_archives_each_match_comes_once_and_stays_as_it_came(shared_data, tmp_path):
    tables, bundles = list_archives(shared_data)
    del bundles["daily_papers_ko"]  # it has none of these days
    days = list_days(dt.date(2025, 6, 9), dt.date(2025, 6, 18))
    check_real_replay(tables, bundles, lambda _: days, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
def test_in_a_replay_of_all_days_of_the_real_archives_each_match_comes_once(shared_data, tmp_path):
    def choose_days(histories):
        """Return each day with a commit, and each Monday, on which a week ends: no other evening has news."""
        times = [at for commits in histories.commits.values() for at, _ in commits]
        committed = {dt.datetime.fromtimestamp(at, dt.UTC).date() for at in times}
        return [day for day in list_days(min(committed), max(committed)) if day in committed or day.weekday() == 0]

    check_real_replay(*list_archives(shared_data), choose_days, tmp_path, read_votes)


@pytest.fixture
def papers(built_week, tmp_path):
    """The command on a copy of a home with a week of the sample."""
    return copy_home(built_week, tmp_path)


@pytest.fixture(scope="module")
def written(built_week, tmp_path_factory):
    """The command on another such copy, with a site: to copy."""
    papers = copy_home(built_week, tmp_path_factory.mktemp("written"))
    papers("site")
    return papers


@pytest.fixture
def with_site(written, tmp_path):
    """The command on a copy of a home that has a site."""
    return copy_home(written, tmp_path)


def find_paper(papers):
    """Return the id and title of a paper whose votes are known."""
    return papers.rows("SELECT arxiv_id, title FROM dim_paper ORDER BY peak_votes DESC NULLS LAST, arxiv_id LIMIT 1")[0]


def test_the_bundled_searches_find_papers_in_the_sample(built_sample, tmp_path):
    papers = copy_home(built_sample, tmp_path)
    home = Home(papers.home)
    feeds = publish_feeds(home, tmp_path / "site", load_searches(load_settings(home=home.root)))
    counts = {name: len(entries) for name, entries in feeds.items()}
    assert counts["new"] == papers.one("SELECT count(*) FROM dim_paper")
    assert list(counts) == ["new", "week", "popular", "rising"]
    assert all(counts.values()), counts
    assert max(counts.values()) <= MOST_PAPERS
    assert all(item["content_html"].count("<li>") <= TOP for item in feeds["week"].values())


def test_an_excluded_paper_leaves_the_feeds_and_comes_back_as_it_was(papers, tmp_path):
    home, (arxiv_id, title) = Home(papers.home), find_paper(papers)
    before = publish_feeds(home, tmp_path / "site")
    papers("exclude", "paper", arxiv_id, "--reason", "asked for")
    papers.rebuild()
    after = publish_feeds(home, tmp_path / "site")
    assert {item["title"] for item in before["new"].values()} - {item["title"] for item in after["new"].values()} == {
        title
    }
    assert search_files(tmp_path / "site", arxiv_id, title) == []
    papers("include", "paper", arxiv_id)
    papers.rebuild()
    assert publish_feeds(home, tmp_path / "site") == before


def test_a_purged_paper_is_in_nothing_that_feeds_remember_or_say(with_site, tmp_path):
    papers, home, (arxiv_id, title) = with_site, Home(with_site.home), find_paper(with_site)
    before = publish_feeds(home, tmp_path / "site")
    for place in (home.announcements, home.site / "feeds"):
        assert any(file.is_relative_to(place) for file in search_files(papers.home, arxiv_id))
    papers("exclude", "paper", arxiv_id, "--reason", "asked for", "--purge")
    assert search_files(papers.home, arxiv_id, title) == []
    assert (home.site / "feeds" / "new.json").exists()
    after = publish_feeds(home, tmp_path / "site")
    assert search_files(tmp_path, arxiv_id, title) == []
    assert {key: item for key, item in before["new"].items() if item["title"] != title} == after["new"]


def test_what_the_sample_announced_is_set_aside_with_it_and_with_its_site(with_site):
    home = Home(with_site.home)
    with home.lock_for_writing():
        aside = home.set_contents("real")
    assert read_announcements(home).is_empty()
    assert (aside / "announcement" / "all" / "announced.parquet").exists()
    assert (aside / "site" / "feeds" / "new.json").exists()
    assert not home.site.exists()


def test_a_release_without_what_feeds_need_is_refused_in_one_line(tmp_path):
    with duckdb.connect() as connection, pytest.raises(ReleaseError, match="make a new release with: papers build"):
        write_feeds(connection, Home(tmp_path / "home"), tmp_path / "site")
