"""What a person sees: the command on a real terminal of some width."""

import os
import re
import subprocess
import termios
from contextlib import closing
from functools import partial

import duckdb
import pytest
from rich.cells import cell_len

from tests.fork_server import serve_papers
from tests.integration.conftest import PAPERS, WEEK, Papers, copy_home
from tools.settings_table import README

WIDTHS = [40, 80, 100, 120]
COLOR = re.compile(r"\x1b\[(?:\d+;)*(?:3|4|9|10)[0-7](?:;\d+)*m|\x1b\[(?:\d+;)*[34]8;")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Shown(str):
    """What was shown, without its escapes; `raw` has them."""

    raw: str


def read_screen(screen):
    """Return some of what a terminal shows; nothing once no program has it open, of which Linux makes an error."""
    try:
        return screen.read(65_536)
    except OSError:
        return b""


def show(papers, width, *arguments, status=0, **env):
    """Run the command on a terminal, and return what it shows."""
    environment = {name: value for name, value in papers.environment.items() if name not in ("COLUMNS", "NO_COLOR")}
    environment |= {"TERM": "xterm-256color"} | env
    terminal, program = os.openpty()
    termios.tcsetwinsize(program, (40, width))
    with os.fdopen(terminal, "rb", buffering=0) as screen:
        child = serve_papers().start(arguments, env=environment, cwd=papers.home.parent, streams=[program] * 3)
        os.close(program)
        with closing(child):
            raw = b"".join(iter(partial(read_screen, screen), b"")).decode().replace("\r\n", "\n")
            assert child.wait(120) == status, raw
    shown = Shown(ESCAPE.sub("", raw))
    shown.raw = raw
    return shown


@pytest.mark.parametrize("width", WIDTHS)
def test_the_query_that_the_program_advertises_is_readable(built_sample, width):
    shown = show(built_sample, width, "sql", "FROM mart_paper LIMIT 5")
    assert max(map(cell_len, shown.splitlines())) <= width
    columns = [name for (name,) in built_sample.rows("SELECT column_name FROM (DESCRIBE mart_paper)")]
    assert len(shown.splitlines()) <= 5 * (len(columns) + 2) + 3
    for key, listed_on in built_sample.rows("SELECT paper_key, first_listed_on FROM mart_paper LIMIT 5"):
        assert re.search(rf"^paper_key +{key}$", shown, re.MULTILINE)
        assert re.search(rf"^first_listed_on +{listed_on}$", shown, re.MULTILINE)


@pytest.mark.parametrize("width", WIDTHS)
def test_korean_stands_in_columns_and_a_cut_is_said(built_sample, width):
    query = "SELECT text, listed_on FROM fact_section WHERE language = 'ko' ORDER BY length(text) DESC LIMIT 3"
    shown = show(built_sample, width, "sql", query)
    table = [line for line in shown.splitlines() if line[:1] in "┏┃┡│└"]
    assert len(table) == 7
    assert len(set(map(cell_len, table))) == 1
    assert cell_len(table[0]) == width
    assert "cut to fit; --format csv" in " ".join(shown.split())


def test_a_pipe_gets_whole_values_in_one_line_each(built_sample):
    [[title]] = built_sample.rows("SELECT title FROM dim_paper ORDER BY length(title) DESC LIMIT 1")
    printed = built_sample(
        "sql", "SELECT *, repeat('x', 500) AS more FROM dim_paper ORDER BY length(title) DESC LIMIT 1"
    )
    assert sum(title in line and "x" * 500 in line for line in printed.splitlines()) == 1
    assert "cut" not in printed.rsplit("row", 1)[1]


def test_the_plan_of_a_query_is_drawn_whole(built_sample):
    for shown in (
        show(built_sample, 40, "sql", "EXPLAIN FROM dim_paper"),
        built_sample("sql", "EXPLAIN FROM dim_paper"),
    ):
        assert [line[0] for line in shown.splitlines()[:3]] == ["┌", "│", "│"]


@pytest.fixture(scope="module")
def troubled(built_sample, tmp_path_factory):
    """A home whose release has more that needs a look than fits a screen."""
    papers = copy_home(built_sample, tmp_path_factory.mktemp("troubled"))
    papers.warehouse.parent.chmod(0o755)
    papers.warehouse.chmod(0o644)
    with duckdb.connect(papers.warehouse) as connection:
        connection.execute(f"""
            UPDATE mart_coverage SET status = 'failed', last_outcome = 'failed', last_reason = '{"a long reason " * 20}'
            WHERE date IN (SELECT date FROM mart_coverage ORDER BY date LIMIT 41);
            INSERT INTO meta_reject BY NAME
            SELECT 'digest' AS source, DATE '2025-03-01' AS date, TIMESTAMP '2025-03-01 23:00' AS captured_at,
                captured_at AS last_captured_at, 'own' AS archive, 'rule ' || n AS rule, 'a cause' AS reason, '' AS raw
            FROM range(30) AS many (n);
            INSERT INTO meta_check BY NAME
            SELECT * EXCLUDE (n) REPLACE ('check ' || n AS name, 7 AS broken_rows, false AS passed)
            FROM (FROM meta_check LIMIT 1), range(12) AS many (n);
        """)
    return papers


