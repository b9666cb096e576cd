"""mart_coverage: what became of each day of each source."""

STATUS = "SELECT status FROM mart_coverage"
DAYS = [f"2025-01-{day:02}" for day in range(6, 13)]


def test_days_with_papers(lake):
    became = {"fetched": "published", "unchanged": "published", "incomplete": "incomplete"}
    for number, (day, outcome) in enumerate(zip(DAYS, became, strict=False)):
        lake.entry(f"2501.0000{number}", listed_on=day)
        lake.fetch(outcome, date=day)
    assert lake.build().rows(f"{STATUS} ORDER BY date") == [*became.values()]


def test_days_without_papers(lake):
    became = {"empty": "empty", "unchanged": "empty", "missing": "missing", "failed": "failed"}
    for day, outcome in zip(DAYS, became, strict=False):
        lake.fetch(outcome, date=day)
    assert lake.build().rows(f"{STATUS} ORDER BY date") == [*became.values()]


def test_a_day_in_the_future_is_left_out(lake):
    lake.fetch("future")
    assert lake.build().rows(STATUS) == []


def test_a_day_that_failed_and_then_came_is_published(lake):
    lake.fetch("failed", captured_at="2025-01-06 12:00")
    lake.fetch("fetched", captured_at="2025-01-06 13:00")
    lake.entry("2501.00001", captured_at="2025-01-06 13:00")
    assert lake.build().row(STATUS) == "published"


def test_a_published_day_stays_so_whatever_comes_after(lake):
    outcomes = ["failed", "missing", "empty"]
    for number, (day, outcome) in enumerate(zip(DAYS, outcomes, strict=False)):
        lake.entry(f"2501.0000{number}", listed_on=day)
        lake.fetch("fetched", date=day)
        lake.fetch(outcome, date=day, captured_at="2025-01-09 12:00", reason="because")
    columns = "status, attempts, last_attempt_at, last_outcome, last_reason"
    assert lake.build().rows(f"SELECT {columns} FROM mart_coverage ORDER BY date") == [
        ("published", 2, "2025-01-09 12:00", outcome, "because") for outcome in outcomes
    ]


def test_an_empty_day_that_fails_later_stays_empty(lake):
    lake.fetch("empty", captured_at="2025-01-06 12:00")
    lake.fetch("failed", captured_at="2025-01-07 12:00")
    assert lake.build().row(STATUS) == "empty"


def test_a_missing_digest_that_came_late_is_published(lake):
    lake.fetch("missing", "digest", fetched_at="2025-01-06 23:10")
    lake.fetch("fetched", "digest", fetched_at="2025-01-07 09:00")
    lake.entry("2501.00001", "digest")
    assert lake.build().row(STATUS) == "published"


def test_a_whole_capture_makes_good_one_that_was_cut(lake):
    for captured_at in ("2025-01-06 12:00", "2025-01-06 12:20"):
        lake.entry("2501.00001", captured_at=captured_at)
    lake.fetch("incomplete", captured_at="2025-01-06 12:00")
    lake.fetch("fetched", captured_at="2025-01-06 12:20")
    assert lake.build().row(STATUS) == "published"


def test_a_day_whose_first_page_stands_as_it_was_and_whose_second_came_at_last_is_published(lake):
    for captured_at in ("2025-01-06 12:00", "2025-01-06 12:20"):
        lake.entry("2501.00001", captured_at=captured_at)
    lake.fetch("incomplete", captured_at="2025-01-06 12:00")
    lake.fetch("failed", captured_at="2025-01-06 12:00", page=1)
    lake.fetch("unchanged", captured_at="2025-01-06 12:20")
    lake.fetch("fetched", captured_at="2025-01-06 12:20", page=1)
    assert lake.build().row("SELECT status, attempts FROM mart_coverage") == ("published", 2)


def test_a_cut_capture_that_is_read_again_does_not_undo_a_later_whole_one(lake):
    for captured_at in ("2025-01-06 12:00", "2025-01-06 12:20"):
        lake.entry("2501.00001", captured_at=captured_at)
    lake.fetch("incomplete", captured_at="2025-01-06 12:00", fetched_at="2025-02-01 09:00")
    lake.fetch("fetched", captured_at="2025-01-06 12:20", fetched_at="2025-02-01 09:00")
    lake.fetch("incomplete", captured_at="2025-01-06 12:00", fetched_at="2025-02-02 09:00")
    lake.fetch("unchanged", captured_at="2025-01-06 12:20", fetched_at="2025-02-02 09:00")
    assert lake.build().row("SELECT status, captures, attempts FROM mart_coverage") == ("published", 2, 4)


def test_a_file_that_ends_in_the_middle_of_a_line_is_incomplete(lake):
    lake.entry("2501.00001", "digest")
    lake.fetch("fetched", "digest")
    lake.reject("truncated", "digest")
    assert lake.build().row("SELECT status, rejects FROM mart_coverage") == ("incomplete", 1)


def test_a_whole_file_makes_good_for_one_that_ended_too_soon(lake):
    for captured_at in ("2025-01-06 23:00", "2025-01-07 09:00"):
        lake.entry("2501.00001", "digest", captured_at=captured_at, votes=3)
        lake.fetch("fetched", "digest", captured_at=captured_at)
    lake.reject("truncated", "digest", captured_at="2025-01-06 23:00")
    assert lake.build().row("SELECT status, rejects FROM mart_coverage") == ("published", 1)
    lake.reject("truncated", "digest", captured_at="2025-01-07 09:00", raw="another line")
    assert lake.build().row("SELECT status, rejects FROM mart_coverage") == ("incomplete", 2)


def test_an_answer_of_which_no_paper_could_be_read_is_a_failure(lake):
    lake.fetch("fetched")
    lake.reject("payload")
    assert lake.build().row(STATUS) == "failed"


def test_a_piece_that_was_rejected_does_not_spoil_the_day(lake):
    lake.entry("2501.00001")
    lake.fetch("fetched")
    lake.reject("title")
    assert lake.build().row("SELECT status, papers, rejects FROM mart_coverage") == ("published", 1, 1)


def test_sources_and_days_are_told_apart(lake):
    lake.fetch("fetched", "digest", "2025-01-03")
    lake.entry("2501.00001", "digest", "2025-01-03")
    lake.entry("2501.00002", "digest", "2025-01-03")
    lake.fetch("missing", "digest", "2025-01-04")
    lake.fetch("empty", "huggingface", "2025-01-04")
    columns = "source, date, status, papers, is_weekend"
    assert lake.build().rows(f"SELECT {columns} FROM mart_coverage ORDER BY date, source") == [
        ("digest", "2025-01-03", "published", 2, False),
        ("digest", "2025-01-04", "missing", 0, True),
        ("huggingface", "2025-01-04", "empty", 0, True),
    ]
