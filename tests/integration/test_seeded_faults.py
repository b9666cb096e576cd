"""A wrong model is caught: each fault is sown in the SQL of a model, and no release comes of it.

A fault names the checks that have to find it. Where it names none, a constraint of the table must refuse its rows,
and the error must name the model. What checks have to find is sown in a copy of a release, of which only what the fault
reaches is made again; whole builds of many such faults, and of each that a constraint refuses, publish nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import duckdb
import pytest

from dagster_project.errors import ModelError
from dagster_project.lake.home import Home
from dagster_project.models.catalog import load_checks, load_models
from dagster_project.models.contract import load_contract, quote
from dagster_project.models.engines.duckdb_engine import DuckEngine, limit_threads, run_model
from dagster_project.publish.checks import BrokenReleaseError, run_checks
from dagster_project.publish.lake_views import register_lake
from dagster_project.publish.release import publish
from tests.integration.conftest import copy_home, names, release_of


@pytest.fixture(scope="module")
def homes(built_week, built_sample, tmp_path_factory):
    """Copies of a home with a week of the sample, and of one with all of it; no fault may change them."""
    return [Home(copy_home(one, tmp_path_factory.mktemp("copy")).home) for one in (built_week, built_sample)]


@pytest.fixture(scope="module")
def apart(homes):
    """The releases of both homes, each in memory as `open_apart` opens it."""
    with open_apart(homes[0]) as week, open_apart(homes[1]) as whole:
        yield week, whole


@contextmanager
def open_apart(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory with views of the release and of the lake, and with the tables of staging models."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {quote(str(home.warehouse.resolve()))} AS release (READ_ONLY)")
        register_lake(DuckEngine(connection), home)
        limit_threads(connection, 0)
        for model in load_models():
            if model.is_published:
                connection.execute(f"CREATE VIEW {model.name} AS FROM release.{model.name}")
            else:
                run_model(connection, model)
        yield connection


@dataclass(frozen=True)
class Fault:
    """An edit of a model's SQL: `right` becomes `wrong`, at its first place."""

    what: str
    """What is wrong, and after a colon how that shows."""
    model: str
    right: str
    wrong: str
    checks: set[str] = field(default_factory=set)
    refused_by: str = ""
    """The model whose table refuses the rows, in place of checks; a pattern."""
    needs_all: bool = False
    """Whether it shows in the whole sample alone, and not in a week of it."""

    def edit(self, text):
        """Return the SQL of the model with the fault."""
        assert self.right in text, f"{self.model} no longer says {self.right!r}"
        changed = text.replace(self.right, self.wrong, 1)
        assert changed != text
        return changed

    def sow(self, sql):
        """Put the fault into a copy of the SQL."""
        file = next(sql.glob(f"*/{self.model}.sql"))
        file.write_text(self.edit(file.read_text(encoding="utf-8")), encoding="utf-8")


def swapped(key, table):
    """Return SQL that puts the least and the greatest key of a table in each other's place."""
    least, greatest = (f"(SELECT {bound}({key}) FROM {table})" for bound in ("min", "max"))
    return f"CASE {key} WHEN {least} THEN {greatest} WHEN {greatest} THEN {least} ELSE {key} END AS {key}"


TWICE = (
    "(SELECT * FROM lake_entry UNION ALL "
    "(SELECT * FROM lake_entry WHERE votes IS NOT NULL ORDER BY arxiv_id LIMIT 1)) AS said"
)

