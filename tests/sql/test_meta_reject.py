"""meta_reject: one row a rejected piece of a day, however many captures of the day hold it."""

PIECES = "SELECT captured_at, last_captured_at, arxiv_id, raw FROM meta_reject ORDER BY ALL"
MORNING, NOON, EVENING = (f"2025-01-06 {hour}:00" for hour in ("06", "12", "18"))


def test_a_bad_field_that_each_capture_of_a_day_holds_stands_once(lake):
    for captured_at in (NOON, MORNING, EVENING):
        lake.reject("entry.github_stars.min", captured_at=captured_at, arxiv_id="2501.00001", raw='{"github_stars":-1}')
    lake.reject("entry.github_stars.min", captured_at=EVENING, arxiv_id="2501.00001", raw='{"github_stars":-2}')
    lake.reject("entry.github_stars.min", captured_at=NOON, arxiv_id="2501.00002", raw='{"github_stars":-1}')
    lake.reject("entry.github_stars.min", listed_on="2025-01-07", arxiv_id="2501.00001", raw='{"github_stars":-1}')
    assert lake.build().rows(PIECES) == [
        (MORNING, EVENING, "2501.00001", '{"github_stars":-1}'),
        (NOON, NOON, "2501.00002", '{"github_stars":-1}'),
        (EVENING, EVENING, "2501.00001", '{"github_stars":-2}'),
        ("2025-01-07 12:00", "2025-01-07 12:00", "2501.00001", '{"github_stars":-1}'),
    ]


def test_a_piece_that_stands_twice_in_a_capture_is_two(lake):
    for captured_at in (MORNING, MORNING, NOON):
        lake.reject("item", captured_at=captured_at)
    assert lake.build().rows(PIECES) == [
        (MORNING, MORNING, None, "as it came"),
        (MORNING, NOON, None, "as it came"),
    ]


def test_a_day_counts_a_piece_once_and_its_newest_capture_still_holds_it(lake):
    for captured_at in (MORNING, EVENING):
        lake.fetch("fetched", captured_at=captured_at)
        for number in range(5):
            lake.entry(f"2501.0000{number}", captured_at=captured_at, votes=number)
        lake.reject("item", captured_at=captured_at)
    warehouse = lake.build()
    assert warehouse.row("SELECT rejects FROM mart_coverage") == 1
    assert not warehouse.check("few_rejects").passed
