"""Superset on the sample, started as its README says, through its API and as a person sees it."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import stamina

from dagster_project.config import CHECKOUT
from tests.integration.conftest import Papers
from tests.refused import ANSWERED, HIDDEN, REFUSED, list_files

pytestmark = pytest.mark.superset
FOLDER = CHECKOUT / "bi" / "superset"
README = (FOLDER / "README.md").read_text()
START, EXPORT = (
    re.search(rf"^uv run .*{name}\.py$", README, re.MULTILINE).group().split() for name in ("start", "export")
)
PATIENCE = 60_000
"""Milliseconds; the dashboard's first page is large."""
WATCH = """
import sys

def watch(event, arguments):
    if event == "socket.getaddrinfo" or event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[0] if event == "socket.getaddrinfo" else arguments[1][0])
        if host not in ("127.0.0.1", "localhost", "::1"):
            with open({log!r}, "a") as log:
                print(event, host, file=log)

sys.addaudithook(watch)
"""
"""What Python runs first in every process of Superset: it writes down each address that is not this machine's."""

TOTALS = {
    "Authors, of all time": "SELECT count(*) FROM mart_author",
    "Coverage by month": "SELECT count(*) FROM mart_coverage",
    "Keywords by month": """
        SELECT sum(papers)
        FROM (
            SELECT sum(papers) AS papers, sum(votes) AS votes
            FROM mart_keyword_month GROUP BY keyword ORDER BY papers DESC, votes DESC NULLS LAST LIMIT 8
        )""",
    "Median votes": "SELECT median(latest_votes) FROM mart_paper",
    "Most voted papers": "SELECT count(latest_votes) FROM mart_paper",
    "Newest list": "SELECT epoch_ms(max(last_listed_on)) FROM mart_paper",
    "Organisations, of all time": """
        SELECT sum(votes) FROM (FROM mart_organization ORDER BY votes DESC NULLS LAST LIMIT 12)""",
    "Papers": "SELECT count(*) FROM mart_paper",
    "Papers by month": "SELECT count(*) FROM mart_paper",
    "Votes": "SELECT sum(latest_votes) FROM mart_paper",
    "Votes by weekday": """
        SELECT sum(total)
        FROM (
            SELECT avg(first_votes) + coalesce(avg(votes_24h), 0) + avg(last_votes) AS total
            FROM mart_vote_velocity GROUP BY weekday
        )""",
    "Votes of a paper by month": """
        SELECT sum(total)
        FROM (
            SELECT avg(latest_votes) + median(latest_votes) AS total
            FROM mart_paper GROUP BY date_trunc('month', first_listed_on)
        )""",
}
"""For each chart, what all numbers in it must come to; for a table, how many rows it leads to."""
TIMES = {"first_listed_on", "month", "date"}


def total(answer):
    """Return the sum of all numbers that a chart shows: those of its last query, its axis of time aside."""
    rows = answer["result"][-1]["data"]
    cells = [value for row in rows for name, value in row.items() if name not in TIMES]
    return sum(value for value in cells if isinstance(value, int | float))


def missing(what):
    """Skip what needs a program that is not there, or fail where nothing may be missing."""
    pytest.fail(what) if os.environ.get("PAPERS_TESTS_COMPLETE") else pytest.skip(what)


