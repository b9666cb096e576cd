"""The sources: each has all that the rooms ask of it."""

import datetime as dt
import inspect
import re

import pytest

from dagster_project.build import list_sample_days, use_sample
from dagster_project.config import SAMPLE, load_settings
from dagster_project.errors import SettingsError
from dagster_project.parse.rows import Day, Parsed
from dagster_project.sources.attempt import Outcome
from dagster_project.sources.registry import ASKED, SOURCES, check_addresses, find_sources
from dagster_project.sources.source import Source

each = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
each_that_is_asked = pytest.mark.parametrize("source", ASKED.values(), ids=ASKED)


def test_they_stand_under_their_names_best_precedence_first():
    assert [source.name for source in SOURCES.values()] == list(SOURCES)
    assert [source.precedence for source in SOURCES.values()] == list(range(1, len(SOURCES) + 1))


def test_where_two_disagree_the_api_wins_over_the_digests():
    assert list(SOURCES) == ["huggingface", "digest", "feed", "arxiv"]


@each
def test_one_says_what_it_is(source: Source):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", source.name)
    assert source.description
    assert source.licence
    assert dt.date(2023, 1, 1) < source.first_day < dt.date.today()


@each_that_is_asked
def test_its_addresses_have_names_and_descriptions_of_their_own(source: Source):
    names = [address.name for one in SOURCES.values() for address in one.addresses]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]\w*_url", address.name) and address.description for address in source.addresses)
    assert source.address(load_settings()).startswith("https://")


@each_that_is_asked
def test_its_capture_is_given_all_that_it_needs(source: Source):
    capture, asked = source.capture, "day"
    if capture is None:
        capture, asked = source.descriptions.describe, "papers"
        assert inspect.isasyncgenfunction(capture)
    else:
        assert inspect.iscoroutinefunction(capture)
    assert list(inspect.signature(capture).parameters) == ["client", "settings", "source", asked, "held", "clock"]


@each
def test_its_parser_reads_nothing_into_nothing_and_never_raises(source: Source):
    day = Day(source.name, source.first_day, dt.datetime.combine(source.first_day, dt.time(23)))
    assert source.parse([], day) == Parsed()
    assert isinstance(source.parse([b"\xff\x00"], day), Parsed)


@each_that_is_asked
def test_its_schedule_can_be_kept(source: Source):
    assert re.fullmatch(r"\w+", source.schedule.name)
    assert len(source.schedule.cron.split()) == 5
    assert source.schedule.days_back > 0
    assert source.schedule.description


def test_one_that_nobody_asks_has_neither_address_nor_schedule_nor_days_of_the_sample():
    others = [source for source in SOURCES.values() if source.name not in ASKED]
    assert [source.name for source in others] == ["feed"]
    assert {(source.addresses, source.schedule, source.sample) for source in others} == {((), None, "")}


@each
def test_an_answer_that_somebody_stored_is_judged_by_its_bytes(source: Source):
    assert source.judge_stored(source.first_day, b"\xff\x00").outcome is Outcome.FAILED


def test_each_schedule_has_a_name_of_its_own():
    names = {source.schedule.name for source in ASKED.values()}
    assert len(names) == len(ASKED)


@each_that_is_asked
def test_the_sample_has_days_of_it_or_describes_their_papers(source: Source):
    days = list_sample_days(source)
    if source.descriptions:
        described = source.parse(
            [(SAMPLE / source.sample).read_bytes()], Day(source.name, dt.date(2026, 8, 22), dt.datetime(2026, 8, 22))
        )
        assert not days
        assert len(described.entry) > 100
        assert not described.reject
        return
    assert len(days) >= 12
    assert days == sorted(days)
    assert all((SAMPLE / source.sample.format(date=day)).exists() for day in days)


def test_the_days_of_the_sample_are_those_in_their_files_names():
    digests = {file.relative_to(SAMPLE / "digests").as_posix() for file in SAMPLE.glob("digests/*/*/*.md")}
    assert {f"{day:%Y/%m/%d}.md" for day in list_sample_days(SOURCES["digest"])} == digests
    answers = {folder.name for folder in (SAMPLE / "api").iterdir()}
    assert {str(day) for day in list_sample_days(SOURCES["huggingface"])} == answers


def test_under_the_settings_of_the_sample_every_source_is_asked_there():
    settings = use_sample(load_settings(addresses={"digest_index_url": "http://127.0.0.1:9/i.csv"}))
    for source in ASKED.values():
        assert source.address(settings) == f"{SAMPLE.as_uri()}/{source.sample}"
    assert "digest_index_url" not in settings.addresses


def test_sources_are_found_by_their_names_in_the_order_asked_for():
    assert find_sources(reversed(ASKED)) == list(ASKED.values())[::-1]


def test_a_name_that_there_is_not_is_refused_in_one_line_that_names_those_there_are():
    for name in ("digets", "feed"):  # nobody can ask for feeds
        with pytest.raises(SettingsError) as refused:
            find_sources(["digest", name])
        assert str(refused.value) == f"there is no source {name!r}; choose from huggingface, digest, arxiv"


def test_addresses_that_can_be_used_are_taken():
    check_addresses(load_settings())


@pytest.mark.parametrize("name", [address.name for source in SOURCES.values() for address in source.addresses])
def test_any_address_that_cannot_be_used_is_refused_before_anything_is_asked(name):
    with pytest.raises(SettingsError, match=f"^PAPERS_{name.upper()}: must begin with"):
        check_addresses(load_settings(addresses={name: "ftp://host/{date}"}))
