"""Content that wants to act, queries that want out, and a token: nothing acts, nothing is fetched, nothing gets out.

One home is built by a real process from two servers whose every text is hostile; most tests only look at it. What is
defended, and what is not, stands in `SECURITY.md`.
"""

import base64
import csv
import datetime as dt
import hashlib
import re
import socket
import subprocess
import time
import tracemalloc
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dagster as dg
import duckdb
import polars as pl
import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import Browser

from dagster_project.cli import main
from dagster_project.dashboard.page import write_dashboard
from dagster_project.errors import QueryError
from dagster_project.lake.home import Home
from dagster_project.models.contract import load_contract
from dagster_project.parse.digest import parse_digest
from dagster_project.parse.rows import Day, Parsed
from dagster_project.publish import reader
from dagster_project.publish.reader import open_warehouse, query
from tests.integration.conftest import PAPERS
from tests.loopback import Answer, Loopback
from tests.reliability.figures import Figure, tell
from tests.reliability.hostile import API_DAY, BAIT, DIGEST_DAY, TEXTS, serve, texts
from tests.reliability.test_kill import strace
from tests.static_host import serve as serve_site

TOKEN = "hf_TheTokenThatMustNotBeSeen"  # noqa: S105 - only a mark to look for
RUNS_IN_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
OURS = [
    r"\.lock|\.papers-home|contents|current|last-build\.json",
    r"raw/answer/(digest|huggingface)/\d{8}T\d{12}\.parquet",
    r"raw/(fetch|index)/(digest|huggingface)/(\d{8}T\d{12}|\d{4}-\d\d)\.parquet",
    r"lake/(entry|author|section|keyword|reject)/(digest|huggingface)/\d{4}-\d\d(-\d\d)?\.parquet",
    r"lake/(arxiv|digest|feed|huggingface)\.read_by|lake/shell\.sql|lake/source/all/registry\.parquet|lake/build/all/newest\.parquet",
    r"releases/\d{8}T\d{6}-[0-9a-f]{8}/papers\.duckdb",
    r"dashboard/index\.html",
    r"dagster/dagster\.yaml|dagster/schedules/schedules\.db|dagster/history/runs\.db",
    r"dagster/history/runs/((index|[0-9a-f-]{36})\.db|empty-[0-9.]+\.run)",
    r"dagster/storage/[0-9a-f-]{36}/compute_logs/[a-z]{8}\.(out|err|complete)",
]
"""What the files of a home are called: nothing in a name comes from content."""


@dataclass(frozen=True)
class Run:
    """A build by a real process, in a folder of its own."""

    folder: Path
    digests: Loopback
    api: Loopback
    status: int
    printed: str
    called: set[int]
    """The ports on 127.0.0.1 that the process, and those that it started, set about to connect to."""

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.home.warehouse) as connection:
            return connection.execute(sql).fetchall()

    def texts(self, which: Loopback) -> list[str]:
        """Return the hostile texts of one of the servers as they arrive: UTF-8 carries no lone surrogate."""
        return [text.encode("utf-8", "replace").decode() for text in texts(which.url + "/bait")]

    def __call__(self, *arguments: str) -> Result:
        """Run a command on the home, in this process."""
        return CliRunner(env={"COLUMNS": "200"}).invoke(main, [*arguments, "--home", str(self.home.root)])


