"""The checks pass on a good warehouse, and each of them fails on the fault that it is there for."""

import re
from collections import Counter
from itertools import chain
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.config import SQL
from dagster_project.models.catalog import load_checks
from dagster_project.models.contract import load_contract
from dagster_project.publish.checks import run_check
from tests.sql.conftest import Lake, name_paper

CHECKS = {check.name: check for check in load_checks()}
ERRORS = [check.name for check in CHECKS.values() if check.severity == "error"]
WARNINGS = [check.name for check in CHECKS.values() if check.severity == "warn"]


def fill(lake):
    """Fill a lake with something of everything: both sources, two captures, a changed title, unknowns."""
    digest = {"authors": ["Ada", "Bo"], "sections": [{"text": "One", "heading": "Method"}, "Two"]}
    lake.entry("2501.00001", "digest", votes=9, **digest)
    lake.entry("2501.00004", "digest", votes=None, authors=["Di"], authors_truncated=True, sections=["Four"])
    for captured_at, title, votes in (("2025-01-06 12:00", "Old", 3), ("2025-01-09 12:00", "New", 12)):
        known = {"published_at": "2025-01-03 18:00", "submitted_at": "2025-01-05 09:00", "submitted_by": "someone"}
        lake.entry("2501.00001", captured_at=captured_at, title=title, votes=votes, **known)
        lake.entry("2501.00002", captured_at=captured_at, votes=votes + 1, organization="lab", keywords=["search"])
    newest = {"captured_at": "2025-01-09 12:00"}
    lake.rows["author"] += [
        author("2501.00001", 1, "Bo") | newest,
        author("2501.00001", 2, "Ada") | newest,
        author("2501.00002", 1, "Ada") | newest,
    ]
    lake.rows["keyword"] = [row for row in lake.rows["keyword"] if row["captured_at"] == newest["captured_at"]]
    lake.entry("2501.00003", captured_at="2025-01-06 12:00", votes=0, keyword_count=0, author_count=3)
    lake.entry("2501.00003", **newest, votes=0, keywords=[], authors=["Cy", "Ada", "Bo"])
    lake.entry("2501.00002", listed_on="2025-01-07", votes=8, organization="lab")
    lake.describe("2501.00002", categories=["cs.CL", "cs.AI"], authors=["Ada", "Bo"], arxiv_version=1)
    lake.fetch("fetched", "digest")
    lake.fetch("missing", "digest", "2025-01-07")
    lake.fetch("fetched", captured_at="2025-01-06 12:00")
    lake.fetch("fetched", captured_at="2025-01-09 12:00")
    lake.fetch("unchanged", captured_at="2025-01-11 12:00")
    lake.fetch("fetched", date="2025-01-07")
    lake.fetch("empty", date="2025-01-11")
    lake.fetch("fetched", "arxiv", "2025-01-20", "2025-01-20 02:45")
    return lake


@pytest.fixture(scope="module")
def unkeyed():
    """Return a good warehouse without constraints, so that its tables take any fault."""
    return fill(Lake()).build(constraints=False)


@pytest.fixture
def good(unkeyed):
    """Return a good warehouse; the faults that a test adds are rolled back."""
    unkeyed.execute("BEGIN")
    yield unkeyed
    unkeyed.execute("ROLLBACK")


def author(arxiv_id, position, name):
    return {
        "source": "huggingface",
        "listed_on": "2025-01-06",
        "archive": "own",
        "arxiv_id": arxiv_id,
        "position": position,
        "name_as_printed": name,
        "name": name,
        "name_normalized": name.casefold(),
    }


def failed(warehouse):
    return {name for name, result in warehouse.checks().items() if not result.passed}


def paper(arxiv_id):
    return f"(SELECT paper_key FROM dim_paper WHERE arxiv_id = '{arxiv_id}')"


def swapped(table, key, one, other):
    """Return the statement that puts two keys in each other's place."""
    return f"UPDATE {table} SET {key} = CASE {key} WHEN {one} THEN {other} WHEN {other} THEN {one} ELSE {key} END"


def exclude(arxiv_id):
    """Return the statement that says that a paper was taken out."""
    return f"INSERT INTO meta_exclusion BY NAME SELECT sha256('{arxiv_id}') AS arxiv_id_sha256"


def correct(arxiv_id, field, value):
    """Return the statement that says that a field was corrected to a value in SQL."""
    return f"INSERT INTO meta_correction BY NAME SELECT '{arxiv_id}' AS arxiv_id, '{field}' AS field, {value} AS value"