@dataclass
class Superset:
    """Superset on a home: its command, and its API as the administrator."""

    papers: Papers
    env: dict[str, str]
    api: httpx.Client | None = None

    def command(self, command, *arguments):
        """Return what a person types, on this home, as arguments of `subprocess`."""
        line = [self.env["UV"], *command[1:], "--home", str(self.papers.home), *arguments]
        line = [str(CHECKOUT / part) if part.startswith("bi/") else part for part in line]
        return {"args": line, "cwd": self.papers.home.parent, "env": self.env}

    @contextmanager
    def running(self):
        """Run it until the body is done, and log in."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        log = self.papers.home.parent / f"superset-{port}.log"
        with log.open("w") as said:
            process = subprocess.Popen(
                **self.command(START, "--port", str(port)), stdout=said, stderr=said, start_new_session=True
            )
        try:
            with httpx.Client(base_url=url, timeout=60, headers={"Referer": url}, trust_env=False) as api:
                for attempt in stamina.retry_context(on=httpx.HTTPError, attempts=None, timeout=300, wait_max=1):
                    with attempt:
                        assert process.poll() is None, log.read_text()
                        api.get("/health").raise_for_status()
                who = {"username": "admin", "password": self.password, "provider": "db"}
                token = api.post("/api/v1/security/login", json=who).raise_for_status().json()["access_token"]
                api.headers["Authorization"] = f"Bearer {token}"
                csrf = api.get("/api/v1/security/csrf_token/").raise_for_status().json()["result"]
                api.headers["X-CSRFToken"] = csrf
                yield Superset(self.papers, self.env, api)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)

    @property
    def password(self):
        return (self.papers.home / "superset" / "admin_password").read_text()

    @property
    def url(self):
        return str(self.api.base_url).rstrip("/")

    def listed(self, kind):
        """Return all things of a kind, by name."""
        things = self.api.get(f"/api/v1/{kind}/", params={"q": "(page_size:100)"}).raise_for_status().json()["result"]
        name = {"chart": "slice_name", "dashboard": "dashboard_title", "dataset": "table_name"}.get(
            kind, f"{kind}_name"
        )
        return {thing[name]: thing for thing in things}

    def totals(self):
        """Ask for every chart, and return what its numbers come to, by name."""
        return {
            name: total(self.api.get(f"/api/v1/chart/{chart['id']}/data/").raise_for_status().json())
            for name, chart in self.listed("chart").items()
        }

    def expected(self):
        """Return what they must come to, by the file that is published now."""
        return {name: pytest.approx(float(self.papers.one(sql))) for name, sql in TOTALS.items()}

    def ask(self, statement):
        """Run a statement as SQL Lab does."""
        question = {"database_id": self.listed("database")["Daily Papers"]["id"], "sql": statement, "runAsync": False}
        return self.api.post("/api/v1/sqllab/execute/", json=question)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """Superset that has not been started, on a home with most of the sample; it writes down whom it speaks to."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        missing("needs uv")
    foreign = ("PAPERS_", "SUPERSET_", "FLASK_", "VIRTUAL_ENV", "PYTHON")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    check = [uv, "sync", "--project", str(FOLDER), "--locked", "--check", "--offline"]
    if subprocess.run(check, env=clean, capture_output=True, check=False).returncode:
        missing("needs Superset: uv sync --project bi/superset")
    root = tmp_path_factory.mktemp("superset")
    (root / "watch").mkdir()
    (root / "watch" / "sitecustomize.py").write_text(WATCH.format(log=str(root / "spoken_to")))
    for stranger in ("superset", "gunicorn", "flask"):
        (root / f"{stranger}.py").write_text("raise SystemExit('a module of the current folder was imported')\n")
    papers = Papers(root / "home")
    papers("build", "--to", "2026-08-15")
    return Superset(papers, clean | {"UV": uv, "UV_OFFLINE": "1", "PYTHONPATH": str(root / "watch")})


@pytest.fixture(scope="module")
def superset(stopped):
    with stopped.running() as started:
        yield started


@pytest.fixture
def dashboard(superset, browser):
    """A page of somebody who has logged in, and all that it asked of others than this Superset, blocked or not."""
    with browser.new_page(viewport={"width": 1600, "height": 2300}) as page:
        page.asked, page.blocked = set(), set()
        page.on("request", lambda request: page.asked.add(request.url))
        page.on("requestfailed", lambda request: page.blocked.add(request.url) if request.failure == "csp" else None)
        page.goto(f"{superset.url}/login/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(superset.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/welcome/**", timeout=PATIENCE)
        yield page


