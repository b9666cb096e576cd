"""dim_paper: one row a paper; of two sources the API wins, and what only one has is kept."""

import pytest

PAPER = "2501.00001"


def test_the_api_wins_for_title_abstract_and_picture(lake):
    lake.entry(PAPER, "digest", title="As a digest prints it", thumbnail_url="https://example.org/digest.png")
    lake.entry(PAPER, title="As the API gives it", abstract="Short.", thumbnail_url="https://example.org/api.png")
    assert lake.build().row("SELECT title, abstract, thumbnail_url FROM dim_paper") == (
        "As the API gives it",
        "Short.",
        "https://example.org/api.png",
    )


def test_the_api_wins_even_where_the_digest_is_newer(lake):
    lake.entry(PAPER, title="As the API gives it", listed_on="2025-01-06")
    lake.entry(PAPER, "digest", title="As a digest prints it", listed_on="2025-01-08")
    assert lake.build().row("SELECT title FROM dim_paper") == "As the API gives it"


def test_what_only_a_digest_has_is_kept(lake):
    lake.entry(PAPER, "digest", video_url="https://example.org/talk.mp4", thumbnail_url="https://example.org/d.png")
    lake.entry(PAPER, published_at="2025-01-03 17:59")
    assert lake.build().row("SELECT video_url, thumbnail_url, published_on FROM dim_paper") == (
        "https://example.org/talk.mp4",
        "https://example.org/d.png",
        "2025-01-03",
    )


def test_a_paper_that_only_a_digest_knows_is_kept_with_unknowns(lake):
    lake.entry(PAPER, "digest", authors=["Ada", "Bo"], votes=4)
    row = lake.build().row("SELECT title, abstract, published_on, author_count, latest_votes, comments FROM dim_paper")
    assert row == (f"Title of {PAPER}", None, None, 2, 4, None)


