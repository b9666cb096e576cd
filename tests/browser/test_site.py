"""The public site in a real browser, from a plain host: it answers as `papers sql` does, and asks nobody else."""

import csv
import io
import json
import re
import tomllib
from contextlib import contextmanager
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from dagster_project.models.catalog import load_questions
from dagster_project.sources.archives import BUNDLED
from tests.integration.conftest import Papers
from tests.integration.test_git_archives import write_list
from tests.reliability.hostile import texts
from tests.static_host import serve

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def host(built_sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "public"
    built_sample("site", "--output", str(folder), "--base-url", "https://papers.example/daily", "--with-texts")
    with serve(folder) as served:
        yield served


@contextmanager
def windows(browser, host):
    """Open pages of the site; a request to another host, or a message on the console, fails the test in the end."""
    contexts, requests, messages = [], [], []

    def open_(address, expected=(), **window):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-US"} | window)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda one: messages.append(one.text) if one.text not in expected else None)
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.goto(host.address + address)
        return page

    def check():
        assert {url for url in requests if not url.startswith((host.address, f"blob:{host.address[:16]}"))} == set()
        assert messages == []

    open_.address, open_.check = host.address, check
    yield open_
    for context in contexts:
        context.close()
    check()


@pytest.fixture
def opened(browser, host):
    """What opens a page of the site in a window of its own."""
    with windows(browser, host) as open_:
        yield open_


@pytest.fixture(scope="module")
def asking(browser, host):
    """The query page, which takes seconds to open, and what checks that it did nothing else."""
    with windows(browser, host) as open_:
        page = open_("query.html")
        wait_for(page, "ready")
        yield page, open_.check


@pytest.fixture
def asked(asking):
    """Run a query on the query page, and return the page's answer as records; other tests have asked it before."""
    page, check = asking

    def ask(sql):
        return ask_page(page, sql)

    ask.page = page
    yield ask
    check()


def ask_page(page, sql):
    """Return the answer of the query page to a query, as records."""
    go_to(page, "#sql=" + quote(sql))
    wait_for(page, "answered")
    return json.loads(save(page, "JSON"))


def go_to(page, fragment):
    """Give the page another address; its state is gone until it has another."""
    page.locator("html").evaluate("element => delete element.dataset.state")
    page.evaluate("fragment => { location.hash = fragment; }", fragment)


def wait_for(page, state):
    """Wait until the page is in a state."""
    expect(page.locator("html")).to_have_attribute("data-state", state, timeout=60_000)


def save(page, form):
    """Click on a format, and return the file."""
    with page.expect_download() as started:
        page.get_by_role("button", name=form, exact=True).click()
    return started.value.path().read_bytes()


def ask_command(papers, sql, form="json"):
    return papers("sql", "-", "--format", form, stdin=sql)


def make_alike(records):
    """Return rows whose numbers are rounded: a sum of fractions may differ in its last digits between two engines."""
    return [
        {name: round(value, 9) if isinstance(value, float) else value for name, value in record.items()}
        for record in records
    ]


def test_every_question_has_the_answer_of_the_command(asked, built_sample):
    for question in load_questions():
        told = json.loads(ask_command(built_sample, question.sql))
        assert make_alike(asked(question.sql)) == make_alike(told), question.name


EVERY_TYPE = """
    SELECT
        12::TINYINT AS small, 9007199254740993 AS large, sum(170141183460469231731687303715884)::HUGEINT AS huge,
        0.5 AS half, 1.25::DECIMAL(6, 2) AS exact, true AS yes, '=1+1' AS formula, '한국어, "quoted"' AS korean,
        '' AS empty, NULL AS unknown, DATE '2025-03-01' AS day, TIMESTAMP '2025-03-01 12:34:56.789012' AS time
"""


def test_values_of_every_type_are_those_of_the_command(asked, built_sample):
    sql = EVERY_TYPE.replace("sum(170141183460469231731687303715884)::HUGEINT", "170141183460469231731::HUGEINT")
    [told] = json.loads(ask_command(built_sample, sql))
    [shown] = asked(sql)
    huge = {"huge": float(told["huge"])}  # the engine gives it as a floating-point number
    assert shown | huge == told | huge
    read = list(csv.reader(io.StringIO(save(asked.page, "CSV").decode("utf-8-sig"))))
    in_csv = dict(zip(*read, strict=True))
    assert (in_csv["formula"], in_csv["korean"], in_csv["large"]) == ("'=1+1", told["korean"], "9007199254740993")
    table = pq.read_table(io.BytesIO(save(asked.page, "Parquet")))
    [kept] = table.to_pylist()
    assert {name: str(kept[name]) for name in ("day", "large", "yes", "korean", "unknown")} == {
        "day": "2025-03-01",
        "large": "9007199254740993",
        "yes": "True",
        "korean": told["korean"],
        "unknown": "None",
    }


def test_the_search_box_asks_the_function_that_was_picked(asked, built_sample):
    page = asked.page
    for how in ("search", "search_any", "search_phrase"):
        page.get_by_role("searchbox", name="Search").fill("language model's")
        page.get_by_label("How the words are looked for").select_option(how)
        page.locator("html").evaluate("element => element.dataset.state = 'asking'")
        page.get_by_role("button", name="Search", exact=True).click()
        wait_for(page, "answered")
        sql = f"SELECT arxiv_id FROM {how}('language model''s') LIMIT 50"
        told = [row["arxiv_id"] for row in json.loads(ask_command(built_sample, sql))]
        assert [row["arxiv_id"] for row in json.loads(save(page, "JSON"))] == told


REFUSED = [
    "CREATE TABLE t AS SELECT 1",
    "INSERT INTO dim_paper SELECT * FROM dim_paper",
    "ATTACH 'https://example.org/other.duckdb' AS other",
    "COPY dim_paper TO 'out.csv'",
    "INSTALL httpfs",
    "SET enable_external_access = true",
    "WITH one AS (SELECT 1) INSERT INTO dim_paper SELECT * FROM dim_paper",
    "SELECT 1; SELECT 2",
    "SELECT * FROM 'https://example.org/x.csv'",
    "SELEC",
    "SELECT no_such_column FROM dim_paper",
]


def test_what_does_not_only_read_is_refused_in_one_line(opened):
    page = opened("query.html", expected=Anything())
    wait_for(page, "ready")
    for sql in REFUSED:
        go_to(page, "#sql=" + quote(sql))
        wait_for(page, "failed")
        text = page.get_by_role("status").first.inner_text()
        assert text, sql
        assert "\n" not in text, sql


class Anything:
    """Holds whatever is asked for: the engine prints an error of a query on the console, too."""

    def __contains__(self, _):
        return True


def test_a_runaway_query_is_stopped_and_the_next_is_answered(opened):
    page = opened("query.html#sql=" + quote("SELECT count(*) FROM range(1000000000) AS a, range(1000000000) AS b"))
    wait_for(page, "running")
    page.get_by_role("button", name="Stop").click()
    wait_for(page, "stopped")
    assert ask_page(page, "SELECT 41 + 1 AS answer") == [{"answer": 42}]


def test_rows_are_sorted_and_filtered_and_a_link_holds_the_query(asked, opened):
    asked("SELECT arxiv_id, latest_votes FROM mart_paper ORDER BY arxiv_id")
    page = asked.page
    page.get_by_role("button", name="latest_votes").click()
    votes = [row["latest_votes"] for row in json.loads(save(page, "JSON"))]
    known = [one for one in votes if one is not None]
    assert votes == sorted(known, reverse=True) + [None] * (len(votes) - len(known))
    page.get_by_label("Filter").fill("2410.1")
    kept = json.loads(save(page, "JSON"))
    assert kept
    assert all("2410.1" in row["arxiv_id"] for row in kept)
    again = opened(page.url.rpartition("/")[2])
    wait_for(again, "answered")
    assert len(json.loads(save(again, "JSON"))) == len(votes)


def test_a_chart_is_drawn_of_an_answer(opened, screenshots):
    page = opened("query.html")
    wait_for(page, "ready")
    ask_page(page, next(question.sql for question in load_questions() if question.name == "keyword_trend"))
    page.get_by_text("Chart", exact=True).click()
    expect(page.locator("#chart[data-drawn=line] canvas")).to_be_visible()
    page.screenshot(path=screenshots / "query.png")
    page.locator("#mark").select_option("bar")
    expect(page.locator("#chart[data-drawn=bar] canvas")).to_be_visible()


def test_the_editor_completes_tables_and_columns_with_their_comments(asked):
    page = asked.page
    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("SELECT mart_paper.latest_v")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("latest_votes")
    expect(page.locator(".cm-completionInfo")).to_contain_text("Last known votes")
    page.wait_for_timeout(300)  # the editor takes no choice in the first moment, which could be a slip
    page.keyboard.press("Enter")
    page.keyboard.type(" FROM mart_paper LIMIT 1")
    page.keyboard.press("Escape")
    page.keyboard.press("ControlOrMeta+Enter")
    wait_for(page, "answered")
    assert [list(row) for row in json.loads(save(page, "JSON"))] == [["latest_votes"]]


def test_papers_of_an_answer_are_cited_as_the_command_cites_them(asked, built_sample):
    sql = "SELECT arxiv_id, position FROM dim_paper JOIN bridge_paper_author USING (paper_key) ORDER BY title, position"
    asked(sql)
    cite = asked.page.locator("#cite")
    for form, name in (("bibtex", "BibTeX"), ("ris", "RIS"), ("csl", "CSL-JSON")):
        assert save(asked.page, name).decode() == ask_command(built_sample, sql, form)
    asked("SELECT paper_key FROM dim_paper WHERE arxiv_id LIKE '2501.%' ORDER BY arxiv_id LIMIT 2")
    expect(cite).to_be_visible()
    asked("SELECT title FROM dim_paper")
    expect(cite).to_be_hidden()
    asked("SELECT '0000.00000' AS arxiv_id")
    cite.get_by_role("button", name="RIS").click()
    expect(asked.page.locator("#status")).to_have_text("no paper of the warehouse has arxiv_id '0000.00000'")


def test_a_paper_has_a_page_with_what_the_warehouse_knows(opened, built_sample):
    [(arxiv_id, title, authors)] = built_sample.rows(
        "SELECT arxiv_id, title, author_count FROM dim_paper WHERE abstract IS NOT NULL AND github_repo IS NOT NULL "
        "ORDER BY latest_votes DESC, arxiv_id LIMIT 1"
    )
    page = opened(f"view.html#/paper/{arxiv_id}")
    wait_for(page, "answered")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert page.locator("#paper_authors tbody tr").count() == authors
    assert page.get_by_role("link", name="arXiv").get_attribute("href") == f"https://arxiv.org/abs/{arxiv_id}"
    for form, begin in (("BibTeX", f"@misc{{arXiv:{arxiv_id},"), ("RIS", "TY  - UNPB"), ("CSL-JSON", "[")):
        page.get_by_role("button", name=form).click()
        expect(page.locator(".citation")).to_contain_text(begin)
        assert begin.encode() in save(page, "Save")
    name = page.locator("#paper_authors tbody a").first.inner_text()
    page.locator("#paper_authors tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    wait_for(page, "answered")
    expect(page.locator("#author_papers")).to_contain_text(title)


NAMES = {
    "author": "SELECT name FROM mart_author ORDER BY papers DESC, name LIMIT 1",
    "keyword": "SELECT keyword FROM mart_keyword_month ORDER BY papers DESC, keyword LIMIT 1",
    "category": "SELECT primary_category FROM dim_paper GROUP BY ALL ORDER BY count(*) DESC LIMIT 1",
    "organization": "SELECT name FROM mart_organization ORDER BY papers DESC, name LIMIT 1",
}


def test_a_name_has_a_page_with_its_papers(opened, built_sample):
    page = opened("view.html")
    for kind, sql in NAMES.items():
        go_to(page, f"#/{kind}/{quote(built_sample.one(sql))}")
        wait_for(page, "answered")
        assert page.locator(f"#{kind}_papers tbody tr").count() >= 1


def test_a_paper_has_what_arxiv_says_of_it_and_its_subjects_have_pages(opened, built_sample):
    [(arxiv_id, version, updated_on, comment, main, name)] = built_sample.rows(
        "SELECT arxiv_id, latest_arxiv_version, arxiv_updated_on, arxiv_comment, primary_category, name "
        "FROM dim_paper JOIN dim_category ON primary_category = category JOIN bridge_paper_category USING (paper_key) "
        "WHERE arxiv_comment IS NOT NULL GROUP BY ALL HAVING count(*) > 1 ORDER BY arxiv_id LIMIT 1"
    )
    page = opened(f"view.html#/paper/{arxiv_id}")
    wait_for(page, "answered")
    facts = dict(zip(*(page.locator(f".facts {tag}").all_inner_texts() for tag in ("dt", "dd")), strict=True))
    assert [facts[fact] for fact in ("arxiv version", "arxiv updated on")] == [str(version), str(updated_on)]
    assert facts["arxiv comment"] == comment
    first, second, *_ = page.locator("#paper_categories tbody tr").all()
    assert first.locator("td").all_inner_texts() == [main, name]
    assert second.locator("td").first.inner_text() != main
    first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{main} {name}")
    wait_for(page, "answered")
    months = built_sample.rows(
        "SELECT strftime(first_listed_on, '%Y-%m-01'), count(*), count(*) FILTER (is_primary) FROM dim_paper "
        "JOIN bridge_paper_category USING (paper_key) JOIN dim_category USING (category_key) "
        f"WHERE category = '{main}' GROUP BY 1 ORDER BY 1"
    )
    shown = page.locator("#category_months tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].slice(0, 3).map(cell => cell.textContent))"
    )
    assert shown == [[month, str(papers), str(mains)] for month, papers, mains in months]
    assert page.locator("#category_papers tbody tr").count() == sum(papers for _, papers, _ in months)


def test_what_arxiv_says_is_text_whatever_it_looks_like(opened):
    said = [text.replace("\ud83d", "?").replace("\0", " ") for text in texts("https://bait.example")]
    literals = ["'" + text.replace("'", "''") + "'" for text in said]

    def answer(route):
        columns = ", ".join(f"{text} AS arxiv_comment_{place}" for place, text in enumerate(literals))
        named = f"([{', '.join(literals)}])[CAST($1 AS INTEGER)]"
        paper = f"SELECT 'A title' AS title, {named} AS doi, {named} AS journal, {columns}"
        listed = " UNION ALL ".join(f"SELECT {text} AS category, {text} AS name" for text in literals)
        queries = [{"name": "paper", "description": "Paper", "sql": paper}]
        queries.append(
            {"name": "paper_categories", "description": "Subjects", "sql": f"FROM ({listed}) WHERE $1 <> ''"}
        )
        data = json.dumps({"queries": {"paper": queries}}).replace("<", "\\u003c")
        page, count = re.subn(
            r'(id="data">).*?(</script>)',
            lambda found: found[1] + data + found[2],
            route.fetch().text(),
            flags=re.DOTALL,
        )
        assert count == 1
        route.fulfill(body=page, content_type="text/html")

    page = opened("feeds.html")
    page.route("**/view.html", answer)
    page.goto(opened.address + "view.html")
    for place, text in enumerate(said, start=1):
        go_to(page, f"#/paper/{place}")
        wait_for(page, "answered")
        assert page.locator(".facts dd").all_text_contents() == [text, text, *said]
        link = page.locator(".facts a").evaluate("link => [link.origin, link.search, link.hash]")
        assert link == ["https://doi.org", "", ""]
    cells = page.locator("#paper_categories td")
    assert cells.all_text_contents() == [text for text in said for _ in range(2)]
    links = page.locator("#paper_categories a").evaluate_all("all => all.map(link => link.href)")
    assert all(link.startswith(f"{opened.address}view.html#/category/") for link in links)
    assert page.locator("main img, main iframe, main script, main svg, main style").count() == 0


def test_an_address_of_nothing_says_so(opened):
    page = opened("view.html")
    wait_for(page, "failed")
    assert page.locator("main .error").inner_text().startswith("the address names no ")
    for address in ("#/category/cs.%2F", "#/paper/0000.00000", "#/author/Nobody%2F%25", "#/no/such", "#/paper/%"):
        go_to(page, address)
        wait_for(page, "failed")
        assert page.locator("main .error").inner_text().startswith("the ")


def test_the_front_page_links_to_the_pages_of_papers_and_names(opened):
    page = opened("index.html")
    page.wait_for_selector("html[data-ready=yes]")
    for place in (
        "#this_week a",
        "tbody[data-rows=top] a",
        "tbody[data-rows=authors] a",
        "tbody[data-rows=leading_subjects] a",
    ):
        assert re.match(r"view\.html#/(paper|author|category)/.", page.locator(place).first.get_attribute("href"))
    page.locator("#this_week a").first.click()
    wait_for(page, "answered")
    assert page.get_by_role("heading", level=1).inner_text()


@pytest.mark.parametrize(
    "address", ["query.html", "view.html#/paper/2410.13848", "view.html#/category/cs.CL", "feeds.html", "data.html"]
)
def test_a_page_fits_a_phone_and_the_dark(opened, screenshots, address):
    page = opened(address, color_scheme="dark", **PHONE)
    if "view" in address or "query" in address:
        wait_for(page, re.compile("ready|answered"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    name = "-".join(re.findall(r"^\w+|category", address))
    page.screenshot(path=screenshots / f"site-phone-{name}.png", full_page=True)


def test_little_of_the_file_is_loaded(opened, host):
    before = host.count(".duckdb")
    page = opened("query.html")
    wait_for(page, "ready")
    for question in load_questions()[:5]:
        ask_page(page, question.sql)
    assert 0 < host.count(".duckdb") - before < 10_000_000


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_real_archives_are_answered_as_by_the_command(browser, shared_data, tmp_path):
    folder, listed = shared_data / "archives", tomllib.loads(BUNDLED.read_text())["archive"]
    bundles = ({**one, "url": (folder / f"{one['name']}.bundle").as_uri()} for one in listed)
    papers = Papers(tmp_path / "home", {"PAPERS_ARCHIVES": write_list(tmp_path / "list.toml", *bundles)})
    papers("build", "--source", "archive")
    papers("site", "--output", str(tmp_path / "public"))
    requests, messages = [], []
    with serve(tmp_path / "public") as host, browser.new_page() as page:
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda one: messages.append(one.text))
        page.goto(f"{host.address}query.html")
        wait_for(page, "ready")
        for number, question in enumerate(load_questions(), start=1):
            told = json.loads(ask_command(papers, question.sql))
            assert make_alike(ask_page(page, question.sql)) == make_alike(told), question.name
            if number == 5:
                assert 0 < host.count(".duckdb") < 10_000_000
        found = ask_page(page, "SELECT arxiv_id FROM search('diffusion') LIMIT 50")
        assert len(found) == 50
    assert {url for url in requests if not url.startswith((host.address, "blob:http://127.0.0.1:"))} == set()
    assert messages == []