def opened(page, url):
    """Open the dashboard, wait until all that it asks for is drawn, and return what its charts come to, by number."""
    answers = []
    page.on("response", lambda response: answers.append(response) if "/api/v1/chart/data" in response.url else None)
    page.goto(url)
    page.wait_for_function(
        """() => {
            const charts = [...document.querySelectorAll('[data-test-chart-name]')];
            const drawn = chart => chart.querySelector('canvas, tbody tr, .header-line');
            const busy = document.querySelector('[data-test="loading-indicator"]');
            return charts.length >= 7 && charts.every(drawn) && !busy;
        }""",
        timeout=PATIENCE,
    )
    return {answer.request.post_data_json["form_data"]["slice_id"]: total(answer.json()) for answer in answers}


def test_a_home_without_a_release_is_told_what_to_type(stopped, tmp_path):
    nowhere = Superset(Papers(tmp_path / "empty"), stopped.env)
    run = subprocess.run(**nowhere.command(START), capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 1
    assert re.fullmatch(r"Error: .*empty holds no release yet.*papers build.*\n", run.stderr)
    assert not (tmp_path / "empty").exists()


def test_a_new_release_shows_in_the_next_query(superset):
    before = superset.totals()
    assert before == superset.expected()
    assert all(before.values())
    superset.papers("build")
    after = superset.totals()
    assert after == superset.expected()
    assert {name for name in after if before[name] != after[name]} >= {
        "Papers",
        "Votes",
        "Newest list",
        "Coverage by month",
    }


def test_the_dashboard_shows_every_chart_and_asks_nobody_else(superset, dashboard, screenshots):
    superset.papers("build")
    totals = opened(dashboard, f"{superset.url}/superset/dashboard/daily-papers/")
    names = {chart["id"]: name for name, chart in superset.listed("chart").items()}
    assert {names[number]: came_to for number, came_to in totals.items()} == superset.expected()
    assert dashboard.locator("[role=alert], .ant-alert").count() == 0
    # Tables show texts as they are, and make nothing of them: the column of addresses would be links.
    assert dashboard.locator("tbody td").filter(has_text="https://huggingface.co/papers/").count() > 10
    assert dashboard.locator("tbody td a").count() == 0
    dashboard.wait_for_timeout(2_000)  # charts grow into place
    dashboard.screenshot(path=screenshots / "superset.png", full_page=True)

    elsewhere = {url for url in dashboard.asked if urlsplit(url).hostname not in ("127.0.0.1", None)}
    assert elsewhere <= dashboard.blocked


def test_the_date_filter_reaches_all_charts_but_those_of_all_time(superset, dashboard):
    days = "2025-01-01 : 2025-06-01"
    chosen = f"extraFormData:(time_range:'{days}'),filterState:(value:'{days}'),id:NATIVE_FILTER-day-listed,ownState:()"
    filters = httpx.QueryParams(native_filters=f"(NATIVE_FILTER-day-listed:({chosen}))")
    totals = opened(dashboard, f"{superset.url}/superset/dashboard/daily-papers/?{filters}")
    charts = superset.listed("chart")
    within = superset.papers.one(
        "SELECT count(*) FROM mart_paper WHERE first_listed_on >= '2025-01-01' AND first_listed_on < '2025-06-01'"
    )
    assert totals[charts["Papers"]["id"]] == within
    everything = superset.expected()
    same = {name for name, chart in charts.items() if totals[chart["id"]] == everything[name]}
    assert same == {"Authors, of all time", "Organisations, of all time"}


@pytest.fixture
def careless(superset):
    """The same Superset, with every switch of the connection that an administrator can open, open."""
    one = f"/api/v1/database/{superset.listed('database')['Daily Papers']['id']}"
    switches = ("allow_dml", "allow_ctas", "allow_cvas", "allow_file_upload")
    superset.api.put(one, json=dict.fromkeys(switches, True)).raise_for_status()
    yield superset
    superset.api.put(one, json=dict.fromkeys(switches, False)).raise_for_status()


@pytest.fixture
def kept(superset, tmp_path):
    """A folder with a secret; in the end it and the release must be as they were."""
    (tmp_path / "secret.txt").write_text(HIDDEN)
    folders = (superset.papers.warehouse.resolve().parent, tmp_path)
    before = list_files(*folders)
    yield tmp_path
    assert list_files(*folders) == before


def expect_refusal(superset, statement, folder):
    """Expect that SQL Lab refuses a statement."""
    release = superset.papers.warehouse.resolve().parent
    answer = superset.ask(statement.format(folder=folder, release=release))
    assert answer.status_code >= 400, answer.text
    assert HIDDEN not in answer.text


@pytest.mark.parametrize("statement", REFUSED)
def test_sql_lab_refuses(superset, kept, statement):
    expect_refusal(superset, statement, kept)


@pytest.mark.parametrize("statement", REFUSED)
def test_no_switch_of_superset_lets_it_run(careless, kept, statement):
    expect_refusal(careless, statement, kept)


@pytest.mark.parametrize("statement", ANSWERED)
def test_sql_lab_answers_queries(superset, statement):
    assert superset.ask(statement).raise_for_status().json()["data"]


def test_sql_lab_answers_from_every_table(superset):
    [answer] = superset.ask("SELECT count(*) AS votes FROM fact_vote").raise_for_status().json()["data"]
    assert answer["votes"] == superset.papers.one("SELECT count(*) FROM fact_vote")


def test_datasets_say_what_the_warehouse_says(superset):
    for table, dataset in superset.listed("dataset").items():
        told = superset.api.get(f"/api/v1/dataset/{dataset['id']}").raise_for_status().json()["result"]
        comments = dict(
            superset.papers.rows(f"SELECT column_name, comment FROM duckdb_columns() WHERE table_name = '{table}'")
        )
        there = {column["column_name"]: column["description"] for column in told["columns"] if not column["expression"]}
        assert there == comments
        assert told["description"] == superset.papers.one(
            f"SELECT comment FROM duckdb_tables() WHERE table_name = '{table}'"
        )


def test_only_this_machine_and_whoever_may_read_the_home_get_in(superset):
    with socket.socket() as other:
        other.bind(("127.0.0.2", urlsplit(superset.url).port))
    own = superset.papers.home / "superset"
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    assert {stat.S_IMODE((own / name).stat().st_mode) for name in ("secret_key", "admin_password")} == {0o600}
    assert httpx.get(f"{superset.url}/api/v1/chart/").status_code == 401


def test_an_export_gives_the_files_of_the_repository_back(superset, tmp_path):
    run = superset.command(EXPORT, "--to", str(tmp_path / "assets"))
    subprocess.run(**run, capture_output=True, timeout=120, check=True)
    written, kept = (
        {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.yaml")}
        for folder in (tmp_path / "assets", FOLDER / "assets")
    )
    assert written == kept


def test_a_second_start_sets_back_what_was_changed_and_keeps_the_password(superset):
    before = {kind: set(superset.listed(kind)) for kind in ("chart", "dashboard", "dataset", "database")}
    password = superset.password
    chart = superset.listed("chart")["Papers"]
    superset.api.put(f"/api/v1/chart/{chart['id']}", json={"slice_name": "Changed"}).raise_for_status()
    assert "Papers" not in superset.listed("chart")
    with superset.running() as again:
        assert {kind: set(again.listed(kind)) for kind in before} == before
        assert again.password == password


def test_superset_speaks_to_no_other_machine(superset):
    assert superset.totals() == superset.expected()
    spoken_to = Path(superset.env["PYTHONPATH"]).parent / "spoken_to"
    assert not spoken_to.exists(), spoken_to.read_text()