def test_the_newest_capture_is_the_current_state(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", github_stars=5, comments=1)
    lake.entry(PAPER, captured_at="2025-01-07 12:00", github_stars=9, comments=0)
    assert lake.build().row("SELECT github_stars, comments FROM dim_paper") == (9, 0)


def test_two_sources_are_one_paper_with_the_days_of_both(lake):
    lake.entry(PAPER, "digest", "2025-01-07")
    lake.entry(PAPER, "huggingface", "2025-01-06")
    lake.entry(PAPER, "huggingface", "2025-01-09")
    assert lake.build().rows("SELECT first_listed_on, last_listed_on, listing_count FROM dim_paper") == [
        ("2025-01-06", "2025-01-09", 3)
    ]


def test_captures_of_one_day_are_one_listing(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00")
    lake.entry(PAPER, captured_at="2025-01-07 12:00")
    assert lake.build().row("SELECT listing_count FROM dim_paper") == 1


def test_a_paper_that_vanished_from_later_captures_is_kept(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.entry("2501.00002", captured_at="2025-01-06 12:00", votes=1)
    lake.entry("2501.00002", captured_at="2025-01-07 12:00", votes=2)
    assert lake.build().rows("SELECT arxiv_id, latest_votes FROM dim_paper ORDER BY arxiv_id") == [
        (PAPER, 3),
        ("2501.00002", 2),
    ]


def test_unknown_votes_are_not_zero_votes(lake):
    lake.entry("2501.00001", votes=None)
    lake.entry("2501.00002", votes=0)
    assert lake.build().rows("SELECT arxiv_id, latest_votes, peak_votes FROM dim_paper ORDER BY arxiv_id") == [
        ("2501.00001", None, None),
        ("2501.00002", 0, 0),
    ]


def test_latest_votes_are_the_last_known_ones_and_peak_votes_the_most(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=9)
    lake.entry(PAPER, captured_at="2025-01-07 12:00", votes=7)
    lake.entry(PAPER, captured_at="2025-01-08 12:00", votes=None)
    assert lake.build().row("SELECT latest_votes, peak_votes FROM dim_paper") == (7, 9)


def test_of_votes_counted_at_the_same_time_the_api_is_believed(lake):
    lake.entry(PAPER, "digest", captured_at="2025-01-06 23:00", votes=5)
    lake.entry(PAPER, "huggingface", captured_at="2025-01-06 23:00", votes=6)
    assert lake.build().row("SELECT latest_votes FROM dim_paper") == 6


def test_votes_that_the_api_repeats_later_are_newer_than_a_digest_in_between(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=5)
    lake.entry(PAPER, "digest", captured_at="2025-01-06 23:00", votes=8)
    lake.fetch("unchanged", captured_at="2025-01-07 12:00")
    assert lake.build().row("SELECT latest_votes, peak_votes FROM dim_paper") == (5, 8)


def test_latest_votes_tell_when_they_were_last_observed(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 12:00", votes=5)
    lake.fetch("unchanged", captured_at="2025-01-07 12:00")
    lake.entry("2501.00002", listed_on="2025-01-08", captured_at="2025-01-08 12:00", votes=7)
    lake.entry("2501.00002", listed_on="2025-01-08", captured_at="2025-01-09 12:00", votes=None)
    lake.entry("2501.00003", votes=None)
    assert lake.build().rows("SELECT latest_votes, votes_seen_at FROM dim_paper ORDER BY arxiv_id") == [
        (5, "2025-01-07 12:00"),
        (7, "2025-01-08 12:00"),
        (None, None),
    ]


def test_a_paper_knows_when_it_was_put_on_the_list(lake):
    lake.entry("2501.00001", "digest")
    lake.entry("2501.00002", captured_at="2025-01-06 12:00", submitted_at="2025-01-06 02:00")
    lake.entry("2501.00002", captured_at="2025-01-07 12:00", submitted_at="2025-01-06 03:00")
    assert lake.build().rows("SELECT submitted_at FROM dim_paper ORDER BY arxiv_id") == [None, "2025-01-06 03:00"]


def test_a_paper_is_withdrawn_as_long_as_the_newest_capture_says_so(lake):
    for paper, before, after in (("2501.00001", None, "2025-01-07 09:00"), ("2501.00002", "2025-01-06 09:00", None)):
        lake.entry(paper, captured_at="2025-01-06 12:00", withdrawn_at=before)
        lake.entry(paper, captured_at="2025-01-07 12:00", withdrawn_at=after)
    assert lake.build().rows("SELECT is_withdrawn FROM dim_paper ORDER BY arxiv_id") == [True, False]


CODE = "https://github.com/example/code"
KNOWN = "SELECT has_github_repo FROM dim_paper ORDER BY arxiv_id"


def test_no_answer_before_the_first_with_a_repository_says_that_a_paper_has_none(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 12:00")
    lake.entry("2501.00002", captured_at="2025-01-07 12:00", github_repo=CODE)
    lake.entry("2501.00003", captured_at="2025-01-07 12:00")
    lake.entry("2501.00004", "digest")
    assert lake.build().rows(KNOWN) == [None, True, False, None]


def test_a_paper_that_a_later_answer_holds_again_is_known(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 12:00")
    lake.entry("2501.00001", captured_at="2025-01-08 12:00")
    lake.entry("2501.00002", captured_at="2025-01-07 12:00", github_repo=CODE)
    assert lake.build().rows(KNOWN) == [False, True]


def test_what_one_archive_leaves_out_says_nothing_of_another(lake):
    lake.archive("trimmed")
    lake.entry("2501.00001", captured_at="2025-01-06 12:00", github_repo=CODE)
    lake.entry("2501.00002", captured_at="2025-01-07 12:00", archive="trimmed")
    assert lake.build().rows(KNOWN) == [True, None]


@pytest.mark.parametrize(("papers", "last"), [(9, False), (10, None)])
def test_a_field_that_ten_times_as_many_papers_lack_has_gone(lake, papers, last):
    lake.entry("2501.00001", captured_at="2025-01-06 12:00", github_repo=CODE)
    for number in range(2, 2 + papers):
        lake.entry(f"2501.{number:05}", captured_at="2025-01-07 12:00")
    assert lake.build().rows(KNOWN)[-1] is last


def test_pages_organisations_and_videos_are_known_in_the_same_way(lake):
    values = {"project_page": "https://example.org", "organization": "lab", "video_url": "https://example.org/a.mp4"}
    lake.entry("2501.00001", captured_at="2025-01-06 12:00")
    lake.entry("2501.00002", captured_at="2025-01-07 12:00", **values)
    lake.entry("2501.00003", captured_at="2025-01-07 12:00")
    columns = "has_project_page, has_organization, has_video"
    assert lake.build().rows(f"SELECT {columns} FROM dim_paper ORDER BY arxiv_id") == [
        (None, None, None),
        (True, True, True),
        (False, False, False),
    ]


def test_a_list_cut_in_print_is_flagged(lake):
    lake.entry(PAPER, "digest", authors=["Ada", "Bo"], authors_truncated=True)
    assert lake.build().row("SELECT author_count, authors_truncated FROM dim_paper") == (2, True)


def test_a_cut_list_is_made_good_by_a_whole_one(lake):
    lake.entry("2501.00001", "digest", "2025-01-07", authors=["Ada"], authors_truncated=True)
    lake.entry("2501.00001", "digest", "2025-01-05", authors=["Ada", "Bo"])
    lake.entry("2501.00002", "digest", "2025-01-07", authors=["Ada"], authors_truncated=True)
    lake.entry("2501.00002", "huggingface", authors=["Ada", "Bo", "Cy"])
    assert lake.build().rows("SELECT author_count, authors_truncated FROM dim_paper ORDER BY arxiv_id") == [
        (2, False),
        (3, False),
    ]


def test_a_paper_without_a_list_has_an_unknown_number_of_authors(lake):
    lake.entry(PAPER, authors=None)
    assert lake.build().row("SELECT author_count, authors_truncated FROM dim_paper") == (None, False)


def test_no_keywords_is_not_the_same_as_unknown_keywords(lake):
    lake.entry("2501.00001", keywords=None)
    lake.entry("2501.00002", keywords=[])
    lake.entry("2501.00003", keywords=["agents", "search"])
    lake.entry("2501.00004", "digest")
    assert lake.build().rows("SELECT keyword_count FROM dim_paper ORDER BY arxiv_id") == [None, 0, 2, None]


def test_keywords_known_from_an_earlier_list_are_counted(lake):
    lake.entry(PAPER, listed_on="2025-01-06", keywords=["agents"])
    lake.entry(PAPER, listed_on="2025-01-08", keywords=[])
    assert lake.build().row("SELECT keyword_count FROM dim_paper") == 1


def test_keywords_that_were_all_rejected_are_not_counted(lake):
    lake.entry(PAPER, keyword_count=2)
    assert lake.build().row("SELECT keyword_count FROM dim_paper") == 0


def test_addresses_are_made_of_the_arxiv_id(lake):
    lake.entry(PAPER)
    assert lake.build().row("SELECT arxiv_url, pdf_url, page_url FROM dim_paper") == (
        f"https://arxiv.org/abs/{PAPER}",
        f"https://arxiv.org/pdf/{PAPER}",
        f"https://huggingface.co/papers/{PAPER}",
    )


def test_the_organisation_is_that_of_the_newest_capture(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", organization="old-lab")
    lake.entry(PAPER, captured_at="2025-01-07 12:00", organization="new-lab", organization_full_name="New Lab")
    warehouse = lake.build()
    joined = "FROM dim_paper INNER JOIN dim_organization USING (organization_key)"
    assert warehouse.row(f"SELECT name, full_name {joined}") == ("new-lab", "New Lab")
    assert warehouse.rows("SELECT name FROM dim_organization ORDER BY name") == ["new-lab", "old-lab"]


def test_the_key_is_made_of_the_arxiv_id_alone(lake):
    lake.entry(PAPER)
    # The first 15 hexadecimal digits of the MD5 of "2501.00001".
    assert lake.build().row("SELECT paper_key FROM dim_paper") == 0xBD85A324F91DC8E


def test_a_corrected_value_replaces_those_of_all_sources(lake):
    for source in ("digest", "huggingface"):
        lake.fetch("fetched", source)
        lake.entry(PAPER, source, title=f"As {source} has it", abstract="Long.", ai_summary="In short.")
    lake.entry("2501.00002", abstract="Long.")
    for field, value in (
        ("title", "It's \\right\\ \uc5f0\uad6c"),
        ("abstract", "Short."),
        ("published_on", "2025-01-02"),
        ("submitted_at", "2025-01-03 06:15:30"),
        ("github_repo", "https://github.com/theirs/code"),
        ("ai_summary", None),
    ):
        lake.correct(PAPER, field, value)
    warehouse = lake.build()
    columns = "title, abstract, published_on, submitted_at, github_repo, has_github_repo, ai_summary"
    assert warehouse.row(f"SELECT {columns} FROM dim_paper WHERE arxiv_id = '{PAPER}'") == (
        "It's \\right\\ \uc5f0\uad6c",
        "Short.",
        "2025-01-02",
        "2025-01-03 06:15",
        "https://github.com/theirs/code",
        True,
        None,
    )
    assert warehouse.row("SELECT title, abstract FROM dim_paper WHERE arxiv_id = '2501.00002'") == (
        "Title of 2501.00002",
        "Long.",
    )
    assert warehouse.rows("SELECT title FROM dim_paper_version WHERE is_current AND version = 1 ORDER BY title") == [
        "It's \\right\\ \uc5f0\uad6c",
        "Title of 2501.00002",
    ]
    assert [name for name, result in warehouse.checks().items() if not result.passed] == []


def test_a_corrected_value_says_nothing_of_what_answers_can_have(lake):
    lake.entry(PAPER)
    lake.entry("2501.00002")
    lake.correct(PAPER, "github_repo", "https://github.com/theirs/code")
    assert lake.build().rows("SELECT has_github_repo FROM dim_paper ORDER BY arxiv_id") == [True, None]


def test_the_stars_of_a_wrong_repository_are_unknown(lake):
    for paper in (PAPER, "2501.00002"):
        lake.entry(paper, github_repo="https://github.com/wrong/code", github_stars=5)
    lake.correct(PAPER, "github_repo", None)
    columns = "github_repo, has_github_repo, github_stars"
    assert lake.build().rows(f"SELECT {columns} FROM dim_paper ORDER BY arxiv_id") == [
        (None, False, None),
        ("https://github.com/wrong/code", True, 5),
    ]


def test_a_paper_moves_to_its_right_organisation_and_takes_no_name_along(lake):
    lake.entry(PAPER, organization="a-lab", organization_full_name="A Lab")
    lake.entry("2501.00002", organization="b-lab", organization_full_name="B Lab")
    lake.correct(PAPER, "organization", "b-lab")
    warehouse = lake.build()
    assert warehouse.rows("SELECT name, full_name FROM dim_organization JOIN dim_paper USING (organization_key)") == [
        ("b-lab", "B Lab"),
        ("b-lab", "B Lab"),
    ]
    assert warehouse.check("corrections_hold").passed
