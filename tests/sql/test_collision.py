"""Of two names that share a surrogate key, the one that came first keeps it; the other is a reject."""

import re

import pytest

from dagster_project.parse.links import ARXIV_ID

FIRST, SECOND = "skccinmzczgwi/2501001", "eyblqkavlgtmc/2501001"
"""Two texts whose MD5 begin with the same 60 bits. Both have the form of an old arXiv id."""
EARLY, LATE = "2025-01-06 12:00", "2025-01-07 12:00"
REJECTS = "SELECT rule, reason, arxiv_id, raw FROM meta_reject"


def find_errors(warehouse):
    return [name for name, result in warehouse.checks().items() if result.blocks]


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


@pytest.mark.parametrize("constraints", [True, False], ids=["with keys", "without keys"])
class TestOnTables:
    def test_the_later_paper_is_a_reject(self, lake, constraints):
        lake.entry(FIRST, captured_at=EARLY, votes=3)
        lake.entry(SECOND, captured_at=LATE, votes=9, authors=["Ada"], sections=["Text"], keywords=["search"])
        warehouse = lake.build(constraints=constraints)
        assert warehouse.rows("SELECT arxiv_id, latest_votes FROM dim_paper") == [(FIRST, 3)]
        reason = f"paper {SECOND} has the key of {FIRST}, which was captured first"
        assert warehouse.rows(REJECTS) == [("key_collision", reason, SECOND, SECOND)]
        assert find_errors(warehouse) == []

    def test_the_later_author_is_a_reject_and_the_paper_stays(self, lake, constraints):
        lake.entry("2501.00001", captured_at=EARLY, authors=[FIRST, "Ada"])
        lake.entry("2501.00002", captured_at=LATE, authors=["Ada", SECOND])
        warehouse = lake.build(constraints=constraints)
        assert warehouse.rows("SELECT name, paper_count FROM dim_author ORDER BY ALL") == [("Ada", 2), (FIRST, 1)]
        assert warehouse.rows("SELECT author_count FROM dim_paper ORDER BY arxiv_id") == [2, 1]
        assert [row[0] for row in warehouse.rows(REJECTS)] == ["key_collision"]
        assert find_errors(warehouse) == []

    def test_two_on_one_list_are_told_apart_by_their_names(self, lake, constraints):
        lake.entry("2501.00001", captured_at=EARLY, authors=[FIRST, SECOND])
        warehouse = lake.build(constraints=constraints)
        assert warehouse.rows("SELECT name FROM dim_author") == [SECOND]
        assert find_errors(warehouse) == []

    def test_the_later_organisation_is_a_reject_and_the_paper_stays(self, lake, constraints):
        lake.entry("2501.00001", captured_at=EARLY, organization=FIRST)
        lake.entry("2501.00002", captured_at=LATE, organization=SECOND)
        warehouse = lake.build(constraints=constraints)
        assert warehouse.rows("SELECT name FROM dim_organization") == [FIRST]
        assert warehouse.rows("SELECT organization_key IS NULL FROM dim_paper ORDER BY arxiv_id") == [False, True]
        assert [row[0] for row in warehouse.rows(REJECTS)] == ["key_collision"]
        assert find_errors(warehouse) == []

    def test_the_later_keyword_is_a_reject_and_the_paper_stays(self, lake, constraints):
        lake.entry("2501.00001", captured_at=EARLY, keywords=[FIRST])
        lake.entry("2501.00002", captured_at=LATE, keywords=["search", SECOND])
        warehouse = lake.build(constraints=constraints)
        assert warehouse.rows("SELECT keyword FROM dim_keyword ORDER BY ALL") == ["search", FIRST]
        assert warehouse.rows("SELECT keyword_count FROM dim_paper ORDER BY arxiv_id") == [1, 1]
        assert [row[0] for row in warehouse.rows(REJECTS)] == ["key_collision"]
        assert find_errors(warehouse) == []
