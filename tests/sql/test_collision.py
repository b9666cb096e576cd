"""Of two names that share a surrogate key, the one that came first keeps it; the other is a reject."""

import re

import pytest

from dagster_project.parse.links import ARXIV_ID
from tests.sql.conftest import Lake

FIRST, SECOND = "skccinmzczgwi/2501001", "eyblqkavlgtmc/2501001"
"""Two texts whose MD5 begin with the same 60 bits. Both have the form of an old arXiv id."""
EARLY, LATE = "2025-01-06 12:00", "2025-01-07 12:00"
REJECTS = "SELECT rule, reason, arxiv_id, raw FROM meta_reject"


@pytest.fixture
def lake(lake):
    lake.fetch("fetched", captured_at=EARLY)
    lake.fetch("fetched", captured_at=LATE)
    return lake


def test_they_share_a_key(lake):
    lake.entry(FIRST, captured_at=EARLY)
    assert len(FIRST) == len(SECOND)
    [one] = lake.build().rows("SELECT paper_key FROM dim_paper")
    key = f"CAST('0x' || substr(md5('{SECOND}'), 1, 15) AS BIGINT)"
    assert lake.build().row(f"SELECT {key}") == one
    assert re.fullmatch(ARXIV_ID, SECOND)


@pytest.fixture(scope="module", params=[True, False], ids=["with keys", "without keys"])
def collided(request):
    """A warehouse in which two papers, authors, organisations, keywords and subjects each share a key."""
    lake = Lake()
    lake.fetch("fetched", captured_at=EARLY)
    lake.fetch("fetched", captured_at=LATE)
    lake.entry(FIRST, captured_at=EARLY, votes=3)
    lake.entry("2501.00001", captured_at=EARLY, authors=[FIRST, "Ada"], organization=FIRST, keywords=[FIRST])
    lake.entry("2501.00003", captured_at=LATE, authors=["Bo", FIRST, SECOND])
    lake.entry(SECOND, captured_at=LATE, votes=9, authors=["Cy"], sections=["Text"], keywords=["lost"])
    parts = {"authors": ["Ada", SECOND], "organization": SECOND, "keywords": ["search", SECOND]}
    lake.entry("2501.00002", captured_at=LATE, **parts)
    lake.describe("2501.00001", categories=["cs.CL", FIRST])
    lake.describe("2501.00002", "2025-01-21 02:45", categories=["cs.CL", SECOND])
    return lake.build(constraints=request.param)


class TestOnTables:
    def test_the_later_paper_is_left_out_with_its_names(self, collided):
        assert collided.rows("SELECT arxiv_id, latest_votes FROM dim_paper ORDER BY ALL") == [
            ("2501.00001", None),
            ("2501.00002", None),
            ("2501.00003", None),
            (FIRST, 3),
        ]

    def test_the_later_author_is_left_out_and_the_paper_stays(self, collided):
        names = collided.rows("SELECT name, paper_count FROM dim_author ORDER BY ALL")
        assert names == [("Ada", 2), ("Bo", 1), (FIRST, 2)]
        counts = "SELECT author_count FROM dim_paper WHERE arxiv_id LIKE '2501.%' ORDER BY arxiv_id"
        assert collided.rows(counts) == [2, 1, 2]

    def test_the_later_organisation_is_left_out_and_the_paper_stays(self, collided):
        assert collided.rows("SELECT name FROM dim_organization") == [FIRST]
        organizations = "SELECT arxiv_id FROM dim_paper WHERE organization_key IS NOT NULL"
        assert collided.rows(organizations) == ["2501.00001"]

    def test_the_later_keyword_is_left_out_and_the_paper_stays(self, collided):
        assert collided.rows("SELECT keyword FROM dim_keyword ORDER BY ALL") == ["search", FIRST]
        counts = "SELECT keyword_count FROM dim_paper WHERE keyword_count IS NOT NULL ORDER BY arxiv_id"
        assert collided.rows(counts) == [1, 1]

    def test_the_later_subject_is_left_out_and_the_paper_stays(self, collided):
        assert collided.rows("SELECT category FROM dim_category ORDER BY ALL") == ["cs.CL", FIRST]
        subjects = "SELECT count(*) FROM bridge_paper_category GROUP BY paper_key ORDER BY ALL"
        assert collided.rows(subjects) == [1, 2]

    def test_each_is_a_reject(self, collided):
        rejects = collided.rows(f"{REJECTS} ORDER BY ALL")
        assert [row[0] for row in rejects] == ["key_collision"] * 5
        kinds = ("author", "category", "keyword", "organization", "paper")
        assert [row[1] for row in rejects] == [
            f"{kind} {SECOND} has the key of {FIRST}, which was captured first" for kind in kinds
        ]
        assert rejects[-1][2:] == (SECOND, SECOND)

    def test_no_check_finds_an_error(self, collided):
        assert collided.errors() == []


def test_two_on_one_list_are_told_apart_by_their_names(lake):
    lake.entry("2501.00001", captured_at=EARLY, authors=[FIRST, SECOND])
    warehouse = lake.build()
    assert warehouse.rows("SELECT name FROM dim_author") == [SECOND]
    assert warehouse.errors() == []
