"""What arXiv says of papers that others list: which answer counts, and what the authors' comment prints."""

import pytest

from tests.sql.conftest import Lake, name_paper

PAPER = "2501.00001"
DESCRIBED = """
    SELECT
        arxiv_id, primary_category, latest_arxiv_version, arxiv_updated_on, arxiv_comment, doi, journal_ref,
        code_url_in_comment, venue_as_printed
    FROM dim_paper ORDER BY arxiv_id
"""


def test_a_paper_has_what_arxiv_says_of_it(lake):
    lake.entry(PAPER)
    lake.entry("2501.00002")
    lake.describe(
        PAPER,
        categories=["cs.CL", "cs.AI"],
        comment="Accepted to ICLR 2025. Code: https://github.com/a/b",
        arxiv_version=3,
        updated_at="2025-01-15 23:59",
        doi="10.5555/1",
        journal_ref="A Journal 7 (2025)",
    )
    assert lake.build().rows(DESCRIBED) == [
        (
            PAPER,
            "cs.CL",
            3,
            "2025-01-15",
            "Accepted to ICLR 2025. Code: https://github.com/a/b",
            "10.5555/1",
            "A Journal 7 (2025)",
            "https://github.com/a/b",
            "ICLR 2025",
        ),
        ("2501.00002", *[None] * 8),
    ]


def test_the_newest_answer_replaces_all_of_an_older_one(lake):
    lake.entry(PAPER)
    lake.describe(PAPER, "2025-02-01 02:45", categories=["cs.LG"], arxiv_version=2)
    lake.describe(
        PAPER, "2025-01-20 02:45", categories=["cs.CL", "cs.AI"], arxiv_version=1, comment="CVPR 2025", doi="10.5555/1"
    )
    warehouse = lake.build()
    assert warehouse.row(DESCRIBED) == (PAPER, "cs.LG", 2, *[None] * 6)
    assert warehouse.rows("SELECT category FROM dim_category") == ["cs.LG"]


def test_an_answer_of_the_future_is_not_used(lake):
    lake.entry(PAPER)
    lake.describe(PAPER, categories=["cs.CL"], arxiv_version=1)
    lake.describe(PAPER, "2030-01-01 00:01", categories=["cs.LG"], arxiv_version=2)
    assert lake.build().row(DESCRIBED)[:3] == (PAPER, "cs.CL", 1)


def test_a_paper_that_nobody_lists_has_no_row(lake):
    lake.entry(PAPER)
    lake.describe("2501.00002", categories=["cs.CL"], authors=["Ada"])
    warehouse = lake.build()
    assert warehouse.rows("SELECT arxiv_id FROM stg_description") == []
    assert warehouse.rows("SELECT arxiv_id FROM dim_paper") == [PAPER]
    assert warehouse.rows("SELECT category FROM dim_category") == []
    assert warehouse.rows("SELECT name FROM dim_author") == []


def test_a_description_is_no_list(lake):
    lake.entry(PAPER, votes=3, authors=["Bo"], keywords=["trees"])
    lake.fetch("fetched")
    lake.describe(PAPER, categories=["cs.CL", "cs.AI"], authors=["Bo"])
    lake.fetch("fetched", "arxiv", "2025-01-20", "2025-01-20 02:45")
    warehouse = lake.build()
    assert warehouse.row("SELECT listing_count, last_listed_on, is_still_listed FROM dim_paper") == (
        1,
        "2025-01-06",
        True,
    )
    assert warehouse.row("SELECT listed_by FROM mart_paper") == "huggingface"
    assert warehouse.errors() == []


def test_abstract_and_date_are_those_of_the_lists_where_they_have_them(lake):
    lake.entry(PAPER, abstract="As listed", published_at="2025-01-02 18:00")
    lake.entry("2501.00002")
    for paper in (PAPER, "2501.00002"):
        lake.describe(paper, abstract="As arXiv has it", published_at="2025-01-03 18:00")
    assert lake.build().rows("SELECT abstract, published_on FROM dim_paper ORDER BY arxiv_id") == [
        ("As listed", "2025-01-02"),
        ("As arXiv has it", "2025-01-03"),
    ]


def test_a_corrected_abstract_or_date_is_not_overruled(lake):
    lake.entry(PAPER, abstract="As listed", published_at="2025-01-02 18:00")
    lake.describe(PAPER, abstract="As arXiv has it", published_at="2025-01-03 18:00", arxiv_version=2)
    lake.correct(PAPER, "abstract", None)
    lake.correct(PAPER, "published_on", None)
    columns = "abstract, published_on, latest_arxiv_version"
    assert lake.build().row(f"SELECT {columns} FROM dim_paper") == (None, None, 2)


