"""`papers site`: a folder of static files, made from the release in use, in place of the site before."""

import json
import re
import shutil

import pytest

from dagster_project.models.catalog import load_questions
from dagster_project.publish.reader import open_warehouse
from dagster_project.site.citation_files import write_citations
from dagster_project.site.pages import VIEWS

PAGES = ["data.html", "feeds.html", "index.html", "query.html", "view.html"]
NAMED = {
    "category": "SELECT category FROM dim_category ORDER BY category LIMIT 1",
    "paper": """
        SELECT arxiv_id FROM dim_paper
        WHERE paper_key IN (
            SELECT one.paper_key FROM bridge_paper_author AS one JOIN bridge_paper_author AS other
            ON one.author_key = other.author_key AND one.paper_key <> other.paper_key
        )
        AND paper_key IN (SELECT paper_key FROM fact_observation WHERE is_on_curve)
        ORDER BY paper_key IN (SELECT paper_key FROM fact_section) DESC, arxiv_id LIMIT 1
    """,
    "author": "SELECT name FROM mart_author ORDER BY papers DESC, name LIMIT 1",
    "keyword": "SELECT keyword FROM mart_keyword_month ORDER BY papers DESC, keyword LIMIT 1",
    "organization": "SELECT name FROM mart_organization ORDER BY papers DESC, name LIMIT 1",
}


@pytest.fixture(scope="module")
def site(built_sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "public"
    printed = built_sample("site", "--output", str(folder), "--base-url", "https://papers.example/daily")
    assert printed == f"Site: {folder}\n"
    return folder


def test_a_page_loads_nothing_from_elsewhere(site):
    assert sorted(file.name for file in site.glob("*.html"))[-5:] == PAGES
    for name in PAGES:
        page = re.sub(r"(?s)(<script[^>]*>).*?</script>", r"\1", (site / name).read_text(encoding="utf-8"))
        [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
        assert policy.startswith("default-src 'none'")
        assert "unsafe-eval" not in policy.replace("'wasm-unsafe-eval'", "")
        assert "http" not in policy
        loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', page)
        assert [one for one in loaded if not one.startswith(("assets/", "feeds/", "data:"))] == []
        assert [one for one in loaded if "/" in one and not (site / one).exists()] == []


def test_the_digests_texts_are_no_part_of_it(site, built_sample):
    texts = [text for (text,) in built_sample.rows("SELECT text FROM fact_section WHERE length(text) > 20")]
    assert len(texts) > 100
    written = "".join(
        file.read_text(encoding="utf-8") for file in site.rglob("*") if file.suffix in (".html", ".json", ".xml")
    )
    assert [text for text in texts if text in written] == []


def test_each_paper_is_cited_as_the_command_cites_it(site, built_sample):
    cited = {}
    for file in sorted((site / "citations").glob("????-??.json")):
        cited |= json.loads(file.read_text(encoding="utf-8"))["papers"]
    told = built_sample("sql", "SELECT arxiv_id FROM dim_paper ORDER BY arxiv_id", "--format", "bibtex")
    assert "\n".join(cited[arxiv_id]["bibtex"] for arxiv_id in sorted(cited)) == told


def test_the_citations_of_a_month_are_made_again_when_a_paper_of_it_changed(site, tmp_path, built_sample):
    with open_warehouse(built_sample.warehouse) as connection:
        [month, *others] = sorted(file.name for file in (site / "citations").iterdir())
        old = tmp_path / "old" / "citations"
        shutil.copytree(site / "citations", old)
        for name in others:
            (old / name).write_text((old / name).read_text().replace('"bibtex"', '"kept"'))
        (old / month).write_text(re.sub(r'"mark": "\w+"', '"mark": "other"', (old / month).read_text()))
        (tmp_path / "new").mkdir()
        write_citations(connection, tmp_path / "new", before=tmp_path / "old")
    made = {name: (tmp_path / "new" / "citations" / name).read_text() for name in (month, *others)}
    assert made[month] == (site / "citations" / month).read_text()
    assert all('"kept"' in made[name] for name in others)


def test_every_query_of_a_view_belongs_to_one_and_has_an_answer(built_sample):
    queries = {question.name: question.sql for question in load_questions(kind="site")}
    listed = [kind if section is None else f"{kind}_{section}" for kind in VIEWS for section in (None, *VIEWS[kind])]
    assert sorted(queries) == sorted(listed)
    for kind, sql in NAMED.items():
        name = built_sample.one(sql)
        for query in (query for query in listed if query.partition("_")[0] == kind and query != "paper_keywords"):
            assert built_sample.rows(queries[query].replace("$1", "'" + name.replace("'", "''") + "'")), query


def test_a_folder_of_others_is_refused(built_sample, tmp_path):
    (tmp_path / "thesis.tex").touch()
    printed = built_sample("site", "--output", str(tmp_path), status=2)
    assert f"{tmp_path} is not a site of papers: it holds thesis.tex" in printed
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("address", ["papers.example", "ftp://papers.example/", "https://papers.example/?x=1"])
def test_an_address_that_no_host_serves_is_refused(built_sample, tmp_path, address):
    printed = built_sample("site", "--output", str(tmp_path / "public"), "--base-url", address, status=2)
    assert "must be the address of a folder, such as https://example.org/papers/" in printed
    assert list(tmp_path.iterdir()) == []