NEW = "CAST('0x' || substr(md5('new'), 1, 15) AS BIGINT)"
"""A term of a title."""
P1, P2, P3 = paper("2501.00001"), paper("2501.00002"), paper("2501.00003")
ADA, CY = (f"(SELECT author_key FROM dim_author WHERE name = '{name}')" for name in ("Ada", "Cy"))
DIGEST, API = (f"(SELECT source_key FROM dim_source WHERE source = '{name}')" for name in ("digest", "huggingface"))
LATEST = "captured_at = TIMESTAMP '2025-01-09 12:00'"
REPEATED = "NOT is_new AND observed_at = TIMESTAMP '2025-01-11 12:00'"

FAULTS = [
    ("listings_match_entries", f"DELETE FROM fact_listing WHERE paper_key = {P3}"),
    ("listings_match_entries", f"UPDATE fact_listing SET listed_on = DATE '2025-01-08' WHERE paper_key = {P3}"),
    ("listings_match_entries", f"UPDATE fact_listing SET source_key = {DIGEST} WHERE paper_key = {P3}"),
    ("listings_match_entries", swapped("fact_listing", "paper_key", P2, P3)),
    ("listings_match_entries", "DELETE FROM stg_entry WHERE arxiv_id = '2501.00003'"),
    ("listings_show_first_capture", f"UPDATE fact_listing SET votes_at_capture = 1 WHERE paper_key = {P3}"),
    ("listings_show_first_capture", f"UPDATE fact_listing SET votes_at_capture = NULL WHERE paper_key = {P3}"),
    ("ranks_are_of_one_capture", "UPDATE fact_listing SET rank = 1"),
    ("ranks_are_of_one_capture", f"UPDATE fact_listing SET rank = rank + 90 WHERE paper_key = {P3}"),
    ("canonical_names_stand_for_themselves", "UPDATE dim_keyword SET canonical_keyword = 'searches'"),
    ("canonical_names_stand_for_themselves", "UPDATE dim_organization SET canonical_name = 'labs'"),
    ("entries_are_used", "DELETE FROM stg_entry WHERE arxiv_id = '2501.00003'"),
    ("entries_are_used", "UPDATE stg_entry SET votes = coalesce(votes, 0)"),
    ("entries_are_used", "UPDATE stg_entry SET title = title || '.' WHERE arxiv_id = '2501.00003'"),
    ("entries_are_used", "UPDATE stg_entry SET organization = NULL"),
    ("corrections_hold", correct("2501.00001", "title", "'Right'")),
    ("corrections_hold", correct("2501.00002", "organization", "NULL")),
    ("corrections_hold", correct("2501.00001", "published_on", "'2025-01-02'")),
    ("excluded_papers_are_gone", exclude("2501.00003")),
    (
        "excluded_papers_are_gone",
        f"{exclude('2501.00009')}; INSERT INTO meta_reject BY NAME SELECT '2501.00009' AS arxiv_id",
    ),
    ("votes_match_entries", f"UPDATE fact_observation SET votes = votes + 1 WHERE paper_key = {P1} AND is_new"),
    ("votes_match_entries", f"UPDATE fact_observation SET votes = NULL WHERE paper_key = {P3} AND is_new"),
    ("votes_match_entries", f"DELETE FROM fact_observation WHERE paper_key = {P2} AND is_new"),
    ("votes_match_entries", "UPDATE fact_observation SET observed_at = '2025-01-09 12:01' WHERE is_new"),
    ("votes_match_entries", swapped("fact_observation", "paper_key", P1, P2)),
    ("votes_match_entries", "DELETE FROM stg_entry WHERE arxiv_id = '2501.00003'"),
    ("votes_are_observations", f"UPDATE fact_vote SET votes = votes + 1 WHERE paper_key = {P1} AND {LATEST}"),
    ("votes_are_observations", f"UPDATE fact_vote SET votes = NULL WHERE paper_key = {P3}"),
    ("votes_are_observations", f"DELETE FROM fact_vote WHERE paper_key = {P2} AND {LATEST}"),
    ("votes_are_observations", f"UPDATE fact_vote SET captured_at = '2025-01-09 12:01' WHERE {LATEST}"),
    ("votes_are_observations", swapped("fact_vote", "paper_key", P1, P2)),
    ("votes_are_observations", f"UPDATE fact_observation SET doubt = 'future' WHERE paper_key = {P3}"),
    ("votes_gained_add_up", f"UPDATE fact_vote SET votes_gained = votes_gained + 1 WHERE {LATEST}"),
    ("votes_gained_add_up", f"UPDATE fact_vote SET votes_gained = NULL WHERE paper_key = {P1}"),
    ("votes_gained_add_up", f"UPDATE fact_vote SET votes_gained = 0 WHERE paper_key = {P3}"),
    ("votes_not_negative", f"UPDATE fact_vote SET votes = -1 WHERE paper_key = {P3}"),
    ("votes_not_negative", f"UPDATE fact_vote_day SET votes = -1 WHERE paper_key = {P3}"),
    ("votes_not_negative", f"UPDATE fact_listing SET votes_at_capture = -1 WHERE paper_key = {P3}"),
    ("votes_not_negative", f"UPDATE fact_observation SET votes = -1 WHERE paper_key = {P3}"),
    ("observations_repeat_captures", f"UPDATE fact_observation SET votes = votes + 1 WHERE {REPEATED}"),
    ("observations_repeat_captures", f"UPDATE fact_observation SET comments = 1 WHERE {REPEATED}"),
    ("observations_repeat_captures", f"UPDATE fact_observation SET observed_at = '2025-01-11 12:01' WHERE {REPEATED}"),
    ("observations_repeat_captures", f"UPDATE fact_observation SET is_new = FALSE WHERE paper_key = {P3}"),
    ("observations_repeat_captures", "DELETE FROM lake_fetch WHERE outcome = 'unchanged'"),
    ("vote_days_without_gap", f"DELETE FROM fact_observation WHERE {REPEATED}"),
    ("vote_days_without_gap", f"DELETE FROM fact_vote_day WHERE date = '2025-01-08' AND paper_key = {P1}"),
    ("vote_days_without_gap", f"DELETE FROM fact_vote_day WHERE date = '2025-01-11' AND paper_key = {P1}"),
    ("vote_days_without_gap", f"DELETE FROM fact_vote_day WHERE date = '2025-01-06' AND paper_key = {P1}"),
    ("vote_days_without_gap", f"DELETE FROM fact_vote_day WHERE paper_key = {P3}"),
    ("vote_days_without_gap", f"INSERT INTO fact_vote_day VALUES ({P3}, '2025-01-07', 1, 0, FALSE)"),
    ("vote_days_observed", f"UPDATE fact_vote_day SET is_observed = TRUE WHERE paper_key = {P1}"),
    ("vote_days_observed", f"UPDATE fact_vote_day SET is_observed = FALSE WHERE paper_key = {P1}"),
    ("authors_match_lists", f"DELETE FROM bridge_paper_author WHERE paper_key = {P3} AND author_key = {CY}"),
    ("authors_match_lists", f"DELETE FROM bridge_paper_author WHERE paper_key = {P3}"),
    (
        "authors_match_lists",
        f"INSERT INTO bridge_paper_author VALUES ({P1}, {CY}, 3, FALSE, TRUE, 0.5, 'Cy', FALSE, NULL)",
    ),
    ("authors_match_lists", swapped("bridge_paper_author", "author_key", ADA, CY)),
    ("authors_match_lists", f"UPDATE bridge_paper_author SET position = 4 - position WHERE paper_key = {P3}"),
    ("authors_match_lists", "UPDATE lake_source SET precedence = 3 - precedence"),
    ("authors_match_lists", "UPDATE lake_source SET knows_author_order = NOT knows_author_order"),
    ("author_counts_agree", f"UPDATE dim_paper SET author_count = 2 WHERE paper_key = {P3}"),
    ("author_counts_agree", f"UPDATE dim_paper SET author_count = NULL WHERE paper_key = {P3}"),
    ("author_counts_agree", f"UPDATE dim_author SET paper_count = 9 WHERE author_key = {CY}"),
    ("author_counts_agree", f"DELETE FROM bridge_paper_author WHERE paper_key = {P3} AND author_key = {CY}"),
    ("author_weights_sum_to_one", f"UPDATE bridge_paper_author SET weight = 0.25 WHERE paper_key = {P3}"),
    ("author_weights_sum_to_one", f"DELETE FROM bridge_paper_author WHERE paper_key = {P3} AND author_key = {CY}"),
    ("keywords_match_counts", "DELETE FROM bridge_paper_keyword"),
    ("keywords_match_counts", f"UPDATE dim_paper SET keyword_count = 1 WHERE paper_key = {P3}"),
    ("keywords_match_lists", "DELETE FROM bridge_paper_keyword"),
    ("keywords_match_lists", f"UPDATE bridge_paper_keyword SET paper_key = {P3}"),
    ("keywords_match_lists", "DELETE FROM lake_keyword"),
    ("papers_match_entries", f"UPDATE dim_paper SET title = 'Old' WHERE paper_key = {P1}"),
    ("papers_match_entries", f"UPDATE dim_paper SET abstract = 'Short' WHERE paper_key = {P1}"),
    ("papers_match_entries", f"UPDATE dim_paper SET published_on = '2025-01-04' WHERE paper_key = {P1}"),
    ("papers_match_entries", f"UPDATE dim_paper SET published_on = NULL WHERE paper_key = {P1}"),
    ("papers_match_entries", f"UPDATE dim_paper SET submitted_at = NULL WHERE paper_key = {P1}"),
    ("papers_match_entries", f"UPDATE dim_paper SET organization_key = NULL WHERE paper_key = {P2}"),
    ("papers_match_entries", "UPDATE lake_source SET precedence = 3 - precedence"),
    ("papers_sum_up_listings", f"UPDATE dim_paper SET listing_count = 1 WHERE paper_key = {P2}"),
    ("papers_sum_up_listings", f"UPDATE dim_paper SET first_listed_on = '2025-01-05' WHERE paper_key = {P2}"),
    ("papers_sum_up_listings", f"UPDATE dim_paper SET last_listed_on = '2025-01-08' WHERE paper_key = {P2}"),
    ("papers_sum_up_listings", f"UPDATE dim_paper SET latest_votes = 11 WHERE paper_key = {P1}"),
    ("papers_sum_up_listings", f"UPDATE dim_paper SET peak_votes = 99 WHERE paper_key = {P1}"),
    ("papers_sum_up_listings", f"UPDATE dim_paper SET votes_seen_at = '2025-01-09 12:00' WHERE paper_key = {P1}"),
    ("papers_sum_up_listings", f"UPDATE dim_paper SET votes_seen_at = NULL WHERE paper_key = {P1}"),
    ("papers_sum_up_listings", f"DELETE FROM fact_listing WHERE paper_key = {P3}"),
    ("titles_are_current", f"UPDATE dim_paper SET title = 'Another' WHERE paper_key = {P1}"),
    ("titles_are_current", f"UPDATE dim_paper_version SET is_current = TRUE WHERE paper_key = {P1}"),
    ("titles_are_current", f"UPDATE dim_paper_version SET is_current = FALSE WHERE paper_key = {P1}"),
    ("sections_match_lake", "DELETE FROM fact_section WHERE text = 'Two'"),
    ("sections_match_lake", "UPDATE fact_section SET text = 'Tow' WHERE text = 'Two'"),
    ("sections_match_lake", "UPDATE fact_section SET heading = NULL WHERE heading = 'Method'"),
    ("sections_match_lake", f"UPDATE fact_section SET paper_key = {P2} WHERE paper_key = {P1}"),
    ("sections_match_lake", "DELETE FROM lake_section WHERE text = 'Two'"),
    ("keys_match_names", swapped("dim_paper", "paper_key", P1, P2)),
    ("keys_match_names", swapped("dim_author", "author_key", ADA, CY)),
    ("keys_match_names", swapped("dim_source", "source_key", DIGEST, API)),
    ("keys_match_names", "UPDATE dim_archive SET archive_key = archive_key + 1"),
    ("keys_match_names", "UPDATE dim_keyword SET keyword_key = keyword_key + 1"),
    ("keys_match_names", "UPDATE dim_category SET category_key = category_key + 1"),
    ("keys_match_names", "UPDATE dim_organization SET organization_key = organization_key + 1"),
    ("keys_match_names", swapped("mart_paper", "paper_key", P1, P2)),
    ("coverage_of_answers", "DELETE FROM mart_coverage WHERE date = '2025-01-11'"),
    ("coverage_of_answers", "DELETE FROM mart_coverage WHERE source = 'digest' AND date = '2025-01-06'"),
    ("coverage_of_answers", "UPDATE mart_coverage SET papers = papers + 1 WHERE source = 'digest'"),
    ("coverage_of_answers", "UPDATE mart_coverage SET status = 'empty' WHERE papers > 0"),
    ("coverage_of_answers", "UPDATE mart_coverage SET status = 'published' WHERE papers = 0"),
    ("search_covers_titles", "DELETE FROM search_term WHERE paper_number = 1"),
    ("search_covers_titles", f"UPDATE search_term SET term_key = 1 WHERE term_key = {NEW}"),
    ("search_covers_titles", f"INSERT INTO search_term SELECT * FROM search_term WHERE term_key = {NEW}"),
    ("search_covers_titles", swapped("search_paper", "paper_number", 1, 2)),
    ("search_terms_once", "INSERT INTO search_term SELECT * FROM search_term LIMIT 1"),
    ("search_terms_once", f"INSERT INTO search_term SELECT * FROM search_term WHERE term_key = {NEW}"),
    ("search_numbers_papers", "DELETE FROM search_paper WHERE paper_number = 1"),
    ("search_numbers_papers", "UPDATE search_paper SET paper_number = 99 WHERE paper_number = 1"),
    ("search_numbers_papers", "UPDATE search_paper SET paper_number = 1 WHERE paper_number = 2"),
    ("search_numbers_papers", "UPDATE search_term SET paper_number = 0 WHERE paper_number = 1"),
    ("search_numbers_papers", f"UPDATE search_term SET paper_number = 99 WHERE term_key = {NEW}"),
    ("no_orphan_keys", f"DELETE FROM dim_paper WHERE paper_key = {P3}"),
    ("no_row_twice", f"INSERT INTO fact_vote SELECT * FROM fact_vote WHERE paper_key = {P3}"),
]