FAULTS = [
    Fault(
        "an entry is read twice: its votes or sections are there already",
        "stg_entry",
        "FROM lake_entry AS said",
        f"FROM {TWICE}",
        refused_by=r"fact_\w+",
    ),
    Fault(
        "an entry is read twice, the second time as one of another day: it has no entry in the lake",
        "fact_listing",
        "FROM stg_listing",
        "FROM (SELECT * FROM stg_listing UNION ALL (SELECT * REPLACE (DATE '2025-02-27' AS listed_on) FROM stg_listing "
        "WHERE listed_on = DATE '2025-02-21' LIMIT 1)) AS stg_listing",
        checks={"listings_match_entries", "papers_sum_up_listings"},
        needs_all=True,
    ),
    Fault(
        "an authorship is there twice: the key of the bridge refuses it",
        "bridge_paper_author",
        "FROM stg_authorship AS authorship",
        "FROM (SELECT * FROM stg_authorship UNION ALL SELECT * FROM stg_authorship) AS authorship",
        refused_by="bridge_paper_author",
    ),
    Fault(
        "second authors are lost where lists are chosen: counts and weights still agree, the lists do not",
        "stg_authorship",
        "WHERE list.preference = 1",
        "WHERE list.preference = 1 AND author.position <> 2",
        checks={"authors_match_lists"},
    ),
    Fault(
        "last authors are lost on the way to the bridge: counts and weights fall short as well",
        "bridge_paper_author",
        "ORDER BY\n",
        "WHERE authorship.position < counted.author_count OR authorship.position IS NULL\nORDER BY\n",
        checks={"authors_match_lists", "author_counts_agree", "author_weights_sum_to_one"},
    ),
    Fault(
        "authors stand in the reverse order",
        "stg_authorship",
        "THEN author.position END",
        "THEN 10000 - author.position END",
        checks={"authors_match_lists"},
    ),
    Fault(
        "all votes are one too many, everywhere alike: only the lake can tell",
        "stg_entry",
        "    entry.votes,\n",
        "    entry.votes + 1 AS votes,\n",
        checks={"entries_are_used"},
    ),
    Fault(
        "votes are one too many in one fact",
        "fact_vote",
        "    votes,\n",
        "    votes + 1 AS votes,\n",
        checks={"votes_are_observations", "papers_sum_up_listings"},
    ),
    Fault(
        "votes gained are one too many",
        "fact_vote",
        "    votes - lag(votes)",
        "    1 + votes - lag(votes)",
        checks={"votes_gained_add_up"},
    ),
    Fault(
        "unknown votes become zero",
        "stg_entry",
        "    entry.votes,\n",
        "    coalesce(entry.votes, 0) AS votes,\n",
        checks={"entries_are_used"},
        needs_all=True,
    ),
    Fault(
        "votes fall below zero: a rule of the table refuses them",
        "fact_listing",
        "votes_at_capture,",
        "votes_at_capture - 100000 AS votes_at_capture,",
        refused_by="fact_listing",
    ),
    Fault(
        "two papers have each other's votes",
        "fact_vote",
        "    paper_key,\n",
        f"    {swapped('paper_key', 'stg_entry')},\n",
        checks={"votes_are_observations"},
    ),
    Fault(
        "two authors have each other's papers",
        "bridge_paper_author",
        "    authorship.author_key,\n",
        f"    {swapped('author_key', 'stg_authorship')},\n",
        refused_by="mart_author_cohort",
        needs_all=True,
    ),
    Fault(
        "the two sources have each other's listings",
        "fact_listing",
        "    source_key,\n",
        f"    {swapped('source_key', 'dim_source')},\n",
        checks={"listings_match_entries"},
    ),
    Fault(
        "a key is made from another column: it no longer is what its name gives",
        "stg_authorship",
        "md5(author.name_normalized)",
        "md5(author.name_normalized || ' ')",
        checks={"keys_match_names"},
    ),
    Fault(
        "a key points at no row: the foreign key refuses it",
        "bridge_paper_keyword",
        "    keyword_key\n",
        "    keyword_key + 1 AS keyword_key\n",
        refused_by="bridge_paper_keyword",
        needs_all=True,
    ),
    Fault(
        "the first listing of every day is lost",
        "fact_listing",
        "FROM stg_listing",
        "FROM stg_listing WHERE rank > 1",
        checks={"listings_match_entries", "papers_sum_up_listings"},
    ),
    Fault(
        "listings show the last capture in place of the first",
        "stg_listing",
        "ORDER BY (captured_at, archive)) = 1",
        "ORDER BY (captured_at, archive) DESC) = 1",
        checks={"listings_show_first_capture"},
    ),
    Fault(
        "listings are a day late",
        "fact_listing",
        "    listed_on,\n    rank,",
        "    least(listed_on + 1, DATE '2026-08-21') AS listed_on,\n    rank,",
        checks={"listings_match_entries", "papers_sum_up_listings"},
        needs_all=True,
    ),
    Fault(
        "papers were published a day late",
        "dim_paper",
        "    coalesce(best.published_on, described.published_on) AS published_on,\n",
        "    coalesce(best.published_on, described.published_on) + 1 AS published_on,\n",
        checks={"papers_match_entries"},
    ),
    Fault(
        "abstracts are not those of the newest entries",
        "stg_newest_entry",
        "nullif(coalesce(correction.abstract, said.abstract), '') AS abstract",
        "said.abstract || '.' AS abstract",
        checks={"papers_match_entries"},
    ),
    Fault(
        "titles are changed, in every table alike: only the lake can tell",
        "stg_entry",
        "    entry.title,\n",
        "    'A ' || entry.title AS title,\n",
        checks={"entries_are_used"},
    ),
    Fault(
        "votes are carried on past the last day on which they were observed",
        "fact_vote_day",
        "lead(date) OVER",
        "lead(date, 1, CAST(least(date + 2, (SELECT max(date) + 1 FROM dim_date)) AS DATE)) OVER",
        checks={"vote_days_without_gap"},
    ),
    Fault(
        "a source that does not know their order gives the list of authors",
        "stg_authorship",
        "                NOT source.knows_author_order,\n",
        "                source.knows_author_order,\n",
        checks={"authors_match_lists"},
    ),
    Fault(
        "observations are a second late, in every table alike: only the lake can tell",
        "stg_observation",
        "    observed.observed_at,\n",
        "    observed.observed_at + INTERVAL 1 SECOND AS observed_at,\n",
        checks={"votes_match_entries"},
    ),
    Fault(
        "days between two captures are left out",
        "fact_vote_day",
        "greatest(0, stretch.carried_days)",
        "least(0, stretch.carried_days)",
        checks={"vote_days_without_gap"},
        needs_all=True,
    ),
    Fault(
        "days that only carry votes on are called observed",
        "fact_vote_day",
        "later.days = 0 AS is_observed",
        "TRUE AS is_observed",
        checks={"vote_days_observed"},
        needs_all=True,
    ),
    Fault(
        "weights are shares of one author too many",
        "bridge_paper_author",
        "/ counted.author_count AS weight",
        "/ (counted.author_count + 1) AS weight",
        checks={"author_weights_sum_to_one"},
    ),
    Fault(
        "the first section of every paper is lost",
        "fact_section",
        "ORDER BY\n",
        "WHERE section.position > 1\nORDER BY\n",
        checks={"sections_match_lake"},
    ),
    Fault(
        "the last letter of every section is lost",
        "fact_section",
        "    section.text,\n",
        "    left(section.text, length(section.text) - 1) AS text,\n",
        checks={"sections_match_lake"},
    ),
    Fault(
        "a keyword is lost where lists are chosen: the counts still agree",
        "stg_keyword",
        "WHERE ranked.age = 1",
        "WHERE ranked.age = 1 AND ranked.keyword > 'b'",
        checks={"keywords_match_lists"},
        needs_all=True,
    ),
    Fault(
        "days without papers are lost from the coverage",
        "mart_coverage",
        "ORDER BY\n    calendar.date",
        "WHERE paper.papers > 0\nORDER BY\n    calendar.date",
        checks={"coverage_of_answers"},
    ),
]


