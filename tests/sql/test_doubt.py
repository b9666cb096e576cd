"""Captures and votes that cannot be right are kept and marked, and count for nothing current."""

import pytest

DAY, NOW = "2025-01-06", "2025-01-10 12:00"


@pytest.fixture
def lake(lake):
    """Return a lake whose release is built at `NOW`."""
    lake.rows["build"] = [{"built_at": NOW}]
    return lake


def build(lake):
    """Build a lake in which every capture was fetched."""
    fetched = {(row["source"], row["date"], row["captured_at"]) for row in lake.rows["fetch"]}
    for row in lake.rows["entry"]:
        capture = (row["source"], row["listed_on"], row["captured_at"])
        if capture not in fetched:
            fetched.add(capture)
            lake.fetch("fetched", *capture)
    return lake.build()


def read_doubts(warehouse):
    return warehouse.rows("SELECT observed_at, votes, doubt FROM fact_observation ORDER BY ALL")


def test_a_capture_from_the_future_waits_until_it_is_past(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 12:00", votes=3, title="Old")
    lake.entry("2501.00001", captured_at="2025-03-17 12:00", votes=7, title="New")
    warehouse = build(lake)
    assert read_doubts(warehouse) == [("2025-01-06 12:00", 3, None), ("2025-03-17 12:00", 7, "future")]
    current = "SELECT title, latest_votes, peak_votes, votes_seen_at FROM dim_paper"
    assert warehouse.row(current) == ("Old", 3, 3, "2025-01-06 12:00")
    assert warehouse.rows("SELECT title FROM dim_paper_version") == ["Old"]
    assert warehouse.rows("SELECT captured_at FROM fact_vote") == ["2025-01-06 12:00"]
    assert warehouse.row("SELECT count(*), max(date) FROM fact_vote_day") == (1, "2025-01-06")
    assert warehouse.row("SELECT max(date) FROM dim_date") == "2025-01-06"
    assert warehouse.errors() == []

    lake.rows["build"] = [{"built_at": "2025-03-18"}]
    assert build(lake).row(current) == ("New", 7, 7, "2025-03-17 12:00")


def test_an_unchanged_answer_from_the_future_is_doubted_too(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 12:00", votes=3)
    lake.fetch("fetched", captured_at="2025-01-06 12:00")
    lake.fetch("unchanged", captured_at="2099-01-06 12:00")
    warehouse = build(lake)
    assert read_doubts(warehouse) == [("2025-01-06 12:00", 3, None), ("2099-01-06 12:00", 3, "future")]
    assert warehouse.row("SELECT votes_seen_at FROM dim_paper") == "2025-01-06 12:00"
    assert warehouse.errors() == []


def test_a_paper_that_only_the_future_knows_is_there_without_votes(lake):
    lake.entry("2501.00001", captured_at="2025-03-17 12:00", votes=7, authors=["Ada"], keywords=["search"])
    warehouse = build(lake)
    assert warehouse.row("SELECT title, latest_votes, author_count FROM dim_paper") == ("Title of 2501.00001", None, 1)
    assert warehouse.row("SELECT listed_on FROM fact_listing") == "2025-01-06"
    assert warehouse.errors() == []


def test_a_list_of_a_day_that_has_not_begun_is_a_reject_until_it_has(lake):
    lake.entry("2501.00001", listed_on="2099-01-05")
    lake.fetch("fetched", date="2099-01-05")
    lake.fetch("fetched")
    warehouse = build(lake)
    assert warehouse.rows("SELECT arxiv_id FROM dim_paper") == []
    assert warehouse.rows("SELECT rule, arxiv_id, date FROM meta_reject") == [
        ("future_list", "2501.00001", "2099-01-05")
    ]
    assert warehouse.rows("SELECT date FROM mart_coverage") == ["2025-01-06"]
    assert warehouse.errors() == []


IMPLAUSIBLE = [
    (30, 100_000_000, 31),
    (None, 100_001, None),
    (30, 1_311, 31),
    (30, 5_000, None),
    (None, 5_000, 30),
]
PLAUSIBLE = [(30, 1_310, 31), (None, 5_000, None), (30, 5_000, 5_100), (700, 1_900, 1_950), (30, 0, 31)]
TIMES = ["2025-01-06 12:00", "2025-01-07 12:00", "2025-01-08 12:00"]


def add_votes(lake, cases):
    """Add a paper for each case: its votes before, at and after the second of the `TIMES`; None is no capture."""
    for number, case in enumerate(cases):
        for captured_at, votes in zip(TIMES, case, strict=True):
            if votes is not None:
                lake.entry(f"2501.0000{number}", captured_at=captured_at, votes=votes)


@pytest.mark.parametrize(("cases", "doubt"), [(IMPLAUSIBLE, "implausible"), (PLAUSIBLE, None)])
def test_votes_are_judged_by_those_before_and_after_them(lake, cases, doubt):
    add_votes(lake, cases)
    warehouse = build(lake)
    judged = warehouse.rows(f"SELECT doubt FROM fact_observation WHERE observed_at = '{TIMES[1]}'")
    assert judged == [doubt] * len(cases)
    believed = [[votes for votes in case if votes is not None and (not doubt or votes != case[1])] for case in cases]
    expected = [(votes[-1], max(votes)) if votes else (None, None) for votes in believed]
    assert warehouse.rows("SELECT latest_votes, peak_votes FROM dim_paper ORDER BY arxiv_id") == expected
    assert warehouse.errors() == []
    assert warehouse.check("observations_are_believed").passed is (doubt is None)


def test_a_source_that_ignores_the_day_lists_no_paper_twice(lake):
    for hour, day in enumerate(["2025-01-06", "2025-01-07", "2025-01-08"]):
        for paper in range(6):
            lake.entry(f"2501.0000{paper}", listed_on=day, captured_at=f"2025-01-08 0{hour}:00", votes=paper)
    warehouse = build(lake)
    assert warehouse.rows("SELECT DISTINCT listing_count, first_listed_on FROM dim_paper") == [(1, "2025-01-06")]
    assert warehouse.row("SELECT count(*) FROM fact_observation WHERE doubt = 'another day'") == 12
    assert warehouse.errors() == []


def test_a_capture_that_forgets_its_day_changes_no_list_of_before(lake):
    for day in ("2025-01-06", "2025-01-07"):
        for paper in range(6):
            lake.entry(f"2501.{day[-2:]}00{paper}", listed_on=day, captured_at=f"{day} 12:00")
    for paper in range(6):
        lake.entry(f"2501.0700{paper}", listed_on="2025-01-06", captured_at="2025-01-07 13:00")
    warehouse = build(lake)
    assert warehouse.row("SELECT count(*), max(listing_count) FROM dim_paper") == (12, 1)
    assert warehouse.errors() == []


def test_four_papers_that_come_again_are_listed_again(lake):
    for day in ("2025-01-06", "2025-01-07"):
        for paper in range(4):
            lake.entry(f"2501.0000{paper}", listed_on=day)
    assert build(lake).rows("SELECT DISTINCT listing_count FROM dim_paper") == [2]


def test_an_excluded_capture_is_in_no_table_but_that_of_exclusions(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 12:00", votes=3, authors=["Ada"], keywords=["search"])
    lake.entry("2501.00001", captured_at="2025-01-07 12:00", votes=900)
    lake.entry("2501.00002", captured_at="2025-01-07 12:00", votes=900, sections=["Text"])
    lake.exclude("2025-01-07 12:00", reason="a test of theirs")
    warehouse = build(lake)
    assert warehouse.rows("SELECT arxiv_id, latest_votes FROM dim_paper") == [("2501.00001", 3)]
    assert warehouse.rows("SELECT captured_at, reason FROM meta_exclusion") == [
        ("2025-01-07 12:00", "a test of theirs")
    ]
    assert warehouse.errors() == []


def test_an_excluded_capture_leaves_no_reject(lake):
    lake.entry("2501.00001")
    lake.reject("title", captured_at="2025-01-07 12:00")
    lake.reject("title", captured_at="2025-01-08 12:00")
    lake.exclude("2025-01-07 12:00")
    assert build(lake).rows("SELECT captured_at FROM meta_reject") == ["2025-01-08 12:00"]


@pytest.mark.parametrize("paper", ["2501.00001", "hep-th/9901001"])
def test_an_excluded_paper_is_in_no_table_but_that_of_exclusions(lake, paper):
    lake.feed()
    lake.archive("feeds", "feed")
    of_paper = {"title": "To be forgotten", "organization": "theirs", "submitted_by": "them"}
    for number, (source, day) in enumerate(
        [("digest", DAY), ("huggingface", DAY), ("huggingface", "2025-01-07"), ("feed", "2025-01-08")]
    ):
        archive = "feeds" if source == "feed" else "own"
        of_source = {"archive": archive, "listed_on": day, "votes": number}
        parts = {"authors": ["Ada", "Bea"], "keywords": ["search", "only theirs"], "sections": ["Text"]}
        lake.entry(paper, source, **of_source, **of_paper, **(parts if number < 2 else {}))
        lake.entry("2501.00002", source, **of_source, authors=["Ada"], keywords=["search"])
    lake.fetch("fetched", items=2)
    lake.fetch("unchanged", captured_at="2025-01-06 18:00", items=2)
    lake.index(paper, title="To be forgotten")
    lake.index("2501.00002")
    lake.reject("votes", arxiv_id=paper, raw="votes of theirs")
    lake.reject("unrecognised_line", raw=f"see https://arxiv.org/abs/{paper}v2")
    lake.reject("second_votes", reason=f"another stands under {paper}")
    lake.reject("heading", raw="of nobody")
    lake.exclude_paper(paper, "asked for")
    warehouse = build(lake)
    assert warehouse.rows("SELECT kind, arxiv_id, reason FROM meta_exclusion") == [("paper", paper, "asked for")]
    names = {name for (name,) in warehouse.connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for table in names - {"meta_exclusion", "stg_category"} - {f"lake_{table}" for table in lake.rows}:
        held = repr(warehouse.rows(f"FROM {table}"))
        for text in (paper, "forgotten", "theirs", "Bea", "them"):
            assert text not in held, table
    assert warehouse.rows("SELECT arxiv_id, keyword_count, author_count FROM dim_paper") == [("2501.00002", 1, 1)]
    assert warehouse.rows("SELECT raw FROM meta_reject") == ["of nobody"]
    assert warehouse.rows("SELECT rank FROM fact_listing") == [2, 2, 2]
    assert warehouse.errors() == []


def test_a_release_whose_time_is_unknown_is_not_published(lake):
    lake.entry("2501.00001")
    lake.rows["build"] = []
    assert "entries_are_used" in build(lake).errors()