@pytest.mark.parametrize("constraints", [True, False], ids=["with keys", "without keys"])
def test_every_check_passes_on_a_good_warehouse(lake, constraints):
    assert failed(fill(lake).build(constraints=constraints)) == set()


@pytest.mark.parametrize(("check", "fault"), FAULTS)
def test_a_fault_is_caught_by_its_check(good, check, fault):
    good.execute(fault)
    assert not run_check(good.connection, CHECKS[check]).passed


TERMS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 6)), max_size=12)
"""Rows of search_term: a term and a paper."""


@given(rows=TERMS | st.lists(TERMS.map(sorted), max_size=3).map(lambda runs: [*chain.from_iterable(runs)]))
def test_terms_of_papers_are_counted_in_whatever_order_rows_lie(rows):
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE search_term (term_key BIGINT NOT NULL, paper_number INTEGER NOT NULL)")
        for row in rows:
            connection.execute("INSERT INTO search_term VALUES (?, ?)", row)
        result = run_check(connection, CHECKS["search_terms_once"])
    assert result.broken_rows == sum(copies > 1 for copies in Counter(rows).values())


def test_every_error_check_has_a_fault_that_it_catches():
    assert {check for check, _ in FAULTS} == set(ERRORS)


KEYS = [(table.name, key) for table in load_contract() for key in table.keys if not table.name.startswith("meta_")]
FOREIGN_KEYS = [(table.name, key) for table in load_contract() for key in table.foreign_keys]
DECLARED = {
    ("dim_paper_version", ("paper_key", "title")),
    ("fact_observation", ("paper_key", "source_key", "archive_key", "observed_at", "listed_on")),
    ("fact_vote", ("paper_key", "source_key", "archive_key", "captured_at", "listed_on")),
    ("mart_coauthor", ("author_key_a", "author_key_b")),
}
"""Keys that no constraint of the file holds."""


