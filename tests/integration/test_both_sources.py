"""Both archives in one warehouse, against what their files plainly say."""

import csv
import datetime as dt
from collections import defaultdict

import duckdb
import pytest

from dagster_project.publish.reader import open_warehouse
from tests.integration.conftest import Papers, real_archives
from tests.integration.plain import captures, digests, fold
from tests.integration.test_search import ABOUT, TEXTS, best
from tools.search_quality import PAGE, write_page

ONE_DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def both(shared_data, tmp_path_factory):
    """A home built from all digests and all stored payloads, in one build."""
    papers = Papers(tmp_path_factory.mktemp("both") / "home", real_archives(shared_data))
    days = ("--from", "2023-11-20", "--to", "2026-08-21")
    papers("build", "--source", "digest", "--source", "huggingface", *days)
    return papers


@pytest.fixture(scope="module")
def printed(shared_data):
    """The digests' entries by day."""
    return digests(shared_data / "digests")


@pytest.fixture(scope="module")
def payloads(shared_data):
    """The payloads as they were captured."""
    return captures(shared_data / "api")


@pytest.fixture(scope="module")
def newest(payloads):
    """The newest item of each paper that the API knows."""
    return {arxiv_id: item for capture in payloads for arxiv_id, item in capture.papers.items()}


@pytest.fixture(scope="module")
def in_digests(printed):
    """The days of each paper that a digest knows."""
    days = defaultdict(list)
    for day, entries in printed.items():
        for arxiv_id, *_ in entries:
            days[arxiv_id].append(day)
    return days


@pytest.fixture(scope="module")
def observations(printed, payloads):
    """All known votes of each paper, in the order in which they were seen: (time, is of the API, day listed, votes)."""
    seen = defaultdict(list)
    for day, entries in printed.items():
        for arxiv_id, _, votes, _ in entries:
            seen[arxiv_id].append((dt.datetime.combine(day, dt.time(23)), False, day, votes))
    for capture in payloads:
        for arxiv_id, item in capture.papers.items():
            seen[arxiv_id].append((capture.captured_at, True, capture.day, item["paper"]["upvotes"]))
    known = {
        arxiv_id: [observation for observation in found if observation[3] is not None]
        for arxiv_id, found in seen.items()
    }
    return {arxiv_id: sorted(found) for arxiv_id, found in known.items() if found}


def test_no_key_is_an_orphan(both):
    keys = both.rows(
        """
        SELECT table_name, constraint_column_names[1], referenced_table, referenced_column_names[1]
        FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY'
        """
    )
    assert len(keys) > 15
    for table, column, parent, key in keys:
        orphans = f"SELECT count({column}) FROM {table} WHERE {column} NOT IN (SELECT {key} FROM {parent})"
        assert both.one(orphans) == 0, (table, column)


def test_weights_sum_to_1_for_every_paper_that_has_authors(both):
    sums = both.rows("SELECT abs(sum(weight) - 1) FROM bridge_paper_author GROUP BY paper_key")
    assert len(sums) == both.one("SELECT count(*) FROM dim_paper WHERE author_count > 0")
    assert max(sums)[0] < 1e-9


def test_a_paper_of_both_sources_is_one_row_with_the_listings_of_each(both, printed, payloads, in_digests, newest):
    papers = both.rows("SELECT arxiv_id FROM dim_paper")
    assert sorted(arxiv_id for (arxiv_id,) in papers) == sorted(in_digests.keys() | newest.keys())
    assert len(in_digests.keys() & newest.keys()) > 500
    expected = {("digest", day, entry[0]) for day, entries in printed.items() for entry in entries}
    expected |= {("huggingface", capture.day, arxiv_id) for capture in payloads for arxiv_id in capture.papers}
    listings = both.rows(
        """
        SELECT source, listed_on, arxiv_id
        FROM fact_listing JOIN dim_paper USING (paper_key) JOIN dim_source USING (source_key)
        """
    )
    assert len(listings) == len(expected)
    assert set(listings) == expected


def test_the_two_sources_name_the_same_authors(both, in_digests, newest):
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT arxiv_id, source, name_normalized FROM read_parquet(?)",
            [str(both.home / "lake" / "author" / "*" / "*.parquet")],
        ).fetchall()
    names = defaultdict(set)
    for arxiv_id, source, name in rows:
        names[arxiv_id, source].add(name)
    different = {
        arxiv_id
        for arxiv_id in in_digests.keys() & newest.keys()
        if names[arxiv_id, "digest"] != names[arxiv_id, "huggingface"]
    }
    assert different == set()


