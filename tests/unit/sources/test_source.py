"""What a source brings: where it is asked, and for which days when nobody names any."""

import datetime as dt
from dataclasses import replace

import pytest

from dagster_project.config import load_settings
from dagster_project.errors import SettingsError
from dagster_project.sources.registry import SOURCES
from dagster_project.sources.source import Address

TODAY = dt.date(2024, 1, 25)
DAILY = Address(name="news_url", default="http://host/{date:%Y/%m/%d}", description="the day's news", is_daily=True)
ANY = Address(name="news_url", description="the news")


def set_to(address: str):
    return load_settings(addresses={"news_url": address})


class TestAddress:
    def test_its_variable_is_its_name(self):
        assert DAILY.variable == "PAPERS_NEWS_URL"

    def test_one_that_was_set_wins_over_the_default(self):
        assert DAILY.find(set_to("https://elsewhere/{date}")) == "https://elsewhere/{date}"

    def test_one_that_nobody_set_is_the_default(self):
        assert DAILY.find(load_settings()) == DAILY.default
        assert ANY.find(load_settings()) is None

    def test_the_environment_sets_it(self, monkeypatch):
        monkeypatch.setenv("PAPERS_NEWS_URL", "http://elsewhere/{date}")
        assert DAILY.find(load_settings()) == "http://elsewhere/{date}"

    @pytest.mark.parametrize(
        "url", ["file:///archive/{date:%Y/%m/%d}.md", "http://127.0.0.1:8000/{date}", "https://[::1]/{date:%Y%m%d}"]
    )
    def test_an_archive_may_lie_anywhere(self, url):
        assert DAILY.find(set_to(url)) == url

    @pytest.mark.parametrize(
        ("url", "wrong"),
        [
            ("ftp://host/{date}.md", "must begin with http://, https:// or file:///"),
            ("file://relative/{date}.md", "must begin with http://, https:// or file:///"),
            ("http://host/{day}.md", "only {date:…} can be filled in, for example {date:%Y/%m/%d}"),
            ("http://host/{}.md", "only {date:…} can be filled in, for example {date:%Y/%m/%d}"),
            ("http://host/{date.md", "only {date:…} can be filled in, for example {date:%Y/%m/%d}"),
            ("http://host/{date.nonsense}.md", "only {date:…} can be filled in, for example {date:%Y/%m/%d}"),
            ("http://host/{date[0]}.md", "only {date:…} can be filled in, for example {date:%Y/%m/%d}"),
            ("http://", "names no host that can be asked"),
            ("http://host:port/", "names no host that can be asked"),
            ("http://host:0/", "names no host that can be asked"),
            ("http://[::1/", "names no host that can be asked"),
        ],
    )
    def test_what_cannot_be_asked_is_refused_in_one_line_with_its_variable(self, url, wrong):
        with pytest.raises(SettingsError) as refused:
            ANY.find(set_to(url))
        assert str(refused.value) == f"PAPERS_NEWS_URL: {wrong}"

    @pytest.mark.parametrize("url", ["http://host/today.md", "http://host/{date:%Y/%m}.md", "http://host/{{date}}.md"])
    def test_a_daily_one_must_differ_by_day(self, url):
        assert ANY.find(set_to(url)) == url
        with pytest.raises(SettingsError, match=r"^PAPERS_NEWS_URL: must hold the day's place, for example"):
            DAILY.find(set_to(url))

    def test_what_is_secret_in_one_is_not_shown(self):
        with pytest.raises(SettingsError) as refused:
            DAILY.find(set_to("http://me:hidden@host/?token=hidden"))
        assert "hidden" not in str(refused.value)


class TestDefaultRange:
    def test_a_source_without_a_limit_is_asked_for_all_its_days(self):
        source = replace(SOURCES["digest"], default_days=None)
        assert source.default_range(TODAY) == (source.first_day, TODAY)

    def test_one_with_a_limit_is_asked_for_so_many_days_before_today(self):
        source = replace(SOURCES["digest"], default_days=14)
        assert source.default_range(TODAY) == (dt.date(2024, 1, 11), TODAY)

    def test_it_never_begins_before_the_sources_first_day(self):
        source = replace(SOURCES["digest"], default_days=14, first_day=dt.date(2024, 1, 20))
        assert source.default_range(TODAY) == (dt.date(2024, 1, 20), TODAY)


def test_it_is_asked_at_the_first_of_its_addresses():
    source = replace(SOURCES["digest"], addresses=(DAILY, ANY))
    assert source.address(load_settings()) == DAILY.default


def test_its_row_of_the_lake_is_what_the_record_says():
    source = replace(
        SOURCES["digest"],
        name="news",
        description="a paper",
        licence="MIT",
        precedence=7,
        first_day=TODAY,
        is_live=True,
        knows_author_order=False,
        names_days=True,
        lists_papers=False,
    )
    assert source.describe() == ("news", "a paper", "MIT", 7, TODAY, True, False, True, False)