def test_the_keys_that_checks_prove_are_those_that_the_file_holds_and_those_that_comments_declare(lake):
    columns = "table_name, constraint_column_names, referenced_table, referenced_column_names"
    own = "database_name = current_database()"
    constraints = f"SELECT {columns} FROM duckdb_constraints() WHERE {own} AND constraint_type IN "
    warehouse = lake.build()
    unique = warehouse.rows(f"{constraints} ('PRIMARY KEY', 'UNIQUE')")
    held = {(table, tuple(names)) for table, names, *_ in unique if not table.startswith("meta_")}
    assert sorted(KEYS) == sorted(held | DECLARED)
    foreign = warehouse.rows(f"{constraints} ('FOREIGN KEY')")
    proven = [(table, [key.column], key.parent, [key.parent_column]) for table, key in FOREIGN_KEYS]
    assert sorted(proven) == sorted(foreign)


@pytest.mark.parametrize("parent", sorted({key.parent for _, key in FOREIGN_KEYS}))
def test_the_foreign_keys_that_point_at_no_row_are_found(good, parent):
    good.execute(f"DELETE FROM {parent}")
    broken = good.rows(CHECKS["no_orphan_keys"].sql)
    of_parent = {f"{table}.{key.column}" for table, key in FOREIGN_KEYS if key.parent == parent}
    assert {relation for relation, _ in broken} == of_parent


