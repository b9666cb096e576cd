"""dim_paper_version: titles as they changed, slowly changing type 2."""

PAPER = "2501.00001"
VERSIONS = "SELECT version, title, valid_from, valid_to, is_current FROM dim_paper_version ORDER BY version"


def test_a_title_that_never_changed_is_one_version(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", title="Same")
    lake.entry(PAPER, captured_at="2025-01-07 12:00", title="Same")
    assert lake.build().rows(VERSIONS) == [(1, "Same", "2025-01-06 12:00", None, True)]


def test_a_changed_title_is_a_new_version_from_its_first_capture_on(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", title="First")
    lake.entry(PAPER, captured_at="2025-01-07 12:00", title="First")
    lake.entry(PAPER, captured_at="2025-01-09 12:00", title="Second")
    assert lake.build().rows(VERSIONS) == [
        (1, "First", "2025-01-06 12:00", "2025-01-09 12:00", False),
        (2, "Second", "2025-01-09 12:00", None, True),
    ]


def test_a_title_that_comes_back_is_current_from_its_return_on(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", title="First")
    lake.entry(PAPER, captured_at="2025-01-07 12:00", title="Second")
    lake.entry(PAPER, captured_at="2025-01-09 12:00", title="First")
    assert lake.build().rows(VERSIONS) == [
        (1, "Second", "2025-01-07 12:00", "2025-01-09 12:00", False),
        (2, "First", "2025-01-09 12:00", None, True),
    ]


def test_a_title_changed_from_one_digest_to_another(lake):
    lake.entry(PAPER, "digest", "2024-10-15", title="First")
    lake.entry(PAPER, "digest", "2024-10-21", title="Second")
    assert lake.build().rows(VERSIONS) == [
        (1, "First", "2024-10-15 23:00", "2024-10-21 23:00", False),
        (2, "Second", "2024-10-21 23:00", None, True),
    ]


def test_a_digest_has_no_say_where_the_api_knows_the_paper(lake):
    lake.entry(PAPER, "digest", title="As a digest prints it")
    lake.entry(PAPER, captured_at="2025-01-06 12:00", title="As the API gives it")
    assert lake.build().rows(VERSIONS) == [(1, "As the API gives it", "2025-01-06 12:00", None, True)]


def test_two_lists_captured_at_once_agree_with_dim_paper_on_the_title(lake):
    lake.entry(PAPER, listed_on="2025-01-06", captured_at="2025-01-08 12:00", title="Zebra")
    lake.entry(PAPER, listed_on="2025-01-07", captured_at="2025-01-08 12:00", title="Aardvark")
    warehouse = lake.build()
    assert warehouse.row("SELECT title FROM dim_paper_version WHERE is_current") == "Aardvark"
    assert warehouse.row("SELECT title FROM dim_paper") == "Aardvark"


def test_every_paper_has_its_own_versions(lake):
    for paper in ("2501.00001", "2501.00002"):
        lake.entry(paper, captured_at="2025-01-06 12:00", title="First")
        lake.entry(paper, captured_at="2025-01-07 12:00", title="Second")
    assert (
        lake.build().rows("SELECT version, title FROM dim_paper_version ORDER BY paper_key, version")
        == [
            (1, "First"),
            (2, "Second"),
        ]
        * 2
    )
