"""mart_paper: papers, flat, with the names that their keys stand for."""


def test_a_paper_with_all_that_is_known_of_it(lake):
    lake.entry("2501.00001", "digest", "2025-01-07", votes=12)
    lake.entry(
        "2501.00001",
        title="A title",
        votes=10,
        comments=1,
        published_at="2025-01-03 18:00",
        github_repo="https://github.com/example/code",
        github_stars=5,
        organization="lab",
        organization_full_name="The Lab",
        authors=["Bo", "Ada", "Cy"],
    )
    columns = """
        title, first_listed_on, last_listed_on, published_on, latest_votes, peak_votes, comments, github_stars,
        author_count, first_author, last_author, organization, organization_full_name, listing_count, listed_by,
        is_still_listed, is_withdrawn, has_github_repo, has_project_page, has_organization, github_repo
    """
    assert lake.build().row(f"SELECT {columns} FROM mart_paper") == (
        "A title",
        "2025-01-06",
        "2025-01-07",
        "2025-01-03",
        12,
        12,
        1,
        5,
        3,
        "Bo",
        "Cy",
        "lab",
        "The Lab",
        2,
        "digest, huggingface",
        True,
        None,
        True,
        None,
        True,
        "https://github.com/example/code",
    )


def test_every_paper_is_there_once_with_its_sources(lake):
    lake.entry("2501.00001", "digest", authors=["Ada", "Bo"])
    lake.entry("2501.00002", "huggingface")
    lake.entry("2501.00003", "digest")
    lake.entry("2501.00003", "huggingface", "2025-01-08")
    lake.entry("2501.00003", "huggingface", "2025-01-09")
    assert lake.build().rows("SELECT arxiv_id, listed_by FROM mart_paper ORDER BY arxiv_id") == [
        ("2501.00001", "digest"),
        ("2501.00002", "huggingface"),
        ("2501.00003", "digest, huggingface"),
    ]


def test_first_and_last_author_are_unknown_where_the_order_is(lake):
    lake.entry("2501.00001", "digest", authors=["Ada", "Bo"])
    assert lake.build().row("SELECT author_count, first_author, last_author FROM mart_paper") == (2, None, None)


def test_a_single_author_is_first_and_last(lake):
    lake.entry("2501.00001", authors=["Ada"])
    assert lake.build().row("SELECT first_author, last_author FROM mart_paper") == ("Ada", "Ada")


def test_a_paper_has_what_arxiv_says_of_it(lake):
    lake.entry("2501.00001")
    lake.entry("2501.00002")
    lake.describe(
        "2501.00001",
        categories=["cs.LG", "stat.ML", "cs.AI"],
        comment="NeurIPS 2025 (oral). Code: https://github.com/a/b",
        arxiv_version=2,
        updated_at="2025-01-15 23:59",
        doi="10.5555/1",
        journal_ref="A Journal 7 (2025)",
    )
    columns = """
        arxiv_id, primary_category, categories, code_url_in_comment, latest_arxiv_version, arxiv_updated_on,
        arxiv_comment, venue_as_printed, journal_ref, doi
    """
    assert lake.build().rows(f"SELECT {columns} FROM mart_paper ORDER BY arxiv_id") == [
        (
            "2501.00001",
            "cs.LG",
            "cs.LG, cs.AI, stat.ML",
            "https://github.com/a/b",
            2,
            "2025-01-15",
            "NeurIPS 2025 (oral). Code: https://github.com/a/b",
            "NeurIPS 2025",
            "A Journal 7 (2025)",
            "10.5555/1",
        ),
        ("2501.00002", *[None] * 9),
    ]
