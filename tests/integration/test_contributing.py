"""The recipes of CONTRIBUTING.md, followed to the letter on a copy of the project."""

import datetime as dt
import re
import shutil
from functools import cached_property

import duckdb
import pytest

from tests.conftest import CHECKOUT
from tests.fork_server import ForkServer
from tests.integration.conftest import WEEK, Papers

CONTRIBUTING = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = r"<!-- {kind}: (\S+) -->\n```python\n(.*?)```"
DAY = dt.date(2025, 1, 6)
BULLETIN = """id,title,votes,organisation,authors,keywords,summary
2501.00001,A First Paper,12,lab,Ada Abe;Bo Baek,agents;memory,It is about agents.
2501.00002,A Second Paper,3,lab,Bo Baek;Chen Cho;Ada Abe,agents,It is about memory.
no paper,A Third,x,lab,Ada Abe,agents,It cannot be read.
"""


def find_blocks(kind):
    """Return the file and the code of each marked block of CONTRIBUTING.md."""
    found = re.findall(BLOCK.format(kind=kind), CONTRIBUTING, re.DOTALL)
    assert found, f"CONTRIBUTING.md has no block of the kind {kind}"
    return found


class Project:
    """A copy of the project, whose own `papers` is run in processes that have imported nothing but that copy."""

    def __init__(self, folder):
        self.folder = folder
        for room in ("dagster_project", "sql"):
            shutil.copytree(CHECKOUT / room, folder / room)
        self.home = folder / "home"

    def edit(self, file, old, new):
        """Put a text in place of another, which must be there once."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} holds {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def write(self, file, text):
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def papers(self, *arguments, **settings):
        run = self.server.run(arguments, env=self.environment | settings, cwd=self.folder)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    @cached_property
    def server(self):
        """What starts the command: it imports the copy as it is by then."""
        return ForkServer(env=self.environment)

    @property
    def environment(self):
        return {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(self.folder), "PAPERS_HOME": str(self.home)}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()

    def rows(self, sql):
        with duckdb.connect(self.home / "current" / "papers.duckdb", read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def project(tmp_path):
    with Project(tmp_path) as project:
        yield project


def test_a_third_source_is_a_module_a_parser_and_a_record(project):
    before = {path for path in project.folder.rglob("*") if path.is_file()}
    for file, code in find_blocks("file"):
        project.write(file, code)
    [(registry, imports)] = find_blocks("imports")
    [(_, record)] = find_blocks("record")
    project.edit(
        registry,
        "from dagster_project.sources import arxiv, digest, feed, huggingface\n",
        f"from dagster_project.sources import arxiv, digest, feed, huggingface\n{imports}",
    )
    project.edit(registry, "\n)\nSOURCES:", f"\n    {record.strip()},\n)\nSOURCES:")
    written = {path for path in project.folder.rglob("*") if path.is_file()} - before
    assert sorted(path.relative_to(project.folder).parts[1] for path in written) == ["parse", "sources"]

    project.write(f"days/{DAY}.csv", BULLETIN)
    address = (project.folder / "days").as_uri() + "/{date:%Y-%m-%d}.csv"
    days = ("--from", str(DAY), "--to", str(DAY + dt.timedelta(days=1)))
    printed = project.papers("build", "--source", "bulletin", *days, PAPERS_BULLETIN_URL=address)

    assert "bulletin" in printed
    counts = Papers(project.home).ask_each("SELECT count(*) FROM {0}")
    assert sorted(name for name, [[count]] in counts.items() if not count) == [
        "bridge_paper_category",
        "dim_category",
        "fact_vote_age",
        "mart_category",
        "mart_category_month",
        "mart_submitter",
        "meta_correction",
        "meta_difference",
        "meta_exclusion",
        "meta_folding",
    ]  # a bulletin names no submitter
    assert project.rows("SELECT source, precedence, licence FROM dim_source WHERE precedence = 5") == [
        ("bulletin", 5, "CC0")
    ]
    assert project.rows(
        "SELECT arxiv_id, title, latest_votes, author_count, listed_by FROM dim_paper "
        "JOIN mart_paper USING (arxiv_id, title, latest_votes, author_count) ORDER BY 1"
    ) == [
        ("2501.00001", "A First Paper", 12, 2, "bulletin"),
        ("2501.00002", "A Second Paper", 3, 3, "bulletin"),
    ]
    assert project.rows("SELECT name, papers, first_author_papers FROM mart_author ORDER BY name") == [
        ("Ada Abe", 2, 1),
        ("Bo Baek", 2, 1),
        ("Chen Cho", 1, 0),
    ]
    assert project.rows("SELECT source, date, status, papers, rejects FROM mart_coverage ORDER BY date") == [
        ("bulletin", DAY, "published", 2, 1),
        ("bulletin", DAY + dt.timedelta(days=1), "missing", 0, 0),
    ]
    assert project.rows("SELECT source, rule, line_start FROM meta_reject") == [("bulletin", "line", 4)]
    assert "bulletin" in project.papers("build", "--help")
    assert "bulletin" in project.papers("status")
    assert "bulletin" in (project.home / "dashboard" / "index.html").read_text(encoding="utf-8")


def test_an_unknown_source_is_wrong_usage(papers):
    assert "there is no source 'bulletin'; choose from sample," in papers("build", "--source", "bulletin", status=2)


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A build of a project to which a column, a model and a check were added."""
    with Project(tmp_path_factory.mktemp("grown")) as project:
        add_column(project)
        add_model_and_check(project)
        project.papers(*WEEK)
        yield project