def build(folder: Path, digests: Loopback, api: Loopback, *sources: str) -> Run:
    """Build two days of some sources with a token, in a world that holds nothing else, every connection noted."""
    for made in ("person", "temporary", "here"):
        (folder / made).mkdir()
    watch = [strace(), "-f", "-qq", "--seccomp-bpf", "-e", "trace=connect", "-o", str(folder / "calls")]
    ended = subprocess.run(
        [
            *watch,
            PAPERS,
            "--debug",
            "build",
            *(f"--source={source}" for source in sources),
            "--from",
            str(DIGEST_DAY),
            "--to",
            str(API_DAY),
        ],
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder / "person"),
            "TMPDIR": str(folder / "temporary"),
            "PAPERS_HOME": str(folder / "home"),
            "PAPERS_DIGEST_URL": digests.digest_url,
            "PAPERS_HUGGINGFACE_URL": api.huggingface_url,
            "PAPERS_ATTEMPTS": "2",
            "HF_TOKEN": TOKEN,
        },
        cwd=folder / "here",
        capture_output=True,
        timeout=300,
        check=False,
    )
    calls = [line for line in (folder / "calls").read_text().splitlines() if " connect(" in line and "AF_INET" in line]
    addresses = [re.search(r'htons\((\d+)\), sin_addr=inet_addr\("127\.0\.0\.1"\)', line) for line in calls]
    assert all(addresses), calls
    printed = (ended.stdout + ended.stderr).decode("utf-8")
    return Run(folder, digests, api, ended.returncode, printed, {int(port[1]) for port in addresses if port})


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A home of hostile texts, and the servers that they came from."""
    folder = tmp_path_factory.mktemp("hostile")
    with Loopback() as digests, Loopback() as api:
        serve(digests, api, folder / "digests")
        run = build(folder, digests, api, "digest", "huggingface")
        assert run.status == 0, run.printed
        yield run


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, Loopback]]:
    """A build that failed, the API having refused it in every way, and the host that it was sent on to."""
    folder = tmp_path_factory.mktemp("refused")
    with Loopback() as digests, Loopback() as api, Loopback() as elsewhere:
        moved = Answer(302, headers={"Location": f"{elsewhere.url}/api/daily_papers\x9b2J"})
        api.play(f"date={DIGEST_DAY}", [Answer(500), moved])
        api.play(f"date={API_DAY}", [Answer(401, headers={"WWW-Authenticate": "Bearer"})])
        yield build(folder, digests, api, "huggingface"), elsewhere


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What this process sets about to connect to, or asks the name service for."""
    asked: list[object] = []

    def noted(*question: object, **_: object) -> None:
        asked.append(question[-1])
        raise OSError("nobody is to be called")

    monkeypatch.setattr(socket.socket, "connect", noted)
    monkeypatch.setattr(socket.socket, "connect_ex", noted)
    monkeypatch.setattr(socket, "getaddrinfo", noted)
    return asked


def record(fault: str, cases: int, outcome: str) -> None:
    tell(Figure("Security", fault, cases, lost=0, outcome=outcome))


def fold(text: str) -> str:
    return " ".join(text.split())


def see(text: str) -> str:
    """Return a text without the marks that nobody sees, since they would make two titles or names of one."""
    return fold("".join(sign for sign in text if unicodedata.category(sign) != "Cf"))


def acting(text: str) -> set[str]:
    """Return the signs of a text that a terminal obeys, or that turn the direction of what it shows."""
    return {sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf") and sign != "\n"}


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]


# In SQL and on the disk


def test_hostile_texts_come_back_from_sql_as_they_were_printed(hostile: Run):
    titles = dict(hostile.rows("SELECT arxiv_id, title FROM dim_paper"))
    abstracts = dict(hostile.rows("SELECT arxiv_id, abstract FROM dim_paper WHERE abstract IS NOT NULL"))
    names = {name for (name,) in hostile.rows("SELECT name_as_printed FROM bridge_paper_author")}
    organizations = {name for (name,) in hostile.rows("SELECT full_name FROM dim_organization")}
    keywords = {name for (name,) in hostile.rows("SELECT keyword FROM dim_keyword")}
    sections = {text for (text,) in hostile.rows("SELECT text FROM fact_section WHERE heading = 'What''s New'")}
    of_digests, of_api = hostile.texts(hostile.digests), hostile.texts(hostile.api)
    assert titles == {
        f"{month}.{number:05}": see(text)
        for month, printed in ((2506, of_digests), (2507, of_api))
        for number, text in enumerate(printed)
    }
    assert abstracts == {f"2507.{number:05}": fold(text) for number, text in enumerate(of_api)}
    assert {fold(text) for text in of_api} <= names
    assert {fold(text) for text in of_digests[1::2]} <= names
    assert {see(text) for text in of_api} == organizations
    assert {see(text).casefold() for text in of_api} <= keywords
    assert sections == {text.strip() for text in of_digests}
    record("texts that are SQL, script, escapes, formulas, paths", 2 * len(TEXTS), "rows as they were printed")