PLACES = range(max(Counter(table for table, _ in KEYS).values()))
"""Of a key among the keys of its table: the first, the second and so on."""


@pytest.mark.parametrize("place", PLACES)
def test_the_keys_that_two_rows_share_are_found(good, place):
    keys = {table.name: table.keys[place] for table in load_contract() if len(table.keys) > place}
    keys = {table: key for table, key in keys.items() if (table, key) in KEYS}
    for table, key in keys.items():
        good.execute(f"INSERT INTO {table} BY NAME SELECT {', '.join(key)} FROM {table} LIMIT 1")
    found = good.rows(CHECKS["no_row_twice"].sql)
    assert sorted((relation, copies) for relation, _, copies in found) == sorted((table, 2) for table in keys)


def test_an_observation_of_a_list_without_a_day_stands_once(good):
    good.execute("UPDATE fact_observation SET listed_on = NULL")
    assert good.rows(CHECKS["no_row_twice"].sql) == []
    good.execute("INSERT INTO fact_observation SELECT * FROM fact_observation LIMIT 1")
    assert [row[0] for row in good.rows(CHECKS["no_row_twice"].sql)] == ["fact_observation"]


def test_the_rows_that_break_a_rule_name_paper_source_and_day(good):
    good.execute(f"UPDATE fact_observation SET votes = 4 WHERE paper_key = {P1} AND votes = 3")
    [row] = good.check("votes_match_entries").sample
    assert row == {
        "arxiv_id": "2501.00001",
        "source": "huggingface",
        "listed_on": "2025-01-06",
        "captured_at": "2025-01-06 12:00:00",
        "votes_in_lake": 3,
        "votes_in_fact": 4,
    }


