"""What changed between two releases, told row by row: all of it, and nothing else."""

import json

import pytest

from dagster_project.errors import ReleaseError
from dagster_project.site.changes import LONGEST, compare_releases
from tests.unit.site.conftest import change_release

SEEDED = {
    "UPDATE dim_paper SET title = 'A new title' WHERE paper_key = 11": (
        "value",
        "dim_paper",
        "2501.00001",
        "title",
        "A first title",
        "A new title",
    ),
    "UPDATE dim_paper SET abstract = 'What it says' WHERE paper_key = 12": (
        "value",
        "dim_paper",
        "2501.00002",
        "abstract",
        None,
        "What it says",
    ),
    "UPDATE dim_paper SET organization_key = NULL WHERE paper_key = 12": (
        "value",
        "dim_paper",
        "2501.00002",
        "organization_key",
        1,
        None,
    ),
    "UPDATE dim_paper SET votes_seen_at = '2025-01-08' WHERE paper_key = 12": (
        "value",
        "dim_paper",
        "2501.00002",
        "votes_seen_at",
        "2025-01-07T00:00:00",
        "2025-01-08T00:00:00",
    ),
    "INSERT INTO dim_author VALUES (23, 'Ida', 'ida', NULL, '2025-01-06', '2025-01-06', 1)": (
        "added",
        "dim_author",
        "ida",
    ),
    "DELETE FROM dim_author WHERE author_key = 22": ("removed", "dim_author", "emil post"),
    "INSERT INTO dim_keyword VALUES (3, 'reasoning', 'reasoning')": ("added", "dim_keyword", "reasoning"),
    "DELETE FROM bridge_paper_keyword WHERE paper_key = 12": ("removed", "bridge_paper_keyword", "2501.00002 vision"),
    "UPDATE bridge_paper_author SET is_hidden = TRUE WHERE paper_key = 12": (
        "value",
        "bridge_paper_author",
        "2501.00002 ada lovelace",
        "is_hidden",
        False,
        True,
    ),
    "UPDATE bridge_paper_author SET weight = 0.5 WHERE paper_key = 11": (
        "value",
        "bridge_paper_author",
        "2501.00001 ada lovelace",
        "weight",
        1.0,
        0.5,
    ),
    "INSERT INTO fact_listing VALUES (11, 1, '2025-01-08', 1, NULL, TRUE)": (
        "added",
        "fact_listing",
        "2501.00001 huggingface 2025-01-08",
    ),
    "UPDATE fact_vote SET votes = 21 WHERE paper_key = 12 AND listed_on IS NULL": (
        "value",
        "fact_vote",
        "2501.00002 huggingface own 2025-01-07T00:00:00 None",
        "votes",
        20,
        21,
    ),
    "DELETE FROM fact_vote WHERE paper_key = 11 AND listed_on IS NULL": (
        "removed",
        "fact_vote",
        "2501.00001 huggingface own 2025-01-07T00:00:00 None",
    ),
    "UPDATE fact_section SET text = '다른 글' WHERE source_key = 2": (
        "value",
        "fact_section",
        "2501.00001 digest 2025-01-07 1",
        "text",
        "not shown",
        "not shown",
    ),
    "DELETE FROM mart_coverage WHERE date = '2025-01-09'": ("removed", "mart_coverage", "digest 2025-01-09"),
    "ALTER TABLE dim_source ADD COLUMN homepage VARCHAR": ("column added", "dim_source", "homepage"),
    "ALTER TABLE mart_author_cohort DROP COLUMN papers": ("column removed", "mart_author_cohort", "papers"),
    "ALTER TABLE dim_organization ALTER COLUMN organization_key TYPE HUGEINT": (
        "column changed",
        "dim_organization",
        "organization_key",
        "BIGINT",
        "HUGEINT",
    ),
    "DROP TABLE mart_submitter": ("table removed", "mart_submitter"),
    "CREATE TABLE dim_venue AS SELECT 1 AS venue_key": ("table added", "dim_venue"),
}
"""Changes of a release, each with what must be said of it, and nothing else."""


def tell(changes):
    """Return all that is said, as a list: a row by its natural key, where it has one."""
    told = []
    for table in changes.tables:
        if table.old_rows is None or table.new_rows is None:
            told.append(("table added" if table.old_rows is None else "table removed", table.table))
            continue
        told += [("column added", table.table, column) for column in table.columns_added]
        told += [("column removed", table.table, column) for column in table.columns_removed]
        told += [
            ("column changed", table.table, each.column, each.old_type, each.new_type) for each in table.columns_changed
        ]
        told += [("added", table.table, name(key)) for key in table.added]
        told += [("removed", table.table, name(key)) for key in table.removed]
        for row in table.changed:
            for column, value in row.values.items():
                shown = (value.old, value.new) if value.is_shown else ("not shown", "not shown")
                told.append(("value", table.table, name(row.key), column, *shown))
    return told


def name(key):
    """Return a key as one text, without the numbers for which there are names."""
    return " ".join(str(value) for column, value in key.items() if not column.endswith("_key"))


