"""Archives beside our own captures: dim_archive, feeds, and one curve of all that anybody saw."""

import pytest

DAY = "2025-01-06"


@pytest.fixture
def shared(lake):
    """A lake in which two archives may hold captures of the API, and one feeds."""
    lake.archive("theirs")
    lake.archive("others")
    lake.archive("feeds", "feed")
    lake.feed()
    return lake


def seen(warehouse, columns="archive, observed_at, votes"):
    return warehouse.rows(
        f"SELECT {columns} FROM fact_observation JOIN dim_archive USING (archive_key) ORDER BY observed_at, archive"
    )


def test_an_archive_counts_its_captures_papers_and_days(shared):
    shared.entry("2501.00001", captured_at=f"{DAY} 08:00", archive="theirs", votes=1)
    shared.entry("2501.00002", captured_at=f"{DAY} 08:00", archive="theirs", votes=1)
    shared.entry("2501.00001", captured_at="2025-01-07 09:00", archive="theirs", votes=2)
    for time, commit in ((f"{DAY} 08:00", "a" * 40), ("2025-01-07 09:00", "b" * 40)):
        shared.fetch("fetched", captured_at=time, archive="theirs", commit=commit, time_basis="committed")
    shared.fetch("failed", captured_at="2025-01-08 09:00", archive="theirs", commit="c" * 40)
    found = shared.build().row(
        "SELECT url, format, licence, captures, papers, unlisted_papers, first_day, last_day, last_captured_at, "
        "left(last_commit, 2) FROM dim_archive WHERE archive = 'theirs'"
    )
    expected = ("https://example.org/theirs", "huggingface", "MIT", 2, 2, 0, DAY, DAY, "2025-01-07 09:00", "bb")
    assert found == expected


def test_our_own_captures_are_an_archive_without_address(lake):
    lake.entry("2501.00001", votes=1)
    lake.fetch("fetched")
    found = lake.build().row("SELECT archive, url, licence, captures, papers, last_commit FROM dim_archive")
    assert found == ("own", None, None, 1, 1, None)


def test_captures_of_all_archives_are_one_curve(shared):
    shared.entry("2501.00001", captured_at=f"{DAY} 12:00", votes=5)
    shared.entry("2501.00001", captured_at=f"{DAY} 08:00", archive="theirs", votes=2)
    shared.entry("2501.00001", captured_at="2025-01-07 08:00", archive="others", votes=9)
    warehouse = shared.build()
    assert warehouse.rows("SELECT votes, votes_gained FROM fact_vote ORDER BY captured_at") == [
        (2, None),
        (5, 3),
        (9, 4),
    ]
    assert warehouse.row("SELECT votes_at_capture FROM fact_listing") == 2
    assert warehouse.row("SELECT latest_votes, votes_seen_at FROM dim_paper") == (9, "2025-01-07 08:00")
    assert warehouse.row("SELECT observations, first_votes, last_votes FROM mart_vote_velocity") == (3, 2, 9)


def test_two_archives_may_capture_a_day_at_one_time(shared):
    for archive, keywords in (("theirs", ["a"]), ("others", ["b"])):
        more = {"authors": ["Ada"], "keywords": keywords}
        shared.entry("2501.00001", captured_at=f"{DAY} 08:00", archive=archive, votes=5, **more)
        shared.fetch("fetched", captured_at=f"{DAY} 08:00", archive=archive)
    warehouse = shared.build()
    assert seen(warehouse) == [("others", f"{DAY} 08:00", 5), ("theirs", f"{DAY} 08:00", 5)]
    assert warehouse.row("SELECT captures, papers FROM mart_coverage") == (2, 1)
    assert warehouse.rows("SELECT keyword FROM dim_keyword") == ["b"]
    assert {name for name, result in warehouse.checks().items() if not result.passed} == set()


STALE = [
    ("08:00", 9, "contradicted"),
    ("08:59", 8, "contradicted"),
    ("09:00", 8, "contradicted"),
    ("09:01", 8, None),
    ("08:30", 7, None),
    ("08:30", 10, None),
    ("08:30", 11, None),
]


def test_a_few_votes_less_than_another_archive_saw_within_the_hour_are_a_stale_answer(shared):
    for number, (time, votes, _) in enumerate(STALE):
        shared.entry(f"2501.0000{number}", captured_at=f"{DAY} 08:00", archive="theirs", votes=10)
        shared.entry(f"2501.0000{number}", captured_at=f"{DAY} {time}", archive="others", votes=votes)
    found = shared.build().rows(
        "SELECT doubt FROM fact_observation AS observation JOIN dim_archive USING (archive_key) "
        "JOIN dim_paper USING (paper_key) WHERE archive = 'others' ORDER BY arxiv_id"
    )
    assert found == [doubt for *_, doubt in STALE]