def test_every_table_is_still_there(hostile: Run):
    there = {name for (name,) in hostile.rows("SELECT table_name FROM duckdb_tables()")}
    assert {table.name for table in load_contract()} <= there
    assert hostile.rows("SELECT name FROM meta_check WHERE NOT passed AND severity = 'error'") == []


def test_no_file_is_named_by_content_and_none_lies_outside_the_home(hostile: Run):
    names = [str(path.relative_to(hostile.home.root)) for path in files_below(hostile.home.root)]
    assert len(names) > 20
    assert [name for name in names if not re.fullmatch("|".join(OURS), name)] == []
    assert [path for made in ("person", "temporary", "here") for path in files_below(hostile.folder / made)] == []
    record("texts that are paths", len(names), "no file is named by content, none lies outside the home")


# On the terminal and in a spreadsheet


def test_nothing_that_is_printed_acts_on_a_terminal(hostile: Run, refused: tuple[Run, Loopback]):
    texts_of = "SELECT title, abstract FROM dim_paper UNION ALL SELECT name, name_normalized FROM dim_author"
    pivoted = "PIVOT (SELECT name, paper_count FROM dim_author) ON name USING sum(paper_count)"
    printed = {
        "build": hostile.printed,
        "failed build": refused[0].printed,
        "status": hostile("status").output,
        "status as JSON": hostile("status", "--format", "json").output,
        "status for Prometheus": hostile("status", "--format", "prometheus").output,
        "problems": hostile("status", "--check").output,
        **{text: hostile("sql", text).output for text in (texts_of, pivoted, f"SELECT error($${TEXTS['C1']}$$)")},
        **{f"{text} as JSON": hostile("sql", text, "--format", "json").output for text in (texts_of, pivoted)},
    }
    assert {what: acting(text) for what, text in printed.items() if acting(text)} == {}
    assert "DROP TABLE" in hostile.printed
    assert "daily_papers\\x9b2J" in refused[0].printed
    assert TEXTS["markup"].partition("]")[0] in printed[texts_of]
    record("escapes, C1 controls, bidi on a terminal", len(printed), "none is printed")