def test_votes_that_fall_by_more_than_half_are_shown(lake):
    lake.fetch("fetched")
    for paper, (before, after) in enumerate([(10, 4), (10, 5), (10, None), (0, 0)]):
        lake.entry(f"2501.0000{paper}", captured_at="2025-01-06 12:00", votes=before)
        lake.entry(f"2501.0000{paper}", captured_at="2025-01-07 12:00", votes=after)
    warehouse = lake.build()
    assert failed(warehouse) == {"votes_rarely_fall"}
    shown = warehouse.check("votes_rarely_fall").sample
    assert [(row["arxiv_id"], row["votes_before"], row["votes"]) for row in shown] == [("2501.00000", 10, 4)]


WEEKDAYS = [f"2025-01-{day:02}" for day in (6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 20)]


def publish(lake, day, papers, source="digest"):
    lake.fetch("fetched", source, day)
    for number in range(papers):
        lake.entry(f"{day[2:4]}{day[5:7]}.{day[8:]}{number:03}", source, day)


@pytest.mark.parametrize(("papers", "warns"), [(4, True), (7, False), (20, False), (60, False), (61, True)])
def test_a_day_unlike_its_neighbours_is_shown(lake, papers, warns):
    for day in WEEKDAYS:
        publish(lake, day, papers if day == "2025-01-13" else 20)
    result = lake.build().check("days_like_their_neighbours")
    found = [(row["source"], row["date"], row["papers"], row["usual"]) for row in result.sample]
    assert found == ([("digest", "2025-01-13", papers, 20.0)] if warns else [])


def test_small_days_raise_no_alarm(lake):
    for day in WEEKDAYS:
        publish(lake, day, 1 if day == "2025-01-13" else 10)
    assert failed(lake.build()) == set()


def test_weekends_are_held_against_weekends_and_a_source_against_itself(lake):
    for day in WEEKDAYS:
        publish(lake, day, 20)
    for day in ("2025-01-11", "2025-01-12", "2025-01-18"):
        publish(lake, day, 1)
    publish(lake, "2025-01-13", 1, "huggingface")
    assert failed(lake.build()) == set()


def test_a_paper_listed_before_it_was_published_is_shown(lake):
    lake.fetch("fetched")
    lake.entry("2501.00001", published_at="2025-01-07 00:00")
    lake.entry("2501.00002", published_at="2025-01-06 23:59")
    result = lake.build().check("papers_listed_after_publication")
    assert [row["arxiv_id"] for row in result.sample] == ["2501.00001"]


