"""Citations of the sample's papers, as other programs read them, against the release's own tables."""

import json

import duckdb
import pybtex.database
import pytest
import rispy

from tests.integration.conftest import Papers

PAPERS = """
SELECT
    arxiv_id, title, arxiv_url, authors_truncated,
    list(name_as_printed ORDER BY position, name_as_printed) FILTER (name_as_printed IS NOT NULL) AS names,
    bool_or(position IS NULL AND name_as_printed IS NOT NULL) AS is_unordered
FROM dim_paper LEFT JOIN bridge_paper_author USING (paper_key)
GROUP BY ALL
ORDER BY arxiv_id DESC
"""


@pytest.fixture(scope="module")
def known(built_sample):
    with duckdb.connect(built_sample.warehouse, read_only=True) as connection:
        rows = connection.execute(PAPERS)
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def cite(papers: Papers, form: str) -> str:
    return papers("sql", "SELECT arxiv_id FROM dim_paper ORDER BY arxiv_id DESC", "--format", form)


def test_the_sample_has_what_makes_citations_hard(known):
    assert any(paper["is_unordered"] for paper in known)
    assert any(paper["authors_truncated"] for paper in known)
    assert any(set(paper["title"]) & set("$%&^{") for paper in known)
    assert any(not name.isascii() for paper in known for name in paper["names"] or [])


def test_bibtex_names_each_paper_with_its_authors_in_their_order(built_sample, known):
    entries = pybtex.database.parse_string(cite(built_sample, "bibtex"), "bibtex").entries
    assert list(entries) == [f"arXiv:{paper['arxiv_id']}" for paper in known]
    for entry, paper in zip(entries.values(), known, strict=True):
        assert (entry.fields["eprint"], entry.fields["url"]) == (paper["arxiv_id"], paper["arxiv_url"])
        cited = [name for name in entry.persons.get("author", []) if str(name) != "others"]
        assert len(cited) == len(paper["names"] or [])
        assert len(entry.persons.get("author", [])) - len(cited) == paper["authors_truncated"]
        assert ("order" in entry.fields.get("note", "")) == bool(paper["is_unordered"])
        assert ("incomplete" in entry.fields.get("note", "")) == paper["authors_truncated"]


def test_ris_and_csl_hold_titles_and_names_as_they_are(built_sample, known):
    records, items = rispy.loads(cite(built_sample, "ris")), json.loads(cite(built_sample, "csl"))
    for record, item, paper in zip(records, items, known, strict=True):
        assert record["id"] == item["id"] == f"arXiv:{paper['arxiv_id']}"
        assert record["title"] == item["title"] == paper["title"]
        parts = ("given", "non-dropping-particle", "family", "literal", "suffix")
        printed = [" ".join(name[part] for part in parts if part in name) for name in item.get("author", [])]
        names = paper["names"] or []
        assert printed == names + ["others"] * paper["authors_truncated"]
        assert [sorted(name.replace(",", "").split()) for name in record.get("authors", [])] == [
            sorted(name.replace(",", "").split()) for name in names
        ]
        assert (record.get("notes", [""])[0], bool(paper["is_unordered"])) == (
            item.get("note", ""),
            "order" in item.get("note", ""),
        )


@pytest.mark.parametrize("query", ["SELECT title FROM dim_paper", "SELECT '9999.99999' AS arxiv_id"])
def test_what_cannot_be_cited_is_one_line(built_sample, query):
    [line] = built_sample("sql", query, "--format", "bibtex", status=1).splitlines()
    assert line.startswith("papers: n")
    assert "select" in line.lower()