def test_votes_that_one_archive_saw_fall_are_believed(shared):
    shared.entry("2501.00001", captured_at=f"{DAY} 08:00", archive="theirs", votes=10)
    shared.entry("2501.00001", captured_at=f"{DAY} 08:20", archive="theirs", votes=9)
    assert shared.build().rows("SELECT DISTINCT doubt FROM fact_observation") == [None]


def test_a_curve_runs_through_one_observation_of_a_time(shared):
    shared.entry("2501.00001", "digest", captured_at=f"{DAY} 08:00", votes=9)
    shared.entry("2501.00001", captured_at=f"{DAY} 08:00", archive="theirs", votes=4)
    shared.entry("2501.00001", captured_at=f"{DAY} 08:00", archive="others", votes=4)
    shared.entry("2501.00001", captured_at=f"{DAY} 09:00", archive="theirs", votes=None)
    shared.entry("2501.00001", captured_at=f"{DAY} 10:00", archive="theirs", votes=200_000)
    curve = "SELECT votes FROM fact_observation WHERE is_on_curve"
    assert shared.build().rows(curve) == [4]


def test_a_poisoned_archive_is_found(shared):
    shared.entry("2501.00001", captured_at=f"{DAY} 08:00", archive="theirs", votes=40)
    shared.entry("2501.00001", captured_at=f"{DAY} 08:10", archive="others", votes=3)
    assert not shared.build().check("votes_rarely_fall").passed


class TestFeed:
    def test_its_papers_are_seen_once_a_list_names_them(self, shared):
        for arxiv_id in ("2501.00001", "2501.00009"):
            shared.entry(arxiv_id, "feed", "2025-01-09", "2025-01-09 01:00", "feeds", votes=7)
        assert seen(shared.build()) == []
        assert shared.build().row("SELECT papers, unlisted_papers FROM dim_archive WHERE archive = 'feeds'") == (2, 2)
        shared.entry("2501.00001", votes=3)
        shared.fetch("fetched")
        shared.fetch("fetched", "feed", "2025-01-09", "2025-01-09 01:00", archive="feeds")
        warehouse = shared.build()
        assert seen(warehouse, "archive, observed_at, listed_on, votes, is_new") == [
            ("own", f"{DAY} 12:00", DAY, 3, True),
            ("feeds", "2025-01-09 01:00", None, 7, True),
        ]
        assert warehouse.rows("SELECT arxiv_id, listing_count, latest_votes FROM dim_paper") == [("2501.00001", 1, 7)]
        assert warehouse.row("SELECT unlisted_papers FROM dim_archive WHERE archive = 'feeds'") == 1
        assert warehouse.rows("SELECT DISTINCT source FROM mart_coverage") == ["huggingface"]
        assert {name for name, result in warehouse.checks().items() if not result.passed} == set()

    def test_an_excluded_capture_shows_nothing(self, shared):
        shared.entry("2501.00001", votes=3)
        shared.entry("2501.00001", "feed", "2025-01-09", "2025-01-09 01:00", "feeds", votes=7)
        shared.exclude("2025-01-09 01:00", "feed", "2025-01-09", archive="feeds")
        assert [archive for archive, *_ in seen(shared.build())] == ["own"]

    def test_a_capture_from_the_future_is_doubted(self, shared):
        shared.entry("2501.00001", votes=3)
        shared.entry("2501.00001", "feed", "2031-01-09", "2031-01-09 01:00", "feeds", votes=7)
        warehouse = shared.build()
        assert seen(warehouse, "archive, doubt") == [("own", None), ("feeds", "future")]
        assert warehouse.row("SELECT latest_votes FROM dim_paper") == 3


class TestCoverage:
    def test_a_whole_answer_completes_a_day_that_another_archive_captured_cut(self, shared):
        shared.entry("2501.00001", votes=1)
        shared.fetch("fetched", captured_at=f"{DAY} 08:00", items=50, archive="theirs")
        shared.fetch("incomplete", captured_at=f"{DAY} 20:00", items=50, archive="others")
        assert shared.build().row("SELECT status FROM mart_coverage") == "published"

    def test_a_day_that_grew_after_the_whole_answer_is_incomplete(self, shared):
        shared.entry("2501.00001", votes=1)
        shared.fetch("fetched", captured_at=f"{DAY} 08:00", items=30, archive="theirs")
        shared.fetch("incomplete", captured_at=f"{DAY} 20:00", items=50, archive="others")
        assert shared.build().row("SELECT status FROM mart_coverage") == "incomplete"