def test_no_text_is_a_formula_in_csv(hostile: Run, tmp_path: Path):
    cells = 0
    for table in load_contract():
        kinds = dict(
            hostile.rows(f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{table.name}'")
        )
        assert (
            hostile("sql", f'FROM "{table.name}"', "--format", "csv", "--output", str(tmp_path / "csv")).exit_code == 0
        )
        with (tmp_path / "csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                found = [text for column, text in row.items() if kinds[column] == "VARCHAR" and text]
                cells += len(found)
                assert [text for text in found if text.startswith(RUNS_IN_A_SPREADSHEET)] == []
    titles = hostile("sql", "SELECT title FROM dim_paper", "--format", "csv").output
    assert "'-2+3" in titles.splitlines()
    record("formulas in CSV", cells, "each stands behind an apostrophe")


# On the network


def test_no_address_in_content_is_ever_asked(hostile: Run, calls: list[object], tmp_path: Path):
    addresses = "thumbnail_url || video_url || github_repo || project_page"
    ((baits,),) = hostile.rows(f"SELECT count(*) FROM dim_paper WHERE {addresses} LIKE '%{BAIT}%'")
    assert baits == len(TEXTS)
    write_dashboard(hostile.home, tmp_path / "index.html")
    assert hostile("status").exit_code == 0
    assert hostile("sql", "FROM mart_paper", "--format", "json").exit_code == 0
    asked = hostile.digests.paths + hostile.api.paths
    assert len(asked) == 4
    assert [path for path in asked if BAIT in path] == []
    assert calls == []
    record("addresses in content", 4 * len(TEXTS), "none is asked")


def test_a_build_connects_to_the_two_sources_and_to_nobody_else(hostile: Run):
    assert {f"http://127.0.0.1:{port}" for port in hostile.called} == {hostile.digests.url, hostile.api.url}


# On pages


def test_the_dashboard_of_hostile_texts_does_nothing(hostile: Run, browser: Browser):
    address = hostile.home.dashboard.as_uri()
    asked: list[str] = []
    said: list[str] = []
    with browser.new_page() as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        page.wait_for_selector("html[data-ready=yes]")
        shown = page.locator("[data-rows=top] a").all_text_contents()
        elements = page.locator("img, iframe, object, embed, base").count()
    leading = [fold(text) for text in hostile.texts(hostile.api)]
    assert len([title for title in shown if title in leading]) > 3
    assert (asked, said, elements) == ([address], [], 0)
    assert [path for path in hostile.digests.paths + hostile.api.paths if BAIT in path] == []
    record("script, pictures, frames on the dashboard", len(TEXTS), "shown as text; nothing runs, nothing is asked")


def test_the_site_of_hostile_texts_does_nothing(hostile: Run, browser: Browser, tmp_path: Path):
    """Each paper's page, the pages of its names, an answer with all titles, and the feeds in a reader's hands."""
    assert hostile("site", "--output", str(tmp_path / "public"), "--with-texts").exit_code == 0
    asked: list[str] = []
    said: list[str] = []
    shown = list[str]()
    with serve_site(tmp_path / "public") as host, browser.new_page() as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        names = hostile.rows(
            "SELECT 'author', name FROM dim_author UNION ALL SELECT 'keyword', keyword FROM dim_keyword"
        )
        papers = hostile.rows("SELECT 'paper', arxiv_id FROM dim_paper")
        page.goto(f"{host.address}view.html")
        for kind, name in [*papers, *names[::8]]:
            page.locator("html").evaluate("element => element.dataset.state = 'asking'")
            page.evaluate(
                "([kind, name]) => { location.hash = `#/${kind}/${encodeURIComponent(name)}`; }", [kind, name]
            )
            page.wait_for_selector("html[data-state=answered]", timeout=60_000)
            shown.append(page.get_by_role("heading", level=1).inner_text())
            assert page.locator("img, iframe, object, embed, base").count() == 0
            for link in page.locator("main a").evaluate_all("links => links.map(link => link.href)"):
                assert link.startswith(("https://", host.address)), link
        sql = "SELECT title, abstract, github_repo, arxiv_id FROM dim_paper"
        page.goto(f"{host.address}query.html#sql={quote(sql)}")
        page.wait_for_selector("html[data-state=answered]", timeout=60_000)
        assert page.locator("#answer tbody tr").count() == len(papers)
        assert page.locator("img, iframe, object, embed, base").count() == 0
    assert {see(title) for title in shown} >= {see(title) for (title,) in hostile.rows("SELECT title FROM dim_paper")}
    assert [url for url in asked if not url.startswith((host.address, f"blob:{host.address[:16]}"))] == []
    assert said == []
    assert [path for path in hostile.digests.paths + hostile.api.paths if BAIT in path] == []
    record("script, pictures, frames on the site", len(shown) + 1, "pages show them as text; nothing runs or is asked")


def test_no_markdown_in_dagster_holds_content(hostile: Run):
    """In Dagster's UI Markdown alone can act; what is shown there stands in `tests/browser/test_dagster_ui.py`."""
    pictures, seen = 0, set[str]()
    with dg.DagsterInstance.from_config(str(hostile.home.dagster)) as instance:
        events = [entry.dagster_event for run in instance.get_runs() for entry in instance.all_logs(run.run_id)]
    data = [event.event_specific_data for event in events if event]
    told_of = [getattr(one, "materialization", None) or one for one in data]
    for value in (value for one in told_of for value in (getattr(one, "metadata", None) or {}).values()):
        seen.add(type(value).__name__)
        if isinstance(value, dg.MarkdownMetadataValue):
            found = re.fullmatch(r"!\[\w+ a day\]\(data:image/svg\+xml;base64,([\w+/=]+)\)", value.value)
            assert found, value.value
            assert re.fullmatch(rb"[\w\s<>=\"'/:.,;()#-]+", base64.b64decode(found[1]))
            assert b"script" not in base64.b64decode(found[1])
            pictures += 1
    assert pictures > 3
    assert "TableMetadataValue" in seen
    kinds = ("Table", "Markdown", "Int", "Text", "Bool", "Path", "PythonArtifact")
    assert seen <= {f"{kind}MetadataValue" for kind in kinds}
    record("texts in Dagster's metadata", pictures, "Markdown holds pictures of our own and nothing else")


# Lists of authors

LISTS = {
    "import": "['Ada', __import__('os').system('touch acted')]",
    "call": "[open('/etc/passwd').read()]",
    "attribute": "[().__class__.__base__.__subclasses__()]",
    "comprehension": "[name for name in 'ab']",
    "walrus": "[(name := 'Ada')]",
    "f-string": "[f'{open}']",
    "lambda": "[lambda: 0]",
    "product": "['a' * 10**9]",
    "power": "[9**9**9]",
    "nested": "[" * 100_000,
    "closed": "[" * 100_000 + "]" * 100_000,
    "signs": "[" + "-" * 200_000 + "1]",
    "digits": "[" + "9" * 500_000 + "]",
    "dictionary": "[{'Ada': 1}]",
    "bytes": "[b'Ada']",
    "10 MB": str(["Ada Lovelace"] * 650_000),
    "10 MB, bare": "Ada, " * 2_000_000,
}


@pytest.mark.parametrize("printed", LISTS.values(), ids=LISTS.keys())
def test_a_list_of_authors_is_read_and_never_run(printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    body = f"### [A Small Title](https://arxiv.org/abs/2401.00001)\n\nVote: 1\n\nAuthors: {printed}\n".encode()
    started = time.process_time()
    rows = parse(body)
    seconds = time.process_time() - started
    assert [(reject.rule, reject.line_start) for reject in rows.reject] == [("authors", 5)]
    assert [(entry.author_count, entry.votes) for entry in rows.entry] == [(None, 1)]
    assert list(tmp_path.iterdir()) == []
    assert seconds < 5
    record("lists of authors that are code, or too large", len(LISTS), "rejected with their line; the paper stays")


def test_a_list_of_authors_of_10_mb_takes_few_times_its_size():
    body = f"### [A Small Title](https://arxiv.org/abs/2401.00001)\nAuthors: {LISTS['10 MB']}\n".encode()
    tracemalloc.start()
    parse(body)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 10 * len(body)


def parse(body: bytes) -> Parsed:
    return parse_digest([body], Day("digest", DIGEST_DAY, dt.datetime.combine(DIGEST_DAY, dt.time(23))))


# The token


def test_the_token_goes_to_no_host_but_its_own(hostile: Run, refused: tuple[Run, Loopback]):
    failed, elsewhere = refused
    assert failed.status == 1
    assert failed.digests.asked == elsewhere.asked == []
    assert {f"http://127.0.0.1:{port}" for port in failed.called} == {failed.api.url}
    for run in (hostile, failed):
        assert len(run.api.asked) > 1
        assert TOKEN not in repr(run.api.asked + run.digests.asked)
    assert [asked.status for asked in failed.api.asked if str(DIGEST_DAY) in asked.path] == [500, 302]
    record(
        "a redirect, 401, 500 with a token", len(failed.api.asked), "the token goes to no host but Hugging Face's own"
    )


def test_the_token_is_in_nothing_that_is_printed_or_kept(hostile: Run, refused: tuple[Run, Loopback]):
    cases = 0
    assert "Traceback" in refused[0].printed
    for run in (hostile, refused[0]):
        assert TOKEN not in run.printed
        for path in filter(Path.is_file, files_below(run.folder)):
            cases += 1
            assert TOKEN.encode() not in path.read_bytes(), path
        # These two pack what they hold.
        for path in run.folder.rglob("*.parquet"):
            assert TOKEN not in repr(pl.read_parquet(path).rows()), path
        for path in run.folder.rglob("releases/*/papers.duckdb"):
            with duckdb.connect(path, read_only=True) as connection:
                for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                    assert TOKEN not in repr(connection.execute(f'FROM "{table}"').fetchall()), table
    record("a token, in builds that work and that fail", cases, "no output, log, event or file holds it")


# papers sql

SECRET = "TheHostsOwnSecret"  # noqa: S105 - only a mark to look for
REFUSED = {
    "COPY TO": "COPY dim_paper TO '{host}/out.csv'",
    "COPY query TO": "COPY (SELECT 1) TO '{host}/out.parquet'",
    "COPY FROM": "COPY dim_paper FROM '{host}/secret.csv'",
    "EXPORT": "EXPORT DATABASE '{host}/out'",
    "IMPORT": "IMPORT DATABASE '{host}'",
    "read_csv": "FROM read_csv('{host}/secret.csv')",
    "sniff_csv": "FROM sniff_csv('{host}/secret.csv')",
    "read_text": "FROM read_text('{host}/secret.csv')",
    "read_text of many": "FROM read_text(['{host}/secret.csv', '/etc/hostname'])",
    "read_blob": "FROM read_blob('{host}/*')",
    "read_json": "FROM read_json('{host}/secret.json')",
    "read_parquet": "FROM read_parquet('{host}/secret.parquet')",
    "parquet_metadata": "FROM parquet_metadata('{host}/secret.parquet')",
    "glob": "FROM glob('{host}/*')",
    "CSV by name": "FROM '{host}/secret.csv'",
    "Parquet by name": "FROM '{host}/secret.parquet'",
    "JSON by name": "FROM '{host}/secret.json'",
    "standard input": "FROM read_csv('/dev/stdin')",
    "within a query": "SELECT title FROM dim_paper WHERE title IN (SELECT content FROM read_text('{host}/secret.csv'))",
    "query()": "FROM query('FROM read_text(''{host}/secret.csv'')')",
    "query_table()": "FROM query_table('{host}/secret.csv')",
    "serialised": "FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''{host}/secret.csv'')'))",
    "web": "FROM read_csv('{web}/bait/host.csv')",
    "web by name": "FROM '{web}/bait/host.csv'",
    "ATTACH": "ATTACH '{host}/secret.duckdb' AS other",
    "ATTACH new": "ATTACH '{host}/new.duckdb' AS other",
    "ATTACH memory": "ATTACH ':memory:' AS other",
    "DETACH": "DETACH papers",
    "USE": "USE memory",
    "INSTALL": "INSTALL httpfs",
    "FORCE INSTALL": "FORCE INSTALL httpfs FROM '{host}'",
    "LOAD": "LOAD httpfs",
    "LOAD file": "LOAD '{host}/secret.duckdb_extension'",
    "UPDATE EXTENSIONS": "UPDATE EXTENSIONS",
    "SET": "SET enable_external_access = true",
    "SET lock": "SET lock_configuration = false",
    "SET GLOBAL": "SET GLOBAL allowed_directories = ['/']",
    "SET temp_directory": "SET temp_directory = '{host}/out'",
    "RESET": "RESET enable_external_access",
    "PRAGMA": "PRAGMA enable_external_access = true",
    "PRAGMA output": "PRAGMA profiling_output = '{host}/out.json'",
    "CALL profiling": "CALL enable_profiling(format = 'json', save_location = '{host}/out.json')",
    "CALL logging": "CALL enable_logging(storage = 'file', storage_path = '{host}/out')",
    "EXPLAIN CALL": "EXPLAIN ANALYZE CALL enable_logging(storage = 'file', storage_path = '{host}/out')",
    "logging, then": "FROM enable_logging(storage = 'file', storage_path = '{host}/out'); SELECT 1",
    "CREATE": "CREATE TABLE other (a INTEGER)",
    "CREATE TEMP": "CREATE TEMP TABLE other AS FROM dim_paper",
    "CREATE SECRET": "CREATE SECRET other (TYPE s3)",
    "CREATE PERSISTENT SECRET": "CREATE PERSISTENT SECRET other (TYPE s3)",
    "INSERT": "INSERT INTO dim_source SELECT * FROM dim_source",
    "UPDATE": "UPDATE dim_paper SET title = ''",
    "DELETE": "DELETE FROM dim_paper",
    "MERGE": "MERGE INTO dim_paper USING dim_paper AS o USING (paper_key) WHEN MATCHED THEN DELETE",
    "DROP": "DROP TABLE dim_paper",
    "ALTER": "ALTER TABLE dim_paper ADD COLUMN other INTEGER",
    "TRUNCATE": "TRUNCATE dim_paper",
    "COMMENT": "COMMENT ON TABLE dim_paper IS ''",
    "CHECKPOINT": "CHECKPOINT",
    "VACUUM": "VACUUM",
    "two at once": "SELECT 1; DROP TABLE dim_paper",
    "hidden in another": "BEGIN; FROM dim_paper",
    "getenv": "SELECT getenv('HF_TOKEN')",
    "secrets": "FROM duckdb_secrets()",
    "extensions": "FROM duckdb_extensions()",
    "nothing": "-- nothing",
}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the host's own files, of every kind that DuckDB reads."""
    folder = tmp_path_factory.mktemp("host")
    (folder / "secret.csv").write_text(f"a\n{SECRET}\n")
    (folder / "secret.json").write_text(f'{{"a": "{SECRET}"}}\n')
    pl.DataFrame({"a": [SECRET]}).write_parquet(folder / "secret.parquet")
    with duckdb.connect(folder / "secret.duckdb") as connection:
        connection.execute(f"CREATE TABLE a AS SELECT '{SECRET}' AS a")
    return folder


def state(*folders: Path) -> dict[Path, str]:
    """Return all files below some folders, with what they hold."""
    files = [path for folder in folders for path in files_below(folder) if path.is_file()]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED.keys())
def test_papers_sql_neither_writes_nor_reads_the_hosts_files(
    sql: str, hostile: Run, host: Path, calls: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_TOKEN", SECRET)
    watched = (host, hostile.home.releases, tmp_path)
    before = state(*watched)
    ended = hostile("sql", sql.format(host=host, web=hostile.api.url), "--format", "csv")
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert re.fullmatch(r"papers: [^\n]+\n", ended.stderr)
    assert SECRET not in ended.output
    assert state(*watched) == before
    assert calls == []
    record("statements of `papers sql` that want out of the release", len(REFUSED), "refused in one line")


def test_papers_sql_answers_every_kind_of_question(hostile: Run):
    for sql in ("SELECT 1;", "FROM dim_source", "PIVOT dim_source ON source USING count(*)", "EXPLAIN FROM dim_paper"):
        assert hostile("sql", sql).exit_code == 0, sql
    assert hostile("sql", "WITH a AS (SELECT 1) FROM a").exit_code == 0
    assert hostile("sql", "DESCRIBE dim_paper").exit_code == 0
    assert hostile("sql", "SHOW TABLES").exit_code == 0
    assert hostile("sql", "SUMMARIZE dim_source").exit_code == 0


def test_papers_sql_sees_no_variable_of_the_program(hostile: Run, monkeypatch: pytest.MonkeyPatch):
    vault = pl.DataFrame({"a": [SECRET]})
    with duckdb.connect() as connection:
        assert connection.sql("FROM vault").fetchall() == [(SECRET,)]  # what DuckDB would do of its own accord
    monkeypatch.setattr(reader, "vault", vault, raising=False)
    with open_warehouse(hostile.home.warehouse) as connection, pytest.raises(QueryError, match="vault does not exist"):
        query(connection, "FROM vault")
    assert hostile("sql", "FROM vault").exit_code == 1