def add_column(project):
    project.edit(
        "dagster_project/parse/rows.py",
        "    line_start: LineStart = None\n    line_end: LineEnd = None\n    raw: str",
        '    discussion: Annotated[str | None, column("id of its discussion", longest=40)] = None\n'
        "    line_start: LineStart = None\n    line_end: LineEnd = None\n    raw: str",
    )
    project.edit(
        "dagster_project/parse/huggingface.py",
        "                keyword_count=keywords,\n",
        '                keyword_count=keywords,\n                discussion=self._get_text(paper, "discussionId"),\n',
    )
    withdrawn = "    said.withdrawn_at,\n"
    project.edit("sql/staging/stg_newest_entry.sql", withdrawn, f"{withdrawn}    said.discussion,\n")
    project.edit(
        "sql/schema.sql",
        "    arxiv_id VARCHAR NOT NULL UNIQUE, -- arXiv id without its version\n",
        "    arxiv_id VARCHAR NOT NULL UNIQUE, -- arXiv id without its version\n"
        "    discussion VARCHAR, -- Id of its discussion; NULL is unknown\n",
    )
    model = (project.folder / "sql/dim/dim_paper.sql").read_text(encoding="utf-8")
    final = model[model.rindex("\nSELECT\n") :]
    project.edit(
        "sql/dim/dim_paper.sql",
        final,
        final.replace(
            "\nSELECT\n",
            "\nSELECT\n    (\n        SELECT max(newest.discussion)\n        FROM stg_newest_entry AS newest\n"
            "        WHERE newest.paper_key = listing.paper_key\n    ) AS discussion,\n",
            1,
        ),
    )


def add_model_and_check(project):
    project.write(
        "sql/mart/mart_weekday.sql",
        "-- mart_weekday: one row a weekday on which papers were first listed.\n"
        "SELECT\n    day.day_of_week,\n    CAST(count(*) AS INTEGER) AS papers\nFROM dim_paper AS paper\n"
        "INNER JOIN dim_date AS day\n    ON paper.first_listed_on = day.date\nGROUP BY day.day_of_week\n",
    )
    schema = (project.folder / "sql/schema.sql").read_text(encoding="utf-8")
    project.write(
        "sql/schema.sql",
        schema + "\n-- Papers by weekday. Grain: weekday.\nCREATE TABLE mart_weekday (\n"
        "    day_of_week SMALLINT PRIMARY KEY, -- 1 is Monday\n    papers INTEGER NOT NULL -- Papers\n);\n",
    )
    project.write(
        "sql/checks/weekdays_have_papers.sql",
        "-- warn: a weekday with fewer than a thousand papers\n"
        "SELECT day_of_week\nFROM mart_weekday\nWHERE papers < 1000\n",
    )


def test_a_column_from_a_source_takes_the_five_steps(grown):
    [(known, papers)] = grown.rows("SELECT count(discussion), count(*) FROM dim_paper")
    assert 0 < known < papers


def test_a_model_and_a_check_are_a_file_and_a_table(grown):
    [(total,)] = grown.rows("SELECT sum(papers) FROM mart_weekday")
    assert grown.rows("SELECT count(*) FROM dim_paper") == [(total,)]
    assert grown.rows(
        "SELECT severity, passed, broken_rows > 0 FROM meta_check WHERE name = 'weekdays_have_papers'"
    ) == [("warn", False, True)]
    assert grown.rows("SELECT comment FROM duckdb_tables() WHERE table_name = 'mart_weekday'") == [
        ("Papers by weekday. Grain: weekday.",)
    ]