VENUES = {
    "Accepted to ICLR 2025": "ICLR 2025",
    "accepted by ICCV2025": "ICCV2025",
    "Accepted @ CVPR 2026. Project page: https://example.org": "CVPR 2026",
    "Accepted in ACL 2025 (Main) Conference": "ACL 2025 (Main) Conference",
    "Accepted to ACL 2025 Findings, 12 pages": "ACL 2025 Findings",
    "Accepted to NeurIPS 2025 https://example.org": "NeurIPS 2025",
    "Accepted for CVPR 2025": None,
    "Accepted by IEEE TPAMI; code at https://example.org": "IEEE TPAMI",
    "Accepted by NeurIPS as a Spotlight paper. 10 pages": "NeurIPS",
    "Accepted as a highlight paper at ICCV 2025": "ICCV 2025",
    "Accepted for oral presentation at the EMNLP 2025 Main Conference": "EMNLP 2025 Main Conference",
    "10 pages, accepted as oral at ECCV 2024": "ECCV 2024",
    "Early Accept at MICCAI 2026, 13 pages": "MICCAI 2026",
    "12 pages, accepted to 3DV 2026": "3DV 2026",
    "Accepted at the 43rd International Conference on Machine Learning (ICML 2026)": (
        "43rd International Conference on Machine Learning (ICML 2026)"
    ),
    "Published at NeurIPS 2024. Code: https://github.com/a/b": "NeurIPS 2024",
    "Published as a conference paper at ICLR 2025": "ICLR 2025",
    "to be published in: Applications of Trees, organized by us": "Applications of Trees",
    "To appear at ACL 2025, 9 pages": "ACL 2025",
    "CVPR 2025": "CVPR 2025",
    "CVPR 2025 (oral)": "CVPR 2025",
    "9 pages. ACL 2025 Findings": "ACL 2025 Findings",
    "In ICML 2026 (Spotlight)": "ICML 2026",
    "SIGGRAPH Asia 2025, Dec. 2025": "SIGGRAPH Asia 2025",
    "Submitted to ICML 2025": None,
    "Submitted to TACL, August 2025": None,
    "25 pages, 12 figures. ICLR 2026 submission": None,
    "6 pages. Under Review WASPAA 2025": None,
    "accepted version": None,
    "Our code will be released upon acceptance": None,
    "A table will appear in the next version": None,
    "abbreviated from the version presented in the PDF": None,
    "Code will appear at https://github.com/a/b": None,
    "Published in 2025": None,
    "Extended version of ECCV 2024 paper": None,
    "Preprint, June 2025": None,
    "17 pages, 21 figures, 7 tables": None,
}
"""Shapes of comments that papers have at arXiv, and where they say that the paper is accepted or published."""

CODE = {
    "Code: https://github.com/a/b": "https://github.com/a/b",
    "Code: http://www.github.com/a/b-c_d.": "https://github.com/a/b-c_d",
    "Code at github.com/a/b, data elsewhere": "https://github.com/a/b",
    "Code:https://gitlab.com/a/b/c (main)": "https://gitlab.com/a/b",
    "See https://github.com/a/VAR-v1.1. 9 pages": "https://github.com/a/VAR-v1.1",
    "code: https://github.com/a/b.git": "https://github.com/a/b",
    "https://github.com/a/b and https://github.com/c/d": "https://github.com/a/b",
    r"Code at \href{https://github.com/a/b}{this URL}": "https://github.com/a/b",
    "Code: https://github.com/a": None,
    "Project page: https://a.github.io/b/c": None,
    "Project page: https://notgithub.com/a/b": None,
    "12 pages": None,
}
"""Comments, and the address of code that they print."""


@pytest.fixture(scope="module")
def printed():
    """What the models find in the comments of one warehouse, by comment."""
    lake = Lake()
    comments = [*VENUES, *CODE]
    for number, comment in enumerate(comments):
        lake.entry(name_paper(number))
        lake.describe(name_paper(number), comment=comment)
    rows = lake.build().rows("SELECT arxiv_comment, venue_as_printed, code_url_in_comment FROM dim_paper")
    assert len(rows) == len(comments)
    return {comment: found for comment, *found in rows}


@pytest.mark.parametrize(("comment", "venue"), VENUES.items(), ids=VENUES)
def test_a_venue_is_found_where_the_comment_says_that_it_took_the_paper(printed, comment, venue):
    assert printed[comment][0] == venue


@pytest.mark.parametrize(("comment", "url"), CODE.items(), ids=CODE)
def test_an_address_of_code_is_found_in_the_comment(printed, comment, url):
    assert printed[comment][1] == url