def test_the_api_wins_title_and_date(both, printed, in_digests, newest):
    in_both = in_digests.keys() & newest.keys()
    titles = {arxiv_id: title for entries in printed.values() for arxiv_id, title, *_ in entries}
    expected = {arxiv_id: fold(newest[arxiv_id]["paper"]["title"]) for arxiv_id in in_both}
    for arxiv_id, title, published_on in both.rows("SELECT arxiv_id, title, published_on FROM dim_paper"):
        if arxiv_id in in_both:
            assert title == expected[arxiv_id]
            assert str(published_on) == newest[arxiv_id]["paper"]["publishedAt"][:10]
        elif arxiv_id in in_digests:
            assert (title, published_on) == (titles[arxiv_id], None)


def test_the_api_wins_the_order_of_authors_and_a_digest_gives_none(both, in_digests, newest):
    lists = defaultdict(list)
    for arxiv_id, position, is_first, is_last, name in both.rows(
        """
        SELECT arxiv_id, position, is_first, is_last, name_as_printed
        FROM bridge_paper_author JOIN dim_paper USING (paper_key) ORDER BY arxiv_id, position
        """
    ):
        lists[arxiv_id].append((position, is_first, is_last, name))
    for arxiv_id in in_digests.keys() & newest.keys():
        names = {}
        for author in newest[arxiv_id]["paper"]["authors"]:
            names.setdefault(fold(author["name"]).casefold(), fold(author["name"]))
        last = len(names)
        assert lists[arxiv_id] == [
            (place, place == 1, place == last, name) for place, name in enumerate(names.values(), start=1)
        ]
    of_digests = [row for arxiv_id in in_digests.keys() - newest.keys() for row in lists[arxiv_id]]
    assert {row[:3] for row in of_digests} == {(None, None, None)}


def test_votes_gained_is_the_difference_of_a_days_two_payloads(both, payloads):
    of_day = defaultdict(list)
    for capture in payloads:
        if not of_day[capture.day] or of_day[capture.day][-1].body != capture.body:
            of_day[capture.day].append(capture)
    expected = {}
    for first, second in (captured for captured in of_day.values() if len(captured) == 2):
        for arxiv_id in first.papers.keys() & second.papers.keys():
            before, after = (capture.papers[arxiv_id]["paper"]["upvotes"] for capture in (first, second))
            expected[arxiv_id, second.day, second.captured_at] = after - before
    gained = {
        row[:3]: row[3]
        for row in both.rows(
            """
            SELECT arxiv_id, listed_on, captured_at, votes_gained
            FROM fact_vote JOIN dim_paper USING (paper_key) JOIN dim_source USING (source_key)
            WHERE source = 'huggingface'
            """
        )
    }
    assert len(expected) > 1_000
    assert {key: gained[key] for key in expected} == expected


def test_latest_and_peak_votes_are_the_last_and_the_most_that_were_seen(both, observations):
    expected = {arxiv_id: (seen[-1][3], max(votes for *_, votes in seen)) for arxiv_id, seen in observations.items()}
    for arxiv_id, *votes in both.rows("SELECT arxiv_id, latest_votes, peak_votes FROM dim_paper"):
        assert tuple(votes) == expected.get(arxiv_id, (None, None)), arxiv_id


def test_votes_by_day_are_carried_forward_between_sights_and_never_past_them(both, printed, payloads, observations):
    listed = defaultdict(set)
    for day, entries in printed.items():
        for arxiv_id, *_ in entries:
            listed[arxiv_id].add(day)
    for capture in payloads:
        for arxiv_id in capture.papers:
            listed[arxiv_id].add(capture.day)
    expected = set()
    for arxiv_id, seen in observations.items():
        of_day = {seen_at.date(): votes for seen_at, *_, votes in seen}
        day, last = min(of_day), max(of_day)
        votes = of_day[day]
        while day <= last:
            votes = of_day.get(day, votes)
            expected.add((arxiv_id, day, (day - min(listed[arxiv_id])).days, votes, day in of_day))
            day += ONE_DAY
    published = both.rows(
        """
        SELECT arxiv_id, date, days_since_listed, votes, is_observed
        FROM fact_vote_day JOIN dim_paper USING (paper_key)
        """
    )
    assert len(published) == len(expected)
    assert set(published) == expected
    assert {is_observed for *_, is_observed in expected} == {True, False}