def test_each_of_twenty_changes_is_named_and_nothing_else(release, tmp_path):
    assert len(SEEDED) == 20
    changes = compare_releases(release, change_release(release, tmp_path / "new.duckdb", *SEEDED))
    assert sorted(tell(changes), key=repr) == sorted(SEEDED.values(), key=repr)


def test_backwards_what_was_added_is_removed(release, tmp_path):
    changes = compare_releases(change_release(release, tmp_path / "new.duckdb", *SEEDED), release)
    turned = {"added": "removed", "removed": "added"}
    for change in SEEDED.values():
        kind = " ".join(turned.get(word, word) for word in change[0].split())
        rest = (*change[1:-2], change[-1], change[-2]) if len(change) > 4 else change[1:]
        assert (kind, *rest) in tell(changes)


def test_equal_releases_differ_in_nothing(release, tmp_path):
    changes = compare_releases(release, change_release(release, tmp_path / "new.duckdb"))
    assert tell(changes) == []
    assert not any(table.is_changed for table in changes.tables)
    kept_apart = {table.table for table in changes.tables if table.not_compared}
    assert kept_apart == {
        "meta_check",
        "meta_fetch",
        "meta_reject",
        "meta_release",
        "search_field",
        "search_paper",
        "search_term",
    }


def test_counts_are_whole_where_lists_are_cut(release, tmp_path):
    new = change_release(
        release,
        tmp_path / "new.duckdb",
        "INSERT INTO dim_keyword SELECT key, 'keyword ' || key, 'keyword' FROM range(100, 350) AS keys (key)",
        "UPDATE mart_coverage SET papers = 3",
    )
    changes = compare_releases(release, new, listed=3)
    tables = {table.table: table for table in changes.tables}
    assert tables["dim_keyword"].rows_added == 250
    assert [key["keyword"] for key in tables["dim_keyword"].added] == ["keyword 100", "keyword 101", "keyword 102"]
    assert tables["mart_coverage"].rows_changed == 4
    assert tables["mart_coverage"].changed_by_column == {"papers": 4}
    assert [row.key["date"] for row in tables["mart_coverage"].changed] == ["2025-01-06", "2025-01-07", "2025-01-08"]


def test_sums_in_another_order_are_no_change(release, tmp_path):
    new = change_release(
        release, tmp_path / "new.duckdb", "UPDATE bridge_paper_author SET weight = weight * (1 - 1e-14)"
    )
    assert tell(compare_releases(release, new)) == []


def test_json_names_no_folder_no_text_and_cuts_long_values(release, tmp_path):
    new = change_release(
        release,
        tmp_path / "new.duckdb",
        f"UPDATE dim_paper SET title = repeat('long ', {LONGEST})",
        "UPDATE fact_section SET text = '몰래 새 글', heading_as_printed = '새 제목'",
        "UPDATE dim_archive SET url = 'file:///home/maker_of_it/else.bundle' WHERE archive = 'elsewhere'",
    )
    text = compare_releases(release, new).to_json()
    told = {table["table"]: table for table in json.loads(text)["tables"]}
    assert told["fact_section"]["changed_by_column"] == {"heading_as_printed": 2, "text": 2}
    assert told["dim_archive"]["changed"][0]["values"]["url"]["new"] == "file:else.bundle"
    assert len(told["dim_paper"]["changed"][0]["values"]["title"]["new"]) == LONGEST + 1
    for secret in ("maker_of_it", "몰래", "요약한", "새 제목", "결과"):
        assert secret not in text


def test_a_key_that_only_one_release_has_is_said(release, tmp_path):
    new = change_release(release, tmp_path / "new.duckdb", "ALTER TABLE fact_section RENAME COLUMN position TO place")
    [table] = [table for table in compare_releases(release, new).tables if table.table == "fact_section"]
    assert table.not_compared == "its key has a column that only one release has"
    assert (table.columns_added, table.columns_removed) == (("place",), ("position",))


def test_comments_that_changed_are_columns_that_changed(release, tmp_path):
    new = change_release(release, tmp_path / "new.duckdb", "COMMENT ON COLUMN dim_paper.title IS 'Another meaning'")
    [table] = [table for table in compare_releases(release, new).tables if table.is_changed]
    [change] = table.columns_changed
    assert (change.column, change.new_comment) == ("title", "Another meaning")


def test_a_file_that_is_missing_or_no_release_is_named(release, tmp_path):
    with pytest.raises(ReleaseError, match="no warehouse at"):
        compare_releases(tmp_path / "none.duckdb", release)
    (tmp_path / "text.duckdb").write_text("no database")
    with pytest.raises(ReleaseError, match="cannot be compared"):
        compare_releases(tmp_path / "text.duckdb", release)


def test_a_path_may_hold_any_sign(release, tmp_path):
    folder = tmp_path / "what's new? 100 %"
    folder.mkdir()
    assert tell(compare_releases(release, change_release(release, folder / "papers.duckdb"))) == []