def test_a_day_with_many_rejects_is_shown(lake):
    for day, entries in zip(WEEKDAYS, [9, 10, 0], strict=False):
        publish(lake, day, entries)
        lake.reject("title", "digest", day)
    warehouse = lake.build()
    assert failed(warehouse) == {"few_rejects", "days_answered_in_full"}
    shown = warehouse.check("few_rejects").sample
    assert [(row["date"], row["entries"]) for row in shown] == [("2025-01-06", 9), ("2025-01-08", 0)]
    assert [row["date"] for row in warehouse.check("days_answered_in_full").sample] == ["2025-01-08"]


def test_listings_are_held_against_the_archives_own_index(lake):
    lake.entry("2501.00001", "digest", "2025-01-06")
    lake.entry("2501.00002", "digest", "2025-01-06")
    lake.entry("2501.00003", "digest", "2025-01-07")  # a day that the index does not name
    lake.entry("2501.00004", "huggingface", "2025-01-06")  # no digest
    for arxiv_id in ("2501.00001", "2501.00009"):
        lake.index(arxiv_id, "2025-01-06")
    lake.index("2501.00008", "2025-01-08")  # a day without a digest
    result = lake.build().check("listings_match_index")
    assert [(row["arxiv_id"], row["found"]) for row in result.sample] == [
        ("2501.00002", "only in the list"),
        ("2501.00009", "only in the index"),
    ]


def test_a_day_without_a_whole_answer_is_shown(lake):
    for number, outcome in enumerate(["failed", "incomplete", "missing"]):
        lake.fetch("fetched", date=WEEKDAYS[number])
        lake.entry(f"2501.0000{number}", listed_on=WEEKDAYS[number])
        lake.fetch(outcome, date=WEEKDAYS[number], fetched_at="2025-01-09 09:00", reason="HTTP 503")
    result = lake.build().check("days_answered_in_full")
    assert [(row["date"], row["last_outcome"], row["last_reason"]) for row in result.sample] == [
        ("2025-01-06", "failed", "HTTP 503"),
        ("2025-01-07", "incomplete", "HTTP 503"),
    ]


def test_a_day_that_lost_several_papers_is_shown_until_it_is_whole_again(lake):
    cases = [
        ("digest", {"outcome": "fetched", "items": 1}, 1),
        ("digest", {"outcome": "missing"}, 0),
        ("digest", {"outcome": "fetched", "items": 2}, None),
        ("digest", {"outcome": "failed"}, None),
        ("huggingface", {"outcome": "fetched", "items": 1, "captured_at": "2025-01-20 09:00"}, 1),
        ("huggingface", {"outcome": "empty", "items": 0, "captured_at": "2025-01-20 09:00"}, 0),
        ("huggingface", {"outcome": "fetched", "items": 4, "captured_at": "2025-01-20 09:00"}, None),
    ]
    for day, (source, again, _) in zip(WEEKDAYS, cases, strict=False):
        lake.fetch("fetched", source, day, items=3)
        for number in (1, 2, 3):
            lake.entry(f"2501.{day[-2:]}00{number}", source, day)
        lake.fetch(source=source, date=day, fetched_at="2025-01-20 09:00", **again)
    shown = lake.build().check("days_keep_their_papers").sample
    assert [(row["date"], row["source"], row["papers_in_answer"], row["papers_listed"]) for row in shown] == [
        (day, source, left, 3) for day, (source, _, left) in zip(WEEKDAYS, cases, strict=False) if left is not None
    ]


def test_a_long_day_may_lose_a_few(lake):
    lake.fetch("fetched", items=20)
    for number in range(20):
        lake.entry(f"2501.000{number:02}")
    lake.fetch("fetched", fetched_at="2025-01-09 09:00", items=18, captured_at="2025-01-09 09:00")
    assert lake.build().check("days_keep_their_papers").passed


def test_the_pages_of_an_answer_are_taken_together(lake):
    for page, items in enumerate((1, 1)):
        lake.fetch("fetched", items=items, page=page, url=f"https://example.org/{page}")
    lake.entry("2501.00001")
    lake.entry("2501.00002")
    assert lake.build().check("days_keep_their_papers").passed


def test_what_was_never_seen_before_is_shown_for_two_weeks(lake):
    lake.fetch("fetched", date="2025-01-02", reason="fields never seen before: old")
    lake.fetch("fetched", date="2025-01-20", reason="fields never seen before: new")
    lake.fetch("fetched", date="2025-01-21", reason="fields never seen before: new")
    result = lake.build().check("fields_are_known")
    assert [(row["reason"], row["answers"]) for row in result.sample] == [("fields never seen before: new", 2)]