FOUND = [fault for fault in FAULTS if fault.checks]
REFUSED = [fault for fault in FAULTS if fault.refused_by]
assert [fault for fault in FAULTS if (fault in FOUND) == (fault in REFUSED)] == []


def name(fault):
    return fault.what.partition(":")[0]


def list_reached(fault, read):
    """Return the models that a fault changes and that tables named `read` are made of, in the order of a build."""
    reached = {fault.model}
    for model in load_models():
        if model.reads & reached:
            reached.add(model.name)
    needed = set(read)
    for model in reversed(load_models()):
        if model.name in needed:
            needed |= model.reads
    return [model for model in load_models() if model.name in reached & needed]


def find(connection, fault):
    """Return the blocking checks that find a fault, of those that it names; the database is as it was afterwards."""
    checks = [check for check in load_checks() if check.name in fault.checks]
    assert {check.name for check in checks if check.severity == "error"} == fault.checks
    tables = {table.name: table for table in load_contract()}
    connection.begin()
    try:
        for model in list_reached(fault, frozenset().union(*(check.reads for check in checks))):
            if model.is_published:
                connection.execute(f"DROP VIEW {model.name}")
                connection.execute(tables[model.name].write_create("none"))  # no table that it could point at is there
            else:
                connection.execute(f"DROP TABLE {model.name}")
            wrong = replace(model, sql=fault.edit(model.sql)) if model.name == fault.model else model
            run_model(connection, wrong)
        return {result.check.name for result in run_checks(connection, checks) if result.blocks}
    finally:
        connection.rollback()