def test_status_fits_a_screen_and_counts_what_it_leaves_out(troubled):
    assert len(show(troubled, 100, "status").splitlines()) <= 42
    shown = " ".join(show(troubled, 100, "status").split())
    total = troubled.one("SELECT count(*) FROM mart_coverage WHERE status = 'failed'")
    assert total >= 41
    look, of_all = (
        text.partition("Days that need a look")[2].partition("Open rejects")[0]
        for text in (shown, show(troubled, 300, "status", "--all"))
    )
    days = re.compile(r"\d{4}-\d\d-\d\d")
    assert len(days.findall(of_all)) >= total
    assert f"and {len(days.findall(of_all)) - len(days.findall(look)):,} more" in look
    rejects = troubled.one("SELECT count(DISTINCT (source, rule)) FROM meta_reject")
    assert f"and {rejects - 2} more" in shown.partition("Open rejects")[2].partition("Failed checks")[0]
    checks = troubled.one("SELECT count(*) FROM meta_check WHERE NOT passed")
    assert f"and {checks - 2} more" in shown.partition("Failed checks")[2]
    tables = troubled.one("SELECT count(*) FROM duckdb_tables()")
    assert f"Rows of each table ({tables} more)" in shown
    assert "status --all shows everything; a text that ends in … is cut" in shown


@pytest.mark.parametrize("width", [40, 100, 160])
def test_status_of_everything_leaves_nothing_out_and_cuts_no_text(troubled, width):
    shown = show(troubled, width, "status", "--all")
    assert "more" not in shown.replace("more than", "")
    assert "…" not in shown
    words = " ".join(shown.split())
    for name in troubled.rows("SELECT table_name FROM duckdb_tables()") + troubled.rows(
        "SELECT name FROM meta_check WHERE NOT passed UNION ALL SELECT rule FROM meta_reject"
    ):
        assert name[0] in words
    failed = troubled.one("SELECT count(*) FROM mart_coverage WHERE status = 'failed'")
    assert words.count("reason") >= 20 * failed


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_of_status_is_too_long(troubled, width):
    lines = show(troubled, width, "status").splitlines()
    assert max(cell_len(line) for line in lines if "Warehouse: " not in line) <= width


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["sql", "SELECT 1 AS n, 'x' AS text, NULL AS nothing"], 0),
        (["sql", "SELEC"], 1),
        (["status"], 0),
        (["status", "--nothing"], 2),
        (["build", "--from", "2025-03-01"], 2),
        ([*WEEK], 0),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_no_color_is_kept(built_sample, tmp_path, arguments, status):
    home = [] if arguments[0] != "build" else ["--home", str(tmp_path / "home")]
    shown = show(built_sample, 100, *arguments, *home, status=status, NO_COLOR="1")
    assert COLOR.findall(shown.raw) == []


def test_colors_are_shown_unless_they_are_forbidden(built_sample):
    assert COLOR.search(show(built_sample, 100, "sql", "SELEC", status=1).raw)
    assert COLOR.search(show(built_sample, 100, "sql", "SELEC", status=1, NO_COLOR="").raw)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("papers sta", "status"), ("papers build --source dig", "digest"), ("papers sql --for", "--format")],
)
def test_bash_completes_by_the_line_of_the_readme(built_sample, typed, completed):
    [line] = re.findall(r'^eval "\$\(_PAPERS_COMPLETE=bash_source papers\)"', README.read_text("utf-8"), re.MULTILINE)
    words = typed.split()
    script = f"""{line}
        COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}
        _papers_completion papers && printf '%s\\n' "${{COMPREPLY[@]}}" """
    path = f"{PAPERS.parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-c", script],
        env=built_sample.environment | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [completed]
    assert run.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_line_of_the_readme_is_a_script_of_that_shell(built_sample, shell):
    [variable] = re.findall(rf"(_PAPERS_COMPLETE)={shell}_source papers", README.read_text("utf-8"))
    papers = Papers(built_sample.home, {variable: f"{shell}_source"})
    assert "papers" in papers.start_anew()