@pytest.mark.parametrize(("silent", "warns"), [(WEEKDAYS[1:5], False), (WEEKDAYS[1:6], True)])
@pytest.mark.parametrize("outcome", ["failed", "missing", "empty"])
def test_a_source_that_brings_nothing_for_a_week_is_shown(lake, silent, warns, outcome):
    publish(lake, WEEKDAYS[0], 3)
    for day in (*silent, "2025-01-11", "2025-01-12"):
        lake.fetch(outcome, "digest", day)
    result = lake.build().check("sources_bring_papers")
    found = [(row["source"], row["last_papers_on"], row["weekdays_without_papers"]) for row in result.sample]
    assert found == ([("digest", "2025-01-06", 5)] if warns else [])


@pytest.mark.parametrize(
    ("lost", "papers", "warns"),
    [({"votes": None}, 5, True), ({"authors": []}, 5, True), ({}, 5, False), ({"votes": None}, 4, False)],
)
def test_a_list_without_votes_or_authors_is_shown_where_the_lists_before_had_them(lake, lost, papers, warns):
    for number, day in enumerate(WEEKDAYS):
        lake.fetch("fetched", "digest", day)
        last = day == WEEKDAYS[-1]
        for paper in range(papers if last else 5):
            usual = {"votes": paper, "authors": ["Ada"]}
            lake.entry(f"2501.{number:02}{paper:03}", "digest", day, **(usual | lost if last else usual))
    result = lake.build().check("votes_and_authors_come")
    assert [row["listed_on"] for row in result.sample] == ([WEEKDAYS[-1]] if warns else [])


def test_lists_that_never_had_votes_raise_no_alarm(lake):
    for number, day in enumerate(WEEKDAYS):
        lake.fetch("fetched", "digest", day)
        for paper in range(5):
            lake.entry(f"2501.{number:02}{paper:03}", "digest", day, votes=None, authors=["Ada"])
    assert lake.build().check("votes_and_authors_come").passed


@pytest.mark.parametrize(
    ("compared", "differing", "passes"), [(30, 3, True), (30, 4, False), (20, 3, False), (19, 19, True)]
)
def test_many_differences_from_arxiv_are_shown_with_their_number(lake, compared, differing, passes):
    for number in range(compared):
        lake.entry(name_paper(number), title="Listed")
        lake.describe(name_paper(number), title="Described" if number < differing else "Listed")
    result = lake.build().check("descriptions_agree")
    assert result.passed is passes
    if not passes:
        assert result.sample == [{"kind": "title", "papers": differing, "papers_compared": compared}]


def test_every_warning_is_told_apart_from_an_error():
    assert WARNINGS == [
        "days_answered_in_full",
        "days_keep_their_papers",
        "days_like_their_neighbours",
        "descriptions_agree",
        "few_rejects",
        "fields_are_known",
        "listings_match_index",
        "observations_are_believed",
        "papers_listed_after_publication",
        "papers_stay_on_their_lists",
        "sources_bring_papers",
        "votes_and_authors_come",
        "votes_rarely_fall",
    ]


@pytest.mark.parametrize("file", sorted((SQL / "checks").glob("*.sql")), ids=lambda file: file.stem)
def test_a_check_says_in_its_first_line_what_it_makes_sure_of(file: Path):
    assert re.match(r"-- (error|warn): \S.{20,}", file.read_text().splitlines()[0])


def test_a_paper_that_moved_to_a_later_day_is_shown(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 08:00")
    lake.entry("2501.00002", captured_at="2025-01-06 08:00")
    lake.entry("2501.00002", captured_at="2025-01-07 08:00")
    lake.entry("2501.00001", listed_on="2025-01-07", captured_at="2025-01-07 09:00")
    result = lake.build().check("papers_stay_on_their_lists")
    found = [(row["arxiv_id"], row["listed_on"], row["moved_to"]) for row in result.sample]
    assert found == [("2501.00001", "2025-01-06", "2025-01-07")]


def test_a_paper_that_was_taken_off_is_shown(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 08:00")
    lake.entry("2501.00002", captured_at="2025-01-06 08:00")
    lake.entry("2501.00002", captured_at="2025-01-06 10:00")
    result = lake.build().check("papers_stay_on_their_lists")
    assert [(row["arxiv_id"], row["moved_to"]) for row in result.sample] == [("2501.00001", None)]


def test_a_paper_that_stays_on_both_lists_raises_no_alarm(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 08:00")
    lake.entry("2501.00001", listed_on="2025-01-07", captured_at="2025-01-07 09:00")
    assert lake.build().check("papers_stay_on_their_lists").passed