def test_unknown_votes_are_null_and_no_votes_are_zero(both, printed):
    votes = [entry[2] for entries in printed.values() for entry in entries]
    [counted] = both.rows(
        """
        SELECT count(*) FILTER (votes IS NULL), count(*) FILTER (votes = 0)
        FROM fact_vote JOIN dim_source USING (source_key) WHERE source = 'digest'
        """
    )
    assert counted == (votes.count(None), votes.count(0))
    assert min(counted) > 0


def test_organisations_are_the_apis_and_null_where_it_names_none(both, newest):
    named, full_names = {}, defaultdict(set)
    for arxiv_id, item in newest.items():
        organization = item.get("organization") or item["paper"].get("organization")
        if organization:
            named[arxiv_id] = organization["name"]
            full_names[organization["name"]].add(fold(organization["fullname"]))
    published = both.rows(
        """
        SELECT arxiv_id, organization_key, name, full_name
        FROM dim_paper LEFT JOIN dim_organization USING (organization_key)
        """
    )
    for arxiv_id, key, name, full_name in published:
        assert name == named.get(arxiv_id)
        assert (key is None) == (name is None)
        assert name is None or full_name in full_names[name]
    assert named


def test_keywords_are_the_apis_and_unknown_is_kept_apart_from_none(both, payloads):
    lists = {}
    for capture in payloads:
        for arxiv_id, item in capture.papers.items():
            keywords = item["paper"].get("ai_keywords")
            if keywords or not lists.get(arxiv_id):
                lists[arxiv_id] = keywords
    published = both.rows(
        """
        SELECT arxiv_id, keyword_count, coalesce(list(keyword) FILTER (keyword IS NOT NULL), [])
        FROM dim_paper LEFT JOIN bridge_paper_keyword USING (paper_key) LEFT JOIN dim_keyword USING (keyword_key)
        GROUP BY ALL
        """
    )
    for arxiv_id, count, keywords in published:
        known = lists.get(arxiv_id)
        expected = {fold(keyword).casefold() for keyword in known or ()}
        assert count == (None if known is None else len(expected)), arxiv_id
        assert sorted(keywords) == sorted(expected), arxiv_id
    assert {known is None for known in lists.values()} == {True, False}


def test_every_listing_of_a_digest_stands_in_the_archives_own_index(both, shared_data):
    with (shared_data / "digests" / "index.csv").open(encoding="utf-8") as file:
        index = {(row["date"], row["url"].rpartition("/")[2]) for row in csv.DictReader(file)}
    listings = both.rows(
        """
        SELECT CAST(listed_on AS VARCHAR), arxiv_id
        FROM fact_listing JOIN dim_paper USING (paper_key) JOIN dim_source USING (source_key)
        WHERE source = 'digest'
        """
    )
    assert set(listings) <= index
    assert len(index - set(listings)) == 20  # rows of the index that stand in no digest


@pytest.mark.parametrize("words", ["강화 학습", "강화학습", "강화학습을", "reinforcement learning"])
def test_the_best_of_all_papers_are_about_what_was_asked(both, words):
    texts = dict(both.rows(TEXTS))
    found = best(both, words, 10)
    assert len(found) == 10
    assert [texts[arxiv_id] for arxiv_id in found if not ABOUT.search(texts[arxiv_id])] == []


def test_few_papers_share_a_title_so_closely_that_another_comes_first(both):
    titles = both.rows("SELECT arxiv_id, title FROM dim_paper ORDER BY paper_key LIMIT 300")
    with open_warehouse(both.warehouse) as connection:
        first = [connection.execute("FROM search(?) LIMIT 1", [title]).fetchall()[0][0] for _, title in titles]
    assert sum(one == other for one, (other, _) in zip(first, titles, strict=True)) >= 297


def test_the_page_on_search_states_what_is_measured(both):
    with open_warehouse(both.warehouse) as connection:
        assert PAGE.read_text(encoding="utf-8") == write_page(connection)