@pytest.mark.parametrize("fault", FOUND, ids=name)
def test_a_fault_is_found_by_its_checks(apart, fault):
    assert find(apart[fault.needs_all], fault) == fault.checks


def test_without_a_fault_the_same_checks_find_nothing(apart):
    end = "FROM lake_entry AS said"
    harmless = Fault("no fault", "stg_entry", end, f"{end} ", checks=set().union(*(fault.checks for fault in FOUND)))
    assert [find(connection, harmless) for connection in apart] == [set(), set()]


@contextmanager
def unchanged(home):
    """Whatever the body does, the release in use and the list of releases are as before."""
    before = release_of(home), names(home), home.warehouse.read_bytes()
    yield
    assert (release_of(home), names(home), home.warehouse.read_bytes()) == before


def assert_named(error, faults):
    """Every check that has to find one of the faults failed, and the error names it."""
    assert isinstance(error, BrokenReleaseError), error
    failed = {result.check.name for result in error.results if result.blocks}
    checks = set().union(*(fault.checks for fault in faults))
    assert checks
    assert checks <= failed
    assert all(check in str(error) for check in checks)


@pytest.mark.parametrize("fault", REFUSED, ids=name)
def test_a_fault_that_a_table_refuses_publishes_nothing_and_its_model_is_named(homes, sql, fault):
    home = homes[fault.needs_all]
    fault.sow(sql)
    with unchanged(home), pytest.raises(ModelError, match=rf"\A\w+/{fault.refused_by}\.sql: Constraint Error"):
        publish(home, sql=sql)


def test_faults_that_checks_find_publish_nothing_and_all_are_named(homes, sql):
    [home, _] = homes
    faults = list({fault.model: fault for fault in FOUND if not fault.needs_all}.values())
    for fault in faults:
        fault.sow(sql)
    with unchanged(home), pytest.raises(BrokenReleaseError) as caught:
        publish(home, sql=sql)
    assert_named(caught.value, faults)


@pytest.mark.long
@pytest.mark.parametrize("fault", FOUND, ids=name)
def test_each_fault_that_checks_find_publishes_nothing_and_is_named(homes, sql, fault):
    home = homes[fault.needs_all]
    fault.sow(sql)
    with unchanged(home), pytest.raises(BrokenReleaseError) as caught:
        publish(home, sql=sql)
    assert_named(caught.value, [fault])


def test_without_a_fault_the_same_copy_is_published(homes, sql):
    [home, _] = homes
    (sql / "checks" / "another.sql").write_text("-- warn: never fails\nSELECT 1 AS number WHERE FALSE\n")
    before = release_of(home)
    assert publish(home, sql=sql).is_new
    assert release_of(home) != before
